// A form being filled in on a phone: which screens are shown with the answers so far, what is wrong with an answer, what
// the study asks or says about them, and what is sent. Decides with the server's own functions, so that both agree.
import type { FindingCode } from '../finding.ts'
import type { Answers, ItemPlan } from '../plan.ts'
import { AnswerRecord, mostRepeats, readItem } from '../read-item.ts'
import { isVisible } from '../visible.ts'
import { type AnswerPath, answerAt, type RawAnswer, type RawAnswers, repetitionsAt } from './answers-at.ts'
import type { DeviceForm, DeviceItem, DeviceScreen, MedicineScreen, RepeatScreen } from './device-form.ts'
import { itemPlanOf } from './item-plan.ts'
import { ruleHolds } from './rule-program.ts'

/**
 * One screen at its place. `id` is its linkId, inside a repetition `drugs[0]/dose`; a medicine has that of its `taken`
 * item. A list comes after its repetitions: add one on the list's screen, and its questions are the steps before it.
 */
export type Step = {
  readonly id: string
  readonly screen: DeviceScreen
  readonly path: AnswerPath
}

/** What a form's answers come to. */
export type Judged = {
  /** Cleaned, without hidden ones: what rules see, here and on the server. */
  readonly answers: Answers
  /** Whether what has this id is shown; ids as in {@link Step}, also of items on a medicine's screen. */
  readonly shows: (id: string) => boolean
}

/** Judges forms with `needsTree`; `createTreeJudge` of form-tree.ts makes one. */
export type TreeJudge = (answers: RawAnswers) => Judged

/** Texts that a rule shows. `item`: beside which question. */
export type RuleShown = { readonly rule: string; readonly item?: string; readonly text: string }

/** Answers are never changed in place: each function remembers what it found for the same object. */
export type FormRun = {
  /** What is shown with these answers, in order. */
  steps(answers: RawAnswers): readonly Step[]
  /** The items that a step asks with these answers: of a medicine `taken` and, as it is answered, `time` or `reason`. */
  asked(step: Step, answers: RawAnswers): readonly DeviceItem[]
  /** What the server would find wrong with a step's answer (a medicine's `taken`, a list's repetitions). */
  faults(step: Step, answer: RawAnswer | undefined): readonly FindingCode[]
  /** The same for one item of a step. */
  faultsOf(item: DeviceItem, answer: RawAnswer | undefined): readonly FindingCode[]
  /** Edit checks that ask the patient something, in the study's order. */
  prompts(answers: RawAnswers): readonly RuleShown[]
  /** What the patient is told at once (U19), in the study's order. */
  messages(answers: RawAnswers): readonly RuleShown[]
  /** The answers without hidden ones, in the order of the screens, as given. */
  toSend(answers: RawAnswers): RawAnswers
}

/** @throws TypeError where the form `needsTree` and no `tree` is given. */
export function createFormRun(form: DeviceForm, tree?: TreeJudge): FormRun {
  if (form.needsTree === true && tree === undefined) throw new TypeError('this form needs the tree engine')
  const plans = new Map<DeviceItem, ItemPlan>()
  const planOf = (item: DeviceItem): ItemPlan => {
    let plan = plans.get(item)
    if (plan === undefined) {
      plan = itemPlanOf(item)
      plans.set(item, plan)
    }
    return plan
  }
  const judge = remembered((answers: RawAnswers) => tree?.(answers) ?? judgeInOrder(form, answers, planOf))
  const rulesOf = (kind: 'prompt' | 'message') =>
    remembered((answers: RawAnswers): readonly RuleShown[] =>
      form.rules.flatMap((rule) =>
        rule.kind === kind && ruleHolds(rule, judge(answers).answers)
          ? [{ rule: rule.id, ...(rule.item !== undefined && { item: rule.item }), text: rule.text }]
          : [],
      ),
    )
  const faultsOf: FormRun['faultsOf'] = (item, answer) => itemFaults(planOf(item), answer)
  return {
    steps: remembered((answers) => stepsOf(form.screens, answers, [], '', judge(answers).shows)),
    asked({ screen, path }, answers) {
      const prefix = prefixOf(path)
      const { shows } = judge(answers)
      return itemsOf(screen).filter(({ linkId }) => shows(prefix + linkId))
    },
    faults({ screen }, answer) {
      if (screen.kind === 'repeat') return repeatFaults(screen, answer)
      const [item] = itemsOf(screen)
      return item === undefined ? [] : faultsOf(item, answer)
    },
    faultsOf,
    prompts: rulesOf('prompt'),
    messages: rulesOf('message'),
    toSend: remembered((answers) => sentOf(form.screens, answers, '', judge(answers).shows)),
  }
}

