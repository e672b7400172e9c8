// The staff actions, as data that travels between threads, and what each of them does.

import {
  createStaff,
  type NewStaff,
  replaceStaffToken,
  revokeStaff,
  type StaffToken,
} from '../identity/staff.ts'
import { type Authority, createPatients, type NewPatient, unblind, withdraw } from '../records/actions.ts'
import type { AuditLog } from '../records/audit-log.ts'
import {
  type MarkNotEvaluable,
  markNotEvaluable,
  type SetAnchor,
  setAnchor,
} from '../records/course-actions.ts'
import {
  type HoldDose,
  holdDose,
  type ResumeDose,
  resumeDose,
  type SetDoseLevel,
  setDoseLevel,
} from '../records/dose-actions.ts'
import {
  adoptVersion,
  type Published,
  publishStudy,
  type Taken,
  type Taking,
} from '../records/study-actions.ts'
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { PatientCourse } from '../study/course.ts'
import type { StudyVersions } from '../study/study-versions.ts'
import type { Text } from '../study/text.ts'
import { Problem } from '../system/problem.ts'
import { noteReading, retryHeld, setConflictAsideBy, setHeldAside } from './dead-letters.ts'
import { isMember, refuseUnlessEntitled } from './entitled.ts'
import {
  type DeviceAction,
  type DeviceActionResults,
  isDeviceAction,
  performOnDevices,
} from './on-devices.ts'
import {
  isReminderAction,
  performReminders,
  type ReminderAction,
  type ReminderResults,
} from './reminders/reminder-actions.ts'
import type { Stores } from './stores.ts'
import {
  isUnaskedAction,
  performUnasked,
  type UnaskedAction,
  type UnaskedActionResults,
} from './unasked-actions.ts'
import { performWork } from './work/perform-work.ts'
import { type Tended, tendAlerts } from './work/tend-alerts.ts'
import type { StaffWork, WorkDone } from './work/work.ts'

export type Action = { readonly by: Authority } & (
  | { readonly do: 'publish'; readonly files: [name: string, text: string][]; readonly taking?: Taking }
  | ({ readonly do: 'adopt-version'; readonly studyId: string; readonly version: string } & Taking)
  | { readonly do: 'create-patients'; readonly studyId: string; readonly patients: NewPatient[] }
  | {
      readonly do: 'withdraw'
      readonly studyId: string
      readonly patientId: string
      readonly effectiveAt?: string
    }
  | ({ readonly do: 'set-anchor' } & SetAnchor)
  | ({ readonly do: 'mark-not-evaluable' } & MarkNotEvaluable)
  | ({ readonly do: 'set-dose-level' } & SetDoseLevel)
  | ({ readonly do: 'hold-dose' } & HoldDose)
  | ({ readonly do: 'resume-dose' } & ResumeDose)
  | { readonly do: 'unblind'; readonly studyId: string; readonly patientId: string }
  | DeviceAction
  | { readonly do: 'retry'; readonly position: number }
  | { readonly do: 'set-aside'; readonly position: number }
  | { readonly do: 'set-conflict-aside'; readonly secondBodyId: number }
  | { readonly do: 'note-reading'; readonly position: number }
  | { readonly do: 'reopen-messages'; readonly studyId: string }
  | ({ readonly do: 'create-staff'; readonly studyId: string } & NewStaff)
  | { readonly do: 'replace-staff-token'; readonly studyId: string; readonly staffId: string }
  | { readonly do: 'revoke-staff'; readonly studyId: string; readonly staffId: string }
  | ({ readonly do: 'work' } & StaffWork)
  | { readonly do: 'tend-alerts' }
  | ReminderAction
  | UnaskedAction
)

/** The role of an arm, such as `control`, and what it is, by language. Restricted (P10). */
export type ArmMeaning = { readonly role: string; readonly text: Text }

export type ActionResults = UnaskedActionResults &
  DeviceActionResults &
  ReminderResults & {
    publish: Published
    'adopt-version': Taken
    'create-patients': { created: number }
    withdraw: Record<string, never>
    'set-anchor': { course: PatientCourse }
    'mark-not-evaluable': { course: PatientCourse }
    'set-dose-level': { course: PatientCourse }
    'hold-dose': { course: PatientCourse }
    'resume-dose': { course: PatientCourse }
    /** `meaning`: what the study file says of the arm; null where no version does that its site knows. */
    unblind: { arm: string; meaning: ArmMeaning | null }
    retry: Record<string, never>
    'set-aside': Record<string, never>
    'set-conflict-aside': Record<string, never>
    'note-reading': Record<string, never>
    'reopen-messages': { reopened: number }
    'create-staff': StaffToken
    'replace-staff-token': StaffToken
    'revoke-staff': Record<string, never>
    work: WorkDone
    'tend-alerts': Tended
  }

/** What an action works with, all of it bound to one open transaction. */
export type ActionScene = {
  readonly tx: Transaction
  readonly stores: Stores
  readonly audit: AuditLog
  /** The versions of a published study, as they stood before the action. */
  readonly versions: (studyId: string) => Later<StudyVersions | undefined>
  readonly now: number
}

