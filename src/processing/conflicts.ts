// Notices other content under a known submission id, which intake kept as evidence: one task for a named
// human and one audit entry for each (P2).
import type { SqliteJournalReader } from '../intake/journal-store.sqlite.ts'
import type { SecondBody } from '../intake/journal-store.ts'
import type { AuditFacts, EmbeddedAuditLog } from '../records/audit-log.ts'
import type { conflictStore } from '../records/conflict-store.sqlite.ts'
import type { Conflict } from '../records/conflict-store.ts'
import type { Transaction } from '../storage/transaction.ts'

/** Second bodies taken in one transaction at most. */
export const mostSecondBodies = 500

/** Takes the next second bodies into the records and moves `progress.secondBodyId`. */
export function noteConflicts(
  tx: Transaction,
  journal: SqliteJournalReader,
  audit: EmbeddedAuditLog,
  conflicts: ReturnType<typeof conflictStore>,
  progress: { secondBodyId: number },
  at: string,
): void {
  for (const second of journal.secondBodiesAfter(progress.secondBodyId, mostSecondBodies)) {
    progress.secondBodyId = second.id
    if (second.sameContent) continue
    conflicts.add(tx, conflictFrom(second, at))
    audit.append(tx, conflictFacts(second, at))
  }
}

/** The task for a named human. `at`: server time, ISO 8601 UTC. */
export const conflictFrom = (second: SecondBody, at: string): Omit<Conflict, 'setAsideAt'> => {
  const { id, studyId, patientId, position } = second
  return { secondBodyId: id, studyId, patientId, position, noticedAt: Date.parse(at) }
}

/** The audit entry of a conflict. `at`: server time, ISO 8601 UTC. */
export const conflictFacts = (second: SecondBody, at: string): AuditFacts => ({
  at,
  actor: 'system:processing',
  action: 'submission.conflict',
  study: second.studyId,
  patient: second.patientId,
  record: `second-body:${second.id}`,
  reason: `other content for entry:${second.position}, sha256 ${second.sha256}`,
})
