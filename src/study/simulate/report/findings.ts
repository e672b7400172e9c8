// The report's lists of anomalies, and of special days that are as they must be.
import {
  type AnomalyCode,
  anomalyTexts,
  type Folded,
  foldOccasions,
  type NoteCode,
  noteTexts,
} from '../anomaly.ts'
import type { SimulationSummary } from '../summary.ts'
import { breakable, type Markup, markup, nothing, table, unbroken } from './markup.ts'
import { type ReportLanguage, type Say, sayCode } from './words.ts'

/** Notes of one kind that are told, and anomalies. */
const mostNotes = 8
const mostAnomalies = 60

/** The anomalies of each form and zone: the first with patient, occasion, instants and reason, and how many. */
export function findingsSection({ spans }: SimulationSummary, language: ReportLanguage, say: Say): Markup {
  const seen = spans.flatMap(({ anomalies }) => anomalies)
  if (seen.length === 0) return markup`<p>${say('noAnomalies')}</p>`
  const title = (code: AnomalyCode) => `${say('failedCheck')}: ${anomalyTexts[code][language]}`
  return byCode(foldOccasions(seen), title, mostAnomalies, language, say)
}

/** The notes, by kind, the first of each. */
export function notesSection({ spans }: SimulationSummary, language: ReportLanguage, say: Say): Markup {
  const seen = spans.flatMap(({ notes }) => notes)
  if (seen.length === 0) return markup`<p>${say('noAnomalies')}</p>`
  const total = new Map<string, number>()
  for (const { noteCounts } of spans)
    for (const [code, count] of Object.entries(noteCounts)) total.set(code, (total.get(code) ?? 0) + count)
  const single = seen.map((one) => ({ ...one, occasions: 1 }))
  const title = (code: NoteCode) =>
    `${noteTexts[code][language]} (${(total.get(code) ?? 0).toLocaleString('en-US')})`
  return markup`<p>${say('notesText')}</p>${byCode(single, title, mostNotes, language, say)}`
}

function byCode<Code extends string>(
  seen: readonly Folded<Code>[],
  title: (code: Code) => string,
  most: number,
  language: ReportLanguage,
  say: Say,
): Markup {
  const columns = [
    { head: say('where') },
    { head: say('zone') },
    { head: say('who') },
    { head: say('when') },
    { head: say('why') },
    { head: say('times'), kind: 'number' as const },
  ]
  const parts = [...Map.groupBy(seen, ({ first }) => first.code)].map(([code, list]) => {
    const shown = list.slice(0, most)
    const rows = shown.map((one) => rowOf(one, language, say))
    const more = list.length > shown.length ? markup`<p class="lead">… ${say('andMore')}</p>` : nothing
    return markup`<h3>${title(code)}</h3><div class="dense">${table(title(code), columns, rows)}</div>${more}`
  })
  return markup`${parts}`
}

function rowOf<Code extends string>(
  { first, count, occasions }: Folded<Code>,
  language: ReportLanguage,
  say: Say,
): (string | Markup)[] {
  const instants = Object.entries(first.instants).map(
    ([name, at]) =>
      markup`${unbroken(`${sayCode(say, instantWords[name] ?? name)} ${at.slice(0, 16).replace('T', ' ')}`)}<br>`,
  )
  const occasion = first.occasion === 'any' || first.occasion === 'event' ? '' : first.occasion
  const others = occasions > 1 ? say('andOthers').replace('#', String(occasions - 1)) : ''
  return [
    markup`${first.form} ${unbroken(occasion)} ${others}`,
    breakable(first.zone),
    markup`${unbroken(first.patient)}, ${first.site}`,
    markup`${instants}`,
    breakable(first.why[language]),
    count.toLocaleString('en-US'),
  ]
}

/** Names of instants whose word in the report is another one. */
const instantWords: Readonly<Record<string, string>> = {
  completed: 'completedAt',
  received: 'receivedAt',
  withdrew: 'withdrewAt',
}
