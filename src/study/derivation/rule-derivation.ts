// How a rule of the study came to hold: its condition in CEL, and the answers and scores that it read.
import { parse } from '@marcbachmann/cel-js'
import { type Finding, findingText } from '../finding.ts'
import type { FormPlan } from '../plan.ts'
import { readStudyYaml } from '../read-study-yaml.ts'
import { ruleName } from '../rule-name.ts'
import type { Text } from '../text.ts'
import type {
  Derivation,
  DerivationInput,
  StoredResponse,
  StudyIdentity,
  VisibleRecord,
} from './derivation.ts'
import { shownOf } from './score-derivation.ts'

/** A rule as the study file has it; never one of `restricted`. */
export type WrittenRule = {
  readonly kind: 'check' | 'alert' | 'message'
  readonly id: string
  readonly version: string
  readonly form: string
  readonly when: string
  readonly text: Text
  readonly severity?: string
  readonly audience?: readonly string[]
  readonly 'looks-back'?: { readonly occasions?: number }
}

/** The unrestricted rules of a published study's files, by id. */
export function writtenRules(files: ReadonlyMap<string, string>): ReadonlyMap<string, WrittenRule> {
  const source = readStudyYaml('study.yaml', files.get('study.yaml') ?? '', { add() {} })
  const { checks = [], alerts = [], messages = [] } = source?.study ?? {}
  const rules = [
    ...checks.map((rule) => ({ ...rule, kind: 'check' as const })),
    ...alerts.map((rule) => ({ ...rule, kind: 'alert' as const })),
    ...messages.map((rule) => ({ ...rule, kind: 'message' as const })),
  ]
  return new Map(rules.map((rule) => [rule.id, rule as WrittenRule]))
}

/** Why a rule held on a response; `earlier` are the entries it looked back on, by position. */
export function ruleDerivation(
  rule: WrittenRule,
  form: FormPlan,
  response: StoredResponse,
  study: StudyIdentity,
  earlier: EarlierResponses = new Map(),
): Derivation {
  return {
    kind: rule.kind === 'check' ? 'finding' : rule.kind,
    id: rule.id,
    title: rule.text,
    value: rule.severity ?? 'true',
    unit: null,
    reason: null,
    meaning: null,
    formula: { en: `holds when ${rule.when}`, zh: `成立条件：${rule.when}` },
    calculation: null,
    inputs: [...readBy(rule.when, form, response), ...lookedAtBy(rule, form, response, earlier)],
    exclusions: [],
    missing: {
      en: 'a rule that reads an answer or a score that is not there does not apply, unless it asks has(…)',
      zh: '规则所读取的答案或分数缺失时，规则不适用（has(…) 除外）',
    },
    rounding: null,
    rule: { id: rule.id, version: rule.version, source: 'study.yaml' },
    study,
    form: { id: form.id, version: form.version },
    details: {
      when: rule.when,
      language: 'CEL',
      ...(rule.audience === undefined ? {} : { audience: rule.audience }),
    },
  }
}

/** Why a finding of the product itself stands; a rule's finding is derived by {@link ruleDerivation}. */
export function findingDerivation(
  finding: Finding,
  form: FormPlan,
  { position, record }: StoredResponse,
  study: StudyIdentity,
): Derivation {
  const item = finding.item === undefined ? undefined : form.itemById.get(finding.item)
  const bounds = item === undefined ? {} : { min: item.min, max: item.max, maxLength: item.maxLength }
  const inputs: DerivationInput[] =
    item === undefined
      ? []
      : [
          {
            position,
            occasion: record.occasion,
            item: item.linkId,
            label: item.text,
            raw: record.answers[item.linkId] ?? null,
            shown: shownOf(form, item.linkId, record.answers[item.linkId]),
            used: null,
            weight: null,
            note: null,
          },
        ]
  return {
    kind: 'finding',
    id: finding.code,
    title: item?.text ?? null,
    value: finding.code,
    unit: null,
    reason: null,
    meaning: null,
    formula: { en: findingText(finding, 'en'), zh: findingText(finding, 'zh') },
    calculation: null,
    inputs,
    exclusions: [],
    missing: null,
    rounding: null,
    rule: { id: finding.code, version: record.studyVersion, source: null },
    study,
    form: { id: form.id, version: form.version },
    details: { ...bounds, ...timesOf(record) },
  }
}

/** The times a finding about time is made of. */
const timesOf = ({ opensAt, closesAt, zone, receivedAt, status, device }: VisibleRecord) => ({
  completedAt: device.completedAt,
  receivedAt,
  opensAt,
  closesAt,
  zone,
  status,
})

