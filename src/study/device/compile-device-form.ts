// Compiles a form for phones: one item a screen, in one language. Nothing restricted goes in, and nothing in it depends on
// a patient, so that everybody who gets a form gets the same bytes (P10).
import { compileCondition } from '../compile-condition.ts'
import type { FormItem } from '../form/definition.ts'
import { wordsIn } from '../form/import-words.ts'
import type { Condition, FormPlan, GroupPlan, ItemPlan, StudyPlan } from '../plan.ts'
import { nearestTag, textIn } from '../text.ts'
import { deviceItemOf, isAttached } from './compile-item-screen.ts'
import { type Medicine, medicinesOf } from './compile-medicine.ts'
import { ruleProgramsOf } from './compile-rule-program.ts'
import type { DeviceForm, DeviceScreen } from './device-form.ts'
import { wordlessDefinition } from './wordless-definition.ts'

/**
 * The form in `language`, or in the study's nearest or first language where it has not that one. Items that are hidden,
 * read-only or calculated are no screens. Its bytes are `JSON.stringify` of it: the same plan gives the same bytes.
 */
export function deviceFormOf(plan: StudyPlan, form: FormPlan, language: string): DeviceForm {
  const tag = nearestTag(plan.languages, language) ?? plan.languages[0] ?? language
  const making: Making = { form, language: tag, ...medicinesOf(plan, form), items: everyItem(form) }
  const top: Around = { section: undefined, recall: undefined, when: [] }
  return {
    form: form.id,
    formVersion: form.version,
    language: tag,
    title: textIn(form.title, tag),
    screens: screensOf(form.definition.items, top, making),
    ...(!form.onePass && { needsTree: true as const, definition: wordlessDefinition(form.definition) }),
    rules: ruleProgramsOf(form, tag).rules,
  }
}

type Making = {
  readonly form: FormPlan
  readonly language: string
  readonly items: ReadonlyMap<string, ItemPlan>
  /** By the item that says whether it was taken. */
  readonly medicines: ReadonlyMap<string, Medicine>
  /** Asked on the screen of a medicine. */
  readonly companions: ReadonlySet<string>
}
/** What the groups around an item say. */
type Around = {
  readonly section: string | undefined
  readonly recall: string | undefined
  readonly when: readonly Condition[]
}

function everyItem(form: FormPlan): ReadonlyMap<string, ItemPlan> {
  const found = new Map(form.itemById)
  const walk = (group: GroupPlan): void => {
    for (const item of group.items) found.set(item.linkId, item)
    group.groups.forEach(walk)
  }
  form.groups.forEach(walk)
  return found
}

function screensOf(items: readonly FormItem[], around: Around, making: Making): DeviceScreen[] {
  return items.flatMap((item): DeviceScreen[] => {
    if (item.hidden === true) return []
    if (item.type === 'display') return isHeader(item) ? [] : [displayScreen(item, around, making)]
    if (item.type !== 'group') return questionScreens(item, around, making)
    const when = [...around.when, ...ownCondition(item, making)]
    if (item.repeats !== true)
      return screensOf(item.items ?? [], { ...insideGroup(item, around, making), when }, making)
    // The list's own title heads what is asked of each repetition.
    const inner = { ...insideGroup(item, { ...around, section: undefined }, making), when: [] }
    return [repeatScreen(item, around, screensOf(item.items ?? [], inner, making), making)]
  })
}

function questionScreens(item: FormItem, around: Around, making: Making): DeviceScreen[] {
  const plan = making.items.get(item.linkId)
  if (plan === undefined) return []
  const when = making.form.onePass ? plan.conditions : []
  const inside = (item.items ?? []).filter((one) => !isAttached(one))
  const after = screensOf(inside, { ...around, when }, making)
  const computed = item.readOnly === true || item.calculated !== undefined
  if (computed || making.companions.has(item.linkId)) return after
  const { recall } = around
  const asked = deviceItemOf(item, plan, making.language)
  const head = { ...shown(around.section, when), ...(recall !== undefined && { recall }) }
  const medicine = making.medicines.get(item.linkId)
  if (medicine === undefined) return [{ kind: 'question', item: asked, ...head }, ...after]
  return [{ kind: 'medicine', ...medicineParts(medicine, making), taken: asked, ...head }, ...after]
}

function medicineParts({ dose, time, reason }: Medicine, { language }: Making) {
  const part = (of: Medicine['time']) => of && deviceItemOf(of.item, of.plan, language)
  return {
    ...(dose.title !== null && { name: textIn(dose.title, language) }),
    ...(dose.picture !== null && { picture: dose.picture }),
    ...(time && { time: part(time)!, timeWhen: time.plan.conditions }),
    ...(reason && { reason: part(reason)!, reasonWhen: reason.plan.conditions }),
  }
}

function repeatScreen(
  item: FormItem,
  around: Around,
  screens: readonly DeviceScreen[],
  { language }: Making,
): DeviceScreen {
  const { linkId, text, required = false, minOccurs, maxOccurs } = item
  return {
    kind: 'repeat',
    linkId,
    text: text === undefined ? '' : wordsIn(text, language),
    required,
    ...(minOccurs !== undefined && { min: minOccurs }),
    ...(maxOccurs !== undefined && { max: maxOccurs }),
    screens,
    ...shown(around.section, []),
  }
}

function displayScreen(item: FormItem, around: Around, making: Making): DeviceScreen {
  const { linkId, text } = item
  const when = making.form.onePass ? [...around.when, ...ownCondition(item, making)] : []
  const words = text === undefined ? '' : wordsIn(text, making.language)
  return { kind: 'display', linkId, text: words, ...shown(around.section, when) }
}

function shown(section: string | undefined, when: readonly Condition[]) {
  return { ...(section !== undefined && { section }), ...(when.length > 0 && { when }) }
}

/**
 * A group that asks ("…, how often have you been bothered by:") is the recall of its items; another group's words are
 * a title. A display with the control `header` inside it is a recall too. Decided on the form's own words, so that
 * translations do not differ.
 */
function insideGroup(group: FormItem, around: Around, { language }: Making): Omit<Around, 'when'> {
  const header = group.items?.find(isHeader)?.text
  const { text } = group
  const words = text === undefined ? '' : wordsIn(text, language)
  const asks = text !== undefined && /[?:？：…]\s*$/.test(text.text)
  const recall = asks ? words : header === undefined ? around.recall : wordsIn(header, language)
  if (asks || words === '') return { section: around.section, recall }
  return { section: around.section === undefined ? words : `${around.section} – ${words}`, recall }
}

function isHeader(item: FormItem): boolean {
  return item.type === 'display' && item.control === 'header' && item.enableWhen === undefined
}

/** Of a form for one pass every condition can be compiled; what is wrong with one was told when it was published. */
function ownCondition(item: FormItem, { form }: Making): readonly Condition[] {
  if (!form.onePass) return []
  const condition = compileCondition(item, form.itemById, () => {})
  return condition === null || condition === 'later' ? [] : [condition]
}
