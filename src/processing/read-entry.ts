// What stands in a kept entry: a submission of the JSON doors, or a FHIR QuestionnaireResponse, each as it was sent.
// A response is read as a submission here, and gets its answers once its form is known (P1: the bytes stay the source).
import type { JournalEntry } from '../intake/journal-store.ts'
import type { Submission } from '../intake/submission-schema.ts'
import type { Json } from '../study/fhir-json.ts'
import type { Finding } from '../study/finding.ts'
import { sentAnswers } from '../study/form/answers-of-response.ts'
import { envelopeOfResponse, isEnvelopeFault } from '../study/form/response-envelope.ts'
import type { FormPlan } from '../study/plan.ts'

/** A response under a submission's facts; no JSON text can hold a member of this name. */
const sentResponse = Symbol('sent response')
type SentResponse = { readonly json: Json; readonly questionnaire: string; readonly byOther: boolean }

/** An entry as the steps take it; of a response, `answers` is empty until {@link answersFor}. */
export type ReadEntry = Submission & { readonly [sentResponse]?: SentResponse }

/** Reads a kept body; a submission is returned as parsed, without a copy. Every submission has a submissionId. */
export function readEntry({
  body,
  studyId,
  patientId,
}: Pick<JournalEntry, 'body' | 'studyId' | 'patientId'>): ReadEntry {
  const json = JSON.parse(body) as Submission
  if (json.submissionId !== undefined) return json
  const read = envelopeOfResponse(json)
  // The door lets no such response in; if its rules were others once, a person finds it under `unknown-form`.
  if (isEnvelopeFault(read))
    return { submissionId: '', studyId, patientId, form: '', formVersion: '', completedAt: '', answers: {} }
  const { questionnaire, byOther, ...envelope } = read
  return {
    ...envelope,
    studyId,
    patientId,
    answers: {},
    [sentResponse]: { json: json as unknown as Json, questionnaire, byOther },
  }
}

/** A submission whose answers can be judged, and what was found while reading them. */
export type ReadAnswers = {
  readonly submission: Submission
  readonly findings: readonly Finding[]
  /** The response is to another questionnaire, whose url only ends alike. */
  readonly otherForm: boolean
}

/** The answers of a response to its form; null for a submission of the JSON doors, which has them already. */
export function answersFor(form: FormPlan, submission: ReadEntry): ReadAnswers | null {
  const sent = submission[sentResponse]
  if (sent === undefined) return null
  const { json, questionnaire, byOther } = sent
  const local = questionnaire === form.id || questionnaire === `Questionnaire/${form.id}`
  const { answers, findings } = sentAnswers(form, json)
  return {
    submission: { ...submission, answers },
    findings: byOther ? [...findings, { code: 'answered-by-other' }] : findings,
    otherForm: !local && questionnaire !== form.definition.url,
  }
}
