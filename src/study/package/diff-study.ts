// What is different between two versions of a study, by meaning: parts added, removed and changed, texts by language,
// and which translations were left as they were although their source changed. What unblinds is told only on request.
import { type Text, textIn } from '../text.ts'
import { describeRestricted, describeStudy, type Part, type ReadStudy } from './describe-study.ts'
import { isNote } from './notes.ts'

/** How a part differs. */
export type ChangeKind =
  | 'added'
  | 'removed'
  | 'changed'
  /** A text in one language. */
  | 'text'
  /** The text in the study's first language changed, this translation did not. */
  | 'translation-to-review'
  | 'reordered'
  /** A Markdown file for people, or a picture; its content is not compared. */
  | 'note'
  /** What it does changed, but not the version that scores, judgements and responses name. */
  | 'version-not-raised'

/** One difference. */
export type StudyChange = {
  readonly kind: ChangeKind
  /** What it is about: `study`, `site`, `form`, `schedule`, `score`, `alert`, `restricted` … */
  readonly area: string
  /** The part's names from the outside in, e.g. `["form daily-diary", "item pain"]`. */
  readonly path: readonly string[]
  readonly member?: string
  readonly language?: string
  readonly before?: string
  readonly after?: string
}

/**
 * The differences from the older to the newer, in the order of the newer. Unless `unblinded`, the restricted part is told
 * in one change without its content.
 */
export function diffStudies(older: ReadStudy, newer: ReadStudy, unblinded = false): StudyChange[] {
  const source = newer.plan.languages[0] ?? 'en'
  const changes = diffParts(describeStudy(older), describeStudy(newer), [], source)
  const [before, after] = [describeRestricted(older), describeRestricted(newer)]
  const notes = [...diffNotes(older.files, newer.files), ...diffPictures(older.files, newer.files)]
  if (unblinded) return [...changes, ...notes, ...diffParts(before, after, ['restricted'], source)]
  const same = JSON.stringify(older.study.restricted) === JSON.stringify(newer.study.restricted)
  return [
    ...changes,
    ...notes,
    ...(same ? [] : [{ kind: 'changed' as const, area: 'restricted', path: ['restricted'] }]),
  ]
}

/** Pictures whose name stayed and whose content did not; added and removed ones are told with what names them. */
const diffPictures = (
  older: ReadonlyMap<string, string>,
  newer: ReadonlyMap<string, string>,
): StudyChange[] =>
  [...newer.keys()]
    .filter((name) => name.endsWith('.svg') && older.has(name) && older.get(name) !== newer.get(name))
    .map((name) => ({ kind: 'note', area: 'picture', path: [name] }))

/** Notes by their names only: they may say what the arms are. */
function diffNotes(older: ReadonlyMap<string, string>, newer: ReadonlyMap<string, string>): StudyChange[] {
  const names = [...new Set([...newer.keys(), ...older.keys()])].filter(isNote)
  return names.flatMap((name): StudyChange[] => {
    const at = { area: 'notes', path: [name] }
    if (!older.has(name)) return [{ kind: 'added', ...at }]
    if (!newer.has(name)) return [{ kind: 'removed', ...at }]
    return older.get(name) === newer.get(name) ? [] : [{ kind: 'note', ...at }]
  })
}

function diffParts(older: Part, newer: Part, path: readonly string[], source: string): StudyChange[] {
  const area = path.length === 0 ? 'study' : (path[0]!.split(' ')[0] as string)
  const at = { area, path }
  const own = [...diffFacts(older, newer, at), ...diffTexts(older, newer, at, source)]
  const pairs = pairUp(older.parts, newer.parts)
  const inner = pairs.flatMap(([before, after]): StudyChange[] => {
    const part = (after ?? before)!
    const name = part.id === '' ? part.kind : `${part.kind} ${part.id}`
    const inside = [...path, name]
    if (before !== undefined && after !== undefined) return diffParts(before, after, inside, source)
    const where = { area: path.length === 0 ? part.kind : area, path: inside }
    const version = part.facts.get('version')
    const said = version === undefined ? {} : { member: 'version' }
    if (before === undefined)
      return [{ kind: 'added', ...where, ...said, ...(version === undefined ? {} : { after: version }) }]
    return [{ kind: 'removed', ...where, ...said, ...(version === undefined ? {} : { before: version }) }]
  })
  const order = isReordered(older, newer) ? [{ kind: 'reordered' as const, ...at }] : []
  const all = [...own, ...order, ...inner]
  return [...all, ...versionNotRaised(older, newer, all, at)]
}