/** Every item a screen may ask; a medicine's `taken` first. */
export function itemsOf(screen: DeviceScreen): readonly DeviceItem[] {
  if (screen.kind === 'question') return [screen.item]
  if (screen.kind !== 'medicine') return []
  return [screen.taken, screen.time, screen.reason].filter((item) => item !== undefined)
}

function remembered<T>(of: (answers: RawAnswers) => T): (answers: RawAnswers) => T {
  let last: { readonly answers: RawAnswers; readonly value: T } | undefined
  return (answers) => {
    if (last?.answers !== answers) last = { answers, value: of(answers) }
    return last.value
  }
}

/** One pass over the screens: every condition looks back. */
function judgeInOrder(form: DeviceForm, raw: RawAnswers, planOf: (item: DeviceItem) => ItemPlan): Judged {
  const answers = new AnswerRecord()
  const shown = new Set<string>()
  const take = (item: DeviceItem, when: DeviceScreen['when']): void => {
    if (when !== undefined && !isVisible(when, answers)) return
    shown.add(item.linkId)
    const given = answerAt(raw, [], item.linkId)
    const answer = given === undefined ? undefined : readItem(planOf(item), given, null)
    if (answer !== undefined) answers[item.linkId] = answer
  }
  for (const screen of form.screens) {
    if (screen.kind === 'display') {
      if (screen.when === undefined || isVisible(screen.when, answers)) shown.add(screen.linkId)
    } else for (const item of itemsOf(screen)) take(item, conditionsOf(screen, item))
  }
  return { answers, shows: (id) => shown.has(id) }
}

function conditionsOf(screen: DeviceScreen, item: DeviceItem): DeviceScreen['when'] {
  if (screen.kind !== 'medicine' || item === screen.taken) return screen.when
  return item === screen.time ? screen.timeWhen : (screen as MedicineScreen).reasonWhen
}

type Shows = Judged['shows']

const prefixOf = (path: AnswerPath): string =>
  path.map(({ linkId, index }) => `${linkId}[${index}]/`).join('')

const nameOf = (screen: DeviceScreen): string =>
  screen.kind === 'question'
    ? screen.item.linkId
    : screen.kind === 'medicine'
      ? screen.taken.linkId
      : screen.linkId

function stepsOf(
  screens: readonly DeviceScreen[],
  answers: RawAnswers,
  path: AnswerPath,
  prefix: string,
  shows: Shows,
): readonly Step[] {
  return screens.flatMap((screen) => {
    const id = prefix + nameOf(screen)
    if (!shows(id)) return []
    const own: Step = { id, screen, path }
    if (screen.kind !== 'repeat') return [own]
    const inside = repetitionsAt(answers, screen.linkId).map((level, index) =>
      stepsOf(screen.screens, level, [...path, { linkId: screen.linkId, index }], `${id}[${index}]/`, shows),
    )
    return [...inside.flat(), own]
  })
}

function sentOf(
  screens: readonly DeviceScreen[],
  answers: RawAnswers,
  prefix: string,
  shows: Shows,
): RawAnswers {
  const sent: Record<string, RawAnswer> = {}
  for (const screen of screens) {
    for (const { linkId } of itemsOf(screen)) {
      const answer = answerAt(answers, [], linkId)
      if (answer !== undefined && shows(prefix + linkId)) sent[linkId] = answer
    }
    if (screen.kind !== 'repeat' || !shows(prefix + screen.linkId)) continue
    const list = repetitionsAt(answers, screen.linkId)
    if (list.length > 0)
      sent[screen.linkId] = list.map((level, index) =>
        sentOf(screen.screens, level, `${prefix}${screen.linkId}[${index}]/`, shows),
      )
  }
  return sent
}

/** As `readAnswers` of the server says of one item. */
function itemFaults(plan: ItemPlan, given: RawAnswer | undefined): readonly FindingCode[] {
  const findings: { code: FindingCode; item?: string }[] = []
  const answer = given === undefined || given === null ? undefined : readItem(plan, given, findings)
  if (answer === undefined && plan.required && findings.length === 0) return ['required-missing']
  return findings.map(({ code }) => code)
}

function repeatFaults(screen: RepeatScreen, given: RawAnswer | undefined): readonly FindingCode[] {
  const count = Array.isArray(given) ? given.length : 0
  const { required, min, max } = screen
  if (count > mostRepeats || (max !== undefined && count > max)) return ['too-many-answers']
  if (count === 0 && required) return ['required-missing']
  return min !== undefined && count < min ? ['too-few-answers'] : []
}
