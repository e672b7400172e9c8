// What is done about devices: tokens of the command line, codes, activation. The actions as data, and what each does.
import {
  type ActivateDevice,
  type Activated,
  activateDevice,
  type CodeIssued,
  endCodes,
  type HandOver,
  handOver,
  type IssueActivation,
  issueActivation,
  type Unsent,
} from '../identity/activation.ts'
import type { HandedOver } from '../identity/activation-store.ts'
import { type IssuedToken, type IssueTokens, issueTokens, revokeTokens } from '../identity/issue-tokens.ts'
import type { Authority } from '../records/actions.ts'
import { notArrived } from '../records/declared-store.ts'
import { Problem } from '../system/problem.ts'
import type { ActionScene } from './staff-actions.ts'
import type { Stores } from './stores.ts'

export type DeviceAction =
  | ({ readonly do: 'issue-tokens' } & IssueTokens)
  | { readonly do: 'revoke-tokens'; readonly studyId: string; readonly patientId: string }
  | ({ readonly do: 'issue-activation' } & IssueActivation)
  | ({ readonly do: 'hand-over' } & HandOver)
  | ({ readonly do: 'activate-device' } & ActivateDevice)

const names: ReadonlySet<string> = new Set<DeviceAction['do']>([
  'issue-tokens',
  'revoke-tokens',
  'issue-activation',
  'hand-over',
  'activate-device',
])

/** Whether an action is about devices. */
export const isDeviceAction = <A extends { readonly do: string }>(action: A): action is A & DeviceAction =>
  names.has(action.do)

export type DeviceActionResults = {
  'issue-tokens': { issued: IssuedToken[]; revoked: number[] }
  'revoke-tokens': { revoked: number[] }
  'issue-activation': { issued: CodeIssued[] }
  'hand-over': CodeIssued & { form: HandedOver }
  'activate-device': Activated
}

/** Carries out one of them. Throws Problems. */
export async function performOnDevices(
  { tx, stores, audit, versions, now }: ActionScene,
  action: DeviceAction & { readonly by: Authority },
): Promise<DeviceActionResults[DeviceAction['do']]> {
  const deps = { tx, codes: stores.activations, devices: stores.devices, patients: stores.patients, audit }
  const { by } = action
  switch (action.do) {
    case 'issue-tokens':
      return issueTokens(tx, stores, audit, action, by, now)
    case 'revoke-tokens': {
      const { studyId, patientId } = action
      await endCodes(deps, studyId, patientId, by, now)
      return { revoked: await revokeTokens(tx, stores.devices, audit, studyId, patientId, by, now) }
    }
    case 'issue-activation':
      return { issued: await issueActivation(deps, action, by, now) }
    case 'hand-over': {
      const published = await versions(action.studyId)
      if (published === undefined)
        throw new Problem('record.not-found', { record: `study ${action.studyId}` })
      return handOver(deps, published, action, by, now)
    }
    case 'activate-device':
      return activateDevice(deps, (studyId, patientId) => unsentOf(stores, studyId, patientId), action, now)
  }
}

/**
 * What the patient's present phones said they hold and has not arrived; undefined where that is nothing. What a phone
 * held that was replaced before was known then.
 */
async function unsentOf(stores: Stores, studyId: string, patientId: string): Promise<Unsent | undefined> {
  const devices = await stores.devices.of(studyId, patientId)
  const present = new Set(
    devices
      .filter((d) => d.kind === 'own' && d.revokedAt === null && d.replacedAt === null)
      .map((d) => d.deviceId),
  )
  const held = new Set<string>()
  let contact = 0
  for (const { deviceId, entries, contactAt } of await stores.declared.ofPatient(studyId, patientId)) {
    if (!present.has(deviceId)) continue
    const missing = await notArrived(stores.journal, studyId, patientId, entries)
    for (const { submissionId } of missing) held.add(submissionId)
    if (missing.length > 0) contact = Math.max(contact, contactAt)
  }
  return held.size === 0 ? undefined : { held: held.size, lastContactAt: new Date(contact).toISOString() }
}
