// What a phone is told of the days around now: pure, made of the study's versions, the patient and what was received.
// The member names are those of `Today` in web/patient/src/model.ts; docs/device-api.md says what they mean.
// Nothing in it depends on the arm, but for forms that an open-label study gives by arm (P10).
import type { OccasionRow } from '../../../records/derivation-store.ts'
import type { Patient } from '../../../records/patient-store.ts'
import { isGiven } from '../../../study/blinding/forms-by-arm.ts'
import { occasionKey } from '../../../study/derivation/patient-compliance.ts'
import { localDateAt } from '../../../study/dose-prescription.ts'
import { type FormPlan, findForm, type StudyPlan } from '../../../study/plan.ts'
import { type Due, dueOccasions } from '../../../study/schedule/due-occasions.ts'
import { lateReasonTexts } from '../../../study/schedule/late-reason.ts'
import { isDated } from '../../../study/schedule/schedule-plan.ts'
import type { StudyVersions } from '../../../study/study-versions.ts'
import { textIn } from '../../../study/text.ts'
import { formBytes, planDigits, studyLanguage } from './form-bytes.ts'

/** Days shown before and after the patient's own date. */
export const daysBack = 31
export const daysAhead = 14
/** How far ahead is looked for anything due, before a patient's part in the study is called completed. */
const longestPauseDays = 400

/** A due occasion with the version of the study that says so. */
export type PlannedOccasion = { readonly plan: StudyPlan; readonly due: Due }

/** What is shown to one device at an instant, ms since the epoch. `onlyForm`: of a clinic tablet. */
export type TodayFacts = {
  readonly versions: StudyVersions
  readonly patient: Patient
  readonly nowMs: number
  /** BCP 47 tag asked for. */
  readonly language: string
  readonly onlyForm: string | undefined
  /** IANA zone the phone says it is in; undefined or unknown: where it was last seen. */
  readonly zone?: string | undefined
}

/** What is constant in an installation. */
export type TodayConstants = {
  readonly receiptKeys: readonly { readonly id: string; readonly spki: string }[]
  /** VAPID public key, base64url; null where no pushes are sent. */
  readonly pushKey: string | null
}

/** Whether the patient's withdrawal is in effect. */
const isWithdrawn = ({ status, withdrawnAt }: Patient, nowMs: number): boolean =>
  status === 'withdrawn' && (withdrawnAt === undefined || Date.parse(withdrawnAt) <= nowMs)

/**
 * What is due from 31 days back to 14 ahead of the patient's date, each by the version that holds then at the site. What
 * is still open has its window where the phone is now, because that is where an entry would be placed.
 */
export function plannedOccasions(facts: TodayFacts): PlannedOccasion[] {
  const { versions, patient, nowMs, onlyForm } = facts
  const today = Temporal.PlainDate.from(localDateAt(patient, new Date(nowMs).toISOString()))
  const span = {
    from: today.subtract({ days: daysBack }).toString(),
    to: today.add({ days: daysAhead }).toString(),
  }
  const seen = dueWithin(versions, patient, span)
  const here = phonePatient(facts)
  const all = here === undefined ? seen : whereThePhoneIs(seen, dueWithin(versions, here, span), nowMs)
  return onlyForm === undefined ? all : all.filter(({ due }) => due.form === onlyForm)
}

/** The patient as if always where the phone is now; undefined where that says nothing new. */
function phonePatient({ patient, zone }: TodayFacts): Patient | undefined {
  const { course } = patient
  if (zone === undefined || zone === (course.zones.at(-1)?.zone ?? patient.zone) || !isZone(zone))
    return undefined
  return { ...patient, course: { ...course, zones: [...course.zones, { from: '', zone }] } }
}

function isZone(zone: string): boolean {
  try {
    return zone !== '' && Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone) !== null
  } catch {
    return false
  }
}

/**
 * What is over by both clocks stays as it was; the rest goes by the phone's. Where windows are followed at most once a
 * day, the one that is open by the earlier zone stays open (domain.md §3.1.4).
 */
