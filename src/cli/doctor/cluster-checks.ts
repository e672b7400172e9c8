// Checks of an installation in PostgreSQL: schema, keys, work that waits, ledger, and, in full, that every entry is
// whole and accounted for exactly once (P3, P4). Streams; safe beside running nodes.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DataFolder } from '../../storage/folder.ts'
import { missingMigrations } from '../../storage/migrations.ts'
import type { Queryable } from '../../storage/postgres.ts'
import { importPrivateKey, keyId } from '../../system/keys.ts'
import { countText, durationText } from '../figures.ts'
import { type Check, Faults, fail, ok, warn } from './check.ts'
import {
  type AccountedEntry,
  accountedEntries,
  appliedMigrations,
  installation,
  type LedgerFacts,
  lastKnownPosition,
  ledgerFacts,
  waitingEntries,
} from './cluster-store.postgres.ts'

const piece = 2000
const lateMs = 10_000
const keep = 'stop the nodes, keep the database as it is (a base backup), and see docs/operations-cluster.md'

/** Whether the schema is there and of this version; without it there is nothing more to look at. */
export async function schemaCheck(db: Queryable): Promise<Check> {
  const applied = await appliedMigrations(db)
  const prepare = 'run levee migrate as the role that owns the tables, or start a node as that role'
  if (applied === undefined) return fail('schema', 'there are no tables of Levee yet', prepare)
  try {
    const missing = missingMigrations('levee', applied)
    const newest = applied.at(-1)?.name ?? 'none'
    if (missing.length === 0) return ok('schema', `up to date, ${newest} is the newest`)
    return warn('schema', `${missing.map((m) => m.name).join(', ')} not applied yet`, prepare)
  } catch (error) {
    return fail('schema', (error as Error).message, 'use the newer version of Levee on all nodes')
  }
}

/** Whether this machine's keys are those of the installation, and no move is half done. */
export async function installationCheck(db: Queryable, folder: DataFolder): Promise<Check> {
  const standing = await installation(db)
  if (standing === undefined)
    return warn(
      'installation',
      'no node has started on this database yet',
      'start a node, or bring an installation over with levee move',
    )
  if (standing.moving) {
    return fail(
      'installation',
      'levee move has not finished: the database is half filled, and nodes refuse it',
      'run levee move again with the same --from; it goes on where it stopped',
    )
  }
  const files = { log: join(folder.keys, 'log-key.pem'), receipt: join(folder.keys, 'receipt-key.pem') }
  if (!existsSync(files.log) || !existsSync(files.receipt)) {
    return warn(
      'keys',
      `${folder.keys} does not hold both keys`,
      'look from a node, or name its folder with --data; a new node needs both, copied from another',
    )
  }
  const idOf = (file: string) => keyId(importPrivateKey(readFileSync(file, 'utf8')))
  if (idOf(files.log) === standing.logKey && idOf(files.receipt) === standing.receiptKey)
    return ok('keys', `those of the installation: receipts ${standing.receiptKey}, log ${standing.logKey}`)
  return fail(
    'keys',
    `${folder.keys} holds other keys than the installation has on record (receipts ${standing.receiptKey}, log ${standing.logKey})`,
    'copy both files of keys/ from a node that runs, readable by this user alone',
  )
}

/** Quick: whether processing keeps up. */
export async function waitingCheck(db: Queryable, now: number): Promise<Check> {
  const { count, oldest } = await waitingEntries(db)
  if (oldest === null) return ok('waiting', 'no entry waits')
  const age = Math.max(0, now - oldest)
  const says = `${countText(count)} entries wait, the oldest for ${durationText(age)}`
  if (age <= lateMs) return ok('waiting', says)
  return warn(
    'waiting',
    says,
    'see whether nodes with the role processing run (levee status on each) and what their logs say; add one if they are busy',
  )
}

