// Alerts: opened, acknowledged with a note, resolved with a note. Only by whom they call: the audience, whom they were
// escalated to, and the principal investigator, who answers for the site (ICH E6(R3) 2.1).
import type { StaffMember } from '../../identity/staff-store.ts'
import type { Alert } from '../../records/alert-store.ts'
import { Problem } from '../../system/problem.ts'
import { allowed, type Moving, move, refuseOutdated, type Worker, type WorkScene } from './move.ts'
import type { WorkDone } from './work.ts'

/** The alert as something to be moved. */
export const movingAlert = (alert: Alert): Moving => ({
  machine: 'alert',
  studyId: alert.studyId,
  patientId: alert.patientId,
  record: `alert:${alert.id}`,
  state: alert.state,
  revision: alert.revision,
})

/** Moves an alert on and writes its row. */
export async function moveAlert(
  scene: WorkScene,
  alert: Alert,
  transition: string,
  worker: Worker,
  facts: { said?: string | undefined; because?: string } = {},
): Promise<WorkDone> {
  const { state, revision } = await move(scene, movingAlert(alert), transition, worker, facts)
  await scene.stores.alerts.move(scene.tx, alert, state, revision)
  return { id: alert.id, state, revision }
}

/** A member's transition of an alert. Throws Problems. */
export async function workOnAlert(
  scene: WorkScene,
  alert: Alert,
  member: StaffMember,
  work: { readonly transition: string; readonly revision: number; readonly said?: string },
): Promise<WorkDone> {
  const moving = movingAlert(alert)
  refuseOutdated(moving.record, alert.revision, work.revision)
  allowed(moving, work.transition, member)
  const called = new Set([...alert.audience, ...alert.escalatedTo, 'principal-investigator'])
  if (!called.has(member.role)) throw new Problem('permission.not-addressed', { record: moving.record })
  return moveAlert(scene, alert, work.transition, member, { said: work.said })
}
