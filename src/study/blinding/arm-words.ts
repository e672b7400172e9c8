// The words by which the restricted part speaks of the arms, and whether a text or an id uses one of them.
// Words are whole words in any language; a word of every arm's meaning tells nothing and does not count.
import type { RestrictedPlan } from '../plan.ts'
import {
  commonUnspaced,
  commonWords,
  doubtfulWords,
  groupWords,
  joiners,
  medicineWords,
  openers,
  phaseWords,
  placeboStems,
  placeboWords,
  structureWords,
  unspacedWords,
} from './known-words.ts'
import { indexOfWords, type Tokens, tokensOf, tokensOfId, unspaced } from './tokens.ts'

/** What was found, as it is spelt when compared; `sure` is false where it may mean something else. */
export type Told = { readonly word: string; readonly sure: boolean }

/** Looks for what tells an arm. Undefined where nothing does. */
export type ArmWords = {
  inText(text: string): Told | undefined
  inId(id: string): Told | undefined
}

/** Words of one study; all are spelt as {@link Tokens} are. */
type Meaning = {
  /** Phrases of words with spaces; the surest first. */
  readonly phrases: readonly { readonly words: readonly string[]; readonly sure: boolean }[]
  /** Parts of texts without spaces. */
  readonly parts: readonly string[]
  /** Words that mean an arm beside a group word only. */
  readonly doubtful: ReadonlySet<string>
  /** Words of some arms' meanings, however common: "the drug arm". */
  readonly meant: ReadonlySet<string>
}

const groups = new Set(groupWords)
const medicines = new Set(medicineWords)
const phases = new Set(phaseWords)

/** The words of a study's restricted part. */
export function armWords(arms: RestrictedPlan['arms']): ArmWords {
  const meaning = meaningOf(arms)
  const anywhere = (tokens: Tokens): Told | undefined => {
    const part = meaning.parts.find((one) => tokens.text.includes(one))
    if (part !== undefined) return { word: part, sure: true }
    const placebo = tokens.words.find(
      (one) => placeboWords.includes(one) || placeboStems.some((stem) => one.startsWith(stem)),
    )
    if (placebo !== undefined) return { word: placebo, sure: true }
    const phrase = meaning.phrases.find(({ words }) => indexOfWords(tokens.words, words) >= 0)
    return phrase === undefined ? undefined : { word: phrase.words.join(' '), sure: phrase.sure }
  }
  return {
    inText(text) {
      const tokens = tokensOf(text)
      const found = anywhere(tokens)
      if (found?.sure === true) return found
      return armPhrase(tokens.words, meaning) ?? shortText(tokens, meaning) ?? found
    },
    inId(id) {
      const tokens = tokensOfId(id)
      const found = anywhere(tokens)
      if (found?.sure === true) return found
      return groupOf(tokens.words, meaning) ?? armId(tokens.words, meaning.doubtful) ?? found
    },
  }
}

/** "control group", "group control", "grupo de control", "the control drug"; not "bladder control pill". */
function armPhrase(words: readonly string[], meaning: Meaning): Told | undefined {
  const { doubtful } = meaning
  for (const [index, one] of words.entries()) {
    if (!doubtful.has(one)) continue
    const [before, after] = [words[index - 1], words[index + 1]]
    const opened = before === undefined || openers.has(before)
    if (after !== undefined && groups.has(after)) return { word: `${one} ${after}`, sure: true }
    if (after !== undefined && medicines.has(after) && opened && !phases.has(one))
      return { word: `${one} ${after}`, sure: true }
    const joined = before !== undefined && joiners.has(before) ? words[index - 2] : before
    if (joined !== undefined && /^(arm|group|grupo|brazo|groupe|gruppe)$/.test(joined))
      return { word: `${joined} ${one}`, sure: true }
  }
  return groupOf(words, meaning)
}

const groupNouns = new Set(['arm', 'group', 'grupo', 'brazo', 'groupe', 'gruppe'])

/** A word of some arms' meaning right before or after "arm" or "group". */
function groupOf(words: readonly string[], { meant }: Meaning): Told | undefined {
  const at = words.findIndex((one) => groupNouns.has(one))
  if (at < 0) return undefined
  const near = [words[at - 1], words[at + 1]].find((one) => one !== undefined && meant.has(one))
  return near === undefined ? undefined : { word: `${near} ${words[at]}`, sure: true }
}

/** A title of a few words is read as an id: "Control diary". 对照 alone may mean "compare". */
function shortText({ words, text }: Tokens, { doubtful }: Meaning): Told | undefined {
  if (text.length <= 6 && text.includes('对照')) return { word: '对照', sure: false }
  return words.length <= 4 ? armId(words, doubtful) : undefined
}

