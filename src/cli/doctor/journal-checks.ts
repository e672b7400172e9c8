// Checks of the journal against itself and against the records: positions, log indexes, bytes, and that every entry
// is accounted for exactly once (P3, P4). Streams; safe beside a running server.
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type HeldStanding, standingsReader } from '../../api/control/standings-store.sqlite.ts'
import { journalReader, type SqliteJournalReader } from '../../intake/journal-store.sqlite.ts'
import { ledgerRows, readProgress } from '../../records/ledger-store.sqlite.ts'
import type { LedgerRow } from '../../records/ledger-store.ts'
import type { DataFolder } from '../../storage/folder.ts'
import { type Database, inSnapshot } from '../../storage/sqlite.ts'
import { countText, timeText } from '../figures.ts'
import { type Check, Faults, fail, ok, warn } from './check.ts'
import { entryWalk, lastBoot, lastRecorded, type WalkedEntry } from './doctor-store.sqlite.ts'

const piece = 500
const pieceBytes = 4 * 1024 * 1024
const restore = 'keep the data folder as it is, restore a copy elsewhere, and see docs/operations.md'

/** Whether the last stop was in good order; a running server has not stopped. */
export function stopCheck(journal: Database, folder: DataFolder, running: boolean): Check {
  if (existsSync(folder.ioError)) {
    return warn(
      'last stop',
      'the disk failed a flush',
      'check the disk; the next start rewrites the journal before it accepts anything',
    )
  }
  const boot = lastBoot(journal)
  if (boot === undefined) return fail('last stop', 'no start is on record', restore)
  if (running) return ok('last stop', `running since ${timeText(boot.startedAt)}, version ${boot.version}`)
  if (boot.stoppedAt !== null) return ok('last stop', `in good order, ${timeText(boot.stoppedAt)}`)
  return warn(
    'last stop',
    `the server of ${timeText(boot.startedAt)} did not stop in good order`,
    'nothing is lost by that; find out why it ended, then start it',
  )
}

/** Quick: the last position, the totals and what processing has taken agree. */
export function totalsCheck(journal: SqliteJournalReader, trial: Database): Check {
  const { journalPosition } = readProgress(trial)
  const { last, sum } = inSnapshot(journal.db, () => ({
    last: journal.lastPosition(),
    sum: [...journal.totals().values()].reduce((a, b) => a + b, 0),
  }))
  if (sum !== last)
    return fail('journal', `${countText(last)} positions, but its totals say ${countText(sum)}`, restore)
  if (last < journalPosition) {
    return fail(
      'journal',
      `ends at ${countText(last)}, but ${countText(journalPosition)} was processed: entries are missing`,
      restore,
    )
  }
  return ok('journal', `${countText(last)} entries, ${countText(last - journalPosition)} of them waiting`)
}

type Counts = Record<'taken' | 'applied' | 'quarantined' | 'retrying' | 'dead', number>

/** Full: walks every entry. `tell` hears how far it is. */
export function reconcile(
  databases: { journal: Database; trial: Database },
  running: boolean,
  tell: (done: number, total: number) => void,
): Check[] {
  const journal = journalReader(databases.journal)
  const { trial } = databases
  const start = inSnapshot(trial, () => ({
    taken: readProgress(trial).journalPosition,
    ledger: ledgerRows(trial),
  }))
  const standings = standingsReader(databases.journal, trial)
  const walk = new Walk(start.taken)
  const nextEntries = entryWalk(databases.journal)
  const last = journal.lastPosition()
  for (let at = 0; at < last; ) {
    const entries = nextEntries(at, piece, pieceBytes)
    if (entries.length === 0) break
    at = entries.at(-1)!.position
    walk.take(entries, standings.standings(entries[0]!.position, at))
    tell(at, last)
  }
  if (lastRecorded(trial) > journal.lastPosition())
    walk.accounting.add('the records hold entries that the journal lacks')
  walk.compare(start.ledger, running)
  const n = countText(walk.entries)
  return [
    walk.continuity.count === 0
      ? ok('continuity', `${n} entries: positions, log indexes and SHA-256 of every body`)
      : fail('continuity', walk.continuity.toString(), restore),
    walk.accounting.count === 0
      ? ok('accounting', `${n} entries, each accounted for exactly once: ${walk.summary()}`)
      : fail('accounting', walk.accounting.toString(), restore),
  ]
}

