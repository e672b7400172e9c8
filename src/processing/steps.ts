// The six steps of processing, in their order. Each is pure: what is known so far goes in, what it adds comes
// out; no clock, no database. So they run again for any entry at any time with the same result (P11).
import type { Submission } from '../intake/submission-schema.ts'
import type { Patient } from '../records/patient-store.ts'
import { type DoseJudgement, judgeDose } from '../study/adherence.ts'
import { checkAnswers } from '../study/check-answers.ts'
import { cleanAnswers } from '../study/clean-answers.ts'
import type { Finding } from '../study/finding.ts'
import {
  type AlertRaised,
  type Deviation,
  judge as judgeByRules,
  type MessageToSend,
} from '../study/judge.ts'
import { type Placed, placeSubmission, type QuarantineCode } from '../study/place.ts'
import { type Answers, type FormPlan, findForm, type StudyPlan } from '../study/plan.ts'
import { scoreAnswers } from '../study/score.ts'
import type { Score } from '../study/scoring/score-plan.ts'

/** Everything a step may look at besides the draft. */
export type Context = {
  readonly plan: StudyPlan
  readonly patient: Patient
  /** Server clock, milliseconds since the epoch. */
  readonly receivedAt: number
  readonly submission: Submission
}

/** What the steps find out, one after the other. */
export type Draft = {
  form: FormPlan | undefined
  findings: Finding[]
  answers: Answers
  placed: Placed | undefined
  scores: readonly Score[]
  dose: DoseJudgement | null
  deviations: Deviation[]
  alerts: AlertRaised[]
  messages: MessageToSend[]
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

/** Finds the occasion and its window, or sets the entry aside for a person. */
const place: Step = (draft, { plan, patient, receivedAt, submission }) => {
  const { form, formVersion, occasion, completedAt, startedAt, sentAt } = submission
  const placed = placeSubmission(
    plan,
    {
      zone: patient.zone,
      status: patient.status,
      enrolledOn: patient.enrolledOn,
      withdrawnAt: patient.withdrawnAt ?? null,
    },
    {
      form,
      formVersion,
      occasion,
      completedAt,
      startedAt,
      sentAt,
      receivedAtMs: receivedAt,
      submissionId: submission.submissionId.toLowerCase(),
    },
  )
  draft.findings.push(...placed.findings)
  if (placed.placed) draft.placed = placed
  else draft.quarantine = placed.quarantine
}

/** Computes the form's scores. */
const score: Step = (draft) => {
  if (draft.form !== undefined) draft.scores = scoreAnswers(draft.form, draft.answers)
}

/** Judges the day's dose. */
const adhere: Step = (draft, { plan }) => {
  if (draft.form !== undefined && draft.placed !== undefined) {
    draft.dose = judgeDose(plan, draft.form, draft.answers, draft.placed)
  }
}

/** Applies the study's rules: edit checks, arm rules, alerts, messages. */
const judge: Step = (draft, { plan, patient }) => {
  const { form, answers, placed, scores, dose } = draft
  if (form === undefined || placed === undefined) return
  const judged = judgeByRules(plan, {
    form,
    answers,
    placed,
    scores,
    dose,
    patient: { id: patient.patientId, arm: patient.arm, site: patient.siteId },
  })
  draft.findings.push(...judged.findings)
  draft.deviations = [...judged.deviations]
  draft.alerts = [...judged.alerts]
  draft.messages = [...judged.messages]
}

/** The order of processing (design §3). */
export const steps: readonly Step[] = [check, clean, place, score, adhere, judge]

/** Runs the steps over one submission; stops at the step that sets it aside. */
export function runSteps(context: Context): Draft {
  const { submission, plan } = context
  const draft: Draft = {
    form: findForm(plan, submission.form, submission.formVersion),
    findings: [],
    answers: {},
    placed: undefined,
    scores: [],
    dose: null,
    deviations: [],
    alerts: [],
    messages: [],
    quarantine: undefined,
  }
  for (const step of steps) {
    step(draft, context)
    if (draft.quarantine !== undefined) break
  }
  return draft
}
