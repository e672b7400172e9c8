// Plans the reminders of the next day and a bit for patients who can be reached, and takes back what is not due any
// more. Done again it changes nothing, so it is done often.
import { randomUUID } from 'node:crypto'
import type { Patient } from '../../records/patient-store.ts'
import { type ChoiceRow, noChoice } from '../../sending/reminders/reach-store.ts'
import { filledKey, type Reminder } from '../../sending/reminders/reminder-store.ts'
import { type PlannedReminder, plannedReminders } from '../../study/reminders/plan-reminders.ts'
import type { StudyVersions } from '../../study/study-versions.ts'
import type { ActionScene } from '../staff-actions.ts'

/** How far ahead is planned, in ms: a day, and so much that a node may be away for two hours. */
export const horizonMs = 26 * 3_600_000
/** A reminder found to be due so long ago, in ms, is not planned any more: who is enrolled at noon is not woken at once. */
const pastMs = 5 * 60_000
/** Patients planned in one transaction, so that entries do not wait for it. */
export const patientsAtOnce = 25
/** Why a reminder was taken back that may be planned again. */
const mayComeBack: ReadonlySet<string | null> = new Set(['not-due', 'off', 'unreachable'])

/**
 * The last patient looked at, null where there are no more; how many rows were written; and the patients, if any, whose
 * plan cannot be made: theirs stays as it is.
 */
export type PlannedPage = {
  readonly last: string | null
  readonly written: number
  readonly skipped?: readonly string[]
}

/** Throws again what the embedded database threw, so that the transaction fails; PostgreSQL's has failed by itself. */
export function throwIfStorage(error: unknown): void {
  if ((error as { code?: unknown }).code === 'ERR_SQLITE_ERROR') throw error
}

/** Plans for the patients of a study after an id, in id order. */
export async function planPage(scene: ActionScene, studyId: string, after: string): Promise<PlannedPage> {
  const patientIds = await scene.stores.reach.patients(studyId, after, patientsAtOnce)
  const { written, skipped } = await planPatients(scene, studyId, patientIds)
  const last = patientIds.length < patientsAtOnce ? null : (patientIds.at(-1) ?? null)
  return { last, written, ...(skipped.length === 0 ? {} : { skipped }) }
}

/** Plans for one patient anew, whose choice or reach has changed; takes all back where there is no way left. */
export async function planOne(scene: ActionScene, studyId: string, patientId: string): Promise<void> {
  const { subscriptions, contacts } = await scene.stores.reach.of(studyId, patientId)
  if (subscriptions.length + contacts.length > 0) {
    await planPatients(scene, studyId, [patientId])
    return
  }
  const { reminders } = scene.stores
  for (const row of await reminders.ofPatients(studyId, [patientId], scene.now - pastMs))
    if (row.state === 'planned') await reminders.cancel(scene.tx, row.reminderId, 'unreachable')
}

/** Plans for these patients, in id order; returns how many rows were written, and who was skipped. */
export async function planPatients(
  scene: ActionScene,
  studyId: string,
  patientIds: readonly string[],
): Promise<{ readonly written: number; readonly skipped: readonly string[] }> {
  const { stores, now } = scene
  const skipped: string[] = []
  const versions = await scene.versions(studyId)
  if (versions === undefined || patientIds.length === 0) return { written: 0, skipped }
  const choices = await stores.reach.choices(studyId, patientIds)
  const known = await stores.reminders.ofPatients(studyId, patientIds, now - pastMs)
  const wanted = new Map<string, Wanted>()
  for (const patientId of patientIds) {
    try {
      const patient = await stores.patients.find(studyId, patientId)
      for (const one of planOf(versions, patient, choices.get(patientId), now))
        wanted.set(keyOf({ ...one, patientId }), { ...one, patientId })
    } catch (error) {
      throwIfStorage(error)
      skipped.push(patientId)
    }
  }
  const mayChange = known.filter(({ patientId }) => !skipped.includes(patientId))
  const filled = await filledOf(scene, studyId, [...wanted.values()], mayChange)
  return { written: await writeChanges(scene, studyId, wanted, mayChange, filled), skipped }
}

type Wanted = PlannedReminder & { readonly patientId: string }

/** What is to be sent to a patient from a little before now on; nothing to one who is not there or not active. */
export const planOf = (
  versions: StudyVersions,
  patient: Patient | undefined,
  choice: ChoiceRow = noChoice,
  now: number,
): PlannedReminder[] =>
  patient === undefined ? [] : plannedReminders(versions, patient, choice, now - pastMs, now + horizonMs)

async function filledOf(
  { stores }: ActionScene,
  studyId: string,
  wanted: readonly Wanted[],
  known: readonly Reminder[],
): Promise<ReadonlySet<string>> {
  const all = [...wanted, ...known.filter(({ state }) => state === 'planned')]
  const [patients, forms, occasions] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { patientId, form, occasion } of all) {
    patients.add(patientId)
    forms.add(form)
    occasions.add(occasion)
  }
  return stores.reminders.filled(studyId, [...patients], [...forms], [...occasions])
}

async function writeChanges(
  { tx, stores: { reminders } }: ActionScene,
  studyId: string,
  wanted: ReadonlyMap<string, Wanted>,
  known: readonly Reminder[],
  filled: ReadonlySet<string>,
): Promise<number> {
  let written = 0
  const isFilled = (one: Pick<Wanted, 'patientId' | 'form' | 'occasion'>) =>
    filled.has(filledKey(one.patientId, one.form, one.occasion))
  const rows = new Map(known.map((row) => [keyOf(row), row]))
  for (const [key, one] of wanted) {
    const row = rows.get(key)
    if (isFilled(one)) continue
    const { patientId, form, occasion, nth, atMs: plannedFor, closesMs: closesAt } = one
    if (row === undefined) {
      const reminderId = randomUUID()
      await reminders.plan(tx, { reminderId, studyId, patientId, form, occasion, nth, plannedFor, closesAt })
    } else if (isStale(row, one)) await reminders.move(tx, row.reminderId, plannedFor, closesAt)
    else continue
    written += 1
  }
  for (const row of known) {
    if (row.state !== 'planned') continue
    const why = isFilled(row) ? 'done' : wanted.has(keyOf(row)) ? undefined : 'not-due'
    // One that waits for another attempt is looked at when it is claimed.
    if (why === undefined || row.attempts > 0) continue
    await reminders.cancel(tx, row.reminderId, why)
    written += 1
  }
  return written
}

/** Planned for another time than it should be, or taken back and due after all. */
const isStale = (row: Reminder, { atMs, closesMs }: Wanted): boolean =>
  row.state === 'cancelled'
    ? mayComeBack.has(row.why)
    : row.state === 'planned' && row.attempts === 0 && (row.plannedFor !== atMs || row.closesAt !== closesMs)

const keyOf = ({ patientId, form, occasion, nth }: Pick<Wanted, 'patientId' | 'form' | 'occasion' | 'nth'>) =>
  `${filledKey(patientId, form, occasion)}\0${nth}`
