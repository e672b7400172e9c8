// What one entry leads to, as plain data: it can be written, sent between threads and processes, and compared.
import { zoneSeen } from '../study/course.ts'
import type { Finding } from '../study/finding.ts'
import type { AlertRaised, Deviation, MessageToSend } from '../study/judge.ts'
import { proxyOf } from '../study/originator.ts'
import type { Placed } from '../study/place.ts'
import type { FormPlan } from '../study/plan.ts'
import { isoTime } from '../system/iso-time.ts'
import { type Context, type Draft, runSteps } from './steps.ts'

/** The outcome of the steps for one entry. */
export type Outcome =
  | { readonly kind: 'apply'; readonly effect: Effect }
  | { readonly kind: 'quarantine'; readonly code: string; readonly findings: readonly Finding[] }

/** A zone a device was seen in, at a UTC instant (ISO 8601). */
export type SeenZone = { readonly zone: string; readonly at: string }

export type Effect = {
  readonly submissionId: string
  readonly form: string
  readonly formVersion: string
  readonly occasion: string
  readonly status: string
  readonly localDate: string
  readonly dose: string | null
  readonly scores: readonly { id: string; value: number | null; band: string | null }[]
  readonly findings: Finding[]
  readonly alerts: readonly AlertRaised[]
  readonly deviations: readonly Deviation[]
  readonly messages: readonly MessageToSend[]
  /** Device clock and server clock, milliseconds since the epoch. */
  readonly completedAt: number
  readonly receivedAt: number
  /** The entry is of no due day: rules may look back on it by hours. */
  readonly isEvent: boolean
  /** The device was seen in another zone than it was known to be in. */
  readonly seen?: SeenZone
  /** The visible record as JSON members, all but its findings; see {@link effectText}. */
  readonly visible: string
}

/** Evaluates one entry. Pure: same entry, same plan, same patient, same outcome. */
export function evaluate(context: Context): Outcome {
  const draft = runSteps(context)
  const { placed, form } = draft
  if (draft.quarantine !== undefined || placed === undefined || form === undefined) {
    return { kind: 'quarantine', code: draft.quarantine ?? 'unknown-form', findings: draft.findings }
  }
  const seen = zoneSeenBy(context, placed)
  return {
    kind: 'apply',
    effect: {
      ...(seen === undefined ? undefined : { seen }),
      submissionId: context.submission.submissionId.toLowerCase(),
      form: form.id,
      formVersion: form.version,
      occasion: placed.occasion,
      status: placed.status,
      localDate: placed.localDate,
      dose: draft.doses[0]?.outcome ?? null,
      scores: draft.scores.map((s) => ({ id: s.id, value: s.value, band: s.band?.code ?? null })),
      findings: draft.findings,
      alerts: draft.alerts,
      deviations: draft.deviations,
      messages: draft.messages,
      completedAt: placed.completedAtMs,
      receivedAt: context.receivedAt,
      isEvent: placed.found.by === 'event',
      visible: visibleText(context, draft, form, placed),
    },
  }
}

function zoneSeenBy({ patient }: Context, { deviceZone, completedAtMs }: Placed): SeenZone | undefined {
  const { course, zone } = patient
  if (deviceZone === null || (deviceZone === zone && course.zones.length === 0)) return undefined
  const at = isoTime(completedAtMs)
  return zoneSeen(course, zone, deviceZone, at) === null ? undefined : { zone: deviceZone, at }
}

/**
 * The visible record, member by member in a fixed order, so that the same outcome is the same text for ever
 * (P11). Written by hand because it is made for every entry: only what a device or a study said needs escaping.
 */
function visibleText(context: Context, draft: Draft, form: FormPlan, placed: Placed): string {
  const { submission, plan, receivedAt } = context
  const { startedAt, completedAt, sentAt, uptimeMs, deviceSequence, language } = submission
  const alerts =
    draft.alerts.length === 0
      ? '[]'
      : JSON.stringify(draft.alerts.map(({ rule, version, severity }) => ({ rule, version, severity })))
  return `"submissionId":"${submission.submissionId.toLowerCase()}","studyVersion":"${plan.version}","form":"${form.id}","formVersion":"${
    form.version
  }","occasion":"${placed.occasion}","status":"${placed.status}","lateReceipt":${placed.lateReceipt},"opensAt":${quoted(placed.opensAt)},"closesAt":${quoted(
    placed.closesAt,
  )},"zone":"${placed.zone}"${placedText(placed)},"receivedAt":"${isoTime(receivedAt)}","device":${JSON.stringify(
    {
      startedAt,
      completedAt,
      sentAt,
      uptimeMs,
      deviceSequence,
      language,
    },
  )},"answers":${JSON.stringify(draft.answers)},"scores":${draft.scores.length === 0 ? '[]' : JSON.stringify(draft.scores)},"dose":${
    draft.doses.length === 0 ? 'null' : JSON.stringify(draft.doses[0])
  }${draft.doses.length > 1 ? `,"furtherDoses":${JSON.stringify(draft.doses.slice(1))}` : ''},"alerts":${alerts}${
    draft.looked === null ? '' : `,"looked":${JSON.stringify(draft.looked)}`
  }${draft.prompts.length === 0 ? '' : `,"prompts":${JSON.stringify(draft.prompts)}`}${originatorText(context)}`
}

/** Who answered, where it was not the patient on a device of their own. */
function originatorText({ submission, marks }: Context): string {
  const proxy = proxyOf(submission.originator)
  const clinic = marks?.clinic === true
  if (proxy === null && !clinic) return ''
  return `,"originator":${JSON.stringify({ ...(proxy ?? { kind: 'patient' }), ...(clinic ? { device: 'clinic' } : {}) })}`
}

/** How the occasion was found, and by which facts, where it is not simply what the device named. */
function placedText({
  found,
  dueDate,
  occasion,
  zone,
  deviceZone,
  lateReason,
  completedAtMs,
}: Placed): string {
  const { by, cycle, window, bounds, passedOver } = found
  const isPlain = by === 'named' || by === 'event'
  const isDue = dueDate === occasion || dueDate === null
  const needsReason = bounds !== null && completedAtMs >= bounds.justifyMs
  const reason = lateReason === null ? '' : `,"lateReason":"${lateReason}"`
  if (isPlain && isDue && !needsReason && (window === null || window.of === 'device')) return reason
  const facts = {
    ...(isPlain ? {} : { by }),
    ...(isDue ? {} : { dueDate }),
    ...(cycle === null ? {} : { cycle }),
    ...(window === null || window.of === 'device' ? {} : { zoneOf: window.of }),
    ...(deviceZone === null || deviceZone === zone ? {} : { deviceZone }),
    ...(passedOver === undefined ? {} : { passedOver }),
    ...(needsReason ? { justifyAt: bounds.justifyAt } : {}),
  }
  return `${reason},"placed":${JSON.stringify(facts)}`
}

const quoted = (text: string | null): string => (text === null ? 'null' : `"${text}"`)

/** The visible record as the JSON text that is stored and committed to. */
export function effectText(effect: Effect, findings: readonly Finding[]): string {
  return `{${effect.visible},"findings":${findings.length === 0 ? '[]' : JSON.stringify(findings)}}`
}

/** The restricted record as JSON text, or null where there is nothing to hide. */
export const restrictedText = (effect: Effect): string | null =>
  effect.deviations.length === 0 ? null : JSON.stringify({ deviations: effect.deviations })
