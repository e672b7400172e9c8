// Notices other content under a known submission id, which intake kept as evidence: one task for a named
// human and one audit entry for each (P2).
import type { JournalReader } from '../intake/journal-store.sqlite.ts'
import type { AuditLog } from '../records/audit-log.ts'
import { addConflict } from '../records/conflict-store.sqlite.ts'
import type { Transaction } from '../storage/sqlite.ts'

const most = 500

/** Takes the next second bodies into the records and moves `progress.secondBodyId`. */
export function noteConflicts(
  tx: Transaction,
  journal: JournalReader,
  audit: AuditLog,
  progress: { secondBodyId: number },
  at: string,
): void {
  for (const second of journal.secondBodiesAfter(progress.secondBodyId, most)) {
    progress.secondBodyId = second.id
    if (second.sameContent) continue
    const { id, studyId, patientId, position, sha256 } = second
    addConflict(tx, { secondBodyId: id, studyId, patientId, position, noticedAt: Date.parse(at) })
    audit.append(tx, {
      at,
      actor: 'system:processing',
      action: 'submission.conflict',
      study: studyId,
      patient: patientId,
      record: `second-body:${id}`,
      reason: `other content for entry:${position}, sha256 ${sha256}`,
    })
  }
}
