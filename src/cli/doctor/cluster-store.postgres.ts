// What `levee doctor --database` reads of an installation's tables, beyond what the nodes' own readers give. Reading
// only, in pieces.
import { slots } from '../../intake/slot.ts'
import type { LedgerRow } from '../../records/ledger-store.ts'
import type { Applied } from '../../storage/migrations.ts'
import type { Queryable } from '../../storage/postgres.ts'
import type { AuditWalk, CommittedResponse } from './audit-walk.ts'

/** The migrations on record; undefined where there is no schema. */
export async function appliedMigrations(db: Queryable): Promise<Applied[] | undefined> {
  const { rows } = await db.query<{ there: boolean }>(`SELECT to_regclass('migrations') IS NOT NULL AS there`)
  if (!rows[0]!.there) return undefined
  return (await db.query<Applied>('SELECT number, name, breaking FROM migrations ORDER BY number')).rows
}

/** The installation's row: the ids of its keys, and whether `levee move` is still filling the database. */
export async function installation(
  db: Queryable,
): Promise<{ receiptKey: string; logKey: string; moving: boolean } | undefined> {
  const { rows } = await db.query<{ receiptKey: string; logKey: string; moving: boolean }>(
    'SELECT receipt_key AS "receiptKey", log_key AS "logKey", moving FROM installation',
  )
  return rows[0]
}

/** How many entries wait, and since when the oldest does, in milliseconds since the epoch. */
export async function waitingEntries(db: Queryable): Promise<{ count: number; oldest: number | null }> {
  const { rows } = await db.query<{ count: number; oldest: number | null }>(
    `SELECT (SELECT count(*) FROM waiting) AS count, (
       SELECT min(e.received_at) FROM generate_series(0, $1::int - 1) AS s (slot) CROSS JOIN LATERAL (
         SELECT position FROM waiting WHERE waiting.slot = s.slot::smallint ORDER BY position LIMIT 1
       ) AS first JOIN entries AS e USING (position)) AS oldest`,
    [slots],
  )
  return rows[0]!
}

/** The ledger of a study beside the count of its journal. */
export type LedgerFacts = LedgerRow & { readonly studyId: string; readonly received: number }

/** Ledger, counts of the journal and what waits, all of one moment. */
export async function ledgerFacts(
  db: Queryable,
): Promise<{ studies: LedgerFacts[]; waiting: number; groups: number }> {
  const { rows } = await db.query<{ studies: LedgerFacts[]; waiting: number; groups: number }>(
    `SELECT (SELECT count(*) FROM waiting) AS waiting,
       (SELECT COALESCE(sum(size), 0)::bigint FROM receipt_groups) AS groups,
       (SELECT COALESCE(json_agg(json_build_object('studyId', study_id, 'received', COALESCE(received, 0),
          'taken', COALESCE(taken, 0), 'applied', COALESCE(applied, 0), 'quarantined', COALESCE(quarantined, 0),
          'retrying', COALESCE(retrying, 0), 'dead', COALESCE(dead, 0)) ORDER BY study_id), '[]')
        FROM ledger FULL JOIN (SELECT study_id, sum(entries)::bigint AS received FROM totals GROUP BY study_id) AS t
        USING (study_id)) AS studies`,
  )
  return rows[0]!
}

/** An entry with what the records say of it. */
export type AccountedEntry = {
  readonly position: number
  readonly studyId: string
  /** The body has the SHA-256 on record. */
  readonly whole: boolean
  readonly applied: boolean
  readonly held: 'retrying' | 'quarantined' | 'dead' | 'done' | null
  readonly waiting: boolean
  /** A record names another study. */
  readonly strange: boolean
}

/** The next entries after a position, in order, each as of one moment. Their bodies are hashed by the server. */
export async function accountedEntries(
  db: Queryable,
  after: number,
  most: number,
): Promise<AccountedEntry[]> {
  const { rows } = await db.query<AccountedEntry>({
    name: 'doctor-entries',
    text: `WITH page AS MATERIALIZED (
        SELECT position, study_id, slot, encode(sha256(body), 'hex') = sha256 AS whole FROM entries
        WHERE position > $1 ORDER BY position LIMIT $2
      ) SELECT p.position, p.study_id AS "studyId", p.whole, r.position IS NOT NULL AS applied, h.state AS held,
          w.position IS NOT NULL AS waiting,
          COALESCE(r.study_id <> p.study_id, false) OR COALESCE(h.study_id <> p.study_id, false) AS strange
        FROM page AS p LEFT JOIN responses AS r USING (position) LEFT JOIN held AS h USING (position)
        LEFT JOIN waiting AS w ON w.slot = p.slot AND w.position = p.position ORDER BY p.position`,
    values: [after, most],
  })
  return rows
}

/** Highest position that the records or the waiting rows know of; 0 for none. */
export async function lastKnownPosition(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ p: number }>(
    `SELECT GREATEST((SELECT max(position) FROM responses), (SELECT max(position) FROM held),
       (SELECT max(position) FROM waiting), 0) AS p`,
  )
  return rows[0]!.p
}

/** What the walk through an audit log looks up. */
export function auditWalk(db: Queryable): AuditWalk {
  const rowsOf = async <R extends object>(name: string, text: string, values: unknown[]) =>
    (await db.query<R>({ name, text, values })).rows
  return {
    leaves: (studyId, from, to) =>
      rowsOf(
        'doctor-leaves',
        `SELECT leaf_index AS i, leaf FROM audit_entries WHERE study_id = $1 AND leaf_index >= $2 AND leaf_index < $3
         ORDER BY leaf_index`,
        [studyId, from, to],
      ),
    checkpoints: (studyId, after, upTo) =>
      rowsOf(
        'doctor-checkpoints',
        `SELECT size, note FROM audit_checkpoints WHERE study_id = $1 AND size > $2 AND size <= $3 ORDER BY size`,
        [studyId, after, upTo],
      ),
    async responses(positions) {
      const rows = await rowsOf<CommittedResponse & { position: number }>(
        'doctor-responses',
        `SELECT position, leaf_index AS "leafIndex", salt, effect, restricted FROM responses
         WHERE position = ANY($1::bigint[])`,
        [positions],
      )
      return new Map(rows.map((r) => [r.position, r]))
    },
    async hashes(positions) {
      const rows = await rowsOf<{ position: number; sha256: string }>(
        'doctor-hashes',
        'SELECT position, sha256 FROM entries WHERE position = ANY($1::bigint[])',
        [positions],
      )
      return new Map(rows.map((r) => [r.position, r.sha256]))
    },
    async responseCount(studyId, size) {
      const [row] = await rowsOf<{ n: number }>(
        'doctor-response-count',
        'SELECT count(*) AS n FROM responses WHERE study_id = $1 AND leaf_index < $2',
        [studyId, size],
      )
      return row!.n
    },
  }
}
