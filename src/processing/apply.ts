// Writes one outcome: response, occasion, scores, alerts, deviations, messages, held row and audit entry.
// Always inside the batch's transaction, together with the ledger and the journal position (P3, P4, P6).
import type { JournalEntry } from '../intake/journal-store.ts'
import type { EmbeddedAuditLog } from '../records/audit-log.ts'
import { commitment, newSalt } from '../records/commitment.ts'
import type { Held, HeldState } from '../records/held-store.ts'
import type { EventRow } from '../records/history-store.ts'
import type { Standing } from '../records/ledger-store.ts'
import type { ResponseWriter } from '../records/response-store.ts'
import type { OutboxMessage } from '../sending/outbox-store.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { Finding } from '../study/finding.ts'
import { isoTime } from '../system/iso-time.ts'
import type { CourseBook } from './course-book.ts'
import type { Decided } from './decide.ts'
import { type Effect, effectText, restrictedText, type SeenZone } from './effect.ts'

/** What one outcome is written to. On PostgreSQL the books gather, and are written in sets. */
export type Books = {
  readonly responses: ResponseWriter
  readonly held: { put(tx: Transaction, held: Held): void }
  readonly audit: Pick<EmbeddedAuditLog, 'append' | 'appendText'>
  readonly history: { addEvent(tx: Transaction, event: EventRow): void }
  readonly outbox: { add(tx: Transaction, message: OutboxMessage, now: number): void }
  readonly courses: CourseBook
}

/** Writes one decided entry and returns where it stands now. */
export function write(tx: Transaction, books: Books, decided: Decided, now: number, at: string): Standing {
  const { result } = decided
  if (result.kind === 'apply') {
    applyEffect(tx, books, decided, result.effect, now, at)
    if (decided.before !== undefined) hold(tx, books, decided, 'done', decided.before.code, now)
    return 'applied'
  }
  if (result.kind === 'quarantine') {
    hold(tx, books, decided, 'quarantined', result.code, now)
    leaf(tx, books, decided, 'submission.quarantined', at, result.code)
    return 'quarantined'
  }
  hold(tx, books, decided, result.state, result.code, now)
  if (decided.before?.state !== result.state)
    leaf(tx, books, decided, `submission.${result.state}`, at, result.code)
  return result.state
}

function applyEffect(
  tx: Transaction,
  books: Books,
  decided: Decided,
  effect: Effect,
  now: number,
  at: string,
): void {
  const { entry } = decided
  const { studyId, patientId, position, logIndex } = entry
  const { form, formVersion, occasion } = effect
  const filledBefore = books.responses.fill(
    tx,
    { studyId, occasion, form, patientId },
    position,
    effect.status,
    effect.dose,
  )
  const findings: readonly Finding[] =
    filledBefore === undefined ? effect.findings : [...effect.findings, { code: 'duplicate-candidate' }]
  const text = effectText(effect, findings)
  const restricted = restrictedText(effect)
  const salt = newSalt()
  const leafIndex = books.audit.appendText(
    tx,
    studyId,
    `{"at":"${at}","actor":"device:${entry.deviceId}","action":"submission.applied","study":"${studyId}","patient":"${patientId}","record":"response:${position}","entry":{"position":${position},"logIndex":${logIndex},"sha256":"${entry.sha256}"},"after":"${commitment(salt, text, restricted)}"}`,
  )
  books.responses.add(tx, {
    position,
    studyId,
    patientId,
    form,
    formVersion,
    occasion,
    recordedAt: now,
    leafIndex,
    salt,
    effect: text,
    restricted,
  })
  if (effect.isEvent)
    books.history.addEvent(tx, { studyId, patientId, form, completedAt: effect.completedAt, position })
  if (effect.seen !== undefined) noteZone(tx, books, entry, effect.seen, at)
  for (const score of effect.scores) books.responses.addScore(tx, position, score.id, score.value, score.band)
  for (const deviation of effect.deviations)
    books.responses.addDeviation(tx, studyId, patientId, deviation.rule, position, now)
  raiseAlerts(tx, books, entry, effect, now)
  sendMessages(tx, books, entry, effect, now)
}

function sendMessages(
  tx: Transaction,
  books: Books,
  { studyId, patientId, position }: JournalEntry,
  { messages }: Effect,
  now: number,
): void {
  for (const { rule, topic } of messages) {
    const messageId = `${studyId}:${position}:${rule}`
    const payload = JSON.stringify({ patientId, rule })
    books.outbox.add(tx, { messageId, studyId, kind: topic, record: `response:${position}`, payload }, now)
  }
}

/** A change of zone is on record (domain.md §3.1.4). */
function noteZone(
  tx: Transaction,
  books: Books,
  { studyId: study, patientId: patient, position, logIndex, sha256 }: JournalEntry,
  seen: SeenZone,
  at: string,
): void {
  const changed = books.courses.saw(tx, study, patient, seen)
  if (changed === null) return
  books.audit.append(tx, {
    at,
    actor: 'system:processing',
    action: 'patient.zone-changed',
    study,
    patient,
    record: `patient:${patient}`,
    entry: { position, logIndex, sha256 },
    ...changed,
    reason: 'the device was in another zone',
  })
}

function raiseAlerts(tx: Transaction, books: Books, entry: JournalEntry, effect: Effect, now: number): void {
  const { studyId, patientId, position } = entry
  for (const alert of effect.alerts) {
    const isNew = books.responses.raiseAlert(tx, {
      studyId,
      patientId,
      rule: alert.rule,
      day: effect.localDate,
      position,
      severity: alert.severity,
      audience: alert.audience.join(' '),
      raisedAt: now,
      acknowledgeBy: now + alert.acknowledgeWithinHours * 3_600_000,
      completedAt: effect.completedAt,
      receivedAt: effect.receivedAt,
    })
    if (!isNew) continue
    const messageId = `${studyId}:${position}:${alert.rule}`
    const payload = JSON.stringify({
      patientId,
      rule: alert.rule,
      severity: alert.severity,
      completedAt: isoTime(effect.completedAt),
      receivedAt: isoTime(effect.receivedAt),
    })
    books.outbox.add(
      tx,
      { messageId, studyId, kind: 'alert.raised', record: `response:${position}`, payload },
      now,
    )
  }
}

function hold(
  tx: Transaction,
  books: Books,
  { entry, lane, result, before }: Decided,
  state: HeldState,
  code: string,
  now: number,
): void {
  const waits = result.kind === 'hold' ? result : undefined
  books.held.put(tx, {
    position: entry.position,
    studyId: entry.studyId,
    patientId: entry.patientId,
    lane,
    state,
    code,
    attempts: waits?.attempts ?? before?.attempts ?? 0,
    attempting: waits?.attempting ?? false,
    nextAttemptAt: waits?.nextAttemptAt,
    heldAt: before?.heldAt ?? now,
    setAsideAt: undefined,
  })
}

function leaf(
  tx: Transaction,
  books: Books,
  { entry }: Decided,
  action: string,
  at: string,
  reason: string,
): void {
  const { studyId: study, patientId: patient, position, logIndex, sha256 } = entry
  const record = `entry:${position}`
  books.audit.append(tx, {
    at,
    actor: 'system:processing',
    action,
    study,
    patient,
    record,
    entry: { position, logIndex, sha256 },
    reason,
  })
}
