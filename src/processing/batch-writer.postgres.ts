// Writes decided entries in sets, inside the transaction that holds their slots: effects, held rows, audit entries,
// ledger, what waits, all or nothing (P3, P4, P6). What does not need the audit log's order is written before its
// head is locked, because that lock is what all nodes share.
import type { JournalEntry, SecondBody } from '../intake/journal-store.ts'
import { postgresAuditLog } from '../records/audit-log.postgres.ts'
import { auditStore } from '../records/audit-store.postgres.ts'
import { conflictStore } from '../records/conflict-store.postgres.ts'
import { heldStore } from '../records/held-store.postgres.ts'
import { addEvents } from '../records/history-store.postgres.ts'
import { ledgerStore } from '../records/ledger-store.postgres.ts'
import type { LedgerRow } from '../records/ledger-store.ts'
import { patientStore } from '../records/patient-store.postgres.ts'
import type { Patient } from '../records/patient-store.ts'
import {
  addEffects,
  addResponses,
  filledOccasions,
  raisedAlerts,
} from '../records/response-store.postgres.ts'
import { addMessages } from '../sending/outbox-store.postgres.ts'
import { clientOf } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import { reached } from '../system/points.ts'
import { write } from './apply.ts'
import { conflictFacts, conflictFrom } from './conflicts.ts'
import { type Decided, standingOf } from './decide.ts'
import type { Effect } from './effect.ts'
import { type Before, type Gathered, gatheringBooks } from './gathered-books.ts'
import { count, type Tally } from './tally.ts'
import { markNoticed } from './waiting-store.postgres.ts'

/** Writes entries in their order, and second bodies that were noticed. `now`: server clock, ms since the epoch. */
export async function writeDecided(
  tx: Transaction,
  decided: readonly Decided[],
  noticed: readonly SecondBody[],
  now: number,
): Promise<void> {
  const at = new Date(now).toISOString()
  const { books, gathered } = gatheringBooks(await standingBefore(tx, decided))
  const tally: Tally = new Map()
  for (const d of decided) count(tally, d.entry.studyId, write(tx, books, d, now, at), standingOf(d.before))
  const conflicts = noticed.filter((second) => !second.sameContent)
  for (const second of conflicts) books.audit.append(tx, conflictFacts(second, at))
  const db = clientOf(tx)
  await addEffects(tx, gathered)
  await addEvents(tx, gathered.events)
  await addMessages(tx, gathered.messages, now)
  await heldStore(db).putAll(tx, gathered.held)
  for (const { studyId, patientId, course } of gathered.courses.values())
    await patientStore(db).setCourse(tx, studyId, patientId, course)
  await conflictStore(db).addAll(
    tx,
    conflicts.map((second) => conflictFrom(second, at)),
  )
  await markNoticed(
    tx,
    noticed.map((second) => second.id),
    now,
  )
  await writeInOrder(tx, gathered, tally)
}

/** Which occasions and alerts of these entries are there already. */
async function standingBefore(tx: Transaction, decided: readonly Decided[]): Promise<Before> {
  const applied = decided.flatMap(({ entry, result }) =>
    result.kind === 'apply' ? [{ entry, effect: result.effect }] : [],
  )
  return {
    travellers: await travellersAmong(tx, applied),
    occasions: await filledOccasions(
      tx,
      applied.map(({ entry: { studyId, patientId }, effect: { occasion, form } }) => ({
        studyId,
        occasion,
        form,
        patientId,
      })),
    ),
    alerts: await raisedAlerts(
      tx,
      applied.flatMap(({ entry: { studyId, patientId }, effect }) =>
        effect.alerts.map(({ rule }) => ({ studyId, patientId, rule, day: effect.localDate })),
      ),
    ),
  }
}

/** The patients whose devices were seen in a zone that may be new; whoever writes effects holds their slots. */
async function travellersAmong(
  tx: Transaction,
  applied: readonly { readonly entry: JournalEntry; readonly effect: Effect }[],
): Promise<Patient[]> {
  const travellers = new Map<string, Patient>()
  for (const { entry, effect } of applied) {
    if (effect.seen === undefined) continue
    const patient = await patientStore(clientOf(tx)).find(entry.studyId, entry.patientId)
    if (patient !== undefined) travellers.set(`${entry.studyId} ${entry.patientId}`, patient)
  }
  return [...travellers.values()]
}

/** What needs the logs' heads: from here to the commit, other nodes wait with the same studies. */
async function writeInOrder(tx: Transaction, gathered: Gathered, tally: Tally): Promise<void> {
  const moved = new Map([...tally].filter(([, row]) => !isEmpty(row)))
  const { leaves, responses } = gathered
  const studyIds = new Set([...leaves.map((l) => l.studyId), ...moved.keys()])
  if (studyIds.size === 0) return
  const db = clientOf(tx)
  const audit = postgresAuditLog(tx, auditStore(db))
  await audit.open(studyIds)
  reached('processing.heads-locked')
  const base = new Map([...studyIds].map((id) => [id, audit.size(id)]))
  for (const { studyId, leaf } of leaves) audit.appendText(tx, studyId, leaf)
  await addResponses(
    tx,
    responses.map((r) => ({ ...r, leafIndex: base.get(r.studyId)! + r.leafIndex })),
  )
  await ledgerStore(db).moveAll(tx, moved)
  await audit.save(tx)
}

const isEmpty = (row: LedgerRow): boolean => Object.values(row).every((change) => change === 0)
