// What `levee doctor` reads beyond what the server's own readers give. Read-only connections, short reads.
// The one thing it writes is a database of its own, to see that writing works.
import { type Database, inTransaction } from '../../storage/sqlite.ts'
import type { AuditWalk, CommittedResponse } from './audit-walk.ts'

export type Boot = { readonly startedAt: number; readonly version: string; readonly stoppedAt: number | null }

/** An entry with its bytes, as far as the walk through the journal needs it. `sha256` is what is on record. */
export type WalkedEntry = {
  readonly position: number
  readonly studyId: string
  readonly logIndex: number
  readonly sha256: string
  readonly body: Buffer
}

/** A reader of the next entries after a position: at most `limit` of them and about `mostBytes` of bodies. */
export function entryWalk(journal: Database) {
  const after = journal.prepare(
    'SELECT position, study_id, log_index, sha256, body FROM entries WHERE position > ? ORDER BY position LIMIT ?',
  )
  return (position: number, limit: number, mostBytes: number): WalkedEntry[] => {
    const entries: WalkedEntry[] = []
    let bytes = 0
    for (const r of after.iterate(position, limit)) {
      const body = Buffer.from(r.body as Uint8Array)
      entries.push({
        position: Number(r.position),
        studyId: String(r.study_id),
        logIndex: Number(r.log_index),
        sha256: String(r.sha256),
        body,
      })
      bytes += body.length
      if (bytes >= mostBytes) break
    }
    return entries
  }
}

/** The last start on record. */
export function lastBoot(journal: Database): Boot | undefined {
  const statement =
    'SELECT started_at AS startedAt, version, stopped_at AS stoppedAt FROM boots ORDER BY id DESC LIMIT 1'
  return journal.prepare(statement).get() as Boot | undefined
}

/** Highest position that the records know of, in responses or held entries; 0 for none. */
export function lastRecorded(trial: Database): number {
  const statement =
    'SELECT MAX(COALESCE((SELECT MAX(position) FROM responses), 0), COALESCE((SELECT MAX(position) FROM held), 0)) AS p'
  return Number(trial.prepare(statement).get()?.p)
}

/** What the walk through an audit log looks up. */
export function auditWalk(journal: Database, trial: Database) {
  const response = trial.prepare(
    'SELECT leaf_index AS leafIndex, salt, effect, restricted FROM responses WHERE position = ?',
  )
  const checkpoints = trial.prepare(
    'SELECT size, note FROM audit_checkpoints WHERE study_id = ? AND size > ? AND size <= ? ORDER BY size',
  )
  const leaves = trial.prepare(
    'SELECT leaf_index AS i, leaf FROM audit_entries WHERE study_id = ? AND leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index',
  )
  const sha256 = journal.prepare('SELECT sha256 FROM entries WHERE position = ?')
  const responses = trial.prepare('SELECT COUNT(*) AS n FROM responses WHERE study_id = ? AND leaf_index < ?')
  const each = <T>(positions: readonly number[], find: (position: number) => T | undefined) => {
    const found = new Map<number, T>()
    for (const position of positions) {
      const row = find(position)
      if (row !== undefined) found.set(position, row)
    }
    return found
  }
  return {
    leaves: (studyId, from, to) => leaves.all(studyId, from, to) as { i: number; leaf: string }[],
    checkpoints: (studyId, after, upTo) =>
      checkpoints.all(studyId, after, upTo) as { size: number; note: string }[],
    responses: (positions) => each(positions, (p) => response.get(p) as CommittedResponse | undefined),
    hashes: (positions) => each(positions, (p) => sha256.get(p)?.sha256 as string | undefined),
    responseCount: (studyId, size) => Number(responses.get(studyId, size)?.n),
  } satisfies AuditWalk
}

/** Writes something into a new database of doctor's own. */
export function writeProbe(db: Database): void {
  inTransaction(db, () => db.exec('CREATE TABLE probe (x)'))
}

/** How a database keeps its journal, in SQLite's word: `wal` where all is well. */
export const journalMode = (db: Database): string =>
  String(Object.values(db.prepare('PRAGMA journal_mode').get() ?? {})[0])
