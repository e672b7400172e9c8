// The scales of items: from a compiled form, whose choices carry ordinals, or as a scoring file declares them.
import type { ItemPlan } from '../plan.ts'
import type { Scale } from './score-plan.ts'
import type { ScaleFile } from './scoring-file.ts'

const nothingAbsent: ReadonlySet<number> = new Set()

/** The scale of a form's item, or what to do where it cannot be scored. Yes counts 1, no counts 0. */
export function scaleOfItem(item: ItemPlan): Scale | string {
  if (item.repeats) return `item ${item.linkId} may have several answers; score an item with one`
  if (item.options !== undefined) {
    const values = [...item.options.values()].map((option) => [option.code, option.ordinal] as const)
    if (values.some(([, ordinal]) => ordinal === undefined))
      return `item ${item.linkId} has neither numbers nor ordinals`
    return closedScale(new Map(values as [unknown, number][]), false)
  }
  if (item.kind === 'boolean')
    return closedScale(
      new Map([
        [true, 1],
        [false, 0],
      ]),
      false,
    )
  if (item.kind !== 'integer' && item.kind !== 'decimal')
    return `item ${item.linkId} has neither numbers nor ordinals`
  return {
    values: null,
    numbers: true,
    min: item.min ?? -Infinity,
    max: item.max ?? Infinity,
    decimals: item.kind === 'integer' ? 0 : (item.maxDecimals ?? Infinity),
    absent: nothingAbsent,
  }
}

/** The scale that a scoring file declares; `say` is told what to correct. */
export function scaleOfFile(declared: ScaleFile, say: (message: string) => void): Scale {
  const { values, min, max, decimals = 0, absent = [] } = declared
  if ((values === undefined) === (min === undefined && max === undefined))
    say('give either values (code: number) or min and max')
  if (values === undefined && !(min !== undefined && max !== undefined && min < max))
    say('give min and max, the lower first')
  for (const [code, words] of Object.entries(declared.also ?? {}))
    if (values?.[code] === undefined)
      say(`also: ${code} is not one of the values (${words.length} names given)`)
  const shared = { absent: new Set(absent) }
  if (values === undefined)
    return { ...shared, values: null, numbers: true, min: min ?? 0, max: max ?? 0, decimals }
  return { ...closedScale(new Map(Object.entries(values)), true), ...shared }
}

function closedScale(values: ReadonlyMap<unknown, number>, numbers: boolean): Scale {
  return { values, numbers, min: Number.NaN, max: Number.NaN, decimals: 0, absent: nothingAbsent }
}
