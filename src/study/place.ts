// The step "place": which occasion a submission belongs to, and whether it came in its window (domain.md §3.1).
// Windows are wall-clock times, in a zone chosen by the travel policy. Device times are facts (P9).
// What cannot be placed is quarantined with a code for a person to look at; nothing is thrown at a device's data.

import { emptyCourse, type PatientCourse } from './course.ts'
import type { Finding } from './finding.ts'
import { type FormPlan, findForm, type StudyPlan } from './plan.ts'
import { type DeviceTime, readDeviceTime } from './read-device-time.ts'
import { type Found, findOccasion } from './schedule/find-occasion.ts'
import { type LateReason, readLateReason } from './schedule/late-reason.ts'
import type { ProductText } from './text.ts'

/** Why a submission cannot be placed, in words. */
export const quarantineTexts = {
  'unknown-form': { en: 'The study has no such form.', zh: '研究中没有该表单。' },
  'unknown-form-version': {
    en: 'The study has no such version of the form.',
    zh: '研究中没有该表单的此版本。',
  },
  'patient-withdrawn': { en: 'Completed after the patient withdrew.', zh: '在患者退出之后完成。' },
  'clock-out-of-tolerance': {
    en: 'The device clock runs ahead of ours by more than the study allows.',
    zh: '设备时钟超前于服务器，超出研究允许的范围。',
  },
  'time-impossible': {
    en: 'The time of completion cannot be read or never existed in its zone.',
    zh: '完成时间无法读取，或在其时区中不存在。',
  },
  'occasion-invalid': {
    en: 'The occasion is neither a date that exists nor a visit of the form.',
    zh: '所填时段既不是有效日期，也不是该表单的访视。',
  },
} as const satisfies Record<string, ProductText>
/** Closed list; codes are never reused. */
export type QuarantineCode = keyof typeof quarantineTexts

/** Kept for a named person to decide on. */
export type NotPlaced = {
  readonly placed: false
  readonly quarantine: QuarantineCode
  readonly findings: Finding[]
}

/** Where a submission belongs. */
export type Placed = {
  readonly placed: true
  /** ISO date of the due day; of a visit its id, with `.n` where its anchor repeats; of an event the submission id. */
  readonly occasion: string
  readonly status: 'on-time' | 'late' | 'early'
  /** Completed in its window, received after it closed (a device that was offline). Not a fault, so no finding. */
  readonly lateReceipt: boolean
  /** UTC ISO 8601; the window is half-open, `closesAt` is the first instant outside. Null for events. */
  readonly opensAt: string | null
  readonly closesAt: string | null
  /** ISO date; null for events, and where nothing was due. */
  readonly dueDate: string | null
  /** Zone of the window, by the travel policy: IANA, or `±HH:MM` where the device's offset did not fit its zone. */
  readonly zone: string
  /** IANA zone the device was in; null where it named none, or one that did not fit its offset. */
  readonly deviceZone: string | null
  /** Calendar date the device showed at completion. */
  readonly localDate: string
  readonly completedAtMs: number
  readonly lateReason: LateReason | null
  /** Why this occasion and this window. */
  readonly found: Found
  readonly findings: Finding[]
}

/** `zone` (IANA) is used where the device names none. `withdrawnAt` is an RFC 3339 time; `enrolledOn` an ISO date. */
export type PlacePatient = {
  readonly zone: string
  readonly status: string
  readonly withdrawnAt?: string | null
  readonly enrolledOn: string
  /** Standard: nothing known. */
  readonly course?: PatientCourse
}

/** Members of the submission as received; `unknown` where the doors do not check the type. */
export type PlaceFacts = {
  readonly form: string
  readonly formVersion: string
  readonly occasion?: unknown
  readonly completedAt: unknown
  readonly startedAt?: unknown
  readonly sentAt?: unknown
  /** Code of the fixed list, see {@link readLateReason}. */
  readonly lateReason?: unknown
  readonly receivedAtMs: number
  readonly submissionId: string
  /** Whether the patient's occasion of the form has an entry; asked where windows go by once-a-day. Standard: no. */
  readonly filled?: (form: string, occasion: string) => boolean
}

/**
 * Places one submission. An entry completed before a withdrawal is placed even when received after it. A named
 * occasion of a weekly form may be any date of its period. An event's occasion is always its submission id.
 * @throws RangeError where our own record of the patient holds no valid zone, enrolment date or withdrawal time.
 */
