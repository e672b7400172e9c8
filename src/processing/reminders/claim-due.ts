// Gives reminders that are due to the node that asks, each looked at once more at the last moment: what has been done,
// cannot be judged or is over meanwhile is not sent, and what fell into quiet hours waits for their end (U20). One that
// cannot be decided is taken back and costs no other.

import type { Patient } from '../../records/patient-store.ts'
import type { ClaimedReminder } from '../../sending/reminders/deliver-reminder.ts'
import { noChoice } from '../../sending/reminders/reach-store.ts'
import { claimMs } from '../../sending/reminders/reminder-sender.ts'
import { filledKey, type Reminder } from '../../sending/reminders/reminder-store.ts'
import { zoneAt } from '../../study/course.ts'
import { plannedReminders } from '../../study/reminders/plan-reminders.ts'
import { afterQuiet } from '../../study/reminders/quiet-hours.ts'
import type { StudyVersions } from '../../study/study-versions.ts'
import type { ActionScene } from '../staff-actions.ts'
import { horizonMs, throwIfStorage } from './plan-patients.ts'

/** How far a reminder may lie behind its plan by what has moved it, in ms. */
const lookBackMs = 26 * 3_600_000
/** A plan that is this little later than now, in ms, is of now. */
const soonMs = 60_000
/** Held entries of one patient that are looked at. */
const mostHeld = 20

/** What becomes of a reminder that is due: it is sent, taken back (why), or waits until a time. */
type Decision = 'send' | { readonly cancel: string } | { readonly until: number; readonly moved: boolean }

/** Claims at most `limit` reminders for a node. */
export async function claimDue(
  scene: ActionScene,
  node: string,
  limit: number,
): Promise<readonly ClaimedReminder[]> {
  const { stores, now } = scene
  const due = await stores.reminders.due(now, limit)
  const latest = new Map<string, number>()
  for (const one of due) latest.set(occasionOf(one), Math.max(one.nth, latest.get(occasionOf(one)) ?? 0))
  const claimed: ClaimedReminder[] = []
  for (const one of due) {
    const isOvertaken = one.nth < (latest.get(occasionOf(one)) ?? 0)
    const isJoined = claimed.some((c) => c.studyId === one.studyId && c.patientId === one.patientId)
    try {
      const given = isOvertaken
        ? await cancel(scene, one, 'overtaken')
        : await claimOne(scene, one, node, isJoined)
      if (given !== undefined) claimed.push(given)
    } catch (error) {
      throwIfStorage(error)
      await cancel(scene, one, 'unreadable')
    }
  }
  return claimed
}

async function cancel({ tx, stores }: ActionScene, one: Reminder, why: string): Promise<undefined> {
  await stores.reminders.cancel(tx, one.reminderId, why)
}

/** Claims one, or does what is to be done instead. `isJoined`: the patient is reminded already. */
async function claimOne(
  scene: ActionScene,
  one: Reminder,
  node: string,
  isJoined: boolean,
): Promise<ClaimedReminder | undefined> {
  const { tx, stores, now } = scene
  const { reminderId, studyId, patientId, form, occasion, closesAt, attempts } = one
  const patient = await stores.patients.find(studyId, patientId)
  const decision = await decide(scene, one, patient)
  if (decision === 'send') {
    if (isJoined) return cancel(scene, one, 'joined')
    const reach = await stores.reach.of(studyId, patientId)
    if (reach.subscriptions.length + reach.contacts.length === 0) return cancel(scene, one, 'unreachable')
    const claimedUntil = now + claimMs
    if (!(await stores.reminders.claim(tx, reminderId, node, now, claimedUntil))) return undefined
    const language = patient?.language ?? 'en'
    return {
      reminderId,
      studyId,
      patientId,
      form,
      occasion,
      closesAt,
      attempts,
      language,
      claimedUntil,
      reach,
    }
  }
  if ('cancel' in decision) return cancel(scene, one, decision.cancel)
  if (decision.moved) await stores.reminders.move(tx, reminderId, decision.until, closesAt)
  else await stores.reminders.postpone(tx, reminderId, decision.until)
  return undefined
}

const occasionOf = ({ studyId, patientId, form, occasion }: Reminder): string =>
  `${studyId}\0${filledKey(patientId, form, occasion)}`

async function decide(scene: ActionScene, one: Reminder, patient: Patient | undefined): Promise<Decision> {
  const { stores, now } = scene
  const { studyId, patientId, form, occasion, nth } = one
  if (now >= one.closesAt) return { cancel: 'closed' }
  const versions = await scene.versions(studyId)
  if (versions === undefined || patient === undefined) return { cancel: 'not-due' }
  const choice = (await stores.reach.choices(studyId, [patientId])).get(patientId) ?? noChoice
  if (!choice.enabled) return { cancel: 'off' }
  const from = Math.min(one.plannedFor, now) - lookBackMs
  const planned = plannedReminders(versions, patient, choice, from, now + horizonMs).find(
    (p) => p.form === form && p.occasion === occasion && p.nth === nth,
  )
  if (planned === undefined || now >= planned.closesMs) return { cancel: 'not-due' }
  const filled = await stores.reminders.filled(studyId, [patientId], [form], [occasion])
  if (filled.size > 0 || (await isHeld(scene, one))) return { cancel: 'done' }
  if (one.attempts === 0 && planned.atMs > now + soonMs) return { until: planned.atMs, moved: true }
  return quietUntil(scene, one, patient, versions, choice.quiet)
}

/** Sends, unless it is quiet now where the patient is: then it waits, or there is no time left for it. */
function quietUntil(
  { now }: ActionScene,
  one: Reminder,
  { siteId, course, zone: home }: Patient,
  versions: StudyVersions,
  own: { readonly from: string; readonly to: string } | null,
): Decision {
  const date = new Date(now).toISOString().slice(0, 10)
  const quiet = own ?? versions.at(siteId, date).patientApp.reminders.quiet
  const until = afterQuiet(now, zoneAt(course, home, new Date(now).toISOString()), quiet, 0)
  if (until === now) return 'send'
  return until === null || until >= one.closesAt ? { cancel: 'closed' } : { until, moved: false }
}

/** Whether an entry for the occasion was received and is held: the patient has done their part. */
async function isHeld({ stores }: ActionScene, one: Reminder): Promise<boolean> {
  const { studyId, patientId, form, occasion } = one
  const held = await stores.held.list({
    states: ['retrying', 'quarantined', 'dead'],
    ...{ studyId, patientId, includeSetAside: false, after: 0, limit: mostHeld },
  })
  for (const { position } of held) {
    const entry = await stores.journal.entryAt(position)
    if (entry !== undefined && isFor(entry.body, form, occasion)) return true
  }
  return false
}

function isFor(body: Uint8Array, form: string, occasion: string): boolean {
  try {
    const said = JSON.parse(Buffer.from(body).toString('utf8')) as { form?: unknown; occasion?: unknown }
    return said.form === form && said.occasion === occasion
  } catch {
    return false
  }
}
