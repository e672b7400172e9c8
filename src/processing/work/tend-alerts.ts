// What the clock does with alerts: it notes that their messages have arrived, and escalates those nobody has
// acknowledged by the ladder of their rule. It never closes one.
import type { Alert } from '../../records/alert-store.ts'
import type { WorkScene } from './move.ts'
import { moveAlert } from './on-alerts.ts'

/** Alerts taken in one transaction at most; the rest follow at the next turn. */
const mostAtOnce = 200
const hourMs = 3_600_000

/** One step of a ladder: so many hours after the alert was raised, these roles are called too. */
export type EscalationStep = { readonly afterHours: number; readonly to: readonly string[] }
export type Tended = { readonly delivered: number; readonly escalated: number }

/** The studies whose alerts the next turn will look at. */
export async function studiesToTend(
  { alerts }: Pick<WorkScene['stores'], 'alerts'>,
  now: number,
): Promise<Set<string>> {
  const found = [...(await alerts.arrived(mostAtOnce)), ...(await alerts.due(now, mostAtOnce))]
  return new Set(found.map(({ studyId }) => studyId))
}

/** One turn of the clock. Doing it again, or on two nodes in turn, changes nothing more. */
export async function tendAlerts(scene: WorkScene): Promise<Tended> {
  const { stores, now } = scene
  let [delivered, escalated] = [0, 0]
  for (const { studyId, id, sentAt } of await stores.alerts.arrived(mostAtOnce)) {
    const alert = await stores.alerts.one(studyId, id)
    if (alert?.state !== 'raised') continue
    await moveAlert(scene, alert, 'deliver', 'system:clock', {
      because: `received ${new Date(sentAt).toISOString()}`,
    })
    delivered += 1
  }
  for (const { studyId, id } of await stores.alerts.due(now, mostAtOnce)) {
    const alert = await stores.alerts.one(studyId, id)
    if (alert === undefined) continue
    escalated += await climb(scene, alert, await ladderOf(scene, alert))
  }
  return { delivered, escalated }
}

/**
 * The ladder of the alert's rule in the newest version of the study; where it has none, the principal investigator is
 * called when the time to acknowledge is over.
 */
async function ladderOf(scene: WorkScene, alert: Alert): Promise<readonly EscalationStep[]> {
  const plan = (await scene.versions(alert.studyId))?.newest
  const rules = [...(plan?.forms.values() ?? [])].flatMap((form) => form.rules)
  const rule = rules.find((r) => r.kind === 'alert' && r.id === alert.rule) as
    | { readonly escalate?: readonly EscalationStep[] }
    | undefined
  if (rule?.escalate !== undefined && rule.escalate.length > 0)
    return rule.escalate.toSorted((a, b) => a.afterHours - b.afterHours)
  const afterHours = (alert.acknowledgeBy - alert.raisedAt) / hourMs
  return [{ afterHours, to: ['principal-investigator'] }]
}

/** Takes each step that is due; says when to look again. Returns how many it took. */
async function climb(scene: WorkScene, first: Alert, ladder: readonly EscalationStep[]): Promise<number> {
  const { tx, stores, now } = scene
  let alert = first
  let taken = 0
  for (;;) {
    const step = ladder[alert.level]
    const dueAt = step === undefined ? null : alert.raisedAt + step.afterHours * hourMs
    const { level, escalatedTo } = alert
    if (step === undefined || dueAt === null || dueAt > now) {
      await stores.alerts.escalate(tx, alert, { level, escalatedTo, lookAt: dueAt })
      return taken
    }
    const called = [...new Set([...escalatedTo, ...step.to])]
    await stores.alerts.escalate(tx, alert, { level: level + 1, escalatedTo: called, lookAt: dueAt })
    await moveAlert(scene, alert, 'escalate', 'system:clock', {
      because: `level ${level + 1}: ${step.to.join(', ')}`,
    })
    await tell(scene, alert, level + 1)
    taken += 1
    alert = (await stores.alerts.one(alert.studyId, alert.id))!
  }
}

async function tell({ tx, stores, now }: WorkScene, alert: Alert, level: number): Promise<void> {
  const { studyId, id, patientId, rule, severity } = alert
  await stores.outbox.add(
    tx,
    {
      messageId: `${studyId}:alert:${id}:escalated:${level}`,
      studyId,
      kind: 'alert.escalated',
      record: `alert:${id}`,
      payload: JSON.stringify({ patientId, rule, severity }),
    },
    now,
  )
}
