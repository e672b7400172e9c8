// What a signature binds: the values as they stand, the audit log as it stands, and the versions of the forms, so that
// it cannot be cut out, copied or carried over to a later version (21 CFR 11.70; ICH E6(R3) 4.2.2).
import { hash } from 'node:crypto'
import { commitment } from './commitment.ts'

/** One signed response. */
export type SignedResponse = {
  readonly position: number
  readonly version: number
  readonly form: string
  readonly formVersion: string
  readonly salt: string
  readonly effect: string
  readonly restricted: string | null
}

/** Who signs what, and the audit log's head at that moment. */
export type Signing = {
  readonly studyId: string
  readonly patientId: string
  readonly staffId: string
  readonly name: string
  readonly meaning: string
  /** Milliseconds since the epoch. */
  readonly signedAt: number
  readonly audit: { readonly size: number; readonly root: string }
  readonly responses: readonly SignedResponse[]
}

/**
 * SHA-256, hex, over one JSON text with members in a fixed order. Values enter by their commitments, so that the hash
 * says nothing about them (P10) and anyone who holds the records can compute it again.
 */
export function signatureHash(s: Signing): string {
  const responses = s.responses.map((r) => [
    r.position,
    r.version,
    r.form,
    r.formVersion,
    commitment(r.salt, r.effect, r.restricted),
  ])
  const { studyId, patientId, staffId, name, meaning, signedAt, audit } = s
  const text = [studyId, patientId, staffId, name, meaning, signedAt, audit.size, audit.root, responses]
  return hash('sha256', JSON.stringify(text), 'hex')
}
