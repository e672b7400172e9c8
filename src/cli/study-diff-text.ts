// A study diff as people read it: what is different, by area, then what falls due otherwise, then who is touched.
import type { DueDifference } from '../study/package/diff-due.ts'
import type { ChangeKind, StudyChange } from '../study/package/diff-study.ts'
import { countText } from './figures.ts'
import type { StudyDiff } from './study-diff.ts'
import type { Radius } from './study-radius.ts'
import { tableText } from './tables.ts'

const signs: Readonly<Record<ChangeKind, string>> = {
  added: '+',
  removed: '-',
  changed: '~',
  text: '~',
  reordered: '~',
  note: '~',
  'translation-to-review': '!',
  'version-not-raised': '!',
}

/** The whole diff. */
export function diffText(diff: StudyDiff): string {
  const { older, newer, changes, due, touched } = diff
  const head = `${older.studyId} version ${older.version} → ${newer.version}`
  if (changes.length === 0 && due.length === 0) return `${head}: nothing differs.`
  const areas = Map.groupBy(changes, ({ area }) => area)
  return [
    `${head}: ${countText(changes.length)} ${changes.length === 1 ? 'change' : 'changes'}${attention(changes)}`,
    ...[...areas].map(([area, of]) => `${titleOf(area)} (${of.length})\n${of.map(changeLine).join('\n')}`),
    dueText(due),
    ...(touched === null ? [] : [touchedText(touched)]),
  ].join('\n\n')
}

/** What somebody must look at before the version is published. */
function attention(changes: readonly StudyChange[]): string {
  const count = (kind: ChangeKind) => changes.filter((change) => change.kind === kind).length
  const [translations, versions] = [count('translation-to-review'), count('version-not-raised')]
  return [
    ...(translations === 0
      ? []
      : [`, ${translations} ${translations === 1 ? 'translation' : 'translations'} to review`]),
    ...(versions === 0
      ? []
      : [`, ${versions} changed without a new version of ${versions === 1 ? 'its' : 'their'} own`]),
  ].join('')
}

const titleOf = (area: string): string => area.charAt(0).toUpperCase() + area.slice(1)

function changeLine({ kind, path, member, language, before, after }: StudyChange): string {
  const where = path.length === 0 ? 'study' : path.join(' › ')
  const what = [member, language].filter((word) => word !== undefined).join(' in ')
  const named = what === '' ? where : `${where}: ${what}`
  const say = (words: string) => `  ${signs[kind]} ${words}`
  if (kind === 'added') return say(`${where} is new${after === undefined ? '' : ` (version ${after})`}`)
  if (kind === 'removed') return say(`${where} is gone${before === undefined ? '' : ` (version ${before})`}`)
  if (kind === 'reordered') return say(`${where}: in another order`)
  if (kind === 'note') return say(`${where} was rewritten`)
  if (kind === 'version-not-raised')
    return say(`${where}: changed, still version ${after}; raise it, because what was judged names it`)
  if (kind === 'translation-to-review')
    return say(`${named}: not changed with its source, review the translation: ${quoted(after)}`)
  if (before === undefined && after === undefined) return say(`${where} part changed (--unblinded tells how)`)
  if (before === undefined) return say(`${named} is new: ${quoted(after)}`)
  if (after === undefined) return say(`${named} is gone, was ${quoted(before)}`)
  return say(`${named}: ${quoted(before)} → ${quoted(after)}`)
}

const mostLetters = 160
const quoted = (text: string | undefined): string => {
  const one = (text ?? '').replaceAll('\n', ' ')
  return JSON.stringify(one.length > mostLetters ? `${one.slice(0, mostLetters)}…` : one)
}

function dueText(due: readonly DueDifference[]): string {
  if (due.length === 0)
    return 'What falls due for a typical patient in the first year: the same, at the same times.'
  const rows = due.map((form) => [
    form.form,
    form.before,
    form.after,
    form.added,
    form.removed,
    form.moved,
    form.first.date,
    `${form.first.before ?? 'not due'} → ${form.first.after ?? 'not due'}`,
  ])
  const right = (head: string) => ({ head, right: true }) as const
  const columns = ['form', right('due before'), right('after'), right('new'), right('gone'), right('moved')]
  return `What falls due for a typical patient in the first year:\n${tableText([...columns, 'first', 'its window'], rows)}`
}

function touchedText({ from, sites }: Radius): string {
  const sum = (of: (site: Radius['sites'][number]) => number) => sites.reduce((n, site) => n + of(site), 0)
  const rows = sites.map((site) => [
    site.site,
    site.version,
    countText(site.activePatients),
    countText(site.patientsRescheduled),
    countText(site.runningOccasions),
  ])
  const right = (head: string) => ({ head, right: true }) as const
  return [
    `If it holds from ${from}: ${countText(sum((s) => s.activePatients))} active patients, for ${countText(sum((s) => s.patientsRescheduled))} of them something falls due otherwise within 90 days;`,
    `${countText(sum((s) => s.runningOccasions))} occasions run on that day and keep the version they were due under.`,
    tableText(
      ['site', 'holds', right('active patients'), right('rescheduled'), right('running occasions')],
      rows,
    ),
  ].join('\n')
}
