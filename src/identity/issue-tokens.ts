// Issues and revokes device tokens, each with its audit entry. The token itself leaves this module once and is
// stored nowhere.
import type { AuditLog } from '../records/audit-log.ts'
import type { PatientStore } from '../records/patient-store.ts'
import type { Transaction } from '../storage/transaction.ts'
import { Problem } from '../system/problem.ts'
import type { DeviceStore } from './device-store.ts'
import type { Device } from './devices.ts'
import { newToken, tokenHash } from './token.ts'

/** Which patients get a token; `replace` revokes their devices of the same label first. */
export type IssueTokens = {
  readonly studyId: string
  readonly patientIds: readonly string[] | 'all'
  readonly limit: number
  readonly label: string
  readonly replace: boolean
}
export type IssuedToken = { readonly device: Device; readonly token: string; readonly tokenSha256: string }

/** Printable: no control characters, which PostgreSQL and terminals take amiss. */
const plainLabel = /^[^\p{Cc}]{1,100}$/u

type By = { readonly actor: string; readonly reason: string }

type Stores = { readonly devices: DeviceStore; readonly patients: PatientStore }

/** A new device with its token for each patient wanted. Throws a Problem naming the first who is not enrolled. */
export async function issueTokens(
  tx: Transaction,
  { devices, patients }: Stores,
  audit: AuditLog,
  wanted: IssueTokens,
  by: By,
  now: number,
) {
  const { studyId, label } = wanted
  if (!plainLabel.test(label))
    throw new Problem('submission.invalid', { member: 'label', expected: '1 to 100 printable characters' })
  const patientIds = await chosen(patients, wanted)
  const revoked = wanted.replace ? await devices.revokeAll(tx, studyId, patientIds, label, now) : []
  const tokens = patientIds.map((patientId) => {
    const token = newToken()
    return { studyId, patientId, label, token, tokenSha256: tokenHash(token) }
  })
  const added = await devices.addAll(tx, tokens, now)
  const revokedOf = Map.groupBy(revoked, (device) => device.patientId)
  for (const device of added) {
    for (const old of revokedOf.get(device.patientId) ?? [])
      await note(tx, audit, 'device.revoked', old, by, now)
    await note(tx, audit, 'device.issued', device, by, now)
  }
  const issued = added.map((device, i): IssuedToken => {
    const { token, tokenSha256 } = tokens[i]!
    return { device, token, tokenSha256 }
  })
  return { issued, revoked: revoked.map((device) => device.deviceId) }
}

/** Revokes every device of a patient; returns their ids. */
export async function revokeTokens(
  tx: Transaction,
  devices: DeviceStore,
  audit: AuditLog,
  studyId: string,
  patientId: string,
  by: By,
  now: number,
): Promise<number[]> {
  const revoked = await devices.revokeAll(tx, studyId, [patientId], undefined, now)
  for (const device of revoked) await note(tx, audit, 'device.revoked', device, by, now)
  return revoked.map((device) => device.deviceId)
}

async function note(
  tx: Transaction,
  audit: AuditLog,
  action: 'device.issued' | 'device.revoked',
  { deviceId, studyId: study, patientId: patient }: Device,
  by: By,
  now: number,
): Promise<void> {
  const at = new Date(now).toISOString()
  await audit.append(tx, { at, ...by, action, study, patient, record: `device:${deviceId}` })
}

async function chosen(
  patients: PatientStore,
  { studyId, patientIds, limit }: IssueTokens,
): Promise<string[]> {
  if (patientIds === 'all') return (await patients.after(studyId, '', limit)).map((p) => p.patientId)
  const ids = [...new Set(patientIds)]
  const enrolled = await patients.enrolled(studyId, ids)
  const stranger = ids.find((id) => !enrolled.has(id))
  if (stranger !== undefined)
    throw new Problem('record.not-found', { record: `patient ${stranger} in ${studyId}` })
  return ids
}
