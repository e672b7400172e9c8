// Where journal entries stand in the records, read in short pieces from read-only connections: for the history
// check after a load run and for `levee doctor`. Bodies and answers are not read here.
import { uuidText } from '../../intake/journal-store.sqlite.ts'
import { type Database, inSnapshot } from '../../storage/sqlite.ts'

/** A held entry that became a response is `done` and counts as applied. */
export type HeldStanding = 'quarantined' | 'retrying' | 'dead' | 'done'
export type AppliedRow = { readonly position: number; readonly studyId: string; readonly leafIndex: number }
export type HeldRow = { readonly position: number; readonly studyId: string; readonly state: HeldStanding }

export type StandingsReader = ReturnType<typeof standingsReader>

/** Ranges of positions include both ends. */
export function standingsReader(journal: Database, trial: Database) {
  const entries = journal.prepare(
    'SELECT position, submission_id, sha256 FROM entries WHERE position BETWEEN ? AND ? ORDER BY position',
  )
  const applied = trial.prepare(
    'SELECT position, study_id AS studyId, leaf_index AS leafIndex FROM responses WHERE position BETWEEN ? AND ?',
  )
  const held = trial.prepare(
    'SELECT position, study_id AS studyId, state FROM held WHERE position BETWEEN ? AND ?',
  )
  const effects = trial.prepare(
    `SELECT json_extract(leaf, '$.entry.position') AS position FROM audit_entries
     WHERE study_id = ? AND leaf_index >= ? AND leaf_index < ? AND json_extract(leaf, '$.action') = 'submission.applied'`,
  )
  const logSize = trial.prepare('SELECT size FROM audit_heads WHERE study_id = ?')
  return {
    entries: (from: number, to: number) =>
      entries.all(from, to).map((r) => ({
        position: Number(r.position),
        submissionId: uuidText(r.submission_id as Uint8Array),
        sha256: String(r.sha256),
      })),
    /** Both kinds of rows of one moment. */
    standings: (from: number, to: number) =>
      inSnapshot(trial, () => ({
        applied: applied.all(from, to) as unknown as AppliedRow[],
        held: held.all(from, to) as unknown as HeldRow[],
      })),
    /** Positions that the audit log says were applied, from leaf `from` up to but without leaf `to`. */
    effects: (studyId: string, from: number, to: number): number[] =>
      effects.all(studyId, from, to).map((r) => Number(r.position)),
    /** Leaves in a study's audit log. */
    logSize: (studyId: string): number => Number(logSize.get(studyId)?.size ?? 0),
  }
}
