// What each staff role may do: one table, and what is not in it is refused (P12). The sponsor's roles read and ask;
// they never decide about data (ICH E6(R3) 3.16.1(i)); an inspector reads and changes nothing.
import type { StaffRole } from '../study/staff-roles.ts'

export const permissions = [
  'patients.read',
  'patients.withdraw',
  'responses.read',
  'responses.void',
  'responses.choose',
  'alerts.read',
  'alerts.acknowledge',
  'alerts.resolve',
  'queries.read',
  'queries.open',
  'queries.answer',
  'queries.close',
  'changes.read',
  'changes.draft',
  'changes.decide',
  'changes.acknowledge',
  'changes.comment',
  'signatures.read',
  'signatures.sign',
  'submissions.read',
  'submissions.release',
  'occasions.judge',
  'patients.course',
  'doses.change',
  'patients.unblind',
  'devices.hand-over',
  'restricted.read',
] as const
/** One thing a role may do. `restricted.read` counts for unblinded staff only; see `permits`. */
export type Permission = (typeof permissions)[number]

const reads: readonly Permission[] = [
  'patients.read',
  'responses.read',
  'alerts.read',
  'queries.read',
  'changes.read',
  'signatures.read',
  'submissions.read',
]
const siteNurse: readonly Permission[] = [
  ...reads,
  'alerts.acknowledge',
  'alerts.resolve',
  'queries.answer',
  'changes.draft',
  'patients.withdraw',
  'responses.choose',
  'occasions.judge',
  'patients.course',
  'devices.hand-over',
]
const investigator: readonly Permission[] = [
  ...siteNurse,
  'responses.void',
  'changes.decide',
  'signatures.sign',
  'submissions.release',
  'doses.change',
  'patients.unblind',
]
const sponsor: readonly Permission[] = [...reads, 'queries.open', 'queries.close', 'changes.comment']

const table: Readonly<Record<StaffRole, readonly Permission[]>> = {
  'principal-investigator': investigator,
  'site-investigator': investigator,
  'site-nurse': siteNurse,
  'data-manager': [...sponsor, 'changes.acknowledge', 'submissions.release'],
  'medical-monitor': [...sponsor, 'alerts.acknowledge'],
  'sponsor-monitor': sponsor,
  statistician: reads,
  administrator: ['patients.read'],
  inspector: reads,
  'unblinded-pharmacist': ['patients.read', 'responses.read', 'restricted.read', 'patients.unblind'],
  'unblinded-statistician': [...reads, 'restricted.read', 'patients.unblind'],
}

const granted = new Map(Object.entries(table).map(([role, list]) => [role, new Set(list)]))

/** Whether a role may do something; a name that is no role may do nothing. */
export const may = (role: string, permission: Permission): boolean =>
  granted.get(role)?.has(permission) ?? false

/**
 * Whether somebody may see what is restricted: the role allows it, or the study has unblinded the role, and this
 * person is unblinded (P10).
 */
export const seesRestricted = (staff: { readonly role: string; readonly blinded: boolean }): boolean =>
  !staff.blinded && (may(staff.role, 'restricted.read') || may(staff.role, 'responses.read'))

/**
 * Whether a member may do something, blinding included: what is restricted is for unblinded staff; a patient's arm is
 * told to an investigator in an emergency (ICH E6(R3) 4.1.4), or to somebody of an unblinded role who is unblinded.
 */
export function permits(
  staff: { readonly role: string; readonly blinded: boolean },
  permission: Permission,
): boolean {
  if (permission === 'restricted.read') return seesRestricted(staff)
  const granted = may(staff.role, permission)
  if (permission !== 'patients.unblind') return granted
  return granted && (!staff.blinded || !may(staff.role, 'restricted.read'))
}
