// Issues and revokes device tokens, each with its audit entry. The token itself leaves this module once and is
// stored nowhere.
import type { AuditLog } from '../records/audit-log.ts'
import { patientFinder, patientsAfter } from '../records/patient-store.sqlite.ts'
import type { Transaction } from '../storage/sqlite.ts'
import { Problem } from '../system/problem.ts'
import { addDevice, revokeDevices } from './device-store.sqlite.ts'
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

export function issueTokens(tx: Transaction, audit: AuditLog, wanted: IssueTokens, by: By, now: number) {
  const { studyId, label } = wanted
  const at = new Date(now).toISOString()
  const issued: IssuedToken[] = []
  const revoked: number[] = []
  for (const patientId of chosen(tx, wanted)) {
    if (wanted.replace) {
      for (const deviceId of revokeDevices(tx, studyId, patientId, label, now)) {
        revoked.push(deviceId)
        audit.append(tx, {
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
    const device = addDevice(tx, { studyId, patientId, tokenSha256, label }, now)
    audit.append(tx, {
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
export function revokeTokens(
  tx: Transaction,
  audit: AuditLog,
  studyId: string,
  patientId: string,
  by: By,
  now: number,
): number[] {
  const at = new Date(now).toISOString()
  const revoked = revokeDevices(tx, studyId, patientId, undefined, now)
  for (const deviceId of revoked) {
    audit.append(tx, {
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

function chosen(tx: Transaction, { studyId, patientIds, limit }: IssueTokens): string[] {
  if (patientIds === 'all') return patientsAfter(tx.db, studyId, '', limit).map((p) => p.patientId)
  const find = patientFinder(tx.db)
  for (const id of patientIds) {
    if (find(studyId, id) === undefined)
      throw new Problem('record.not-found', { record: `patient ${id} in ${studyId}` })
  }
  return [...patientIds]
}
