// What `levee load` says at the end, and when it has bad news.
import type { StudyLedger } from '../api/ledger.ts'
import { bytesText, countText, durationText, msText } from './figures.ts'
import type { HistoryReport } from './load/history.ts'
import type { LoadSummary } from './load/load-counts.ts'
import { equationText } from './status-view.ts'
import { statusWords } from './status-words.ts'
import { pairsText } from './tables.ts'

/** A run with its checks. `ledger` is that of the study when nothing was waiting; undefined where it has no entry. */
export type LoadOutcome = LoadSummary & {
  readonly study: string
  readonly history: HistoryReport
  readonly ledger: StudyLedger | undefined
  readonly peakMemoryBytes: number
}

/** Good when every promise held. `why` names the broken ones in words. */
export function loadVerdict(outcome: LoadOutcome): { good: boolean; why: string[] } {
  const { history, counts, ledger, outstanding } = outcome
  const { verdicts } = history
  const why: string[] = []
  const count = (n: number, what: string) => {
    if (n > 0) why.push(`${countText(n)} ${what}`)
  }
  count(verdicts['acked-LOST'], 'acknowledged and lost')
  count(verdicts.DUPLICATED, 'in effect more than once')
  count(verdicts.CORRUPT, 'kept otherwise than sent')
  count(counts.duplicatesWrong, 'duplicates answered otherwise than the first time')
  count(counts.serverErrors, 'answers 5xx that are neither 503 nor 507')
  count(counts.refused, 'submissions refused')
  count(outstanding, 'submissions without an answer at the end')
  if (counts.scheduled > 0 && counts.acknowledged === 0) why.push('nothing was acknowledged')
  if (ledger !== undefined && !ledger.balanced) why.push('the ledger is not balanced')
  return { good: why.length === 0, why }
}

/** The report for people. */
export function reportText(outcome: LoadOutcome): string {
  const { counts, latency, departure, history, ledger } = outcome
  const { good, why } = loadVerdict(outcome)
  const failures = Object.values(counts.failures).reduce((sum, n) => sum + n, 0)
  const retries = counts.sent - counts.scheduled - counts.duplicatesSent
  const losses = `${countText(counts.simulatedLosses)} after a connection lost on purpose`
  const busy = `${countText(counts.overloaded)} after 503 or 507, ${countText(failures)} after a failed connection`
  const pairs: [string, string][] = [
    ['sent', `${countText(counts.scheduled)} submissions in ${durationText(outcome.elapsedMs)}`],
    ['acknowledged', `${countText(counts.acknowledged)}, ${countText(Math.round(outcome.ratePerSecond))}/s`],
    [
      'latency',
      `p50 ${msText(latency.p50Ms)}  p95 ${msText(latency.p95Ms)}  p99 ${msText(latency.p99Ms)}  max ${msText(latency.maxMs)}, from the scheduled instant`,
    ],
    ['', `of which this program's own delay: p50 ${msText(departure.p50Ms)}  p99 ${msText(departure.p99Ms)}`],
    ['retries', `${countText(retries)}: ${losses}, ${busy}`],
    [
      'duplicates',
      `${countText(counts.duplicatesRight)} of ${countText(counts.duplicatesSent)} answered with the same receipt`,
    ],
    ['memory', `${bytesText(outcome.peakMemoryBytes)} at the server's peak under the load`],
  ]
  return [
    pairsText(pairs),
    classesText(history),
    `${outcome.study}: ${ledger === undefined ? 'no entries' : equationText(ledger, statusWords.en)}`,
    good ? '✓ nothing lost, nothing doubled, nothing altered; the ledger is balanced' : `✗ ${why.join('; ')}`,
  ].join('\n\n')
}

function classesText(history: HistoryReport): string {
  const classes = Object.entries(history.verdicts).map(([verdict, n]) => [verdict, countText(n)] as const)
  const open = Object.entries(history.notApplied).filter(([, n]) => n > 0)
  const notes: (readonly [string, string])[] =
    open.length === 0
      ? []
      : [['kept, not applied', open.map(([state, n]) => `${countText(n)} ${state}`).join(', ')]]
  if (history.foreign > 0) notes.push(["others' submissions", countText(history.foreign)])
  const breaches = history.breaches.map(
    ({ submissionId, verdict, why }) => `${submissionId}  ${verdict}: ${why}`,
  )
  return [pairsText([...classes, ...notes]), ...breaches].join('\n')
}
