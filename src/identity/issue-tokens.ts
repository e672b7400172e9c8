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

type By = { readonly actor: string; readonly reason: string }

type Stores = { readonly devices: DeviceStore; readonly patients: PatientStore }

/** A new device with its token for each patient wanted. */
export async function issueTokens(
  tx: Transaction,
  { devices, patients }: Stores,
  audit: AuditLog,
  wanted: IssueTokens,
  by: By,
  now: number,
) {
  const { studyId, label } = wanted
  const at = new Date(now).toISOString()
  const issued: IssuedToken[] = []
  const revoked: number[] = []
  for (const patientId of await chosen(patients, wanted)) {
    if (wanted.replace) {
      for (const deviceId of await devices.revoke(tx, studyId, patientId, label, now)) {
        revoked.push(deviceId)
        await audit.append(tx, {
          at,
          ...by,
          action: 'device.revoked',
          study: studyId,
          patient: patientId,
          record: `device:${deviceId}`,
        })
      }
    }
    const token = newToken()
    const tokenSha256 = tokenHash(token)
    const device = await devices.add(tx, { studyId, patientId, tokenSha256, label }, now)
    await audit.append(tx, {
      at,
      ...by,
      action: 'device.issued',
      study: studyId,
      patient: patientId,
      record: `device:${device.deviceId}`,
    })
    issued.push({ device, token, tokenSha256 })
  }
  return { issued, revoked }
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
  const at = new Date(now).toISOString()
  const revoked = await devices.revoke(tx, studyId, patientId, undefined, now)
  for (const deviceId of revoked) {
    await audit.append(tx, {
      at,
      ...by,
      action: 'device.revoked',
      study: studyId,
      patient: patientId,
      record: `device:${deviceId}`,
    })
  }
  return revoked
}

async function chosen(
  patients: PatientStore,
  { studyId, patientIds, limit }: IssueTokens,
): Promise<string[]> {
  if (patientIds === 'all') return (await patients.after(studyId, '', limit)).map((p) => p.patientId)
  for (const id of patientIds) {
    if ((await patients.find(studyId, id)) === undefined)
      throw new Problem('record.not-found', { record: `patient ${id} in ${studyId}` })
  }
  return [...patientIds]
}
