// Data-change requests: drafted and submitted by the site, decided by an investigator, never by the sponsor (ICH E6(R3)
// 3.16.1(i)-(j)). What is approved is applied in the same transaction, so that a decision is never without its effect.
import type { StaffMember } from '../../identity/staff-store.ts'
import type { ChangeRequest, WantedAnswers } from '../../records/change-store.ts'
import { findForm } from '../../study/plan.ts'
import { Problem } from '../../system/problem.ts'
import { applyChange } from './apply-change.ts'
import { allowed, type Moving, move, refuseOutdated, type WorkScene } from './move.ts'
import { movingResponse } from './on-responses.ts'
import type { StaffWork, WorkDone } from './work.ts'

/** Drafts a request for other answers in a response of the patient. Throws Problems. */
export async function draftChange(
  scene: WorkScene,
  { studyId, patientId }: StaffWork,
  member: StaffMember,
  work: {
    readonly position: number
    readonly answers: WantedAnswers
    readonly source: string
    readonly said: string
  },
): Promise<WorkDone> {
  const { tx, stores, now } = scene
  const moving: Moving = {
    machine: 'change',
    studyId,
    patientId,
    record: 'change:new',
    state: null,
    revision: 0,
  }
  allowed(moving, 'draft', member)
  const { position, answers, source, said } = work
  if (source.trim() === '')
    throw new Problem('request.invalid', {
      member: 'source',
      expected: 'what supports the change, from around the time of entry',
    })
  if (said.trim() === '') throw new Problem('reason.missing', { member: 'reason' })
  await refuseUnanswerable(scene, studyId, position, answers)
  const change = { studyId, patientId, position, answers, source, draftedBy: member.staffId, draftedAt: now }
  const id = await stores.changes.add(tx, change, 'draft')
  const done = await move(scene, { ...moving, record: `change:${id}` }, 'draft', member, { said })
  return { id, state: done.state, revision: done.revision }
}

/** The response must count, and its form must have the items. */
async function refuseUnanswerable(
  scene: WorkScene,
  studyId: string,
  position: number,
  answers: WantedAnswers,
): Promise<void> {
  const response = (await scene.stores.changes.response(studyId, position))!
  const { state } = await movingResponse(scene, response)
  if (state !== 'submitted' && state !== 'superseded')
    throw new Problem('state.not-allowed', { state, action: 'draft' })
  const { studyVersion } = JSON.parse(response.effect) as { studyVersion: string }
  const plan = (await scene.versions(studyId))?.of(studyVersion)
  const form = plan === undefined ? undefined : findForm(plan, response.form, response.formVersion)
  const items = Object.keys(answers)
  if (items.length === 0)
    throw new Problem('request.invalid', { member: 'answers', expected: 'at least one item' })
  const stranger = items.find((item) => !form?.itemById.has(item))
  if (stranger !== undefined)
    throw new Problem('request.invalid', {
      member: 'answers',
      expected: `items of the form ${response.form}`,
    })
}

/** A member's transition of a request. Throws Problems. */
export async function workOnChange(
  scene: WorkScene,
  change: ChangeRequest,
  member: StaffMember,
  work: { readonly transition: string; readonly revision: number; readonly said?: string },
): Promise<WorkDone> {
  const { id, studyId, patientId, state, revision } = change
  const moving: Moving = { machine: 'change', studyId, patientId, record: `change:${id}`, state, revision }
  refuseOutdated(moving.record, revision, work.revision)
  allowed(moving, work.transition, member)
  let done = await move(scene, moving, work.transition, member, { said: work.said })
  if (done.state === 'approved' && work.transition === 'approve') {
    await applyChange(scene, change)
    const approved = { ...moving, state: done.state, revision: done.revision }
    done = await move(scene, approved, 'apply', 'system:processing', {
      because: `response:${change.position}`,
    })
  }
  await scene.stores.changes.move(scene.tx, change, done.state, done.revision)
  return { id, state: done.state, revision: done.revision }
}