/** `control-diary` can only mean an arm; `bladder-control` says what is controlled; `control`, `active-days` may mean either. */
function armId(words: readonly string[], doubtful: ReadonlySet<string>): Told | undefined {
  const index = words.findIndex((one) => doubtful.has(one))
  if (index < 0) return undefined
  const one = words[index] as string
  const besideGroup = [words[index - 1], words[index + 1]].some(
    (near) => near !== undefined && groups.has(near),
  )
  if (besideGroup) return { word: one, sure: true }
  if (phases.has(one)) return undefined
  const others = words.filter((_, at) => at !== index)
  if (others.every((other) => structureWords.has(other) || /^\d/.test(other) || doubtful.has(other)))
    return {
      word: one,
      sure: others.length > 0 && (!/^activ/.test(one) || others.some((other) => medicines.has(other))),
    }
  return undefined
}

function meaningOf(arms: RestrictedPlan['arms']): Meaning {
  const phrases: { words: readonly string[]; sure: boolean }[] = []
  const parts = new Set<string>(unspacedWords)
  const doubtful = new Set<string>(doubtfulWords)
  const meant = new Set<string>()
  const meanings = [...arms.values()]
  if (arms.size < 2) return { phrases, parts: [...parts], doubtful, meant }
  for (const text of distinct(meanings.map(({ role }) => role))) {
    const { words } = tokensOfId(text)
    if (words.length > 1) phrases.push({ words, sure: true })
    else if (words[0] !== undefined) doubtful.add(words[0])
  }
  for (const language of new Set(meanings.flatMap(({ text }) => Object.keys(text)))) {
    const texts = meanings.map(({ text }) => text[language] ?? '')
    if (unspaced.test(texts.join(''))) for (const part of unspacedNames(texts)) parts.add(part)
    phrases.push(...wholeTexts(texts), ...strengths(texts), ...names(texts))
    const words = texts.map((one) =>
      tokensOf(one).words.filter((word) => word.length >= 3 && !openers.has(word)),
    )
    for (const word of inSomeOnly(words)) meant.add(word)
  }
  phrases.sort((a, b) => Number(b.sure) - Number(a.sure))
  return { phrases, parts: [...parts], doubtful, meant }
}

const distinct = (texts: readonly string[]): string[] =>
  [...new Set(texts)].filter(() => new Set(texts).size > 1)

/** A whole meaning of two words or more, as "usual care". */
function wholeTexts(texts: readonly string[]): { words: readonly string[]; sure: boolean }[] {
  return distinct(texts)
    .map((text) => tokensOf(text).words)
    .filter((words) => words.length > 1)
    .map((words) => ({ words, sure: true }))
}

const strength = /^(?:mg|g|kg|mcg|μg|ug|ml|iu|ie|units?|%|毫克|微克|克|毫升|国际单位)$/

/** Strengths, as "40 mg", that not every arm has. */
function strengths(texts: readonly string[]): { words: readonly string[]; sure: boolean }[] {
  const ofArm = texts.map((text) => {
    const { words } = tokensOf(text)
    return words.flatMap((one, at) =>
      /^\d/.test(one) && strength.test(words[at + 1] ?? '') ? [`${one} ${words[at + 1]}`] : [],
    )
  })
  return inSomeOnly(ofArm).map((one) => ({ words: one.split(' '), sure: true }))
}

/**
 * Words of some arms' meanings only. One that is written as a name (a capital, or the only word) is sure; any other
 * word that is not common may be a name.
 */
function names(texts: readonly string[]): { words: readonly string[]; sure: boolean }[] {
  const asNames = new Set<string>()
  const ofArm = texts.map((text) => {
    const { words } = tokensOf(text)
    const own = words.filter(
      (one) => one.length >= 3 && /^\p{L}/u.test(one) && !commonWords.has(one) && !unspaced.test(one),
    )
    for (const capital of text.match(/\p{Lu}[\p{L}\p{M}]{2,}/gu) ?? [])
      for (const one of tokensOf(capital).words) asNames.add(one)
    if (words.length === 1) for (const one of own) asNames.add(one)
    return own
  })
  return inSomeOnly(ofArm).map((one) => ({ words: [one], sure: asNames.has(one) }))
}

/** What is left of meanings written without spaces when common words are taken out, from two signs on. */
function unspacedNames(texts: readonly string[]): string[] {
  const ofArm = texts.map((text) => {
    let rest = tokensOf(text).text.replace(/[^\p{L}]+/gu, ' ')
    for (const common of commonUnspaced) rest = rest.replaceAll(common, ' ')
    return rest.split(' ').filter((run) => run.length >= 2 && unspaced.test(run))
  })
  return inSomeOnly(ofArm)
}

function inSomeOnly(ofArm: readonly (readonly string[])[]): string[] {
  const all = new Set(ofArm.flat())
  return [...all].filter((one) => !ofArm.every((words) => words.includes(one)))
}