export function placeSubmission(
  plan: StudyPlan,
  patient: PlacePatient,
  facts: PlaceFacts,
): Placed | NotPlaced {
  const form = findForm(plan, facts.form, facts.formVersion)
  if (form === undefined)
    return notPlaced(plan.formIds.has(facts.form) ? 'unknown-form-version' : 'unknown-form')
  const completed = readDeviceTime(facts.completedAt, patient.zone, plan.zones)
  if (completed === null) return notPlaced('time-impossible')
  const latest = facts.receivedAtMs + plan.clockToleranceMs
  if (completed.epochMs > latest) return notPlaced('clock-out-of-tolerance')
  if (isWithdrawn(patient, completed)) return notPlaced('patient-withdrawn')
  const findings: Finding[] = []
  if (completed.offsetDisagrees) findings.push({ code: 'offset-disagrees', item: 'completedAt' })
  if (!checkOtherTimes(plan, patient, facts, completed, findings)) return notPlaced('clock-out-of-tolerance')
  return placeInSchedule(plan, form, patient, facts, completed, findings)
}

function notPlaced(quarantine: QuarantineCode): NotPlaced {
  return { placed: false, quarantine, findings: [] }
}

function isWithdrawn(patient: PlacePatient, completed: DeviceTime): boolean {
  if (patient.status !== 'withdrawn') return false
  if (patient.withdrawnAt === undefined || patient.withdrawnAt === null) return true
  return completed.epochMs >= Temporal.Instant.from(patient.withdrawnAt).epochMilliseconds
}

/** Adds findings on the optional times; false where `sentAt` shows a clock ahead of tolerance. */
function checkOtherTimes(
  plan: StudyPlan,
  patient: PlacePatient,
  facts: PlaceFacts,
  completed: DeviceTime,
  findings: Finding[],
): boolean {
  let inOrder = true
  if (facts.startedAt !== undefined && facts.startedAt !== null) {
    const started = readDeviceTime(facts.startedAt, patient.zone, plan.zones)
    if (started === null) findings.push({ code: 'time-unreadable', item: 'startedAt' })
    else inOrder = started.epochMs <= completed.epochMs
  }
  if (facts.sentAt !== undefined && facts.sentAt !== null) {
    const sent = readDeviceTime(facts.sentAt, patient.zone, plan.zones)
    if (sent === null) findings.push({ code: 'time-unreadable', item: 'sentAt' })
    else {
      if (sent.epochMs > facts.receivedAtMs + plan.clockToleranceMs) return false
      inOrder &&= completed.epochMs <= sent.epochMs
    }
  }
  if (!inOrder) findings.push({ code: 'times-out-of-order' })
  return true
}

function placeInSchedule(
  plan: StudyPlan,
  form: FormPlan,
  patient: PlacePatient,
  facts: PlaceFacts,
  completed: DeviceTime,
  findings: Finding[],
): Placed | NotPlaced {
  const { zone, enrolledOn, withdrawnAt, course = emptyCourse } = patient
  const found = findOccasion(form, facts.occasion, {
    patient: { zone, enrolledOn, withdrawnAt: withdrawnAt ?? null, course },
    completed,
    zones: plan.zones,
    submissionId: facts.submissionId,
    filled: facts.filled ?? nothingFilled,
  })
  if (found === null) return notPlaced('occasion-invalid')
  const { bounds, dueDate } = found
  const { epochMs } = completed
  let status: Placed['status'] = 'on-time'
  if (bounds !== null && epochMs < bounds.opensMs) status = 'early'
  else if (bounds !== null && epochMs >= bounds.closesMs) status = 'late'
  if (status !== 'on-time') findings.push({ code: status })
  const needsReason = bounds !== null && epochMs >= bounds.justifyMs
  const lateReason = readLateReason(facts.lateReason, needsReason, findings)
  if (bounds !== null && epochMs >= bounds.locksMs) findings.push({ code: 'locked-window' })
  if ((found.isDue && found.by !== 'event') === false) {
    const isBefore = (dueDate ?? completed.localDate) < enrolledOn
    if (isBefore) findings.push({ code: 'before-enrolment' })
    else if (!found.isDue) findings.push({ code: 'not-due' })
  }
  return {
    placed: true,
    occasion: found.occasion,
    status,
    lateReceipt: bounds !== null && status === 'on-time' && facts.receivedAtMs >= bounds.closesMs,
    opensAt: bounds === null ? null : bounds.opensAt,
    closesAt: bounds === null ? null : bounds.closesAt,
    dueDate,
    zone: found.window === null ? completed.zone : found.window.zone,
    deviceZone: isNamed(facts.completedAt) && !completed.offsetDisagrees ? completed.zone : null,
    localDate: completed.localDate,
    completedAtMs: epochMs,
    lateReason,
    found,
    findings,
  }
}

/** RFC 9557 puts the zone last, in brackets. */
const isNamed = (time: unknown): boolean => typeof time === 'string' && time.endsWith(']')

const nothingFilled = (): boolean => false
