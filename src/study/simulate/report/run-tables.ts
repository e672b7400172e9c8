// The report's tables on what was run and which checks it passed.
import { anomalyTexts } from '../anomaly.ts'
import type { SimulationSummary, SpanSummary, StudyFacts } from '../summary.ts'
import { clockChangeText } from './figures.ts'
import { type Markup, markup, table } from './markup.ts'
import { type ReportLanguage, type Say, sayCode, type Word } from './words.ts'

const count = (n: number): string => n.toLocaleString('en-US')
const code = (text: string): Markup => markup`<span class="code">${text}</span>`

/** Study, versions, hashes, software, seed, spans. */
export function factsTable(summary: SimulationSummary, say: Say): Markup {
  const { study, amendment, software, seed, patients, spans, sites, arms } = summary
  const rows: (readonly [string, string | Markup])[] = [
    [say('study'), study.id],
    [say('version'), study.version],
    [say('content'), code(study.sha256)],
    ...(amendment === null ? [] : amendmentRows(amendment, say)),
    [say('software'), `Levee ${software}`],
    [say('seed'), `${seed} (${say('seedMeans')})`],
    [say('patients'), `${count(patients)} ${spans.length > 1 ? say('inEachSpan') : ''}`],
    [say('sites'), sites.map(({ id, zone }) => `${id} ${zone}`).join(', ')],
    [say('arms'), arms.join(', ')],
    ...spans.map((span) => [say('spans'), spanFacts(span, say)] as const),
  ]
  return markup`<div class="facts">${table(say('whatRan'), [{ head: '' }, { head: '' }], rows)}</div>`
}

const amendmentRows = (amendment: StudyFacts, say: Say): (readonly [string, Markup | string])[] => [
  [say('amendment'), `${say('version')} ${amendment.version}`],
  [say('amendmentContent'), code(amendment.sha256)],
]

function spanFacts({ span, clockChanges }: SpanSummary, say: Say): Markup {
  const changes =
    clockChanges.length === 0
      ? [markup`<br>${say('noClockChange')}`]
      : clockChanges.map((change) => markup`<br>${clockChangeText(change, say)}`)
  return markup`${span.from} ${say('to')} ${span.to}${changes}`
}

const shownCounts: readonly (keyof SpanSummary['counts'] & Word)[] = [
  'due',
  'entries',
  'onTime',
  'late',
  'early',
  'missed',
  'notEvaluable',
  'lateReceipts',
  'quarantined',
  'secondEntries',
  'events',
  'scores',
  'alerts',
  'travellers',
  'withdrawn',
  'endedEarly',
]

/** How much of everything there was, one column for each span. */
export function countsTable({ spans }: SimulationSummary, say: Say): Markup {
  const columns = [
    { head: '' },
    ...spans.map(({ span }) => ({ head: `${span.from}…`, kind: 'number' as const })),
  ]
  const rows = shownCounts.map((name) => [say(name), ...spans.map(({ counts }) => count(counts[name]))])
  const behaviours = [...new Set(spans.flatMap(({ byBehaviour }) => Object.keys(byBehaviour)))].map(
    (name) => [
      `${say('behaviours')}: ${sayCode(say, name)}`,
      ...spans.map(({ byBehaviour }) => count(byBehaviour[name] ?? 0)),
    ],
  )
  return table(say('whatRan'), columns, [...rows, ...behaviours])
}

/** Each check with what it looked at, over all spans. */
export function checksSection({ spans }: SimulationSummary, language: ReportLanguage, say: Say): Markup {
  const columns = [
    { head: say('check') },
    { head: say('examined'), kind: 'number' as const },
    { head: say('found'), kind: 'number' as const },
    { head: say('result') },
  ]
  const rows = (spans[0]?.checks ?? []).map(({ code: name }, i) => {
    const all = spans.map(({ checks }) => checks[i]!)
    const examined = all.reduce((sum, one) => sum + one.examined, 0)
    const found = all.reduce((sum, one) => sum + one.found, 0)
    return [anomalyTexts[name][language], count(examined), count(found), resultOf(examined, found, say)]
  })
  return table(say('checks'), columns, rows)
}

function resultOf(examined: number, found: number, say: Say): Markup {
  if (found > 0) return markup`<span class="bad">${say('failed')}</span>`
  if (examined === 0) return markup`<span class="none">${say('notExamined')}</span>`
  return markup`<span class="good">${say('passed')}</span>`
}
