// Responses: set aside (void) and taken back by the investigator with a reason, and chosen by the site where two were
// sent for one occasion. Nothing is merged and nothing goes: both stay on record.
import type { StaffMember } from '../../identity/staff-store.ts'
import type { StandingResponse } from '../../records/change-store.ts'
import { Problem } from '../../system/problem.ts'
import { allowed, type Moving, move, refuseOutdated, type WorkScene } from './move.ts'
import { breakSignatures } from './on-signatures.ts'
import type { WorkDone } from './work.ts'

/** A response as something to be moved; its state follows from its transitions and from who fills the occasion. */
export async function movingResponse(
  { stores }: Pick<WorkScene, 'stores'>,
  r: Pick<StandingResponse, 'studyId' | 'patientId' | 'position' | 'filledBy'>,
): Promise<Moving & { readonly state: string }> {
  const record = `response:${r.position}`
  const history = await stores.transitions.of(r.studyId, record)
  const first = r.filledBy === r.position ? 'submitted' : 'duplicate'
  return {
    machine: 'response',
    studyId: r.studyId,
    patientId: r.patientId,
    record,
    state: history.at(-1)?.state ?? first,
    revision: history.length,
  }
}

/** A member's transition of a response. Throws Problems. */
export async function workOnResponse(
  scene: WorkScene,
  response: StandingResponse,
  member: StaffMember,
  work: { readonly transition: string; readonly revision: number; readonly said: string },
): Promise<WorkDone> {
  const moving = await movingResponse(scene, response)
  refuseOutdated(moving.record, moving.revision, work.revision)
  allowed(moving, work.transition, member)
  if (work.said.trim() === '') throw new Problem('reason.missing', { member: 'reason' })
  const fills = response.filledBy === response.position
  if (work.transition === 'choose') await yieldOther(scene, response)
  const to = work.transition === 'restore' && !fills ? { to: 'duplicate' } : {}
  const done = await move(scene, moving, work.transition, member, { said: work.said, ...to })
  if (fills || work.transition === 'choose') await fillWith(scene, response, done.state)
  await breakSignatures(scene, response.studyId, response.position)
  return { id: response.position, state: done.state, revision: done.revision }
}

/** The occasion is filled by this response, which stands like that. */
export async function fillWith(
  { tx, stores }: WorkScene,
  response: Pick<StandingResponse, 'studyId' | 'occasion' | 'form' | 'patientId' | 'position' | 'effect'>,
  standing: string,
): Promise<void> {
  const { status, dose } = JSON.parse(response.effect) as {
    status: string
    dose: { outcome: string } | null
  }
  await stores.changes.fill(tx, response, {
    position: response.position,
    status,
    dose: dose?.outcome ?? null,
    standing,
  })
}

/** Who filled the occasion until now becomes the duplicate candidate; one that is void stays so. */
async function yieldOther(scene: WorkScene, chosen: StandingResponse): Promise<void> {
  const other = await scene.stores.changes.response(chosen.studyId, chosen.filledBy)
  if (other === undefined) return
  const moving = await movingResponse(scene, other)
  if (moving.state !== 'void')
    await move(scene, moving, 'yield', 'system:processing', { because: `response:${chosen.position} chosen` })
  await breakSignatures(scene, chosen.studyId, other.position)
}
