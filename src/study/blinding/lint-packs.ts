// Packs and drug codes: what their numbers, limits of items, conditions and rules outside "restricted" give away.
import type { Condition, FormPlan, ItemPlan, StudyPlan } from '../plan.ts'
import type { StudySource } from '../read-study-yaml.ts'
import { numberLiterals, stringLiterals } from './cel-literals.ts'
import type { Leaks } from './leak.ts'
import { linesOf } from './lines-of.ts'
import { eachFormString } from './lint-words.ts'
import { packSigns } from './pack-numbering.ts'
import { yamlPlace } from './place-of.ts'

/** The packs of each arm and the drug codes that belong to one arm's medicine. */
export type Coded = {
  readonly packs: ReadonlyMap<string, readonly string[]>
  /** Codes of a kind of drug that a rule under "restricted" holds against an arm. */
  readonly codes: ReadonlySet<string>
  /** By form id, the linkIds that such rules look up as pack numbers. */
  readonly packItems: ReadonlyMap<string, ReadonlySet<string>>
}

/** What the restricted part says of packs and codes. */
export function codedOf(plan: StudyPlan, source: StudySource): Coded {
  const { restricted } = source.study
  const kinds = new Set<string>()
  const packItems = new Map<string, Set<string>>()
  for (const rule of restricted.deviations ?? []) {
    if (/\barm(_role)?\b/.test(rule.when)) for (const text of stringLiterals(rule.when)) kinds.add(text)
    const items = packItems.get(rule.form) ?? new Set<string>()
    for (const [, name] of rule.when.matchAll(/arm_of_pack\(\s*answers(?:\.(\w+)|\["([^"]+)"\])/g)) {
      const form = formsOf(plan, rule.form)[0]
      const item = form?.items.find(({ ruleName }) => ruleName === name)
      if (item !== undefined) items.add(item.linkId)
    }
    packItems.set(rule.form, items)
  }
  const codes = Object.entries(restricted['drug-codes'] ?? {}).filter(([, kind]) => kinds.has(kind))
  return {
    packs: new Map(Object.entries(restricted.packs ?? {})),
    codes: new Set(codes.map(([code]) => code)),
    packItems,
  }
}

const formsOf = (plan: StudyPlan, id: string): FormPlan[] =>
  [...plan.forms.values()].filter((form) => form.id === id)

/** Numbers that tell the arm by themselves. */
export function lintPackNumbers(source: StudySource, { packs }: Coded, leaks: Leaks): void {
  const place = yamlPlace(source, ['restricted', 'packs'])
  const signs = packSigns(packs)
  const named = (sure: boolean) => signs.filter((sign) => sign.sure === sure).map(({ property }) => property)
  const [telling, leaning] = [named(true), named(false)]
  if (telling.length > 0)
    leaks.add('pack-numbers-tell', place, `the packs of two arms are told by ${listed(telling)}`)
  if (leaning.length > 0)
    leaks.add('pack-numbers-lean', place, `the arms of packs go with ${listed(leaning)}`)
}

const listed = (properties: readonly string[]): string =>
  properties.slice(0, 3).join(', ') + (properties.length > 3 ? ` and ${properties.length - 3} more` : '')

/** Pack numbers and drug codes written down in forms. */
export function lintCodedOutside(
  files: ReadonlyMap<string, string>,
  { packs, codes }: Coded,
  leaks: Leaks,
): void {
  const numbers = new Set([...packs.values()].flat())
  for (const [file, content] of files) {
    if (!file.endsWith('.json')) continue
    const lines = linesOf(file, content)
    eachFormString(JSON.parse(content), (text, member, linkId) => {
      if (member === 'linkId' && text === linkId && !numbers.has(text) && !codes.has(text)) return
      const words = text.split(/[^\p{L}\p{N}-]+/u)
      if (
        words.some((one) => one.length >= 4 && numbers.has(one)) ||
        (member === 'code' && numbers.has(text))
      )
        leaks.add('pack-outside', lines.place(text, linkId), 'a pack number is named')
      if (words.some((one) => codes.has(one)) || codes.has(text))
        leaks.add('drug-code-outside', lines.place(text, linkId), "a code of an arm's medicine is named")
    })
  }
}

/** Limits and conditions of items by which the packs of one arm fare otherwise than those of another. */
export function lintPackItems(
  plan: StudyPlan,
  source: StudySource,
  files: ReadonlyMap<string, string>,
  { packs, packItems }: Coded,
  leaks: Leaks,
): void {
  if (packs.size === 0) return
  let index = -1
  for (const form of plan.forms.values()) {
    index += 1
    const file = source.study.forms[index]?.file ?? 'study.yaml'
    const lines = linesOf(file, files.get(file) ?? '')
    const known = packItems.get(form.id) ?? new Set()
    for (const item of form.items) {
      const place = () => lines.place(item.linkId, item.linkId)
      if (takesPacks(item, known) && differs(packs, (pack) => fits(item, pack)))
        leaks.add('pack-limits', place(), 'the item does not take the pack numbers of every arm alike')
      for (const condition of item.conditions)
        if (branches(condition, known, packs))
          leaks.add('pack-branch', place(), 'whether the item is shown depends on a pack number')
    }
  }
}

const takesPacks = (item: ItemPlan, known: ReadonlySet<string>): boolean =>
  known.has(item.linkId) || (item.pattern !== undefined && item.options === undefined)

function fits(item: ItemPlan, pack: string): boolean {
  if (item.pattern !== undefined && !item.pattern.test(pack)) return false
  if (item.minLength !== undefined && pack.length < item.minLength) return false
  if (item.maxLength !== undefined && pack.length > item.maxLength) return false
  if (
    item.options !== undefined &&
    item.open !== true &&
    !item.options.has(pack) &&
    !item.options.has(Number(pack))
  )
    return false
  const number = Number(pack)
  return !((item.min !== undefined && number < item.min) || (item.max !== undefined && number > item.max))
}

/** Whether the share of packs that hold differs between arms. */
function differs(packs: ReadonlyMap<string, readonly string[]>, holds: (pack: string) => boolean): boolean {
  const shares = [...packs.values()]
    .filter((list) => list.length > 0)
    .map((list) => list.filter(holds).length / list.length)
  return shares.some((share) => share !== shares[0])
}

function branches(
  condition: Condition,
  known: ReadonlySet<string>,
  packs: ReadonlyMap<string, readonly string[]>,
): boolean {
  return condition.clauses.some((clause) => {
    if (clause.operator === 'exists' || !known.has(clause.linkId)) return false
    const compared = String(clause.value)
    return (
      differs(packs, (pack) => ordered(pack, compared) < 0) || differs(packs, (pack) => pack === compared)
    )
  })
}

function ordered(one: string, other: string): number {
  const [a, b] = [Number(one), Number(other)]
  if (Number.isNaN(a) || Number.isNaN(b)) return one < other ? -1 : one > other ? 1 : 0
  return a - b
}

/** Rules outside "restricted" that read a pack number or a code and hold it against something that parts the arms. */
export function lintOpenRules(source: StudySource, coded: Coded, leaks: Leaks): void {
  const numbers = new Set([...coded.packs.values()].flat())
  for (const member of ['checks', 'alerts', 'messages'] as const)
    source.study[member]?.forEach(({ id, when, form }, index) => {
      const place = yamlPlace(source, [member, index, 'when'])
      const texts = stringLiterals(when)
      if (texts.some((text) => coded.codes.has(text)))
        leaks.add('drug-code-outside', place, `rule ${id} asks for a code of an arm's medicine`)
      if (texts.some((text) => text.length >= 4 && numbers.has(text)))
        leaks.add('pack-outside', place, `rule ${id} names a pack number`)
      else if (readsPack(when, coded.packItems.get(form)) && texts.some((text) => parts(coded.packs, text)))
        leaks.add(
          'rule-of-one-arm',
          place,
          `rule ${id} holds for pack numbers of some arms more than of others`,
        )
      else if (
        readsPack(when, coded.packItems.get(form)) &&
        numberLiterals(when).some((n) => partsNumbers(coded.packs, n))
      )
        leaks.add(
          'rule-of-one-arm',
          place,
          `rule ${id} compares pack numbers with a number that parts the arms`,
        )
    })
}

function readsPack(when: string, items: ReadonlySet<string> | undefined): boolean {
  return [...(items ?? [])].some((linkId) => {
    const name = linkId.replace(/[^A-Za-z0-9_]/g, '_')
    return when.includes(`answers.${name}`) || when.includes(`answers["${name}"]`)
  })
}

function parts(packs: Coded['packs'], text: string): boolean {
  const pattern = asPattern(text)
  return (
    differs(packs, (pack) => pack.startsWith(text)) ||
    differs(packs, (pack) => pack.endsWith(text)) ||
    differs(packs, (pack) => pack.includes(text)) ||
    (pattern !== undefined && differs(packs, (pack) => pattern.test(pack)))
  )
}

/** Small numbers are lengths; only one between the packs can part them. */
function partsNumbers(packs: Coded['packs'], limit: number): boolean {
  const all = [...packs.values()].flat().map(Number)
  return (
    limit >= Math.min(...all) && limit <= Math.max(...all) && differs(packs, (pack) => Number(pack) < limit)
  )
}

function asPattern(text: string): RegExp | undefined {
  try {
    return new RegExp(text, 'u')
  } catch {
    return undefined
  }
}
