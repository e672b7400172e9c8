// What one entry leads to, as plain data: it can be written, sent between threads and processes, and compared.
import type { Finding } from '../study/finding.ts'
import type { AlertRaised, Deviation, MessageToSend } from '../study/judge.ts'
import { type Context, runSteps } from './steps.ts'

/** The outcome of the steps for one entry. */
export type Outcome =
  | { readonly kind: 'apply'; readonly effect: Effect }
  | { readonly kind: 'quarantine'; readonly code: string; readonly findings: readonly Finding[] }

export type Effect = {
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
  /** The visible record, all but its findings; see {@link effectText}. */
  readonly visible: Record<string, unknown>
}

/** Evaluates one entry. Pure: same entry, same plan, same patient, same outcome. */
export function evaluate(context: Context): Outcome {
  const draft = runSteps(context)
  const { placed, form } = draft
  if (draft.quarantine !== undefined || placed === undefined || form === undefined) {
    return { kind: 'quarantine', code: draft.quarantine ?? 'unknown-form', findings: draft.findings }
  }
  const { submission, entry, plan } = context
  return {
    kind: 'apply',
    effect: {
      form: form.id,
      formVersion: form.version,
      occasion: placed.occasion,
      status: placed.status,
      localDate: placed.localDate,
      dose: draft.dose?.outcome ?? null,
      scores: draft.scores.map((s) => ({ id: s.id, value: s.value, band: s.band?.code ?? null })),
      findings: draft.findings,
      alerts: draft.alerts,
      deviations: draft.deviations,
      messages: draft.messages,
      visible: {
        submissionId: entry.submissionId,
        studyVersion: plan.version,
        form: form.id,
        formVersion: form.version,
        occasion: placed.occasion,
        status: placed.status,
        lateReceipt: placed.lateReceipt,
        opensAt: placed.opensAt,
        closesAt: placed.closesAt,
        zone: placed.zone,
        times: {
          startedAt: submission.startedAt,
          completedAt: submission.completedAt,
          sentAt: submission.sentAt,
          uptimeMs: submission.uptimeMs,
          receivedAt: new Date(entry.receivedAt).toISOString(),
        },
        deviceSequence: submission.deviceSequence,
        language: submission.language,
        answers: draft.answers,
        scores: draft.scores,
        dose: draft.dose,
        alerts: draft.alerts.map(({ rule, version, severity }) => ({ rule, version, severity })),
      },
    },
  }
}

/** The visible record as the JSON text that is stored and committed to. */
export function effectText(effect: Effect, findings: readonly Finding[]): string {
  return JSON.stringify({ ...effect.visible, findings })
}

/** The restricted record as JSON text, or null where there is nothing to hide. */
export const restrictedText = (effect: Effect): string | null =>
  effect.deviations.length === 0 ? null : JSON.stringify({ deviations: effect.deviations })
