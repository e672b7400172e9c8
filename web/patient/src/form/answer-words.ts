// An answer as the patient gave it, in words, for the review page and the lists of entries. Pure.
import type { DeviceItem, DeviceScreen } from '../../../../src/study/device/device-form.ts'
import { itemsOf } from '../../../../src/study/device/form-run.ts'
import type { RawAnswer, RawAnswers } from '../model.ts'
import type { FormWords } from '../words/form-en.ts'
import { isAnswered } from './answers.ts'
import { momentInWords } from './moments.ts'
import { isPartial } from './partial-moment.ts'

/** The answer in words, or null where there is none. A mark on a line is told without its number (U8). */
export function answerWords(
  words: FormWords,
  item: DeviceItem,
  value: RawAnswer | undefined,
  language: string,
): string | null {
  if (!isAnswered(value) || isPartial(value)) return null
  if (item.widget === 'vas') return words.marked
  if (Array.isArray(value))
    return new Intl.ListFormat(language, { type: 'conjunction' }).format(
      value.map((one) => scalarWords(words, item, one as boolean | number | string, language)),
    )
  return scalarWords(words, item, value as boolean | number | string, language)
}

function scalarWords(
  words: FormWords,
  item: DeviceItem,
  value: boolean | number | string,
  language: string,
): string {
  if (typeof value === 'boolean') return value ? words.yes : words.no
  const option = item.options?.find(({ code }) => code === value)
  if (option !== undefined) return option.text
  if (typeof value === 'number') {
    const number = new Intl.NumberFormat(language, {
      numberingSystem: 'latn',
      maximumFractionDigits: 12,
    }).format(value)
    return item.unit === undefined ? number : `${number}\u00a0${item.unit}`
  }
  return item.kind === 'date' || item.kind === 'time' || item.kind === 'dateTime'
    ? momentInWords(value, language)
    : value
}

/** What a medicine screen says: taken when, or not taken and why; null where nothing is said. */
export function medicineWords(
  words: FormWords,
  screen: DeviceScreen & { kind: 'medicine' },
  answers: RawAnswers,
  language: string,
): string | null {
  const taken = answers[screen.taken.linkId]
  if (typeof taken !== 'boolean') return null
  const further = screen[taken ? 'time' : 'reason']
  const more = further === undefined ? null : answerWords(words, further, answers[further.linkId], language)
  if (taken) return more === null ? words.taken : words.takenAt(more)
  return more === null ? words.notTaken : `${words.notTaken} – ${more}`
}

/** The first answers of an entry of a list, as its name; null where it has none. */
export function entryWords(
  words: FormWords,
  screens: readonly DeviceScreen[],
  entry: RawAnswers,
  language: string,
): string | null {
  const told = screens.flatMap((screen) => {
    if (screen.kind === 'medicine') return medicineWords(words, screen, entry, language) ?? []
    return itemsOf(screen).flatMap((item) => answerWords(words, item, entry[item.linkId], language) ?? [])
  })
  return told.length === 0 ? null : told.slice(0, 3).join(' · ')
}
