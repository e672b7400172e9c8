// The server's own view of a range of journal entries, one JSON line each: what it kept, where that stands, and how
// often it took effect. Streams in pieces of about a millisecond, so that the doors beside it keep answering.
import { setImmediate as giveWay } from 'node:timers/promises'
import type { StandingsReader } from './standings-store.sqlite.ts'

/** One line of the view. `timesApplied` is counted in the audit log, apart from `state`, which the records tell. */
export type HistoryLine = {
  readonly position: number
  readonly submissionId: string
  readonly sha256: string
  readonly state: 'received' | 'applied' | 'quarantined' | 'retrying' | 'dead'
  readonly timesApplied: number
}

const states = ['received', 'applied', 'quarantined', 'retrying', 'dead'] as const
const stateNumber = { applied: 1, done: 1, quarantined: 2, retrying: 3, dead: 4 } as const
const piece = 200

/**
 * Lines for the positions `from` to `to`, both included. The states are read before the effects, so what the
 * processing does meanwhile never looks like an applied entry without effect.
 */
export async function* historyLines(
  reader: StandingsReader,
  from: number,
  to: number,
): AsyncGenerator<string> {
  const state = new Uint8Array(Math.max(0, to - from + 1))
  const firstLeaf = new Map<string, number>()
  for (let at = from; at <= to; at += piece) {
    const { applied, held } = reader.standings(at, Math.min(to, at + piece - 1))
    for (const row of held) state[row.position - from] = stateNumber[row.state]
    for (const { position, studyId, leafIndex } of applied) {
      state[position - from] = stateNumber.applied
      firstLeaf.set(studyId, Math.min(leafIndex, firstLeaf.get(studyId) ?? leafIndex))
    }
    await giveWay()
  }
  const times = await countEffects(reader, firstLeaf, from, to)
  for (let at = from; at <= to; at += piece) {
    const lines = reader
      .entries(at, Math.min(to, at + piece - 1))
      .map(({ position, submissionId, sha256 }) => {
        const i = position - from
        const line: HistoryLine = {
          position,
          submissionId,
          sha256,
          state: states[state[i]!]!,
          timesApplied: times[i]!,
        }
        return `${JSON.stringify(line)}\n`
      })
    yield lines.join('')
    await giveWay()
  }
}

/** How often each position stands as applied in the audit logs; a second time would stand after the first. */
async function countEffects(
  reader: StandingsReader,
  firstLeaf: ReadonlyMap<string, number>,
  from: number,
  to: number,
): Promise<Uint8Array> {
  const times = new Uint8Array(Math.max(0, to - from + 1))
  for (const [studyId, first] of firstLeaf) {
    const size = reader.logSize(studyId)
    for (let at = first; at < size; at += piece) {
      for (const position of reader.effects(studyId, at, Math.min(size, at + piece))) {
        if (position >= from && position <= to) times[position - from]! += 1
      }
      await giveWay()
    }
  }
  return times
}
