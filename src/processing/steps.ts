// The six steps of processing, in their order. Each is pure: what is known so far goes in, what it adds comes
// out; no clock, no database. So they run again for any entry at any time with the same result (P11).
import type { Marks } from '../intake/head.ts'
import type { Patient } from '../records/patient-store.ts'
import { type DoseJudgement, judgeDoses } from '../study/adherence.ts'
import { isGiven } from '../study/blinding/forms-by-arm.ts'
import { checkAnswers } from '../study/check-answers.ts'
import { cleanAnswers } from '../study/clean-answers.ts'
import { hasClockJump } from '../study/clock-jump.ts'
import type { Finding } from '../study/finding.ts'
import {
  type AlertRaised,
  type Deviation,
  judge as judgeByRules,
  type MessageToSend,
} from '../study/judge.ts'
import { proxyOf } from '../study/originator.ts'
import { type NotPlaced, type Placed, placeSubmission, type QuarantineCode } from '../study/place.ts'
import { type Answers, type FormPlan, findForm, type StudyPlan } from '../study/plan.ts'
import type { HistoryReader, Looked } from '../study/rules/history.ts'
import type { Prompt } from '../study/rules/prompts.ts'
import { scoreAnswers } from '../study/score.ts'
import type { Score } from '../study/scoring/score-plan.ts'
import { answersFor, type ReadEntry } from './read-entry.ts'

/** Everything a step may look at besides the draft. */
export type Context = {
  readonly plan: StudyPlan
  /** The version that holds at the site has another version of the form. */
  readonly otherFormVersion?: boolean
  readonly patient: Patient
  /** Server clock, milliseconds since the epoch. */
  readonly receivedAt: number
  readonly submission: ReadEntry
  /** What the kept head says of the device; absent or null: nothing. */
  readonly marks?: Marks | null
  /** Reads the patient's earlier entries of a form; standard: there are none. */
  readonly history?: (form: string) => HistoryReader
}

/** What the steps find out, one after the other. */
export type Draft = {
  form: FormPlan | undefined
  findings: Finding[]
  answers: Answers
  placed: Placed | undefined
  scores: readonly Score[]
  /** One for each dose the form reports. */
  doses: readonly DoseJudgement[]
  deviations: Deviation[]
  alerts: AlertRaised[]
  messages: MessageToSend[]
  /** Which earlier entries rules looked at. */
  looked: Looked | null
  /** Prompts of edit checks that the device showed. */
  prompts: readonly Prompt[]
  quarantine: QuarantineCode | undefined
}

type Step = (draft: Draft, context: Context) => void

/** Looks the answers over against the form: types, ranges, choices, required items, skip logic. */
const check: Step = (draft, { submission }) => {
  if (draft.form !== undefined) draft.findings.push(...checkAnswers(draft.form, submission.answers))
}

/** Trims, normalises and orders the answers; drops what the form hides. */
const clean: Step = (draft, { submission }) => {
  if (draft.form !== undefined) draft.answers = cleanAnswers(draft.form, submission.answers)
}

/** Where an entry belongs by the plan of its context. */
export function placeEntry({ plan, patient, receivedAt, submission, history }: Context): Placed | NotPlaced {
  const { form, formVersion, occasion, completedAt, startedAt, sentAt } = submission
  return placeSubmission(
    plan,
    {
      zone: patient.zone,
      status: patient.status,
      enrolledOn: patient.enrolledOn,
      withdrawnAt: patient.withdrawnAt ?? null,
      course: patient.course,
    },
    {
      form,
      formVersion,
      occasion,
      completedAt,
      startedAt,
      sentAt,
      lateReason: submission.lateReason,
      receivedAtMs: receivedAt,
      submissionId: submission.submissionId.toLowerCase(),
      // Asked where windows go by once-a-day.
      ...(history === undefined
        ? undefined
        : { filled: (form: string, occasion: string) => history(form).filled(occasion) !== undefined }),
    },
  )
}

/** Finds the occasion and its window, or sets the entry aside for a person. */
const place: Step = (draft, context) => {
  const placed = placeEntry(context)
  draft.findings.push(...placed.findings)
  if (draft.form !== undefined && !isGiven(context.plan, draft.form.id, context.patient.arm))
    draft.findings.push({ code: 'not-due' })
  if (placed.placed) draft.placed = placed
  else draft.quarantine = placed.quarantine
  noteHowItCame(draft, context, placed)
}

/** What the device says of how the entry came about. Other senders say none of it and pay for two look-ups. */
function noteHowItCame(draft: Draft, { submission, marks }: Context, placed: Placed | NotPlaced): void {
  if (proxyOf(submission.originator) !== null) draft.findings.push({ code: 'answered-by-other' })
  if (hasClockJump(submission)) draft.findings.push({ code: 'clock-jump' })
  const replacedAt = marks?.replacedAt
  if (replacedAt !== undefined && placed.placed && placed.completedAtMs > replacedAt)
    draft.findings.push({ code: 'device-replaced' })
}

/** Computes the form's scores. */
const score: Step = (draft, { patient }) => {
  if (draft.form !== undefined) draft.scores = scoreAnswers(draft.form, draft.answers, patient.course.facts)
}

/** Judges the day's doses. */
const adhere: Step = (draft, { plan, patient }) => {
  if (draft.form !== undefined && draft.placed !== undefined) {
    draft.doses = judgeDoses(plan, draft.form, draft.answers, draft.placed, patient)
  }
}

/** Applies the study's rules: edit checks, arm rules, alerts, messages. */
const judge: Step = (draft, { plan, patient, submission, history }) => {
  const { form, answers, placed, scores, doses } = draft
  if (form === undefined || placed === undefined) return
  const judged = judgeByRules(plan, {
    form,
    answers,
    placed,
    scores,
    dose: doses[0] ?? null,
    patient: {
      id: patient.patientId,
      arm: patient.arm,
      site: patient.siteId,
      zone: patient.zone,
      enrolledOn: patient.enrolledOn,
      course: patient.course,
    },
    prompts: submission.prompts,
    ...(form.looksBack && history !== undefined ? { history: history(form.id) } : {}),
  })
  draft.findings.push(...judged.findings)
  draft.deviations = [...judged.deviations]
  draft.alerts = [...judged.alerts]
  draft.messages = [...judged.messages]
  draft.looked = judged.looked
  draft.prompts = judged.prompts
}

/** The order of processing (design §3). */
export const steps: readonly Step[] = [check, clean, place, score, adhere, judge]

/** Runs the steps over one submission; stops at the step that sets it aside. */
export function runSteps(context: Context): Draft {
  const { submission, plan } = context
  const draft: Draft = {
    form: findForm(plan, submission.form, submission.formVersion),
    findings: context.otherFormVersion === true ? [{ code: 'other-form-version' }] : [],
    answers: {},
    placed: undefined,
    scores: [],
    doses: [],
    deviations: [],
    alerts: [],
    messages: [],
    looked: null,
    prompts: [],
    quarantine: undefined,
  }
  const read = ofResponse(context, draft)
  for (const step of steps) {
    if (draft.quarantine !== undefined) break
    step(draft, read)
  }
  return draft
}

/** A FHIR response gets its answers now that its form is known; what is not to this form goes to a person. */
function ofResponse(context: Context, draft: Draft): Context {
  const read = draft.form === undefined ? null : answersFor(draft.form, context.submission)
  if (read === null) return context
  draft.findings.push(...read.findings)
  if (read.otherForm) draft.quarantine = 'unknown-form'
  return { ...context, submission: read.submission }
}
