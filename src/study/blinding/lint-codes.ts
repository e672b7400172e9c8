// Arm codes must be opaque: no word, abbreviation or number of what the arm is, one shape for all; and no id or text
// outside "restricted" may name one, because what is named there holds for that arm only.
import type { Json } from '../fhir-json.ts'
import type { StudySource } from '../read-study-yaml.ts'
import type { ArmWords } from './arm-words.ts'
import { stringLiterals } from './cel-literals.ts'
import { groupWords } from './known-words.ts'
import type { Leaks } from './leak.ts'
import { linesOf } from './lines-of.ts'
import { eachFormString } from './lint-words.ts'
import { yamlPlace } from './place-of.ts'
import { indexOfWords, tokensOf, tokensOfId } from './tokens.ts'

/** Codes that tell what their arm is, or that differ in shape. */
export function lintArmCodes(source: StudySource, words: ArmWords, leaks: Leaks): void {
  const { arms, restricted } = source.study
  const codes = arms.map(({ code }) => code)
  const meanings = codes.map((code) => {
    const arm = restricted.arms[code]
    return arm === undefined ? [] : [arm.role, ...Object.values(arm.text)]
  })
  const row = isRow(codes)
  codes.forEach((code, index) => {
    const place = yamlPlace(source, ['arms', index, 'code'])
    if (
      words.inId(code) !== undefined ||
      /\b(act|ctl|ctr|exp|std|soc)\b/i.test(tokensOfId(code).words.join(' '))
    )
      leaks.add('arm-code-tells', place, `the code ${code} holds a word for an arm`)
    else if (abbreviates(code, index, meanings, row))
      leaks.add('arm-code-tells', place, `the code ${code} abbreviates what the restricted part says of it`)
    else if (holdsStrength(code, index, meanings))
      leaks.add(
        'arm-code-tells',
        place,
        `the code ${code} holds a number of what the restricted part says of it`,
      )
    else if (shapeOf(code) !== shapeOf(codes[0] as string))
      leaks.add('arm-code-shape', place, `the code ${code} has another shape than ${codes[0]}`)
  })
}

const shapeOf = (code: string): string =>
  code.replace(/[a-z]/g, 'a').replace(/[A-Z]/g, 'A').replace(/\d/g, '0')

/** Codes that differ in one letter or number and count on from one to the next, in any order: A B C, G1 G2. */
function isRow(codes: readonly string[]): boolean {
  const numbers = codes.map((code) => /^(.*?)(\d+|[A-Za-z])$/.exec(code))
  if (numbers.some((match) => match === null || match[1] !== numbers[0]?.[1])) return false
  const values = numbers.map((match) => {
    const last = match?.[2] as string
    return /\d/.test(last) ? Number(last) : last.charCodeAt(0)
  })
  values.sort((a, b) => a - b)
  return values.every((value, at) => at === 0 || value === (values[at - 1] as number) + 1)
}

/** The code's letters begin, or are the consonants or initials of, a word of its own arm and of no other. */
function abbreviates(
  code: string,
  index: number,
  meanings: readonly (readonly string[])[],
  row: boolean,
): boolean {
  const letters = tokensOfId(code)
    .words.filter((one) => /^[a-z]/.test(one))
    .join('')
  if (letters === '' || (row && letters.length < 3)) return false
  const fits = (texts: readonly string[]): boolean =>
    texts.some((text) => {
      const { words } = tokensOfId(text)
      const initials = words.map((one) => one[0]).join('')
      return (
        (words.length > 1 && letters === initials) ||
        words.some(
          (one) =>
            one.startsWith(letters) ||
            (letters.length > 1 && one[0] === letters[0] && isWithin(letters, one)),
        )
      )
    })
  return fits(meanings[index] ?? []) && !meanings.every((texts) => fits(texts))
}

/** The letters stand in the word in that order: `pbo` in `placebo`. */
function isWithin(letters: string, word: string): boolean {
  let at = 0
  for (const one of word) if (one === letters[at]) at += 1
  return at === letters.length
}

function holdsStrength(code: string, index: number, meanings: readonly (readonly string[])[]): boolean {
  const numbers = (texts: readonly string[]) =>
    new Set(texts.flatMap((text) => tokensOf(text).words.filter((one) => /^\d/.test(one))))
  const own = numbers(meanings[index] ?? [])
  return tokensOfId(code).words.some(
    (one) => one.length >= 2 && own.has(one) && !meanings.every((texts) => numbers(texts).has(one)),
  )
}

