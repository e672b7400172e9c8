// Signatures and the responses they are about. A signature is never changed; only whether it still stands.
import type { Statements } from '../storage/statements.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type Case, caseStore } from './workflow-store.ts'

export type Signature = Case & {
  readonly staffId: string
  /** Printed name of the signer (21 CFR 11.50). */
  readonly name: string
  /** What the signer declares, in words. */
  readonly meaning: string
  /** Milliseconds since the epoch. */
  readonly signedAt: number
  /** The audit log as it stood: its size and its root, base64. */
  readonly auditSize: number
  readonly auditRoot: string
  /** SHA-256, hex, over what was signed; see signature.ts. */
  readonly sha256: string
}
export type NewSignature = Omit<Signature, 'id' | 'siteId' | 'state' | 'revision'> & {
  readonly positions: readonly number[]
}

export type SignatureStore = ReturnType<typeof signatureStore>

export function signatureStore(on: Statements) {
  const cases = caseStore(on, {
    table: 'signatures',
    key: 'signature_id',
    columns: ['staff_id', 'name', 'meaning', 'signed_at', 'audit_size', 'audit_root', 'sha256'],
    read: (row): Omit<Signature, keyof Case> => ({
      staffId: String(row.staff_id),
      name: String(row.name),
      meaning: String(row.meaning),
      signedAt: Number(row.signed_at),
      auditSize: Number(row.audit_size),
      auditRoot: String(row.audit_root),
      sha256: String(row.sha256),
    }),
  })
  return {
    ...cases,
    /** Adds a signature in a state, at revision 1; returns its id. */
    async add(tx: Transaction, s: NewSignature, state: string): Promise<number> {
      const [row] = await on.change(
        tx,
        `INSERT INTO signatures (study_id, patient_id, staff_id, name, meaning, signed_at, audit_size, audit_root,
           sha256, state, revision)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) RETURNING signature_id`,
        [
          s.studyId,
          s.patientId,
          s.staffId,
          s.name,
          s.meaning,
          s.signedAt,
          s.auditSize,
          s.auditRoot,
          s.sha256,
          state,
        ],
      )
      const id = Number(row!.signature_id)
      for (const position of s.positions)
        await on.change(tx, 'INSERT INTO signed_responses (position, signature_id) VALUES (?, ?)', [
          position,
          id,
        ])
      return id
    },
    /** The positions of what a signature is about. */
    async positions(id: number): Promise<number[]> {
      const rows = await on.rows(
        'SELECT position FROM signed_responses WHERE signature_id = ? ORDER BY position',
        [id],
      )
      return rows.map((row) => Number(row.position))
    },
    /** Signatures in a state that are about one of these responses, oldest first. */
    async about(studyId: string, positions: readonly number[], state: string): Promise<Signature[]> {
      const ids = new Set<number>()
      for (const position of positions) {
        const rows = await on.rows('SELECT signature_id FROM signed_responses WHERE position = ?', [position])
        for (const row of rows) ids.add(Number(row.signature_id))
      }
      const found: Signature[] = []
      for (const id of [...ids].sort((a, b) => a - b)) {
        const signature = await cases.one(studyId, id)
        if (signature?.state === state) found.push(signature)
      }
      return found
    },
  }
}
