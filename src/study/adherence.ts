// The step "adhere": what one entry says about the doses prescribed for its day. The figures over many days are made
// of the same answers in src/study/adherence/ (docs/adherence.md).
import { regimenOn } from './adherence/schedule.ts'
import { emptyCourse } from './course.ts'
import type { DosePatient, DosePlan, DoseReport } from './dose-plan.ts'
import { prescriptionOf } from './dose-prescription.ts'
import type { Placed } from './place.ts'
import type { Answer, Answers, FormPlan, StudyPlan } from './plan.ts'
import { isSkip } from './skip-reasons.ts'

/** What is known about the doses of one day. `partly-taken`: some of several were taken. */
export type DoseOutcome =
  | 'taken-in-window'
  | 'taken-outside-window'
  | 'taken-time-unknown'
  | 'partly-taken'
  | 'not-taken'
  | 'not-reported'
  | 'held'
  | 'taken-while-held'

/** The outcome for one day, with the versions that made it. */
export type DoseJudgement = {
  readonly dose: string
  readonly version: string
  /** The day the dose was prescribed for: the occasion of a diary, the local date of an event. */
  readonly prescribedDate: string
  readonly outcome: DoseOutcome
}

const none: readonly DoseJudgement[] = Object.freeze([])

/**
 * A judgement for each dose that the form reports, in the study's order. Wall-clock times; by what everybody may know
 * of the prescription, so that no arm shows in it (P10).
 */
export function judgeDoses(
  plan: StudyPlan,
  form: FormPlan,
  answers: Answers,
  placed: Placed,
  patient: DosePatient,
): readonly DoseJudgement[] {
  let judgements: DoseJudgement[] | null = null
  for (const dose of plan.doses)
    if (dose.formId === form.id) {
      judgements ??= []
      judgements.push(judgeDose(dose, answers, placed, patient))
    }
  return judgements ?? none
}

function judgeDose(dose: DosePlan, answers: Answers, placed: Placed, patient: DosePatient): DoseJudgement {
  const prescribedDate = placed.occasion.length === 10 ? placed.occasion : placed.localDate
  const minutes = dose.window?.kind === 'around' ? minutesOn(dose, patient, prescribedDate) : null
  const outcome = together(dose.reports.map((report, i) => outcomeOf(dose, report, answers, minutes?.[i])))
  return {
    dose: dose.id,
    version: dose.version,
    prescribedDate,
    outcome: isHeld(dose, patient, prescribedDate) ? whileHeld(outcome) : outcome,
  }
}

/** The times prescribed for a day, where the window lies around them. */
function minutesOn(dose: DosePlan, patient: DosePatient, date: string): readonly number[] | null {
  const prescription = prescriptionOf(dose, patient)
  return prescription === null ? null : (regimenOn(prescription, date)?.minutes ?? null)
}

function isHeld(dose: DosePlan, { course = emptyCourse }: DosePatient, date: string): boolean {
  return course.holds.some(
    (hold) =>
      hold.dose === dose.id &&
      hold.from.slice(0, 10) <= date &&
      (hold.to === null || date <= hold.to.slice(0, 10)),
  )
}

const whileHeld = (outcome: DoseOutcome): DoseOutcome =>
  outcome === 'not-taken' || outcome === 'not-reported' ? 'held' : 'taken-while-held'

/** One outcome for all reports of a day: of doses all taken the least good one. */
function together(outcomes: readonly DoseOutcome[]): DoseOutcome {
  const [first = 'not-reported'] = outcomes
  if (outcomes.every((outcome) => outcome === first)) return first
  if (outcomes.every(isTaken))
    return outcomes.includes('taken-outside-window') ? 'taken-outside-window' : 'taken-time-unknown'
  return outcomes.some(isTaken) ? 'partly-taken' : 'not-reported'
}

const isTaken = (outcome: DoseOutcome): boolean => outcome.startsWith('taken')

/** Whether a report says that a dose was taken; null where it does not say. */
export function reportedTaken(report: DoseReport, answers: Answers): boolean | null {
  if (report.taken !== null) {
    const taken = answers[report.taken]
    return typeof taken === 'boolean' ? taken : null
  }
  for (const item of [report.count, report.amount]) {
    const number = item === null ? undefined : answers[item]
    if (typeof number === 'number') return number > 0
  }
  return report.time !== null && clockOf(answers[report.time]) !== null ? true : null
}

/** The wall-clock time `HH:MM…` of an answer to a time or dateTime item, or null. */
export function clockOf(answer: Answer | undefined): string | null {
  if (answer === undefined || isSkip(answer) || typeof answer !== 'string') return null
  if (answer.charCodeAt(2) === colon) return answer
  return answer.length >= 16 ? answer.slice(11) : null
}
const colon = 58

function outcomeOf(
  { window }: DosePlan,
  report: DoseReport,
  answers: Answers,
  dueMinute: number | undefined,
): DoseOutcome {
  const taken = reportedTaken(report, answers)
  if (taken === null) return 'not-reported'
  if (!taken) return 'not-taken'
  const clock = report.time === null ? null : clockOf(answers[report.time])
  if (clock === null) return 'taken-time-unknown'
  const minute = Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))
  if (window === null) return 'taken-in-window'
  const inWindow =
    window.kind === 'clock'
      ? within(minute, window.opens, window.closes)
      : dueMinute !== undefined && near(minute, dueMinute, window.before, window.after)
  return inWindow ? 'taken-in-window' : 'taken-outside-window'
}

/** Both ends belong to the window; one that opens after it closes spans midnight. */
const within = (minute: number, opens: number, closes: number): boolean =>
  opens <= closes ? minute >= opens && minute <= closes : minute >= opens || minute <= closes

/** On the clock's face, so that a dose due at 23:30 may be taken at 00:15. */
function near(minute: number, due: number, before: number, after: number): boolean {
  const later = (minute - due + 1440) % 1440
  return later <= after || 1440 - later <= before
}
