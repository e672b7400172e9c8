// The step "place": which occasion a submission belongs to, and whether it came in its window (domain.md §3.1).
// Policy "follow device": windows are wall-clock times of the zone the device was in. Device times are facts (P9).
// What cannot be placed is quarantined with a code for a person to look at; nothing is thrown at a device's data.

import { dateOfDay, dayNumber } from './calendar-date.ts'
import type { Finding } from './finding.ts'
import { type FormPlan, findForm, type SchedulePlan, type StudyPlan } from './plan.ts'
import { type DeviceTime, readDeviceTime } from './read-device-time.ts'
import type { ProductText } from './text.ts'
import type { WindowBounds } from './window.ts'

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
  'occasion-invalid': { en: 'The occasion is not a date that exists.', zh: '所填时段不是有效日期。' },
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
  /** ISO date of the due day (`day`, `week`), or the submission id (`event`). */
  readonly occasion: string
  readonly status: 'on-time' | 'late' | 'early'
  /** Completed in its window, received after it closed (a device that was offline). Not a fault, so no finding. */
  readonly lateReceipt: boolean
  /** UTC ISO 8601; the window is half-open, `closesAt` is the first instant outside. Null for events. */
  readonly opensAt: string | null
  readonly closesAt: string | null
  /** IANA zone, or `±HH:MM` where the device's offset did not fit its zone. */
  readonly zone: string
  /** Calendar date the device showed at completion. */
  readonly localDate: string
  readonly completedAtMs: number
  readonly findings: Finding[]
}

/** `zone` (IANA) is used where the device names none. `withdrawnAt` is an RFC 3339 time; `enrolledOn` an ISO date. */
export type PlacePatient = {
  readonly zone: string
  readonly status: string
  readonly withdrawnAt?: string | null
  readonly enrolledOn: string
}

/** Members of the submission as received; `unknown` where the doors do not check the type. */
export type PlaceFacts = {
  readonly form: string
  readonly formVersion: string
  readonly occasion?: unknown
  readonly completedAt: unknown
  readonly startedAt?: unknown
  readonly sentAt?: unknown
  readonly receivedAtMs: number
  readonly submissionId: string
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
  return placeInSchedule(form, patient, facts, completed, findings)
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
  form: FormPlan,
  patient: PlacePatient,
  facts: PlaceFacts,
  completed: DeviceTime,
  findings: Finding[],
): Placed | NotPlaced {
  const { schedule } = form
  if (schedule.every === 'event') {
    if (completed.localDate < patient.enrolledOn) findings.push({ code: 'before-enrolment' })
    return placed(facts.submissionId, 'on-time', false, null, completed, findings)
  }
  const due = dueDate(schedule, patient, facts.occasion, completed)
  if (due === null) return notPlaced('occasion-invalid')
  const bounds = schedule.windows(completed.zone, due)
  const { epochMs } = completed
  const status = epochMs < bounds.opensMs ? 'early' : epochMs < bounds.closesMs ? 'on-time' : 'late'
  if (status !== 'on-time') findings.push({ code: status })
  if (epochMs >= bounds.locksMs) findings.push({ code: 'locked-window' })
  if (due < patient.enrolledOn) findings.push({ code: 'before-enrolment' })
  const lateReceipt = status === 'on-time' && facts.receivedAtMs >= bounds.closesMs
  return placed(due, status, lateReceipt, bounds, completed, findings)
}

function placed(
  occasion: string,
  status: Placed['status'],
  lateReceipt: boolean,
  bounds: WindowBounds | null,
  completed: DeviceTime,
  findings: Finding[],
): Placed {
  return {
    placed: true,
    occasion,
    status,
    lateReceipt,
    opensAt: bounds === null ? null : bounds.opensAt,
    closesAt: bounds === null ? null : bounds.closesAt,
    zone: completed.zone,
    localDate: completed.localDate,
    completedAtMs: completed.epochMs,
    findings,
  }
}

/** The due date named by the device, or found from the time of completion; null where the name is no date. */
function dueDate(
  schedule: Exclude<SchedulePlan, { every: 'event' }>,
  patient: PlacePatient,
  named: unknown,
  completed: DeviceTime,
): string | null {
  const given = named !== undefined && named !== null
  if (given && (typeof named !== 'string' || Number.isNaN(dayNumber(named)))) return null
  const date = given ? (named as string) : completed.localDate
  if (schedule.every === 'week') return startOfPeriod(date, patient.enrolledOn)
  if (given) return date
  return windowHolding(schedule, date, completed)
}

/** First day of the 7-day period, counted from enrolment, that holds `date`. */
function startOfPeriod(date: string, enrolledOn: string): string {
  const anchor = dayNumber(enrolledOn)
  return dateOfDay(anchor + Math.floor((dayNumber(date) - anchor) / 7) * 7)
}

/** A window may close on the next day: before today's opens, an entry may still be yesterday's. */
function windowHolding(
  schedule: Exclude<SchedulePlan, { every: 'event' }>,
  date: string,
  completed: DeviceTime,
): string {
  if (completed.epochMs >= schedule.windows(completed.zone, date).opensMs) return date
  const before = dateOfDay(dayNumber(date) - 1)
  return completed.epochMs < schedule.windows(completed.zone, before).closesMs ? before : date
}
