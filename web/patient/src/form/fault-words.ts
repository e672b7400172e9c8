// What is wrong with an answer, in words that say how to mend it. Pure.
import type { DeviceItem } from '../../../../src/study/device/device-form.ts'
import type { RawAnswer } from '../model.ts'
import type { FormWords } from '../words/form-en.ts'
import type { Fault } from './form-state.ts'
import { isTwelveHour, momentInWords } from './moments.ts'
import { isPartial, partialFault } from './partial-moment.ts'

/** One sentence for the fault of this item's answer, numbers and dates as the form's language writes them. */
export function faultWords(
  words: FormWords,
  item: DeviceItem,
  { code }: Fault,
  value: RawAnswer | undefined,
  language: string,
): string {
  switch (code) {
    case 'other':
      return words.faultOther
    case 'required-missing':
    case 'skip-not-allowed':
      return words.mustAnswer
    case 'wrong-type':
      return typeWords(words, item, value, language)
    case 'out-of-range':
      return item.kind === 'integer' || item.kind === 'decimal'
        ? rangeWords(words, item, language)
        : momentRangeWords(words, item, value, language)
    case 'too-many-decimals':
      return item.maxDecimals === 0 ? words.faultWhole : words.faultDecimals(item.maxDecimals ?? 0)
    case 'too-long':
      return words.faultLong(item.maxLength ?? 20_000)
    case 'too-short':
      return words.faultShort(item.minLength ?? 1)
    case 'pattern-mismatch':
      return words.faultPattern
    case 'choice-excludes':
      return words.faultExclusive
    case 'too-few-answers':
      return words.faultFew(item.minAnswers ?? 1)
    case 'too-many-answers':
      return words.faultMany(item.maxAnswers ?? 1)
    default:
      return words.faultAny
  }
}

function typeWords(
  words: FormWords,
  item: DeviceItem,
  value: RawAnswer | undefined,
  language: string,
): string {
  const { kind, widget } = item
  if (kind === 'integer') return typeof value === 'number' ? words.faultWhole : words.faultNumber
  if (kind === 'decimal') return words.faultNumber
  if (widget !== 'date' && widget !== 'time' && widget !== 'date-time') return words.faultAny
  const typed = Array.isArray(value) ? value.find(isPartial) : value
  const fault = isPartial(typed) ? partialFault(widget, typed, isTwelveHour(language)) : widget
  if (fault === 'no-such-time') return words.faultNoSuchTime
  if (fault === 'half') return words.faultHalf
  return fault === 'time' ? words.faultTime : words.faultDate
}

function rangeWords(words: FormWords, { min, max }: DeviceItem, language: string): string {
  const format = new Intl.NumberFormat(language, { numberingSystem: 'latn', maximumFractionDigits: 12 })
  if (min === undefined) return words.faultAtMost(format.format(max ?? 0))
  if (max === undefined) return words.faultAtLeast(format.format(min))
  return words.faultBetween(format.format(min), format.format(max))
}

function momentRangeWords(
  words: FormWords,
  { earliest, latest }: DeviceItem,
  value: RawAnswer | undefined,
  language: string,
): string {
  const isEarly = earliest !== undefined && typeof value === 'string' && value < earliest
  if (earliest !== undefined && (isEarly || latest === undefined))
    return words.faultDateFrom(momentInWords(earliest, language))
  return words.faultDateUntil(momentInWords(latest ?? '', language))
}
