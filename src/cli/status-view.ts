// What `levee status` makes of the server's counters: rates and percentiles over a window, and the page of text.
// Pure. The server only counts; two readings and their difference tell what happened in between.

import type { ServerStatus } from '../api/control/server.ts'
import type { StudyLedger } from '../api/ledger.ts'
import { type LagCounts, quantileMs, since } from '../system/lag-histogram.ts'
import { bytesText, countText, durationText, msText } from './figures.ts'
import type { StatusWords } from './status-words.ts'
import { pairsText, tableText } from './tables.ts'

/** What happened in a span of time; percentiles in milliseconds, upper bounds of their bucket, undefined if nothing happened. */
export type SpanFigures = {
  readonly seconds: number
  readonly receivedPerSecond: number
  readonly duplicatesPerSecond: number
  readonly acknowledgedP50Ms: number | undefined
  readonly acknowledgedP99Ms: number | undefined
  readonly appliedP50Ms: number | undefined
  readonly appliedP99Ms: number | undefined
}

export type StatusFigures = {
  readonly lastSecond: SpanFigures
  readonly lastTenSeconds: SpanFigures
  readonly sinceStart: SpanFigures
  /** Entries in the journal that processing has not taken. */
  readonly backlog: number
}

/** Readings of one server, about a second apart, oldest first; at least one. */
export function figuresOf(readings: readonly ServerStatus[]): StatusFigures {
  const now = readings.at(-1)!
  return {
    lastSecond: span(readings.at(-2) ?? now, now),
    lastTenSeconds: span(readings[0]!, now),
    sinceStart: span(undefined, now),
    backlog: now.ledger.studies.reduce((sum, study) => sum + study.waiting, 0),
  }
}

function span(before: ServerStatus | undefined, now: ServerStatus): SpanFigures {
  const seconds = (now.now - (before?.now ?? now.startedAt)) / 1000
  const perSecond = (count: number) => (seconds > 0 ? Math.round((count / seconds) * 10) / 10 : 0)
  const acknowledged = between(before?.acknowledged, now.acknowledged)
  const lag = between(before?.processing.lag, now.processing.lag)
  return {
    seconds,
    receivedPerSecond: perSecond(now.received - (before?.received ?? 0)),
    duplicatesPerSecond: perSecond(now.duplicates - (before?.duplicates ?? 0)),
    acknowledgedP50Ms: quantileMs(acknowledged, 0.5),
    acknowledgedP99Ms: quantileMs(acknowledged, 0.99),
    appliedP50Ms: quantileMs(lag, 0.5),
    appliedP99Ms: quantileMs(lag, 0.99),
  }
}

/** A restarted processing thread counts from nothing again; then all it has counted is new. */
function between(before: LagCounts | undefined, now: LagCounts): LagCounts {
  return before === undefined || before.count > now.count ? now : since(before, now)
}

/** The ledger equation of a study in words (P4), without its verdict. */
export function equationText(s: StudyLedger, words: StatusWords): string {
  const n = countText
  return (
    `${words.received} ${n(s.received)} = ${words.applied} ${n(s.applied)} + ${words.quarantined} ${n(s.quarantined)}` +
    ` + ${words.inFlight} ${n(s.inFlight)} (${words.waiting} ${n(s.waiting)}, ${words.retrying} ${n(s.retrying)})` +
    ` + ${words.dead} ${n(s.dead)}`
  )
}

