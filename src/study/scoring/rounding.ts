// Numbers as scores show them: rounding is done on the decimal number that is printed, so that 2.675 rounds as
// a person with the manual would round it, and the noise of binary fractions never decides a band.
import type { Rounding } from './score-plan.ts'

const significantDigits = 12

/** The number to 12 significant digits: 0.1 + 0.2 is 0.3. Whole numbers stay as they are. */
export function withoutNoise(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(significantDigits))
}

/** Rounds; halves go away from zero (`half-up`) or to the even digit. `up` and `down` are towards ±infinity. */
export function rounded(value: number, { decimals, mode }: Rounding): number {
  const scaled = shifted(withoutNoise(value), decimals)
  return shifted(whole(scaled, mode), -decimals)
}

function whole(value: number, mode: Rounding['mode']): number {
  if (mode === 'up') return Math.ceil(value)
  if (mode === 'down') return Math.floor(value)
  const low = Math.floor(value)
  const rest = value - low
  if (rest !== 0.5) return Math.round(value)
  if (mode === 'half-even') return low % 2 === 0 ? low : low + 1
  return value < 0 ? low : low + 1
}

/** Moves the decimal point in the printed number, which multiplication would not do exactly. */
function shifted(value: number, places: number): number {
  const [digits, exponent = '0'] = String(value).split('e')
  return Number(`${digits}e${Number(exponent) + places}`)
}
