// The log: one JSON object a line on standard error. Only named fields are ever written (ids, counts, codes,
// durations): no bodies, no answers, no tokens (P12).
import pino from 'pino'

export type Log = {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** The allow-list of what a line may hold. */
export type LogFields = {
  readonly reason?: string
  readonly code?: string
  readonly incident?: string
  readonly address?: string
  readonly position?: number
  readonly count?: number
  readonly ms?: number
  readonly folder?: string
  readonly version?: string
  readonly route?: string
  readonly stack?: string
}

/** Makes the log; `level` is `silent`, `error`, `warn` or `info`. */
export function openLog(level: string): Log {
  const out = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  )
  return {
    info: (event, fields) => out.info(fields ?? {}, event),
    warn: (event, fields) => out.warn(fields ?? {}, event),
    error: (event, fields) => out.error(fields ?? {}, event),
  }
}