type At = { readonly area: string; readonly path: readonly string[] }

function diffFacts(older: Part, newer: Part, at: At): StudyChange[] {
  const members = new Set([...newer.facts.keys(), ...older.facts.keys()])
  return [...members].flatMap((member) => {
    const [before, after] = [older.facts.get(member), newer.facts.get(member)]
    if (before === after) return []
    const area = areaOf(member, at)
    return [{ kind: 'changed' as const, ...at, area, member, ...sides(before, after) }]
  })
}

/** A form's schedule and a group of the study's own members, such as `roles`, are areas of their own. */
function areaOf(member: string, { area, path }: At): string {
  if (member.startsWith('schedule') || path[1]?.startsWith('schedule')) return 'schedule'
  return path.length === 0 && member.includes('.') ? (member.split('.')[0] as string) : area
}

const sides = (before: string | undefined, after: string | undefined) => ({
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
})

function diffTexts(older: Part, newer: Part, at: At, source: string): StudyChange[] {
  const members = new Set([...newer.texts.keys(), ...older.texts.keys()])
  return [...members].flatMap((member) => {
    const [before, after] = [older.texts.get(member) ?? {}, newer.texts.get(member) ?? {}]
    const tags = [...new Set([...Object.keys(after), ...Object.keys(before)])]
    const isNewSource = Object.keys(before).length > 0 && textIn(before, source) !== textIn(after, source)
    return tags.flatMap((language) => changeOf(before, after, language, { ...at, member }, isNewSource))
  })
}

function changeOf(
  before: Text,
  after: Text,
  language: string,
  at: At & { readonly member: string },
  isNewSource: boolean,
): StudyChange[] {
  const [old, now] = [before[language], after[language]]
  if (old !== now) return [{ kind: 'text', ...at, language, ...sides(old, now) }]
  if (!isNewSource || now === undefined) return []
  return [{ kind: 'translation-to-review', ...at, language, after: now }]
}

/** Parts of the same kind and id; of several, those with the same version first, then the last of each side. */
function pairUp(
  older: readonly Part[],
  newer: readonly Part[],
): readonly (readonly [Part | undefined, Part | undefined])[] {
  const left = new Set(older)
  const take = (fits: (part: Part) => boolean): Part | undefined => {
    const found = [...left].findLast(fits)
    if (found !== undefined) left.delete(found)
    return found
  }
  const same = (a: Part, b: Part) => a.kind === b.kind && a.id === b.id
  const partners = new Map<Part, Part>()
  for (const exact of [true, false])
    for (const part of newer.toReversed()) {
      if (partners.has(part)) continue
      const found = take(
        (other) => same(other, part) && (!exact || other.facts.get('version') === part.facts.get('version')),
      )
      if (found !== undefined) partners.set(part, found)
    }
  const removed = older.filter((part) => left.has(part)).map((part) => [part, undefined] as const)
  return [...newer.map((part) => [partners.get(part), part] as const), ...removed]
}

/** Items and options of the same names in another order. */
function isReordered(older: Part, newer: Part): boolean {
  const ids = (part: Part, other: Part) =>
    part.parts
      .filter((one) => other.parts.some((two) => two.kind === one.kind && two.id === one.id))
      .map((one) => `${one.kind} ${one.id}`)
  const ordered = newer.kind === 'form' || newer.kind === 'item'
  return ordered && ids(older, newer).join('\n') !== ids(newer, older).join('\n')
}

const judging = new Set(['score', 'scoring', 'check', 'alert', 'message', 'deviation', 'dose', 'form'])

/** Texts of a rule may be corrected; what it does may not change under the same version. A form's texts are what it asks. */
function versionNotRaised(older: Part, newer: Part, changes: readonly StudyChange[], at: At): StudyChange[] {
  const version = newer.facts.get('version')
  if (!judging.has(newer.kind) || version === undefined || older.facts.get('version') !== version) return []
  const telling = changes.filter(({ kind, area, member }) =>
    newer.kind === 'form'
      ? area !== 'schedule' && member !== 'file'
      : kind !== 'text' && kind !== 'translation-to-review',
  )
  return telling.length === 0
    ? []
    : [{ kind: 'version-not-raised', ...at, member: 'version', after: version }]
}
