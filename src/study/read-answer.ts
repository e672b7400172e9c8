// Reads one raw answer as what its item asks for. Nothing is invented: what is not plainly such a value is a fault.
// Allocates nothing for numbers, booleans and already clean strings.
import { dayNumber } from './calendar-date.ts'
import type { FindingCode } from './finding.ts'
import type { ItemPlan } from './plan.ts'

/** A value that could not be read, with the finding it gives. */
export type Unreadable = { readonly unreadable: FindingCode }

const wrongType: Unreadable = Object.freeze({ unreadable: 'wrong-type' })
const choiceUnknown: Unreadable = Object.freeze({ unreadable: 'choice-unknown' })
const tooLong: Unreadable = Object.freeze({ unreadable: 'too-long' })

const numberText = /^[+-]?\d{1,15}(?:\.\d{1,12})?$/
const timeText = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?$/
const asciiText = /^[\x20-\x7e]*$/
/** Longer texts stay in the source only; the whole body is at most 256 KiB anyway. */
const longestText = 20_000

/**
 * The scalar an item's raw answer stands for: texts trimmed and in Unicode NFC, texts of digits as numbers where the
 * item is numeric. Undefined means "no answer" (an empty text).
 */
export function readAnswer(item: ItemPlan, raw: unknown): boolean | number | string | undefined | Unreadable {
  switch (item.kind) {
    case 'boolean':
      return typeof raw === 'boolean' ? raw : wrongType
    case 'integer':
    case 'decimal':
      return readNumber(item, raw)
    case 'choice':
      return readChoice(item, raw)
    default:
      return readText(item, raw)
  }
}

/** Whether {@link readAnswer} found no value; its values are never objects. */
export function isUnreadable(value: unknown): value is Unreadable {
  return typeof value === 'object'
}

function readNumber(item: ItemPlan, raw: unknown): number | undefined | Unreadable {
  let value: number
  if (typeof raw === 'number') value = raw
  else if (typeof raw === 'string') {
    if (raw.length > longestText) return wrongType
    const text = raw.trim()
    if (text === '') return undefined
    if (!numberText.test(text)) return wrongType
    value = Number(text)
  } else return wrongType
  if (!Number.isFinite(value)) return wrongType
  if (item.kind === 'integer' && !Number.isSafeInteger(value)) return wrongType
  return value === 0 ? 0 : value
}

function readChoice(item: ItemPlan, raw: unknown): number | string | undefined | Unreadable {
  if (typeof raw === 'string') {
    if (item.options?.has(raw)) return raw
    const text = tidy(raw)
    if (text === undefined) return choiceUnknown
    if (text === '') return undefined
    return item.options?.has(text) || item.open === true ? text : choiceUnknown
  }
  if (typeof raw !== 'number') return wrongType
  return item.options?.has(raw) ? raw : choiceUnknown
}

function readText(item: ItemPlan, raw: unknown): string | undefined | Unreadable {
  if (typeof raw !== 'string') return wrongType
  const text = tidy(raw)
  if (text === undefined) return tooLong
  if (text === '') return undefined
  switch (item.kind) {
    case 'date':
      return !Number.isNaN(dayNumber(text)) ? text : wrongType
    case 'time':
      return timeText.test(text) ? text : wrongType
    case 'dateTime':
      return isDateTime(text) ? text : wrongType
    default:
      return text
  }
}

/** Trimmed and in NFC; undefined where it is too long to be an answer. */
function tidy(raw: string): string | undefined {
  const text = raw.trim()
  if (text.length > longestText) return undefined
  return asciiText.test(text) ? text : text.normalize('NFC')
}

/** Date, time to the minute or finer, offset, and the name of a zone as devices write it. */
const momentText =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)(?:\[[A-Za-z_]+(?:[/+-][A-Za-z0-9_]+)*\])?$/

/**
 * Whether the text is an instant by RFC 9557. The usual way of writing one is recognised here, also on phones, many of
 * which have no Temporal; there nothing else is an instant. Elsewhere Temporal decides about rarer ways.
 */
function isDateTime(text: string): boolean {
  if (text.length > 80) return false
  const usual = momentText.exec(text)
  if (usual !== null && !Number.isNaN(dayNumber(usual[1] as string))) return true
  if (typeof Temporal === 'undefined') return false
  try {
    Temporal.Instant.from(text)
    return true
  } catch {
    return false
  }
}