const groups = new Set(groupWords)

/** Ids, texts and conditions outside of "restricted" that name an arm's code. */
export function lintCodesOutside(
  source: StudySource,
  files: ReadonlyMap<string, string>,
  leaks: Leaks,
): void {
  const codes = source.study.arms.map(({ code }) => code)
  const named = codeFinder(codes)
  const {
    restricted: _,
    arms: __,
    'blinding-allow': ___,
    ...open
  } = source.study as unknown as Record<string, unknown>
  walk(open, [], (text, path) => {
    const literals = path.at(-1) === 'when' ? stringLiterals(text) : [text]
    const code = literals.map((one) => named(one, path.at(-1) !== 'when')).find((one) => one !== undefined)
    if (code !== undefined)
      leaks.add('arm-code-outside', yamlPlace(source, path), `the arm code ${code} is named`)
  })
  for (const { id, path } of twinIds(source.study, codes))
    leaks.add('arm-code-outside', yamlPlace(source, path), `${id} and its twin differ by arm codes alone`)
  for (const [file, content] of files) {
    if (!file.endsWith('.json')) continue
    const lines = linesOf(file, content)
    eachFormString(JSON.parse(content), (text, member, linkId) => {
      if (member === 'data' || member === 'system' || (member === 'url' && linkId !== undefined)) return
      const code = named(text, true)
      if (code !== undefined)
        leaks.add('arm-code-outside', lines.place(text, linkId), `the arm code ${code} is named`)
    })
  }
}

type Named = { readonly id: string; readonly path: readonly (string | number)[] }

/** Ids and form files that are the same but for a letter that is an arm's code: `diary-a`, `diary-b`. */
function twinIds(study: StudySource['study'], codes: readonly string[]): readonly Named[] {
  const letters = new Set(codes.filter((code) => /^[A-Za-z]$/.test(code)).map((code) => code.toLowerCase()))
  const named: Named[] = study.forms.map(({ file }, index) => ({ id: file, path: ['forms', index, 'file'] }))
  for (const member of ['checks', 'alerts', 'messages', 'scores', 'doses', 'visits', 'anchors'] as const)
    study[member]?.forEach(({ id }, index) => void named.push({ id, path: [member, index, 'id'] }))
  const twins = new Map<string, Map<string, Named>>()
  for (const one of named) {
    const { words } = tokensOfId(one.id)
    words.forEach((word, at) => {
      if (!letters.has(word)) return
      const stem = words.with(at, '*').join('-')
      twins.set(stem, (twins.get(stem) ?? new Map()).set(word, one))
    })
  }
  return [...twins.values()]
    .filter((byLetter) => byLetter.size > 1)
    .flatMap((byLetter) => [...byLetter.values()])
}

/**
 * A code of two signs or more counts wherever it stands as written; a shorter one beside a word for a group only
 * (`arm-a`, "group B"), because A is a word and 1 a number.
 */
function codeFinder(codes: readonly string[]): (text: string, loose: boolean) => string | undefined {
  const long = codes.filter((code) => code.length >= 2 && !/^\d{1,3}$/.test(code))
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${long.map(escaped).join('|')})(?![\\p{L}\\p{N}])`, 'u')
  const words = codes.map((code) => ({ code, words: tokensOfId(code).words }))
  return (text, loose) => {
    const found = long.length === 0 ? undefined : pattern.exec(text)?.[1]
    if (found !== undefined) return found
    if (!loose) return undefined
    const tokens = tokensOfId(text)
    const chinese = codes.find((code) =>
      new RegExp(`(${escaped(code)}\\s?组|组\\s?${escaped(code)}(?![\\p{L}\\p{N}]))`, 'u').test(text),
    )
    if (chinese !== undefined) return chinese
    return words.find(({ words: code }) => {
      const at = indexOfWords(tokens.words, code)
      return at >= 0 && isGroup(tokens.words[at - 1])
    })?.code
  }
}

const isGroup = (word: string | undefined): boolean =>
  word !== undefined && groups.has(word) && !/^(patient|subject|participant|paciente)/.test(word)

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function walk(
  value: unknown,
  path: readonly (string | number)[],
  visit: (text: string, path: readonly (string | number)[]) => void,
): void {
  if (typeof value === 'string') visit(value, path)
  else if (Array.isArray(value))
    for (const [index, one] of value.entries()) walk(one, [...path, index], visit)
  else if (typeof value === 'object' && value !== null)
    for (const [member, inner] of Object.entries(value as Json)) walk(inner, [...path, member], visit)
}
