// Creates and revokes staff and their tokens, each with its audit entry. A token leaves this module once and is stored
// nowhere. Signing in by OIDC or passkeys and sessions are not here yet: a bearer token is all a member has.
import { randomBytes } from 'node:crypto'
import type { AuditLog } from '../records/audit-log.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { StudyPlan } from '../study/plan.ts'
import { isStaffRole } from '../study/staff-roles.ts'
import { Problem } from '../system/problem.ts'
import type { StaffMember, StaffStore } from './staff-store.ts'
import { tokenHash } from './token.ts'

/** `sites` null: all sites of the study. */
export type NewStaff = {
  readonly staffId: string
  readonly name: string
  readonly role: string
  readonly sites: readonly string[] | null
}
/** The token is shown once. */
export type StaffToken = { readonly token: string }

type By = { readonly actor: string; readonly reason: string }
type Deps = { readonly tx: Transaction; readonly staff: StaffStore; readonly audit: AuditLog }

const plainId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const plainName = /^[^\p{Cc}]{1,100}$/u

/** A new token. The prefix tells it from a device's, also to scanners. */
const newStaffToken = (): string => `lvs_${randomBytes(32).toString('base64url')}`

/**
 * Creates a member with a first token. Throws a Problem naming the member that the study cannot have: its role must be
 * one of the study's, its sites too.
 */
export async function createStaff(
  deps: Deps,
  plan: StudyPlan,
  wanted: NewStaff,
  by: By,
  now: number,
): Promise<StaffToken & { readonly member: StaffMember }> {
  const { staffId, name, role, sites } = wanted
  refuse(!plainId.test(staffId), 'staffId', 'letters, digits, . _ -')
  refuse(!plainName.test(name) || name.trim() === '', 'name', '1 to 100 printable characters')
  const inStudy = isStaffRole(role) ? plan.roles.get(role) : undefined
  if (inStudy === undefined)
    throw new Problem('request.invalid', {
      member: 'role',
      expected: `a role of the study: ${[...plan.roles.keys()].join(', ')}`,
    })
  const known = new Set(plan.sites.map((site) => site.id))
  refuse(
    sites !== null && (sites.length === 0 || sites.some((site) => !known.has(site))),
    'sites',
    `sites of the study: ${[...known].join(', ')}`,
  )
  const unique = sites === null ? null : [...new Set(sites)]
  const member = { studyId: plan.id, staffId, name, role, blinded: inStudy.blinded, sites: unique }
  if (!(await deps.staff.add(deps.tx, member, now)))
    throw new Problem('request.invalid', { member: 'staffId', expected: 'an id nobody in the study has had' })
  await note(deps, plan.id, staffId, 'staff.created', by, now, {
    role,
    blinded: inStudy.blinded,
    sites: unique ?? 'all',
  })
  return { member, ...(await addToken(deps, plan.id, staffId, by, now)) }
}

/** Issues a new token; the ones before count no more. */
export async function replaceStaffToken(
  deps: Deps,
  studyId: string,
  staffId: string,
  by: By,
  now: number,
): Promise<StaffToken> {
  if ((await deps.staff.find(studyId, staffId)) === undefined)
    throw new Problem('record.not-found', { record: `staff member ${staffId} in ${studyId}` })
  if ((await deps.staff.revokeTokens(deps.tx, studyId, staffId, now)) > 0)
    await note(deps, studyId, staffId, 'staff.token-revoked', by, now)
  return addToken(deps, studyId, staffId, by, now)
}

/** Ends a membership and its tokens, at once and for ever; what the member did stays attributed. */
export async function revokeStaff(
  deps: Deps,
  studyId: string,
  staffId: string,
  by: By,
  now: number,
): Promise<void> {
  if (!(await deps.staff.revoke(deps.tx, studyId, staffId, now)))
    throw new Problem('record.not-found', { record: `staff member ${staffId} in ${studyId}` })
  await deps.staff.revokeTokens(deps.tx, studyId, staffId, now)
  await note(deps, studyId, staffId, 'staff.revoked', by, now)
}

async function addToken(
  deps: Deps,
  studyId: string,
  staffId: string,
  by: By,
  now: number,
): Promise<StaffToken> {
  const token = newStaffToken()
  await deps.staff.addToken(deps.tx, studyId, staffId, tokenHash(token), now)
  await note(deps, studyId, staffId, 'staff.token-issued', by, now)
  return { token }
}

function refuse(wrong: boolean, member: string, expected: string): void {
  if (wrong) throw new Problem('request.invalid', { member, expected })
}

/** Who may do what is itself part of the record: the list of authorised persons with dates and rights. */
async function note(
  { tx, audit }: Deps,
  study: string,
  staffId: string,
  action: string,
  by: By,
  now: number,
  rights?: { role: string; blinded: boolean; sites: readonly string[] | 'all' },
): Promise<void> {
  const at = new Date(now).toISOString()
  const { actor, reason } = by
  const after = rights === undefined ? {} : { after: JSON.stringify(rights) }
  await audit.append(tx, { at, actor, action, study, record: `staff:${staffId}`, reason, ...after })
}