type Standings = ReturnType<ReturnType<typeof standingsReader>['standings']>

/** The running totals of the walk. */
class Walk {
  readonly continuity = new Faults()
  readonly accounting = new Faults()
  entries = 0
  readonly #taken: number
  readonly #counts = new Map<string, Counts>()
  readonly #logIndex = new Map<string, number>()
  #position = 0
  #waiting = 0

  /** `taken`: the position up to which every entry must be in the records. */
  constructor(taken: number) {
    this.#taken = taken
  }

  take(entries: readonly WalkedEntry[], { applied, held }: Standings): void {
    const responses = new Map(applied.map((row) => [row.position, row.studyId]))
    const holds = new Map(held.map((row) => [row.position, row]))
    for (const entry of entries) {
      this.#continue(entry)
      const hold = holds.get(entry.position)
      const studies = [responses.get(entry.position), hold?.studyId].filter((id) => id !== undefined)
      if (studies.some((id) => id !== entry.studyId))
        this.accounting.add(`entry ${entry.position} is recorded for another study`)
      this.#account(entry, responses.has(entry.position), hold?.state)
    }
  }

  #continue(entry: WalkedEntry): void {
    const { position, studyId, logIndex } = entry
    if (position !== this.#position + 1)
      this.continuity.add(`after position ${this.#position} comes ${position}`)
    const expected = this.#logIndex.get(studyId) ?? 0
    if (logIndex !== expected)
      this.continuity.add(`entry ${position} has log index ${logIndex} of ${studyId}, ${expected} expected`)
    if (hash('sha256', entry.body, 'hex') !== entry.sha256)
      this.continuity.add(`the body of entry ${position} has another SHA-256 than on record`)
    this.#logIndex.set(studyId, logIndex + 1)
    this.#position = position
    this.entries += 1
  }

  #account({ position, studyId }: WalkedEntry, applied: boolean, held: HeldStanding | undefined): void {
    if (applied && held !== undefined && held !== 'done')
      this.accounting.add(`entry ${position} is applied and ${held} at once`)
    if (held === 'done' && !applied)
      this.accounting.add(`entry ${position} was applied, and its response is missing`)
    const standing = applied ? 'applied' : held
    if (standing === undefined || standing === 'done') {
      if (position <= this.#taken)
        this.accounting.add(`entry ${position} was processed, and the records lack it`)
      else this.#waiting += 1
      return
    }
    const counts = this.#countsOf(studyId)
    counts[standing] += 1
    if (position <= this.#taken) counts.taken += 1
  }

  #countsOf(studyId: string): Counts {
    let counts = this.#counts.get(studyId)
    if (counts === undefined) {
      counts = { taken: 0, applied: 0, quarantined: 0, retrying: 0, dead: 0 }
      this.#counts.set(studyId, counts)
    }
    return counts
  }

  /** Holds the counts against the ledger as it was at the start. Beside a running server standings move meanwhile. */
  compare(ledger: ReadonlyMap<string, LedgerRow>, running: boolean): void {
    const names = running
      ? (['taken'] as const)
      : (['taken', 'applied', 'quarantined', 'retrying', 'dead'] as const)
    for (const studyId of new Set([...ledger.keys(), ...this.#counts.keys()])) {
      for (const name of names) {
        const [counted, told] = [this.#counts.get(studyId)?.[name] ?? 0, ledger.get(studyId)?.[name] ?? 0]
        if (counted !== told)
          this.accounting.add(
            `${studyId}: ${countText(counted)} ${name} counted, the ledger says ${countText(told)}`,
          )
      }
    }
  }

  summary(): string {
    const sum = (name: keyof Counts) => [...this.#counts.values()].reduce((n, counts) => n + counts[name], 0)
    const parts = (['applied', 'quarantined', 'retrying', 'dead'] as const).map(
      (name) => `${countText(sum(name))} ${name}`,
    )
    return `${parts.join(', ')}, ${countText(this.#waiting)} waiting`
  }
}
