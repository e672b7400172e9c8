// What the trial's writer does about reminders. Subscriptions, contacts and choices change with an audit entry, which
// never holds an address; the log of reminders is a log itself (see reminder-store.ts) and has none.
import type { Authority } from '../../records/actions.ts'
import type { ClaimedReminder } from '../../sending/reminders/deliver-reminder.ts'
import type { ChoiceRow, ContactKind } from '../../sending/reminders/reach-store.ts'
import type { ReminderSettled } from '../../sending/reminders/reminder-store.ts'
import { Problem } from '../../system/problem.ts'
import { isMember, refuseUnlessEntitled } from '../entitled.ts'
import type { ActionScene } from '../staff-actions.ts'
import { claimDue } from './claim-due.ts'
import { type PlannedPage, planOne, planPage } from './plan-patients.ts'

type OfPatient = { readonly studyId: string; readonly patientId: string }

/** Actions about reminders; what is sealed travels in base64. */
export type ReminderAction =
  /** Plans for some patients after an id. */
  | { readonly do: 'plan-reminders'; readonly study: string; readonly after: string }
  | { readonly do: 'claim-reminders'; readonly node: string; readonly limit: number }
  | { readonly do: 'settle-reminders'; readonly node: string; readonly results: readonly ReminderSettled[] }
  /** A phone says where it takes pushes. */
  | ({ readonly do: 'set-push'; readonly deviceId: number; readonly sealed: string } & OfPatient)
  /** A phone takes no pushes any more, or its push service says so. */
  | ({ readonly do: 'drop-push'; readonly deviceId: number; readonly because: string } & OfPatient)
  | ({ readonly do: 'choose-reminders'; readonly choice: ChoiceRow } & OfPatient)
  | ({
      readonly do: 'note-reminder'
      readonly reminderId: string
      readonly event: 'shown' | 'opened'
      /** Ms since the epoch, by the phone's clock. */
      readonly at: number
    } & OfPatient)
  /** `sealed` null forgets it. */
  | ({ readonly do: 'set-contact'; readonly kind: ContactKind; readonly sealed: string | null } & OfPatient)

export type ReminderResults = {
  'plan-reminders': PlannedPage
  'claim-reminders': { readonly claimed: readonly ClaimedReminder[] }
  'settle-reminders': Record<string, never>
  'set-push': Record<string, never>
  'drop-push': { readonly dropped: boolean }
  'choose-reminders': Record<string, never>
  /** `form/occasion` of the reminder; null: the patient has no such reminder. */
  'note-reminder': { readonly key: string | null }
  'set-contact': { readonly changed: boolean }
}

const ofReminders: ReadonlySet<string> = new Set<ReminderAction['do']>([
  'plan-reminders',
  'claim-reminders',
  'settle-reminders',
  'set-push',
  'drop-push',
  'choose-reminders',
  'note-reminder',
  'set-contact',
])

/** Whether an action is about reminders: it changes nothing that an entry is decided by. */
export const isReminderAction = <A extends { readonly do: string }>(
  action: A,
): action is A & ReminderAction => ofReminders.has(action.do)

/** Carries out one. Throws the Problem `record.not-found` for a patient who is not there. */
export async function performReminders(
  scene: ActionScene,
  action: ReminderAction & { readonly by: Authority },
): Promise<ReminderResults[ReminderAction['do']]> {
  const { tx, stores } = scene
  if (isMember(action.by.actor)) await refuseUnlessEntitled(stores, action, action.by.actor)
  switch (action.do) {
    case 'plan-reminders':
      return planPage(scene, action.study, action.after)
    case 'claim-reminders':
      return { claimed: await claimDue(scene, action.node, action.limit) }
    case 'settle-reminders':
      for (const result of action.results) await stores.reminders.settle(tx, action.node, result)
      return {}
    case 'note-reminder': {
      const { event, at } = action
      return { key: await stores.reminders.note(tx, action, event, at) }
    }
    default:
      return changeReach(scene, action)
  }
}

type OnReach = Extract<ReminderAction, { do: 'set-push' | 'drop-push' | 'choose-reminders' | 'set-contact' }>

/** Changes how a patient is reached, and plans anew by it. */
async function changeReach(
  scene: ActionScene,
  action: OnReach & { readonly by: Authority },
): Promise<{ dropped: boolean } | { changed: boolean } | Record<string, never>> {
  const { tx, stores, now } = scene
  const { studyId, patientId } = action
  if ((await stores.patients.find(studyId, patientId)) === undefined)
    throw new Problem('record.not-found', { record: `patient ${patientId}` })
  if (action.do === 'drop-push') {
    const dropped = await stores.reach.dropPush(tx, action.deviceId, action.because, now)
    if (!dropped) return { dropped }
    await note(scene, action, 'device.push-dropped', `device:${action.deviceId}`, { because: action.because })
    await planOne(scene, studyId, patientId)
    return { dropped }
  }
  if (action.do === 'set-contact') {
    if (action.by.reason.trim() === '') throw new Problem('reason.missing', { member: 'reason' })
    const sealed = action.sealed === null ? null : Buffer.from(action.sealed, 'base64')
    const changed = await stores.reach.setContact(tx, action, sealed, now)
    if (!changed) return { changed }
    const what = sealed === null ? 'patient.contact-removed' : 'patient.contact-set'
    await note(scene, action, what, `patient:${patientId}`, { contact: action.kind })
    await planOne(scene, studyId, patientId)
    return { changed }
  }
  if (action.do === 'set-push') {
    await stores.reach.setPush(tx, action, Buffer.from(action.sealed, 'base64'), now)
    await note(scene, action, 'device.push-set', `device:${action.deviceId}`, null)
  } else {
    const before = (await stores.reach.choices(studyId, [patientId])).get(patientId)
    if (before !== undefined && isSameChoice(before, action.choice)) return {}
    await stores.reach.setChoice(tx, action, action.choice, now)
    await note(scene, action, 'patient.reminders-chosen', `patient:${patientId}`, action.choice)
  }
  await planOne(scene, studyId, patientId)
  return {}
}

const isSameChoice = (a: ChoiceRow, b: ChoiceRow): boolean =>
  a.enabled === b.enabled && a.quiet?.from === b.quiet?.from && a.quiet?.to === b.quiet?.to

/** Puts on record what was changed; `after` says as much of it as everybody may know, as JSON text. */
async function note(
  { tx, audit, now }: ActionScene,
  { studyId, patientId, by }: OfPatient & { readonly by: Authority },
  action: string,
  record: string,
  after: object | null,
): Promise<void> {
  await audit.append(tx, {
    at: new Date(now).toISOString(),
    ...by,
    action,
    study: studyId,
    patient: patientId,
    record,
    ...(after === null ? {} : { after: JSON.stringify(after) }),
  })
}
