// Whether a member of the staff may do an action, asked by the writer in the action's own transaction: the door has
// asked before, but a member may have been revoked, or been given another role, since. What is not in the table no
// member does (P12); the administrator of the machine does it under an actor of its own.
import type { StaffMember } from '../identity/staff-store.ts'
import { type Permission, permits } from '../records/permissions.ts'
import { Problem } from '../system/problem.ts'
import type { Stores } from './stores.ts'
import { worksAt } from './work/perform-work.ts'

/** An action as far as it says whose records it is about. */
export type ByMember = {
  readonly do: string
  readonly studyId?: string
  readonly patientId?: string
  readonly position?: number
  readonly secondBodyId?: number
}

/** What a member needs for an action. */
const needed: ReadonlyMap<string, Permission> = new Map([
  ['retry', 'submissions.release'],
  ['set-aside', 'submissions.release'],
  ['set-conflict-aside', 'submissions.release'],
  ['mark-not-evaluable', 'occasions.judge'],
  ['set-anchor', 'patients.course'],
  ['set-dose-level', 'doses.change'],
  ['hold-dose', 'doses.change'],
  ['resume-dose', 'doses.change'],
  ['unblind', 'patients.unblind'],
  ['hand-over', 'devices.hand-over'],
])

const prefix = 'member:'

/** The actor of a member's actions in the audit log. */
export const actorOf = ({ staffId }: Pick<StaffMember, 'staffId'>): string => `${prefix}${staffId}`

/** Whether an action is done in the name of a member of the staff. */
export const isMember = (actor: string): boolean => actor.startsWith(prefix)

/**
 * Throws the Problem of a member who counts no more, whose role lacks the permission, or who does not work at the
 * patient's site. Records of a patient who is not known are for members with all sites.
 */
export async function refuseUnlessEntitled(stores: Stores, action: ByMember, actor: string): Promise<void> {
  const about = await patientOf(stores, action)
  if (about === undefined) throw new Problem('record.not-found', { record: recordOf(action) })
  const { studyId, patientId } = about
  const member = await stores.staff.find(studyId, actor.slice(prefix.length))
  if (member === undefined) throw new Problem('staff.token-unknown', {})
  const permission = needed.get(action.do)
  if (permission === undefined || !permits(member, permission))
    throw new Problem('permission.missing', { permission: permission ?? action.do, role: member.role })
  const patient = await stores.patients.find(studyId, patientId)
  if (patient === undefined ? member.sites !== null : !worksAt(member, patient.siteId))
    throw new Problem('record.not-found', { record: recordOf(action) })
}

type OfPatient = { readonly studyId: string; readonly patientId: string }

async function patientOf(stores: Stores, action: ByMember): Promise<OfPatient | undefined> {
  const { studyId, patientId, position, secondBodyId } = action
  if (position !== undefined) return stores.held.at(position)
  if (secondBodyId !== undefined) return stores.conflicts.one(secondBodyId)
  return studyId === undefined ? undefined : { studyId, patientId: patientId ?? '' }
}

const recordOf = ({ patientId, position, secondBodyId }: ByMember): string => {
  if (position !== undefined) return `held entry ${position}`
  return secondBodyId === undefined ? `patient ${patientId ?? ''}` : `conflict ${secondBodyId}`
}