/** Carries out one action with its audit entries. Throws Problems; then the transaction must be rolled back. */
export async function perform(scene: ActionScene, action: Action): Promise<ActionResults[Action['do']]> {
  const { tx, stores, audit, now } = scene
  const { by } = action
  // A piece of work says for itself what must be said with it; the clock has no reasons.
  if (action.do === 'work') return performWork(scene, action)
  if (action.do === 'tend-alerts') return tendAlerts(scene)
  if (isUnaskedAction(action)) return performUnasked(scene, action)
  if (isReminderAction(action)) return performReminders(scene, action)
  // A phone acts by its code, which says enough.
  if (action.do === 'activate-device') return performOnDevices(scene, action)
  if (isMember(by.actor)) await refuseUnlessEntitled(stores, action, by.actor)
  if (by.reason.trim() === '') throw new Problem('reason.missing', { member: 'reason' })
  if (isDeviceAction(action)) return performOnDevices(scene, action)
  switch (action.do) {
    case 'publish':
      return publishStudy({ ...scene, studies: stores.studies }, new Map(action.files), action.taking, by)
    case 'adopt-version':
      return adoptVersion({ ...scene, studies: stores.studies }, action.studyId, action.version, action, by)
    case 'create-patients': {
      const versions = await publishedOf(scene, action.studyId)
      return { created: await createPatients(tx, stores.patients, audit, versions, action.patients, by, now) }
    }
    case 'withdraw': {
      const { studyId, patientId, effectiveAt } = action
      await withdraw(tx, stores.patients, audit, studyId, patientId, by, now, effectiveAt)
      return {}
    }
    case 'set-anchor': {
      const versions = await publishedOf(scene, action.studyId)
      return { course: await setAnchor({ ...scene, patients: stores.patients }, versions, action, by) }
    }
    case 'mark-not-evaluable':
      return { course: await markNotEvaluable({ ...scene, patients: stores.patients }, action, by) }
    case 'unblind':
      return tellArm(scene, action.studyId, action.patientId, by)
    case 'retry':
    case 'set-aside':
    case 'set-conflict-aside':
    case 'note-reading':
    case 'reopen-messages':
      return performOnEntry(scene, action)
    case 'set-dose-level':
    case 'hold-dose':
    case 'resume-dose':
      return performOnDose(scene, action)
    case 'create-staff':
    case 'replace-staff-token':
    case 'revoke-staff':
      return performOnStaff(scene, action)
  }
}

async function tellArm(
  { tx, stores, audit, versions, now }: ActionScene,
  studyId: string,
  patientId: string,
  by: Authority,
): Promise<ActionResults['unblind']> {
  const arm = await unblind(tx, stores.patients, audit, studyId, patientId, by, now)
  const [published, patient] = [await versions(studyId), await stores.patients.find(studyId, patientId)]
  // A newer version may have dropped an arm that this patient is in.
  const plans = published === undefined ? [] : [published.newest, ...published.ofSite(patient?.siteId ?? '')]
  const meaning = plans.map(({ restricted }) => restricted.arms.get(arm)).find((one) => one !== undefined)
  return { arm, meaning: meaning ?? null }
}

type OnEntry = Extract<
  Action,
  { do: 'retry' | 'set-aside' | 'set-conflict-aside' | 'note-reading' | 'reopen-messages' }
>

/** What is done about entries that could not be applied, and messages that could not be delivered. */
async function performOnEntry(
  scene: ActionScene,
  action: OnEntry,
): Promise<{ reopened: number } | Record<string, never>> {
  const { tx, stores, audit, now } = scene
  const { by } = action
  switch (action.do) {
    case 'retry':
      await retryHeld(tx, scene, action.position, by, now)
      return {}
    case 'set-aside':
      await setHeldAside(tx, scene, action.position, by, now)
      return {}
    case 'set-conflict-aside':
      await setConflictAsideBy(tx, scene, action.secondBodyId, by, now)
      return {}
    case 'note-reading':
      await noteReading(tx, scene, action.position, by, now)
      return {}
    case 'reopen-messages': {
      const { studyId: study } = action
      const reopened = await stores.messages.reopen(tx, study, now)
      const at = new Date(now).toISOString()
      const { actor, reason } = by
      if (reopened > 0)
        await audit.append(tx, { at, actor, action: 'messages.reopened', study, record: 'outbox', reason })
      return { reopened }
    }
  }
}

async function publishedOf({ versions }: ActionScene, studyId: string): Promise<StudyVersions> {
  const published = await versions(studyId)
  if (published === undefined) throw new Problem('record.not-found', { record: `study ${studyId}` })
  return published
}

type OnDose = Extract<Action, { do: 'set-dose-level' | 'hold-dose' | 'resume-dose' }>

/** What is done about a patient's doses. */
async function performOnDose(scene: ActionScene, action: OnDose): Promise<{ course: PatientCourse }> {
  const at = { ...scene, patients: scene.stores.patients }
  const { do: what, by, ...asked } = action
  if (what === 'resume-dose') return { course: await resumeDose(at, asked as ResumeDose, by) }
  const versions = await publishedOf(scene, action.studyId)
  return {
    course:
      what === 'hold-dose'
        ? await holdDose(at, versions, asked as HoldDose, by)
        : await setDoseLevel(at, versions, asked as SetDoseLevel, by),
  }
}

type OnStaff = Extract<Action, { do: 'create-staff' | 'replace-staff-token' | 'revoke-staff' }>

/** What is done about the staff themselves. */
async function performOnStaff(
  { tx, stores, audit, versions, now }: ActionScene,
  action: OnStaff,
): Promise<StaffToken | Record<string, never>> {
  const deps = { tx, staff: stores.staff, audit }
  const { by, studyId } = action
  if (action.do === 'replace-staff-token') return replaceStaffToken(deps, studyId, action.staffId, by, now)
  if (action.do === 'revoke-staff') {
    await revokeStaff(deps, studyId, action.staffId, by, now)
    return {}
  }
  const plan = (await versions(studyId))?.newest
  if (plan === undefined) throw new Problem('record.not-found', { record: `study ${studyId}` })
  const { token } = await createStaff(deps, plan, action, by, now)
  return { token }
}
