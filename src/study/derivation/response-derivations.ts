// Every derived value of one response: its scores, the judgement of its doses, its findings, alerts and messages.
import type { FormPlan, StudyPlan } from '../plan.ts'
import { findForm } from '../plan.ts'
import type { Facts } from '../scoring/score-plan.ts'
import type { Derivation, StoredResponse, StudyIdentity } from './derivation.ts'
import { doseDerivation } from './dose-derivation.ts'
import { type EarlierResponses, findingDerivation, ruleDerivation, writtenRules } from './rule-derivation.ts'
import { scoreDerivation } from './score-derivation.ts'

/**
 * All of them, in the order of the steps of processing. `plan` and `files` are those of the study version that the
 * response was judged by; none where that version has no such form. `facts` are the patient's,
 * `earlier` the responses that the record says its rules looked at.
 */
export function responseDerivations(
  plan: StudyPlan,
  files: ReadonlyMap<string, string>,
  response: StoredResponse,
  study: StudyIdentity,
  known: { readonly facts?: Facts | undefined; readonly earlier?: EarlierResponses } = {},
): Derivation[] {
  const { record } = response
  const form = findForm(plan, record.form, record.formVersion)
  if (form === undefined) return []
  return [
    ...scoresOf(form, response, study, known.facts),
    ...dosesOf(plan, form, response, study),
    ...rulesOf(form, files, response, study, known.earlier),
  ]
}

function scoresOf(
  form: FormPlan,
  response: StoredResponse,
  study: StudyIdentity,
  facts: Facts | undefined,
): Derivation[] {
  return response.record.scores.flatMap(({ id }) => {
    const derivation = scoreDerivation(form, response, id, study, facts)
    return derivation === null ? [] : [derivation]
  })
}

function dosesOf(
  plan: StudyPlan,
  form: FormPlan,
  response: StoredResponse,
  study: StudyIdentity,
): Derivation[] {
  const { dose, furtherDoses = [] } = response.record
  return [...(dose === null ? [] : [dose]), ...furtherDoses].flatMap((judgement) => {
    const prescribed = plan.doses.find(({ id }) => id === judgement.dose)
    return prescribed === undefined ? [] : [doseDerivation(prescribed, judgement, form, response, study)]
  })
}

function rulesOf(
  form: FormPlan,
  files: ReadonlyMap<string, string>,
  response: StoredResponse,
  study: StudyIdentity,
  earlier: EarlierResponses | undefined,
): Derivation[] {
  const rules = writtenRules(files)
  const { findings, alerts } = response.record
  const byRule = (id: string): Derivation[] => {
    const rule = rules.get(id)
    return rule === undefined ? [] : [ruleDerivation(rule, form, response, study, earlier)]
  }
  return [
    ...findings.flatMap((finding) =>
      finding.rule === undefined ? [findingDerivation(finding, form, response, study)] : byRule(finding.rule),
    ),
    ...alerts.flatMap(({ rule }) => byRule(rule)),
  ]
}
