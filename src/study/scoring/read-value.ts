// From an answer to its printed number, by the item's scale. What the scale does not hold is never made to fit.
import type { Answer } from '../plan.ts'
import { isSkip } from '../skip-reasons.ts'
import type { InputState, Scale } from './score-plan.ts'

/** The answer's printed number, or why it has none. */
export type ReadValue = { readonly value: number | null; readonly state: 'answered' | InputState }

const missing: ReadValue = { value: null, state: 'missing' }
const unreadable: ReadValue = { value: null, state: 'unreadable' }

/** `undefined`, null and a skip are missing; so is a printed number that stands for "not assessed". */
export function readValue(scale: Scale, raw: Answer | null | undefined): ReadValue {
  if (raw === undefined || raw === null || isSkip(raw)) return missing
  const value = scale.values?.get(raw)
  if (value !== undefined) return found(scale, value)
  if (typeof raw !== 'number' || !Number.isFinite(raw)) return unreadable
  if (scale.values !== null) {
    if (!scale.numbers) return unreadable
    const printed = scale.absent.has(raw) || [...scale.values.values()].includes(raw)
    return printed ? found(scale, raw) : { value: raw, state: 'out-of-range' }
  }
  if (scale.absent.has(raw)) return missing
  const fits = raw >= scale.min && raw <= scale.max && decimalsOf(raw) <= scale.decimals
  return { value: raw, state: fits ? 'answered' : 'out-of-range' }
}

function found(scale: Scale, value: number): ReadValue {
  return scale.absent.has(value) ? missing : { value, state: 'answered' }
}

/** How many decimal places the number has when printed. */
export function decimalsOf(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e')
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent))
}
