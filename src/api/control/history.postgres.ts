// The history checker's view on PostgreSQL: the lines of history.ts, read in ranges of positions, which have gaps here.
// Memory does not grow with the range.
import type { Queryable } from '../../storage/postgres.ts'
import type { HistoryLine } from './history.ts'
import { piece, standingsReader } from './standings-store.postgres.ts'

/**
 * Lines for the positions `from` to `to`, both included, in pieces. How often an entry took effect is counted in the
 * audit log: once by the leaf that its response names, and once more by each other leaf that says so. What is
 * processed meanwhile never looks like an applied entry without effect, because response and leaf are read together.
 */
export const historyOf = (db: Queryable) =>
  async function* history(from: number, to: number): AsyncGenerator<string> {
    const reader = standingsReader(db)
    const strays = new Map<number, number>()
    for (const { studyId, first, size } of await reader.logs(from, to)) {
      for (let at = first; at < size; at += piece) {
        const end = Math.min(size, at + piece)
        for (const position of await reader.strayEffects(studyId, at, end, from, to))
          strays.set(position, 1 + (strays.get(position) ?? 0))
      }
    }
    for (let at = from; at <= to; ) {
      const rows = await reader.standings(at, to)
      const last = rows.at(-1)
      if (last === undefined) return
      yield rows
        .map(({ position, submissionId, sha256, state, attested }) => {
          const timesApplied = (attested ? 1 : 0) + (strays.get(position) ?? 0)
          const line: HistoryLine = { position, submissionId, sha256, state, timesApplied }
          return `${JSON.stringify(line)}\n`
        })
        .join('')
      at = last.position + 1
    }
  }