/** The answers, scores and facts that an expression names, with their values in the record. */
function readBy(when: string, form: FormPlan, { position, record }: StoredResponse): DerivationInput[] {
  const reads = membersOf(parse(when).ast)
  const from = { position, occasion: record.occasion, weight: null, note: null }
  const answers = form.items
    .filter((item) => reads.has(`answers.${item.ruleName}`))
    .map((item): DerivationInput => {
      const raw = record.answers[item.linkId] ?? null
      const shown = shownOf(form, item.linkId, raw)
      return { ...from, item: item.linkId, label: item.text, raw, shown, used: scalar(raw) }
    })
  const scores = record.scores
    .filter(({ id }) => reads.has(`scores.${ruleName(id)}`))
    .map((score): DerivationInput => {
      const label = form.scores.find(({ id }) => id === score.id)?.title ?? null
      return { ...from, item: score.id, label, raw: null, shown: score.band?.text ?? null, used: score.value }
    })
  const facts = {
    status: record.status,
    late_receipt: String(record.lateReceipt),
    dose: record.dose?.outcome ?? '',
  }
  const named = Object.entries(facts)
    .filter(([name]) => new RegExp(`(?<![.\\w"'])${name}\\b`).test(when))
    .map(([item, used]): DerivationInput => ({ ...from, item, label: null, raw: null, shown: null, used }))
  return [...answers, ...scores, ...named]
}

/** Responses that were looked back on, by position. */
export type EarlierResponses = ReadonlyMap<number, StoredResponse>

const lookBacks = /^(?:earlier|baseline_answers)\.(.+)$/
const scoreLookBacks = /^(?:earlier_scores|baseline)\.(.+)$/

/** What an expression read of earlier entries: of each that was looked at the items and scores it names. */
function lookedAtBy(
  { when, 'looks-back': lookBack }: WrittenRule,
  form: FormPlan,
  { record }: StoredResponse,
  earlier: EarlierResponses,
): DerivationInput[] {
  const { looked } = record
  if (looked === undefined) return []
  const reads = [...membersOf(parse(when).ast)]
  const names = (pattern: RegExp) => new Set(reads.flatMap((read) => pattern.exec(read)?.[1] ?? []))
  const [items, scores] = [names(lookBacks), names(scoreLookBacks)]
  if (items.size === 0 && scores.size === 0 && !/\bmissed\b|\bearlier_entries\b/.test(when)) return []
  // The record names what all rules looked at, the latest occasion first; this one may have looked less far.
  const most = reads.some((read) => read.startsWith('baseline')) ? undefined : lookBack?.occasions
  const filled = Object.entries(looked.filled).slice(0, most)
  const positions = [...filled.map(([, position]) => position), ...(looked.events ?? [])]
  const entries = positions.flatMap((position) => (position === null ? [] : (earlier.get(position) ?? [])))
  const missed = filled.flatMap(([occasion, position]) => (position === null ? [missedInput(occasion)] : []))
  return [...entries.flatMap((entry) => earlierInputs(form, entry, items, scores)), ...missed]
}

const nothing = { position: null, label: null, raw: null, shown: null, used: null, weight: null } as const

const missedInput = (occasion: string): DerivationInput => ({
  ...nothing,
  occasion,
  item: '',
  note: { en: 'was due and has no entry', zh: '应填而无记录' },
})

function earlierInputs(
  form: FormPlan,
  { position, record }: StoredResponse,
  items: ReadonlySet<string>,
  scores: ReadonlySet<string>,
): DerivationInput[] {
  const from = {
    ...nothing,
    position,
    occasion: record.occasion,
    note: { en: 'earlier entry', zh: '较早的记录' },
  }
  const answers = form.items
    .filter((item) => items.has(item.ruleName))
    .map((item) => {
      const raw = record.answers[item.linkId] ?? null
      const shown = shownOf(form, item.linkId, raw)
      return { ...from, item: item.linkId, label: item.text, raw, shown, used: scalar(raw) }
    })
  const results = record.scores
    .filter(({ id }) => scores.has(ruleName(id)))
    .map(({ id, value }) => ({ ...from, item: id, used: value }))
  const all = [...answers, ...results]
  return all.length > 0 ? all : [{ ...from, item: record.form }]
}

type Node = { readonly op: string; readonly args: unknown }

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).op === 'string'

/** Every member that an expression reads of a name, as `answers.pain`. */
function membersOf(ast: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(ast)) for (const one of ast) membersOf(one, found)
  if (!isNode(ast)) return found
  const [left, right] = Array.isArray(ast.args) ? (ast.args as unknown[]) : []
  if (isNode(left) && left.op === 'id' && ast.op === '.') found.add(`${left.args}.${right}`)
  if (isNode(left) && left.op === 'id' && ast.op === '[]' && isNode(right))
    found.add(`${left.args}.${right.args}`)
  return membersOf(ast.args, found)
}

const scalar = (raw: unknown): number | string | null =>
  typeof raw === 'number' || typeof raw === 'string' ? raw : typeof raw === 'boolean' ? String(raw) : null
