// Which entries are being attempted, written before the attempt (reliability: D18). If the process or the
// thread dies in it, the next start knows where, and how often that has happened. The file needs no flush:
// it must survive the death of a process, not of the machine.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Positions `from` to `to` were being attempted; `deaths` counts the attempts that ended in a death. */
export type Attempt = { readonly from: number; readonly to: number; readonly deaths: number }

export function writeAttempt(file: string, attempt: Attempt): void {
  writeFileSync(file, JSON.stringify(attempt), { mode: 0o600 })
}

/** The attempt that a death interrupted, with that death counted; undefined if all was committed. */
export function interruptedAttempt(file: string, committedPosition: number): Attempt | undefined {
  if (!existsSync(file)) return undefined
  try {
    const { from, to, deaths } = JSON.parse(readFileSync(file, 'utf8')) as Attempt
    return to > committedPosition ? { from, to, deaths: deaths + 1 } : undefined
  } catch {
    return undefined
  }
}