/** The whole page. `mark` colours the verdicts. */
export function statusText(
  readings: readonly ServerStatus[],
  words: StatusWords,
  mark: (good: boolean, text: string) => string,
): string {
  const now = readings.at(-1)!
  const figures = figuresOf(readings)
  const doors = [
    `HTTP ${now.addresses.http}`,
    ...(now.addresses.grpc === '' ? [] : [`gRPC ${now.addresses.grpc}`]),
  ]
  const parts = [
    `Levee ${now.version}  pid ${now.pid}  ${words.up} ${durationText(now.now - now.startedAt)}  ${doors.join('  ')}`,
    spansText(figures, words),
    pairsText(partsPairs(now, figures.backlog, words)),
    now.troubles.map((trouble) => mark(false, `${words.trouble}: ${trouble}`)).join('\n'),
    now.ledger.studies.map((study) => ledgerText(study, words, mark)).join('\n') || words.noEntries,
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function spansText({ lastSecond, lastTenSeconds, sinceStart }: StatusFigures, words: StatusWords): string {
  const spans = [lastSecond, lastTenSeconds, sinceStart]
  const right = (head: string) => ({ head, right: true }) as const
  return tableText(
    ['', right(words.lastSecond), right(words.lastTen), right(words.sinceStart)],
    [
      [words.rate, ...spans.map((s) => countText(s.receivedPerSecond))],
      [words.duplicates, ...spans.map((s) => countText(s.duplicatesPerSecond))],
      [words.ack50, ...spans.map((s) => msText(s.acknowledgedP50Ms))],
      [words.ack99, ...spans.map((s) => msText(s.acknowledgedP99Ms))],
      [words.lag50, ...spans.map((s) => msText(s.appliedP50Ms))],
      [words.lag99, ...spans.map((s) => msText(s.appliedP99Ms))],
    ],
  )
}

function partsPairs(now: ServerStatus, backlog: number, words: StatusWords): [string, string][] {
  const { journal, processing } = now
  const problems = Object.entries(now.problems).map(([code, n]) => `${code} ${countText(n)}`)
  const lanes =
    processing.closedLanes === 0 ? '' : `, ${countText(processing.closedLanes)} ${words.closedLanes}`
  return [
    [
      words.journal,
      `${countText(journal.waiting)} ${words.queue}, ${words.position} ${countText(journal.position)}, ${words.lastCommit} ${msText(journal.commitMs)}`,
    ],
    [
      words.processing,
      `${words.backlog} ${countText(backlog)}, ${processing.running ? words.running : words.restarting}, ${words.restarts} ${processing.restarts}${lanes}`,
    ],
    [words.sending, sendingText(now.outbox, words)],
    [
      words.memory,
      `${bytesText(now.memoryBytes)} (${words.peak} ${bytesText(now.peakMemoryBytes)}), ${words.devices} ${countText(now.devices)}`,
    ],
    ...signaturePairs(now.signatures, words),
    [words.problems, problems.join(', ') || words.none],
  ]
}

/** Nothing where no device signs. */
function signaturePairs(
  { waiting, verified, failed }: ServerStatus['signatures'],
  words: StatusWords,
): [string, string][] {
  if (waiting + verified + failed === 0) return []
  const bad = failed === 0 ? '' : `, ${countText(failed)} ${words.doNotVerify}`
  return [
    [
      words.signatures,
      `${countText(verified)} ${words.verified}, ${countText(waiting)} ${words.waiting}${bad}`,
    ],
  ]
}

function sendingText({ open, givenUp, sender }: ServerStatus['outbox'], words: StatusWords): string {
  const parts = [`${countText(open)} ${words.waiting}`, `${countText(givenUp)} ${words.givenUp}`]
  if (sender === undefined) parts.push(words.notSending)
  else if (sender.failures > 0) parts.push(`${words.receiverFails} (${sender.lastOutcome})`)
  return parts.join(', ')
}

function ledgerText(
  study: StudyLedger,
  words: StatusWords,
  mark: (good: boolean, text: string) => string,
): string {
  const verdict = mark(study.balanced, study.balanced ? `✓ ${words.balanced}` : `✗ ${words.unbalanced}`)
  const declared = study.declared === 0 ? '' : `\n  ${words.declared}: ${countText(study.declared)}`
  return `${study.studyId}: ${equationText(study, words)}  ${verdict}${declared}`
}
