// When a patient is to be reminded of what is due: at the schedule's time and again while the window is open, spread
// evenly, never in quiet hours, never outside the window, never of what is done or cannot be judged. A pure function of
// the study's versions and the patient, so planning it again changes nothing.
import { type PatientCourse, zoneAt } from '../course.ts'
import type { StudyPlan } from '../plan.ts'
import { type Due, dueOccasions } from '../schedule/due-occasions.ts'
import { isDated } from '../schedule/schedule-plan.ts'
import type { StudyVersions } from '../study-versions.ts'
import { afterQuiet, type QuietHours } from './quiet-hours.ts'
import { shareOf } from './spread.ts'

/** What the study says of reminders (`patient-app.reminders`); minutes. */
export type ReminderRules = {
  readonly spreadMinutes: number
  /** After the first reminder of an occasion, in ascending order. */
  readonly againAfterMinutes: readonly number[]
  readonly quiet: QuietHours | null
}

/** One reminder of one occasion; times in ms since the epoch. */
export type PlannedReminder = {
  readonly form: string
  readonly occasion: string
  /** From 0: which reminder of the occasion. */
  readonly nth: number
  readonly atMs: number
  /** First instant at which the window is closed. */
  readonly closesMs: number
}

/** Whom to remind; `arm` matters where an open-label study gives a form to some arms only. */
export type RemindedPatient = {
  readonly studyId: string
  readonly patientId: string
  readonly siteId: string
  readonly arm: string
  readonly zone: string
  readonly enrolledOn: string
  readonly withdrawnAt?: string | undefined
  readonly course: PatientCourse
}

/** What the patient chose; null: no choice, the study's hours hold. */
export type ReminderChoice = { readonly enabled: boolean; readonly quiet: QuietHours | null }

const minuteMs = 60_000
const dayMs = 86_400_000

/**
 * The reminders whose time lies from `fromMs` on and before `toMs`, by time. What is done is for the caller to leave
 * out. Nothing for a patient who switched reminders off, and nothing after a withdrawal.
 */
export function plannedReminders(
  versions: StudyVersions,
  patient: RemindedPatient,
  choice: ReminderChoice,
  fromMs: number,
  toMs: number,
): PlannedReminder[] {
  if (!choice.enabled) return []
  const planned: PlannedReminder[] = []
  for (const plan of versions.ofSite(patient.siteId)) {
    const reach = reachOf(plan)
    if (reach === null) continue
    const { quiet: quietOfStudy, ...rules } = plan.patientApp.reminders
    const used = { ...rules, quiet: choice.quiet ?? quietOfStudy }
    // A day more on either side: zones, and what was moved to the next morning.
    const span = { from: dateOf(fromMs - reach.backMs - dayMs), to: dateOf(toMs + reach.aheadMs + dayMs) }
    for (const due of dueOccasions(plan, withdrawable(patient), span)) {
      if (!versions.isSingle && versions.at(patient.siteId, due.dueDate) !== plan) continue
      if (due.skippedByTravel || cannotBeJudged(patient.course, due.dueDate)) continue
      for (const one of remindersOf(due, patient, used))
        if (one.atMs >= fromMs && one.atMs < toMs) planned.push(one)
    }
  }
  return planned.sort((a, b) => a.atMs - b.atMs)
}

/** Every reminder of one occasion, in order; none where its schedule names no time. */
export function remindersOf(
  due: Due,
  { studyId, patientId, zone: home, course, withdrawnAt }: RemindedPatient,
  { spreadMinutes, againAfterMinutes, quiet }: ReminderRules,
): PlannedReminder[] {
  if (due.reminderAt === null) return []
  const { form, occasion } = due
  const endMs = withdrawnAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(withdrawnAt)
  const closesMs = Date.parse(due.closesAt)
  const baseMs = Math.max(Date.parse(due.reminderAt), Date.parse(due.opensAt))
  // A window that closes soon leaves half of its time to answer.
  const spreadMs = Math.min(spreadMinutes * minuteMs, Math.max(0, closesMs - baseMs) / 2)
  // By patient and day: forms due at one time are one reminder, and nobody is always the last.
  const offsetMs = Math.floor(shareOf(studyId, patientId, due.dueDate) * spreadMs)
  const found: PlannedReminder[] = []
  let firstMs: number | undefined
  for (const [nth, afterMinutes] of [0, ...againAfterMinutes].entries()) {
    const wishedMs = nth === 0 ? baseMs + offsetMs : (firstMs ?? baseMs) + afterMinutes * minuteMs
    const zone = zoneAt(course, home, new Date(wishedMs).toISOString())
    const atMs = afterQuiet(wishedMs, zone, quiet, offsetMs)
    if (atMs === null || atMs >= closesMs || atMs >= endMs) continue
    firstMs ??= atMs
    // Two that quiet hours moved to the same morning are one.
    if (atMs <= (found.at(-1)?.atMs ?? 0)) continue
    found.push({ form, occasion, nth, atMs, closesMs })
  }
  return found
}

type Reach = { readonly aheadMs: number; readonly backMs: number }
const reaches = new WeakMap<StudyPlan, Reach | null>()

/** How far reminders of a plan lie from their due date; null where it has none. */
function reachOf(plan: StudyPlan): Reach | null {
  const known = reaches.get(plan)
  if (known !== undefined) return known
  const reminding = [...plan.forms.values()]
    .flatMap((form) => form.schedules)
    .filter(isDated)
    .filter(({ thresholds }) => thresholds.reminderMinute !== null)
  const again = Math.max(0, ...plan.patientApp.reminders.againAfterMinutes)
  const reach =
    reminding.length === 0
      ? null
      : {
          aheadMs: Math.max(...reminding.map(({ window }) => window.opensDaysEarlier)) * dayMs,
          backMs: dayMs + again * minuteMs,
        }
  reaches.set(plan, reach)
  return reach
}

const withdrawable = ({ withdrawnAt, ...patient }: RemindedPatient) => ({
  ...patient,
  withdrawnAt: withdrawnAt ?? null,
})

const cannotBeJudged = ({ notEvaluable }: PatientCourse, date: string): boolean =>
  notEvaluable.some(({ from, to }) => from <= date && date <= to)

const dateOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)
