// Staff: who works in a study, in which role, at which sites. Rows stay for ever; of a token only the hash is kept.
import type { Row, Statements } from '../storage/statements.ts'
import type { Transaction } from '../storage/transaction.ts'

/** A member of the staff of one study. */
export type StaffMember = {
  readonly studyId: string
  /** Chosen when the member is created; acts in the audit log as `member:ID`. */
  readonly staffId: string
  /** Printed name, as it stands beside signatures (21 CFR 11.50). */
  readonly name: string
  readonly role: string
  /** Must not know the arm (P10). */
  readonly blinded: boolean
  /** Site ids; null: all sites of the study. */
  readonly sites: readonly string[] | null
}

/** A member with what the list shows. Times in milliseconds since the epoch. */
export type StaffView = StaffMember & {
  readonly createdAt: number
  readonly revokedAt: number | null
  /** Whether there is a token that counts. */
  readonly hasToken: boolean
}

const columns = 's.study_id, s.staff_id, s.name, s.role, s.blinded, s.sites'

const memberOf = (row: Row): StaffMember => ({
  studyId: String(row.study_id),
  staffId: String(row.staff_id),
  name: String(row.name),
  role: String(row.role),
  blinded: Boolean(row.blinded),
  sites: row.sites === null ? null : (JSON.parse(String(row.sites)) as string[]),
})

export type StaffStore = ReturnType<typeof staffStore>

/** The same statements on both engines. */
export function staffStore(on: Statements) {
  return {
    /** Adds a member; false if the study has had one of this id. */
    async add(tx: Transaction, m: StaffMember, now: number): Promise<boolean> {
      const sites = m.sites === null ? null : JSON.stringify(m.sites)
      const added = await on.change(
        tx,
        `INSERT INTO staff (study_id, staff_id, name, role, blinded, sites, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING RETURNING staff_id`,
        [m.studyId, m.staffId, m.name, m.role, m.blinded ? 1 : 0, sites, now],
      )
      return added.length === 1
    },
    /** Adds a token by the base64 hash of it. Hashes are unique for ever. */
    async addToken(
      tx: Transaction,
      studyId: string,
      staffId: string,
      tokenSha256: string,
      now: number,
    ): Promise<void> {
      await on.change(
        tx,
        'INSERT INTO staff_tokens (study_id, staff_id, token_sha256, issued_at) VALUES (?, ?, ?, ?)',
        [studyId, staffId, Buffer.from(tokenSha256, 'base64'), now],
      )
    },
    /** Revokes the tokens of a member; returns how many counted until now. */
    async revokeTokens(tx: Transaction, studyId: string, staffId: string, now: number): Promise<number> {
      const revoked = await on.change(
        tx,
        `UPDATE staff_tokens SET revoked_at = ? WHERE study_id = ? AND staff_id = ? AND revoked_at IS NULL
         RETURNING token_id`,
        [now, studyId, staffId],
      )
      return revoked.length
    },
    /** Ends a membership for ever; false if there is none that counts. */
    async revoke(tx: Transaction, studyId: string, staffId: string, now: number): Promise<boolean> {
      const revoked = await on.change(
        tx,
        'UPDATE staff SET revoked_at = ? WHERE study_id = ? AND staff_id = ? AND revoked_at IS NULL RETURNING staff_id',
        [now, studyId, staffId],
      )
      return revoked.length === 1
    },
    /** A member who counts. */
    async find(studyId: string, staffId: string): Promise<StaffMember | undefined> {
      const [row] = await on.rows(
        `SELECT ${columns} FROM staff s WHERE s.study_id = ? AND s.staff_id = ? AND s.revoked_at IS NULL`,
        [studyId, staffId],
      )
      return row === undefined ? undefined : memberOf(row)
    },
    /** Whose token this is, by its base64 hash; undefined if it is unknown or counts no more. */
    async byToken(tokenSha256: string): Promise<StaffMember | undefined> {
      const [row] = await on.rows(
        `SELECT ${columns} FROM staff_tokens t JOIN staff s ON s.study_id = t.study_id AND s.staff_id = t.staff_id
         WHERE t.token_sha256 = ? AND t.revoked_at IS NULL AND s.revoked_at IS NULL`,
        [Buffer.from(tokenSha256, 'base64')],
      )
      return row === undefined ? undefined : memberOf(row)
    },
    /** The staff of a study in the order of their ids, also those who were revoked. */
    async of(studyId: string): Promise<StaffView[]> {
      const rows = await on.rows(
        `SELECT ${columns}, s.created_at, s.revoked_at, EXISTS (SELECT 1 FROM staff_tokens t
           WHERE t.study_id = s.study_id AND t.staff_id = s.staff_id AND t.revoked_at IS NULL) AS has_token
         FROM staff s WHERE s.study_id = ? ORDER BY s.staff_id`,
        [studyId],
      )
      return rows.map((row) => ({
        ...memberOf(row),
        createdAt: Number(row.created_at),
        revokedAt: row.revoked_at === null ? null : Number(row.revoked_at),
        hasToken: Boolean(row.has_token),
      }))
    },
  }
}
