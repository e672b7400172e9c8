// One piece of staff work in its transaction: who the member is now, whether the record is one of the patient's at a
// site of theirs, and the transition itself. Somebody revoked a moment ago does nothing more.
import type { StaffMember } from '../../identity/staff-store.ts'
import { effectiveInstant } from '../../records/actions.ts'
import type { Patient } from '../../records/patient-store.ts'
import { Problem } from '../../system/problem.ts'
import { allowed, move, type WorkScene } from './move.ts'
import { workOnAlert } from './on-alerts.ts'
import { draftChange, workOnChange } from './on-changes.ts'
import { ask, workOnQuery } from './on-queries.ts'
import { workOnResponse } from './on-responses.ts'
import { sign } from './on-signatures.ts'
import type { StaffWork, Work, WorkDone } from './work.ts'

/** Throws Problems; then the transaction must be rolled back. A record of another patient or site is not found. */
export async function performWork(scene: WorkScene, wanted: StaffWork): Promise<WorkDone> {
  const { stores } = scene
  const { studyId, patientId, staffId, work } = wanted
  const member = await stores.staff.find(studyId, staffId)
  if (member === undefined) throw new Problem('staff.token-unknown', {})
  const patient = await stores.patients.find(studyId, patientId)
  if (patient === undefined || !worksAt(member, patient.siteId))
    throw new Problem('record.not-found', { record: `patient ${patientId}` })
  switch (work.on) {
    case 'alert':
      return workOnAlert(
        scene,
        await found(work, patientId, stores.alerts.one(studyId, work.id)),
        member,
        work,
      )
    case 'query':
      if ('id' in work) {
        const query = await found(work, patientId, stores.queries.one(studyId, work.id))
        return workOnQuery(scene, query, member, work)
      }
      if (work.position !== null)
        await found(work, patientId, stores.changes.response(studyId, work.position))
      return ask(scene, wanted, member, work)
    case 'change':
      if ('id' in work) {
        const change = await found(work, patientId, stores.changes.one(studyId, work.id))
        return workOnChange(scene, change, member, work)
      }
      await found(work, patientId, stores.changes.response(studyId, work.position))
      return draftChange(scene, wanted, member, work)
    case 'response': {
      const response = await found(work, patientId, stores.changes.response(studyId, work.position))
      return workOnResponse(scene, response, member, work)
    }
    case 'signature':
      return sign(scene, wanted, member, work)
    case 'patient':
      return withdrawBy(scene, wanted, member, patient, work)
  }
}

/** Whether a member works at a site. */
export const worksAt = (member: Pick<StaffMember, 'sites'>, siteId: string): boolean =>
  member.sites === null || member.sites.includes(siteId)

async function found<T extends { readonly patientId: string }>(
  work: Work,
  patientId: string,
  record: Promise<T | undefined>,
): Promise<T> {
  const row = await record
  if (row === undefined || row.patientId !== patientId) {
    const name = 'id' in work ? work.id : 'position' in work ? work.position : ''
    throw new Problem('record.not-found', { record: `${work.on} ${name}` })
  }
  return row
}

/** Ends a patient's participation from an instant on: what was completed before it is still applied. */
async function withdrawBy(
  scene: WorkScene,
  { studyId, patientId }: StaffWork,
  member: StaffMember,
  { status }: Patient,
  work: { readonly effectiveAt?: string; readonly said: string },
): Promise<WorkDone> {
  const { tx, stores, now } = scene
  const record = `patient:${patientId}`
  const moving = { machine: 'patient', studyId, patientId, record, state: status, revision: 0 } as const
  allowed(moving, 'withdraw', member)
  if (work.said.trim() === '') throw new Problem('reason.missing', { member: 'reason' })
  const effectiveAt = effectiveInstant(work.effectiveAt, now)
  await stores.patients.withdraw(tx, studyId, patientId, effectiveAt)
  const done = await move(scene, moving, 'withdraw', member, { said: work.said, effectiveAt })
  return { id: 0, state: done.state, revision: done.revision }
}
