// The outcome of a simulation for a terminal.
import { anomalyTexts, foldOccasions, type NoteCode, noteTexts } from '../../study/simulate/anomaly.ts'
import { clockChangeText } from '../../study/simulate/report/figures.ts'
import { sayIn } from '../../study/simulate/report/words.ts'
import type { SimulationSummary, SpanSummary } from '../../study/simulate/summary.ts'
import { countText } from '../figures.ts'
import { tableText } from '../tables.ts'

/** Anomalies that are printed; the report and --json have more. */
const mostPrinted = 20
const right = (head: string) => ({ head, right: true }) as const

/** A page of text: what was run, each check with its counts, what was found, the verdict last. */
export function summaryText(summary: SimulationSummary): string {
  const { anomalies, spans } = summary
  const list = foldOccasions(spans.flatMap((span) => span.anomalies))
  const verdict =
    anomalies === 0
      ? 'No anomaly.'
      : `${countText(anomalies)} ${anomalies === 1 ? 'anomaly' : 'anomalies'}: the first of each kind, form and zone is told above.`
  const parts = [
    headText(summary),
    ...spans.map(spanText),
    checksText(spans),
    notesText(spans),
    anomalyText(list),
    neverDueText(summary.neverDue),
  ]
  return [...parts.filter((part) => part !== ''), verdict].join('\n\n')
}

function headText({ study, amendment, seed, patients, spans }: SimulationSummary): string {
  const each = spans.length > 1 ? ' in each span' : ''
  const head = `${study.id} version ${study.version} (${study.sha256.slice(0, 16)}), ${countText(patients)} virtual patients${each}, seed ${seed}`
  if (amendment === null) return head
  const sites = amendment.adoptedOn.map(({ siteId, from }) => `site ${siteId} from ${from}`).join(', ')
  return `${head}\namendment: version ${amendment.version} (${amendment.sha256.slice(0, 16)}), ${sites}`
}

function spanText({ span, counts, clockChanges, load }: SpanSummary): string {
  const changes =
    clockChanges.length === 0
      ? 'no site changes its clocks in this span: it shows nothing about such days'
      : clockChanges.map((change) => clockChangeText(change, sayIn('en'))).join('; ')
  return [
    `${span.from} to ${span.to}: ${countText(counts.due)} due occasions, ${countText(counts.entries)} entries, ${countText(counts.scores)} scores, ${countText(counts.alerts)} alerts`,
    `  clocks: ${changes}`,
    `  on time ${countText(counts.onTime)} (received late ${countText(counts.lateReceipts)}), late ${countText(counts.late)}, missed ${countText(counts.missed)}, not evaluable ${countText(counts.notEvaluable)}, set aside ${countText(counts.quarantined)}`,
    `  fullest minute ${load.peak.at.slice(0, 16)}Z: ${countText(load.peak.entries)} entries`,
  ].join('\n')
}

function checksText(spans: readonly SpanSummary[]): string {
  const rows = (spans[0]?.checks ?? []).map(({ code }, i) => {
    const examined = spans.reduce((sum, { checks }) => sum + checks[i]!.examined, 0)
    const found = spans.reduce((sum, { checks }) => sum + checks[i]!.found, 0)
    return [
      anomalyTexts[code].en,
      countText(examined),
      examined === 0 && found === 0 ? 'not examined' : countText(found),
    ]
  })
  return tableText(['check', right('looked at'), right('anomalies')], rows)
}

const neverDueText = (forms: readonly string[]): string =>
  forms.length === 0
    ? ''
    : `Never due in these spans, so nothing is shown of it: ${forms.join(', ')}. Name days on which it is due with --from and --to.`

function notesText(spans: readonly SpanSummary[]): string {
  const total = new Map<NoteCode, number>()
  for (const { noteCounts } of spans)
    for (const [code, count] of Object.entries(noteCounts) as [NoteCode, number][])
      total.set(code, (total.get(code) ?? 0) + count)
  if (total.size === 0) return ''
  const rows = [...total].map(([code, count]) => [noteTexts[code].en, countText(count)])
  return tableText(['as it must be, worth knowing', right('times')], rows)
}

function anomalyText(anomalies: ReturnType<typeof foldOccasions>): string {
  const lines = anomalies.slice(0, mostPrinted).map(({ first, count, occasions }) => {
    const instants = Object.entries(first.instants).map(([name, at]) => `${name} ${at}`)
    const times = instants.length === 0 ? '' : `; ${instants.join(', ')}`
    const more =
      count > 1 ? ` (${countText(count)} times, ${countText(occasions)} occasions, first here)` : ''
    return `ANOMALY ${first.code}: patient ${first.patient}, site ${first.site}, ${first.form} ${first.occasion}, ${first.zone}: ${first.why.en}${times}${more}`
  })
  const rest = anomalies.length - mostPrinted
  return (rest > 0 ? [...lines, `and ${rest} more; --json and --report list them`] : lines).join('\n')
}
