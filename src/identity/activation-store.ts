// One-time codes that bind a phone to a patient. Of a code the keyed hash alone is kept; what became of it stays on
// record. The same statements on both engines.
import type { Row, Statements } from '../storage/statements.ts'
import type { Transaction } from '../storage/transaction.ts'

/** The one form that a tablet of the site is handed over for. */
export type HandedOver = {
  readonly form: string
  readonly formVersion: string
  readonly occasion: string | null
}

/** `codeHmac` is base64. Times in milliseconds since the epoch. */
export type NewCode = {
  readonly studyId: string
  readonly patientId: string
  readonly codeHmac: string
  readonly kind: 'own' | 'clinic'
  /** Of a clinic code. */
  readonly form: HandedOver | null
  readonly expiresAt: number
  /** Actor as in the audit log. */
  readonly issuedBy: string
}

/** A code that was issued; the code itself is stored nowhere. */
export type IssuedCode = Omit<NewCode, 'codeHmac'> & {
  readonly codeId: number
  readonly issuedAt: number
  readonly usedAt: number | null
  /** The device that it made. */
  readonly deviceId: number | null
  /** When it was taken back. */
  readonly endedAt: number | null
}

const columns =
  'code_id, study_id, patient_id, kind, form, form_version, occasion, issued_at, issued_by, expires_at, used_at, device_id, ended_at'

const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value))

const codeOf = (row: Row): IssuedCode => ({
  codeId: Number(row.code_id),
  studyId: String(row.study_id),
  patientId: String(row.patient_id),
  kind: row.kind as IssuedCode['kind'],
  form:
    row.form === null
      ? null
      : {
          form: String(row.form),
          formVersion: String(row.form_version),
          occasion: row.occasion === null ? null : String(row.occasion),
        },
  issuedAt: Number(row.issued_at),
  issuedBy: String(row.issued_by),
  expiresAt: Number(row.expires_at),
  usedAt: numberOrNull(row.used_at),
  deviceId: numberOrNull(row.device_id),
  endedAt: numberOrNull(row.ended_at),
})

export type ActivationStore = ReturnType<typeof activationStore>

export function activationStore(on: Statements) {
  return {
    /** Adds a code; returns its number. Hashes are unique for ever: throws what the engine throws where one is taken. */
    async add(tx: Transaction, c: NewCode, now: number): Promise<number> {
      const [row] = await on.change(
        tx,
        `INSERT INTO activation_codes (code_hmac, study_id, patient_id, kind, form, form_version, occasion, issued_at,
           issued_by, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING code_id`,
        [
          Buffer.from(c.codeHmac, 'base64'),
          c.studyId,
          c.patientId,
          c.kind,
          c.form?.form ?? null,
          c.form?.formVersion ?? null,
          c.form?.occasion ?? null,
          now,
          c.issuedBy,
          c.expiresAt,
        ],
      )
      return Number(row!.code_id)
    },
    /** The code of a keyed hash, base64, whatever became of it. */
    async find(codeHmac: string): Promise<IssuedCode | undefined> {
      const [row] = await on.rows(`SELECT ${columns} FROM activation_codes WHERE code_hmac = ?`, [
        Buffer.from(codeHmac, 'base64'),
      ])
      return row === undefined ? undefined : codeOf(row)
    },
    /** Uses a code up; false if it was used or taken back before. */
    async use(tx: Transaction, codeId: number, deviceId: number, now: number): Promise<boolean> {
      const used = await on.change(
        tx,
        `UPDATE activation_codes SET used_at = ?, device_id = ?
         WHERE code_id = ? AND used_at IS NULL AND ended_at IS NULL RETURNING code_id`,
        [now, deviceId, codeId],
      )
      return used.length === 1
    },
    /** Takes back the codes of a patient that could still be used, of one kind or of both; returns their numbers. */
    async end(
      tx: Transaction,
      studyId: string,
      patientId: string,
      kind: IssuedCode['kind'] | undefined,
      now: number,
    ): Promise<number[]> {
      const ended = await on.change(
        tx,
        `UPDATE activation_codes SET ended_at = ? WHERE study_id = ? AND patient_id = ? AND kind IN (?, ?)
         AND used_at IS NULL AND ended_at IS NULL AND expires_at > ? RETURNING code_id`,
        [now, studyId, patientId, kind ?? 'own', kind ?? 'clinic', now],
      )
      return ended.map((row) => Number(row.code_id)).sort((a, b) => a - b)
    },
    /** The codes of a patient, oldest first. */
    async of(studyId: string, patientId: string): Promise<IssuedCode[]> {
      const rows = await on.rows(
        `SELECT ${columns} FROM activation_codes WHERE study_id = ? AND patient_id = ? ORDER BY code_id`,
        [studyId, patientId],
      )
      return rows.map(codeOf)
    },
  }
}
