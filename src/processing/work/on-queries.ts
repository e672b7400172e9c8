// Queries: asked by data management and monitors, answered by the site, closed or reopened by who may ask; taken back
// by their author alone.
import type { StaffMember } from '../../identity/staff-store.ts'
import type { Query } from '../../records/query-store.ts'
import { Problem } from '../../system/problem.ts'
import { allowed, type Moving, move, refuseOutdated, type WorkScene } from './move.ts'
import type { StaffWork, WorkDone } from './work.ts'

/** Asks. What it is about must be a record of the patient. */
export async function ask(
  scene: WorkScene,
  { studyId, patientId }: StaffWork,
  member: StaffMember,
  work: { readonly position: number | null; readonly item: string | null; readonly said: string },
): Promise<WorkDone> {
  const { tx, stores, now } = scene
  const moving: Moving = {
    machine: 'query',
    studyId,
    patientId,
    record: 'query:new',
    state: null,
    revision: 0,
  }
  allowed(moving, 'ask', member)
  if (work.said.trim() === '') throw new Problem('reason.missing', { member: 'note' })
  const about = {
    studyId,
    patientId,
    position: work.position,
    item: work.item,
    openedBy: member.staffId,
    openedAt: now,
  }
  const id = await stores.queries.add(tx, about, 'open')
  const done = await move(scene, { ...moving, record: `query:${id}` }, 'ask', member, { said: work.said })
  return { id, state: done.state, revision: done.revision }
}

/** A member's transition of a query. Throws Problems. */
export async function workOnQuery(
  scene: WorkScene,
  query: Query,
  member: StaffMember,
  work: { readonly transition: string; readonly revision: number; readonly said?: string },
): Promise<WorkDone> {
  const { id, studyId, patientId, state, revision } = query
  const moving: Moving = { machine: 'query', studyId, patientId, record: `query:${id}`, state, revision }
  refuseOutdated(moving.record, revision, work.revision)
  allowed(moving, work.transition, member)
  if (work.transition === 'cancel' && query.openedBy !== member.staffId)
    throw new Problem('permission.not-addressed', { record: moving.record })
  const done = await move(scene, moving, work.transition, member, { said: work.said })
  await scene.stores.queries.move(scene.tx, query, done.state, done.revision)
  return { id, state: done.state, revision: done.revision }
}