/** Quick: P4 as one statement over journal and records. */
export async function ledgerCheck(db: Queryable): Promise<Check> {
  const { studies, waiting } = await ledgerFacts(db)
  const faults = new Faults()
  let [received, taken] = [0, 0]
  for (const s of studies) {
    received += s.received
    taken += s.taken
    const settled = s.applied + s.quarantined + s.retrying + s.dead
    if (s.taken !== settled)
      faults.add(`${s.studyId}: ${countText(s.taken)} taken, but ${countText(settled)} are accounted for`)
    if (s.taken > s.received)
      faults.add(`${s.studyId}: ${countText(s.taken)} taken of ${countText(s.received)}`)
  }
  if (received !== taken + waiting)
    faults.add(
      `${countText(received)} received, but ${countText(taken)} taken and ${countText(waiting)} waiting`,
    )
  if (faults.count > 0) return fail('ledger', faults.toString(), keep)
  return ok(
    'ledger',
    `${countText(received)} received = ${countText(taken)} taken + ${countText(waiting)} waiting, in ${studies.length} ${studies.length === 1 ? 'study' : 'studies'}`,
  )
}

/** Full: walks every entry. While `running`, standings move meanwhile, so they are not held against the ledger. */
export async function reconcileCluster(
  db: Queryable,
  running: boolean,
  tell: (done: number, total: number) => void,
): Promise<Check[]> {
  const { studies, groups } = await ledgerFacts(db)
  const last = await lastKnownPosition(db)
  const total = studies.reduce((sum, s) => sum + s.received, 0)
  const walk = new Walk()
  for (let at = 0; ; ) {
    const page = await accountedEntries(db, at, piece)
    if (page.length === 0) {
      if (last > at) walk.accounting.add(`the records know position ${last}, the journal ends at ${at}`)
      break
    }
    at = page.at(-1)!.position
    for (const entry of page) walk.take(entry)
    tell(walk.entries, total)
  }
  if (!running) walk.compare(studies, groups)
  const n = countText(walk.entries)
  return [
    walk.continuity.count === 0
      ? ok('journal', `${n} entries: SHA-256 of every body`)
      : fail('journal', walk.continuity.toString(), keep),
    walk.accounting.count === 0
      ? ok('accounting', `${n} entries, each accounted for exactly once: ${walk.summary()}`)
      : fail('accounting', walk.accounting.toString(), keep),
  ]
}

const standings = ['applied', 'quarantined', 'retrying', 'dead', 'waiting'] as const
type Counts = Record<(typeof standings)[number], number>

/** The running totals of the walk. */
class Walk {
  readonly continuity = new Faults()
  readonly accounting = new Faults()
  entries = 0
  readonly #counts = new Map<string, Counts>()

  take(entry: AccountedEntry): void {
    const { position, studyId, whole, applied, held, waiting, strange } = entry
    this.entries += 1
    if (!whole) this.continuity.add(`the body of entry ${position} has another SHA-256 than on record`)
    if (strange) this.accounting.add(`entry ${position} is recorded for another study`)
    const open = held === 'done' ? null : held
    if (held === 'done' && !applied)
      this.accounting.add(`entry ${position} was applied, and its response is missing`)
    const found = [applied && 'applied', open, waiting && 'waiting'].filter(
      (s): s is keyof Counts => typeof s === 'string',
    )
    if (found.length > 1) this.accounting.add(`entry ${position} is ${found.join(' and ')} at once`)
    if (found[0] === undefined) this.accounting.add(`entry ${position} is neither recorded nor waiting`)
    else this.#countsOf(studyId)[found[0]] += 1
  }

  #countsOf(studyId: string): Counts {
    let counts = this.#counts.get(studyId)
    if (counts === undefined) {
      counts = { applied: 0, quarantined: 0, retrying: 0, dead: 0, waiting: 0 }
      this.#counts.set(studyId, counts)
    }
    return counts
  }

  /** Holds the counts against the ledger and against the signed groups. */
  compare(ledger: readonly LedgerFacts[], groups: number): void {
    for (const told of ledger) {
      const counted = this.#countsOf(told.studyId)
      for (const name of standings) {
        const said = name === 'waiting' ? told.received - told.taken : told[name]
        if (counted[name] !== said)
          this.accounting.add(
            `${told.studyId}: ${countText(counted[name])} ${name} counted, the ledger says ${countText(said)}`,
          )
      }
    }
    for (const studyId of this.#counts.keys())
      if (!ledger.some((s) => s.studyId === studyId))
        this.accounting.add(`the ledger does not know ${studyId}`)
    if (groups !== this.entries)
      this.continuity.add(`${countText(this.entries)} entries, but ${countText(groups)} receipts were signed`)
  }

  summary(): string {
    const sum = (name: keyof Counts) => [...this.#counts.values()].reduce((n, counts) => n + counts[name], 0)
    return standings.map((name) => `${countText(sum(name))} ${name}`).join(', ')
  }
}
