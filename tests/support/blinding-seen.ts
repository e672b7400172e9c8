// What is seen of a trial, made comparable between two runs: ids, times, hashes and keys become tokens that keep their
// length, what hangs on the clock alone is left out, and all tables are read whole but for the restricted columns.
import type { Row } from './records.ts'
import type { EngineName } from './start-trial.ts'

/** Columns and tables that only unblinded roles may read. The list is closed: a new one must be put here by hand. */
const restrictedColumns: Readonly<Record<string, readonly string[]>> = {
  response_versions: ['restricted'],
  patients: ['arm'],
  responses: ['restricted'],
}
const restrictedTables = new Set(['deviations'])
/** Tables whose rows hang on the moment at which something ran; of reminders, that no arm matters is a law of its own. */
const timedTables = new Set([
  'reminders',
  'audit_checkpoints',
  'boots',
  'attempts',
  'receipt_groups',
  'installation',
])

const kinds: readonly [RegExp, string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, 'uuid'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g, 'time'],
  [/\b[0-9a-f]{64}\b/gi, 'hash'],
  [/(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{43}=?(?![A-Za-z0-9+/_=-])/g, 'hash'],
  [/(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{22}==/g, 'salt'],
  [/(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{86}(?:==)?(?![A-Za-z0-9+/_=-])/g, 'signature'],
  [/(?<="key":")[0-9a-f]{8}(?=")/g, 'key'],
  [/\b1[5-9]\d{11}\b/g, 'ms'],
  [/\b1[5-9]\d{8}\b/g, 'seconds'],
]

/** The text with ids, times and hashes replaced; the token keeps their length. */
export function replaced(text: string): string {
  let result = text
  for (const [pattern, kind] of kinds)
    result = result.replace(pattern, (found) => `<${kind}:${found.length}>`)
  return result
}

/** Metrics that count what happened; durations, sizes of the process and the runtime's own are left out. */
export function steady(metrics: string): string {
  return metrics
    .split('\n')
    .filter(
      (line) =>
        !/^(# )?(HELP |TYPE )?(process_|nodejs_)|seconds|bytes|_ratio|lag|batch|group|commit|poll|flush|position|backlog|outbox_open/.test(
          line,
        ),
    )
    .join('\n')
}

/** What each line of a log says without its moment; the lines in order of their words. */
export function logLines(log: string): string {
  const lines = log.split('\n').filter((line) => line.startsWith('{'))
  return lines
    .map((line) => {
      const {
        time: _,
        pid: __,
        hostname: ___,
        folder: ____,
        ...said
      } = JSON.parse(line) as Record<string, unknown>
      return JSON.stringify(said).replace(/\d+(\.\d+)?/g, '0')
    })
    .sort()
    .join('\n')
}

/** Status line, headers (but the date) and body; the length last, so that what makes it differ is told first. */
export async function shown(answer: Response): Promise<string> {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`)
  const steadyHeaders = headers.filter((line) => !/^(date|content-length):/.test(line))
  const length = answer.headers.get('content-length')
  return [answer.status, ...steadyHeaders, '', await answer.text(), length].join('\n')
}

/** Every table, its rows in a fixed order, without what is restricted. */
export async function tablesOf(
  rows: (statement: string) => Promise<Row[]>,
  engine: EngineName,
): Promise<readonly (readonly [string, string])[]> {
  const names =
    engine === 'sqlite'
      ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
      : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
  const tables: (readonly [string, string])[] = []
  for (const { name } of await rows(names)) {
    const table = String(name)
    if (restrictedTables.has(table) || timedTables.has(table)) continue
    const hidden = restrictedColumns[table] ?? []
    const texts = (await rows(`SELECT * FROM "${table}"`)).map((row) =>
      JSON.stringify(
        Object.entries(row).filter(([column]) => !hidden.includes(column)),
        sizeOfBytes,
      ),
    )
    tables.push([table, texts.map(replaced).sort().join('\n')])
  }
  return tables
}

/** Bytes are hashes, keys and the audit log's frontier: their length is compared. A Buffer comes as its JSON. */
function sizeOfBytes(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `<bytes:${value.length}>`
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown }
  if (type === 'Buffer' && Array.isArray(data)) return `<bytes:${data.length}>`
  return typeof value === 'bigint' ? String(value) : value
}