function whereThePhoneIs(
  seen: readonly PlannedOccasion[],
  here: readonly PlannedOccasion[],
  nowMs: number,
): PlannedOccasion[] {
  const now = new Date(nowMs).toISOString()
  const byKey = new Map(here.map((one) => [occasionKey(one.due.form, one.due.occasion), one]))
  return seen.map((before) => {
    const { plan, due } = before
    const after = byKey.get(occasionKey(due.form, due.occasion))
    if (after === undefined || (due.closesAt <= now && after.due.closesAt <= now)) return before
    const isOpen = due.opensAt <= now && now < due.closesAt
    return isOpen && keepsOldZone(plan, due) ? before : after
  })
}

const keepsOldZone = (plan: StudyPlan, { form, formVersion }: Due): boolean =>
  findForm(plan, form, formVersion)?.schedules.some(
    (schedule) => isDated(schedule) && schedule.travel === 'once-a-day',
  ) === true

function dueWithin(
  versions: StudyVersions,
  patient: Patient,
  span: { readonly from: string; readonly to: string },
): PlannedOccasion[] {
  const { siteId } = patient
  const asked = { ...patient, withdrawnAt: patient.withdrawnAt ?? null }
  const plans = versions.isSingle ? [versions.newest] : versions.ofSite(siteId)
  const all = plans.flatMap((plan) =>
    dueOccasions(plan, asked, span)
      .filter(({ dueDate }) => versions.isSingle || versions.at(siteId, dueDate) === plan)
      .map((due) => ({ plan, due })),
  )
  if (plans.length > 1) all.sort((a, b) => compare(a.due.dueDate, b.due.dueDate))
  return all
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The whole answer but its time. `filled` are the occasions of `planned` that have an entry. */
export function todayView(
  facts: TodayFacts,
  planned: readonly PlannedOccasion[],
  filled: readonly OccasionRow[],
  constants: TodayConstants,
) {
  const { patient, nowMs } = facts
  const current = planOfToday(facts)
  const language = studyLanguage(current, facts.language)
  const entries = new Map(filled.map((row) => [occasionKey(row.form, row.occasion), row]))
  const withdrawn = isWithdrawn(patient, nowMs)
  const due = planned.flatMap(({ plan, due }) => {
    const entry = entries.get(occasionKey(due.form, due.occasion))
    // What is completed after a withdrawal is not taken, so nobody is asked for it.
    if (withdrawn && entry === undefined && due.closesAt > (patient.withdrawnAt ?? '')) return []
    return [occasionView(plan, due, entry, facts, studyLanguage(plan, facts.language))]
  })
  const events = withdrawn ? [] : eventForms(current, facts)
  const { patientApp } = current
  const site = current.sites.find(({ id }) => id === patient.siteId)
  return {
    study: { id: current.id, title: textIn(current.title, language) },
    patient: {
      id: patient.patientId,
      zone: patient.zone,
      language: patient.language,
      status: withdrawn ? 'withdrawn' : isCompleted(facts, due) ? 'completed' : 'active',
    },
    languages: current.languages,
    site: { name: site === undefined ? '' : textIn(site.name, language), phone: site?.phone ?? null },
    help: patientApp.help === null ? null : textIn(patientApp.help, language),
    due,
    events: events.map(({ id, version, title }) => ({
      form: id,
      formVersion: version,
      title: textIn(title, language),
    })),
    forms: formsOf(current, events, planned, facts.language),
    lateReasons: Object.entries(lateReasonTexts).map(([code, text]) => ({
      code,
      text: textIn(text, facts.language),
    })),
    proxy: patientApp.proxy,
    receiptKeys: constants.receiptKeys,
    reminders: { pushKey: constants.pushKey, quiet: patientApp.reminders.quiet },
  }
}

/** The version that holds at the patient's site on the patient's date. */
export const planOfToday = ({ versions, patient, nowMs }: TodayFacts): StudyPlan =>
  versions.isSingle
    ? versions.newest
    : versions.at(patient.siteId, localDateAt(patient, new Date(nowMs).toISOString()))

function occasionView(
  plan: StudyPlan,
  due: Due,
  entry: OccasionRow | undefined,
  { patient, nowMs }: TodayFacts,
  language: string,
) {
  const form = findForm(plan, due.form, due.formVersion) as FormPlan
  return {
    key: `${due.form}/${due.occasion}`,
    form: due.form,
    formVersion: due.formVersion,
    title: textIn(form.title, language),
    occasion: due.occasion,
    dueDate: due.dueDate,
    zone: due.zone,
    opensAt: due.opensAt,
    closesAt: due.closesAt,
    graceUntil: new Date(Date.parse(due.closesAt) + plan.patientApp.graceMinutes * 60_000).toISOString(),
    justifyAt: due.justifyAt,
    locksAt: due.locksAt,
    reminderAt: due.reminderAt,
    state: stateOf(due, entry, patient, nowMs),
    submittedAt: entry === undefined ? null : new Date(entry.recordedAt).toISOString(),
  }
}

function stateOf(due: Due, entry: OccasionRow | undefined, { course }: Patient, nowMs: number) {
  if (entry !== undefined) return entry.standing === 'void' ? 'not-evaluable' : 'submitted'
  const isLeftOut = course.notEvaluable.some(({ from, to }) => from <= due.dueDate && due.dueDate <= to)
  if (isLeftOut || due.skippedByTravel) return 'not-evaluable'
  if (nowMs < Date.parse(due.opensAt)) return 'planned'
  return nowMs < Date.parse(due.closesAt) ? 'open' : 'missed'
}

/** Forms that are filled in when something happens; of each the version listed last. */
function eventForms(plan: StudyPlan, { patient, onlyForm }: TodayFacts): FormPlan[] {
  const newest = new Map([...plan.forms.values()].map((form) => [form.id, form]))
  return [...newest.values()].filter(
    (form) =>
      form.schedules.some((schedule) => !isDated(schedule)) &&
      isGiven(plan, form.id, patient.arm) &&
      (onlyForm === undefined || form.id === onlyForm),
  )
}

/** Each form version that is shown, once. Where versions of the study share it, the one of today gives it. */
function formsOf(
  current: StudyPlan,
  events: readonly FormPlan[],
  planned: readonly PlannedOccasion[],
  asked: string,
) {
  const shown = new Map<string, StudyPlan>()
  for (const { id, version } of events) shown.set(`${id}@${version}`, current)
  for (const { plan, due } of planned) {
    const key = `${due.form}@${due.formVersion}`
    if (!shown.has(key)) shown.set(key, current.forms.has(key) ? current : plan)
  }
  return [...shown].map(([key, plan]) => {
    const form = plan.forms.get(key) as FormPlan
    const language = studyLanguage(plan, asked)
    const { sha256 } = formBytes(plan, form, language)
    return {
      form: form.id,
      formVersion: form.version,
      title: textIn(form.title, language),
      sha256,
      // Two versions of a study may ask differently by one version of a form, so the address names the bytes.
      url: `/v1/device/forms/${form.id}/${form.version}?language=${language}&plan=${sha256.slice(0, planDigits)}`,
    }
  })
}

/** The study's last date has passed for this patient, and nothing will be due any more. */
function isCompleted(facts: TodayFacts, due: readonly { closesAt: string; state: string }[]): boolean {
  const { versions, patient, nowMs } = facts
  const current = planOfToday(facts)
  const now = new Date(nowMs).toISOString()
  const today = localDateAt(patient, now)
  const ended = [...current.anchors.values()].some(
    ({ id, ends }) => ends && (patient.course.anchors[id] ?? []).some((date) => date <= today),
  )
  if (!ended || due.some(({ state }) => state === 'open' || state === 'planned')) return false
  const to = Temporal.PlainDate.from(today).add({ days: longestPauseDays }).toString()
  return !dueWithin(versions, patient, { from: today, to }).some((one) => one.due.closesAt > now)
}
