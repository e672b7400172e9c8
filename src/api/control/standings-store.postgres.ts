// Where journal entries stand in the records, read in short pieces: for the history check after a load run. Bodies and
// answers are not read here.
import type { Queryable, Statement } from '../../storage/postgres.ts'

/** Entries, or leaves, that are read at once. */
export const piece = 1000

/** An entry with what the records and the audit log say of it. */
export type Standing = {
  readonly position: number
  readonly submissionId: string
  readonly sha256: string
  readonly state: 'received' | 'applied' | 'quarantined' | 'retrying' | 'dead'
  /** The leaf that its response names says that it was applied. */
  readonly attested: boolean
}

/**
 * The entry that a leaf says was applied. Quotes inside a text of JSON are escaped, so no other leaf holds these
 * characters; and no other may be parsed, because staff may write \u0000, which PostgreSQL refuses to read.
 */
const appliedPosition = (leaf: string): string =>
  `CASE WHEN ${leaf} LIKE '%"action":"submission.applied"%' THEN (${leaf}::json #>> '{entry,position}')::bigint END`

/** Scanning what belongs to some million entries may take this many milliseconds. */
const scanWithinMs = 120_000

/** Ranges of positions include both ends. */
export function standingsReader(db: Queryable) {
  return {
    /** The first {@link piece} entries of a range, in order. A held entry that became a response counts as applied. */
    async standings(from: number, to: number): Promise<Standing[]> {
      const { rows } = await db.query<Standing>({
        name: 'standings',
        // The entries come first and few, so that the rest is looked up by its keys.
        text: `SELECT e.position, e.submission_id AS "submissionId", e.sha256,
            CASE WHEN r.position IS NOT NULL OR h.state = 'done' THEN 'applied' ELSE COALESCE(h.state, 'received') END
              AS state,
            COALESCE(${appliedPosition('a.leaf')} = e.position, false) AS attested
          FROM (
            SELECT position, submission_id, sha256 FROM entries WHERE position BETWEEN $1 AND $2
            ORDER BY position LIMIT ${piece}
          ) AS e LEFT JOIN responses r ON r.position = e.position LEFT JOIN held h ON h.position = e.position
          LEFT JOIN audit_entries a ON a.study_id = r.study_id AND a.leaf_index = r.leaf_index
          ORDER BY e.position`,
        values: [from, to],
      })
      return rows
    },
    /** For each study, the first leaf of a response in the range and the size of the log. */
    async logs(from: number, to: number): Promise<{ studyId: string; first: number; size: number }[]> {
      const statement: Statement = {
        text: `SELECT study_id AS "studyId", first, size FROM audit_heads JOIN (
            SELECT study_id, MIN(leaf_index) AS first FROM responses WHERE position BETWEEN $1 AND $2 GROUP BY study_id
          ) AS applied USING (study_id)`,
        values: [from, to],
        query_timeout: scanWithinMs,
      }
      const { rows } = await db.query<{ studyId: string; first: number; size: number }>(statement)
      return rows
    },
    /**
     * Positions of the range that the audit log says were applied by leaves that no response names, from leaf
     * `first` up to but without leaf `end`; one for each such leaf.
     */
    async strayEffects(
      studyId: string,
      first: number,
      end: number,
      from: number,
      to: number,
    ): Promise<number[]> {
      const { rows } = await db.query<{ position: number }>({
        name: 'stray-effects',
        text: `WITH effect AS MATERIALIZED (
            SELECT leaf_index, ${appliedPosition('leaf')} AS position FROM audit_entries
            WHERE study_id = $1 AND leaf_index >= $2 AND leaf_index < $3
          ) SELECT position FROM effect
          WHERE position BETWEEN $4 AND $5 AND NOT EXISTS (
            SELECT FROM responses r WHERE r.position = effect.position AND r.study_id = $1
            AND r.leaf_index = effect.leaf_index)`,
        values: [studyId, first, end, from, to],
      })
      return rows.map((r) => r.position)
    },
  }
}
