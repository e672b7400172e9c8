// Checks a QuestionnaireResponse against its form: every finding, in document order. Pure; takes any JSON; the same
// input gives the same findings. Source: FHIR R4 QuestionnaireResponse, Questionnaire; SDC for expressions.
import { asObject, type Json } from '../fhir-json.ts'
import { checkItems } from './check-item.ts'
import { referenceKind } from './check-value.ts'
import { compareValues } from './compare-values.ts'
import type { Constraint, FormDefinition } from './definition.ts'
import { type Enablement, isAnswered, judgeEnablement } from './enablement.ts'
import { isTrue } from './expression/evaluate.ts'
import type { Item } from './expression/items.ts'
import { createScopes } from './expression-names.ts'
import type { Expressions } from './expressions.ts'
import { isFhirDateTime } from './fhir-time.ts'
import { type ResponseFinding, ResponseFindings } from './response-finding.ts'
import { eachInstance, type Instance, layResponse, nameable, type ResponseTree } from './response-tree.ts'

/** A response laid over its form and judged. */
export type CheckedResponse = {
  readonly findings: readonly ResponseFinding[]
  readonly tree: ResponseTree
  readonly enablement: Enablement
}

const statuses = new Set(['in-progress', 'completed', 'amended', 'entered-in-error', 'stopped'])
/** Only these claim to be complete (R4: required means "present in a completed QuestionnaireResponse"). */
const completeStatuses = new Set<unknown>(['completed', 'amended', undefined])

/** All findings of a response; `response` must be a QuestionnaireResponse (see {@link isResponse}). */
export function checkResponse(
  form: FormDefinition,
  response: Json,
  expressions: Expressions,
): CheckedResponse {
  const findings = new ResponseFindings()
  checkHead(form, response, findings)
  const tree = layResponse(form, response, findings)
  const enablement = judgeEnablement(form, tree, response, expressions)
  checkItems(tree.roots, { enablement, findings, complete: completeStatuses.has(response.status) })
  checkExpressions(form, tree, enablement, expressions, findings)
  return { findings: findings.list, tree, enablement }
}

/** Whether parsed JSON claims to be a QuestionnaireResponse. */
export function isResponse(value: unknown): value is Json {
  return asObject(value)?.resourceType === 'QuestionnaireResponse'
}

const headMembers = new Set(
  (
    'resourceType id meta implicitRules language text contained extension modifierExtension identifier basedOn partOf ' +
    'questionnaire status subject encounter authored author source item'
  ).split(' '),
)

function checkHead(form: FormDefinition, response: Json, findings: ResponseFindings): void {
  const path = 'QuestionnaireResponse'
  const { status, authored } = response
  for (const member of Object.keys(response))
    if (!headMembers.has(member) && !(member.startsWith('_') && headMembers.has(member.slice(1))))
      findings.add('element-unknown', path, nameable.test(member) ? { actual: member } : {})
  if (response.modifierExtension !== undefined || response.implicitRules !== undefined)
    findings.add('modifier-extension', path)
  if (status === undefined) findings.add('status-missing', path, { expected: [...statuses].join(' | ') })
  else if (!statuses.has(status as string))
    findings.add('status-unknown', `${path}.status`, { expected: [...statuses].join(' | ') })
  if (authored !== undefined && !(typeof authored === 'string' && isFhirDateTime(authored)))
    findings.add('authored-invalid', `${path}.authored`)
  const kind = referenceKind(asObject(response.subject) ?? {})
  if (kind !== undefined && form.subjectTypes !== undefined && !form.subjectTypes.includes(kind))
    findings.add('subject-mismatch', `${path}.subject`, {
      expected: form.subjectTypes.join(' | '),
      actual: kind,
    })
  checkQuestionnaire(form, response.questionnaire, `${path}.questionnaire`, findings)
}

/** The canonical, with or without version; also as a relative reference (`Questionnaire/id`) or `#id`. */
function checkQuestionnaire(
  form: FormDefinition,
  canonical: unknown,
  path: string,
  findings: ResponseFindings,
): void {
  if (canonical === undefined) {
    findings.add('questionnaire-missing', path)
    return
  }
  if (typeof canonical !== 'string') {
    findings.add('json-invalid', path, { expected: 'canonical' })
    return
  }
  if (form.url === undefined && form.id === undefined) {
    findings.add('questionnaire-unverifiable', path)
    return
  }
  const [url = '', version] = canonical.split('|')
  const byId = form.id !== undefined && (url === `Questionnaire/${form.id}` || url === `#${form.id}`)
  const byUrl = form.url !== undefined && url === form.url
  if (!byUrl && !byId && !(form.url === undefined && url.endsWith(`/Questionnaire/${form.id}`))) {
    findings.add('questionnaire-mismatch', path, {
      expected: form.url ?? `Questionnaire/${form.id}`,
    })
    return
  }
  if (version !== undefined && form.version !== undefined && version !== form.version)
    findings.add('questionnaire-version-mismatch', path, { expected: form.version })
}

function checkExpressions(
  form: FormDefinition,
  tree: ResponseTree,
  enablement: Enablement,
  expressions: Expressions,
  findings: ResponseFindings,
): void {
  for (const instance of enablement.failed)
    findings.add('expression-failed', instance.path, {
      linkId: instance.item.linkId,
      expected: 'enableWhenExpression',
    })
  const scopes = createScopes(form, enablement.resource, expressions)
  const evaluate = (instance: Instance | null, text: string, path: string): readonly Item[] | null => {
    const { focus, names } = scopes(instance)
    try {
      return expressions.evaluate(text, focus, names)
    } catch {
      findings.add('expression-failed', path, instance === null ? {} : { linkId: instance.item.linkId })
      return null
    }
  }
  const constrain = (instance: Instance | null, constraint: Constraint, path: string) => {
    const result = evaluate(instance, constraint.expression, path)
    if (result === null || holds(result)) return
    const { human, severity, key } = constraint
    findings.add('constraint-failed', path, {
      severity,
      ...(instance === null ? {} : { linkId: instance.item.linkId }),
      ...(key === '' ? {} : { expected: key }),
      ...(human === '' ? {} : { message: { en: human, zh: human } }),
    })
  }
  for (const constraint of form.constraints ?? []) constrain(null, constraint, 'QuestionnaireResponse')
  eachInstance(tree.roots, (instance) => {
    const { item, path, json } = instance
    if (json === null || !enablement.isEnabled(instance)) return
    if (item.constraints !== undefined && isAnswered(instance, enablement.isEnabled))
      for (const constraint of item.constraints) constrain(instance, constraint, path)
    if (item.calculated === undefined || instance.answers.length === 0) return
    const result = evaluate(instance, item.calculated, path)
    if (result !== null && !sameAsCalculated(instance, result))
      findings.add('calculated-differs', path, { linkId: item.linkId, expected: 'the calculated value' })
  })
}

/** FHIR invariants hold unless they are plainly false. */
function holds(result: readonly Item[]): boolean {
  return result.length === 0 || isTrue(result)
}

function sameAsCalculated(instance: Instance, result: readonly Item[]): boolean {
  if (result.length !== instance.answers.length) return false
  return instance.answers.every(({ value }, index) => {
    const item = result[index] as Item
    if (value === null) return false
    if (typeof value.value === 'number' && typeof item.value === 'number')
      return Math.abs(value.value - item.value) <= 1e-8
    return compareValues(value, { type: value.type, value: item.value }) === 0
  })
}
