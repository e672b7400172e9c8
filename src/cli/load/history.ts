// The history checker: compares what a client was told with what the server kept, one verdict for each id.
// Pure; serves `levee load`, the crash suite and the bench. The classes in capitals are broken promises:
// acked-LOST breaks P1, DUPLICATED breaks P3, CORRUPT means that other bytes or another place were kept.
import type { ClientLog, SentEntry } from './client-log.ts'

/** One submission as the server has it. `timesApplied` counts its effects on study data. */
export type KeptEntry = {
  submissionId: string
  sha256: string
  state: 'received' | 'applied' | 'quarantined' | 'retrying' | 'dead'
  timesApplied: number
  /** Journal position, where the view knows it. */
  position?: number
}

/** `unknown-present` and `unknown-absent` are both right: the client had no answer. */
export type Verdict =
  | 'acked-present'
  | 'acked-LOST'
  | 'unknown-present'
  | 'unknown-absent'
  | 'DUPLICATED'
  | 'CORRUPT'

/** A broken promise: the id, its verdict and, in plain words, what is wrong. */
export type Breach = { submissionId: string; verdict: Verdict; why: string }

/** The sum. `breaches` holds the first 100; `notApplied` counts acknowledged ids that are not `applied`, by state. */
export type HistoryReport = {
  checked: number
  verdicts: Record<Verdict, number>
  notApplied: Record<Exclude<KeptEntry['state'], 'applied'>, number>
  /** Ids the server has and this client never sent. */
  foreign: number
  breaches: Breach[]
  /** True when there is no breach: nothing lost, doubled or altered. */
  kept: boolean
}

const verdicts = [
  'acked-present',
  'acked-LOST',
  'unknown-present',
  'unknown-absent',
  'DUPLICATED',
  'CORRUPT',
] as const satisfies Verdict[]
const breachesShown = 100

/** The verdict on one id, from what the server has under it and how often its view named it. */
export function judgeId(
  sent: SentEntry,
  kept: KeptEntry | undefined,
  timesNamed = 1,
): { verdict: Verdict; why: string } {
  if (kept === undefined)
    return sent.state === 'acked'
      ? { verdict: 'acked-LOST', why: 'acknowledged, and the server does not have it' }
      : { verdict: 'unknown-absent', why: '' }
  if (timesNamed > 1) return { verdict: 'DUPLICATED', why: 'kept more than once' }
  if (kept.timesApplied > 1) return { verdict: 'DUPLICATED', why: `applied ${kept.timesApplied} times` }
  if (kept.sha256.toLowerCase() !== sent.sha256)
    return { verdict: 'CORRUPT', why: 'the kept content has another SHA-256 than the sent one' }
  if (kept.state === 'applied' && kept.timesApplied === 0)
    return { verdict: 'CORRUPT', why: 'called applied, and it changed nothing' }
  if (sent.position !== undefined && kept.position !== undefined && sent.position !== kept.position)
    return { verdict: 'CORRUPT', why: `receipt for position ${sent.position}, kept at ${kept.position}` }
  return { verdict: sent.state === 'acked' ? 'acked-present' : 'unknown-present', why: '' }
}

/**
 * Checks the whole log against the server's view, which may come in any order and hold other clients' ids.
 * Memory: one byte an id, and a line for each breach.
 */
export async function checkHistory(
  log: ClientLog,
  view: AsyncIterable<KeptEntry> | Iterable<KeptEntry>,
): Promise<HistoryReport> {
  const report = emptyReport()
  /** For each row its verdict's number + 1, or 0 while the view has not named it. */
  const judged = new Uint8Array(log.size)
  const whys = new Map<number, string>()
  const judge = (row: number, sent: SentEntry, kept: KeptEntry | undefined, timesNamed: number) => {
    const { verdict, why } = judgeId(sent, kept, timesNamed)
    judged[row] = verdicts.indexOf(verdict) + 1
    if (why !== '') whys.set(row, why)
  }
  for await (const kept of view) {
    const row = log.rowOf(kept.submissionId)
    if (row < 0) {
      report.foreign++
      continue
    }
    const timesNamed = judged[row] === 0 ? 1 : 2
    judge(row, log.entry(row), kept, timesNamed)
    if (timesNamed === 1 && log.isAcked(row) && kept.state !== 'applied') report.notApplied[kept.state]++
  }
  for (let row = 0; row < log.size; row++) {
    if (judged[row] === 0) judge(row, log.entry(row), undefined, 0)
    report.verdicts[verdicts[(judged[row] as number) - 1] as Verdict]++
  }
  for (const [row, why] of whys) {
    if (report.breaches.length === breachesShown) break
    const verdict = verdicts[(judged[row] as number) - 1] as Verdict
    report.breaches.push({ submissionId: log.entry(row).submissionId, verdict, why })
  }
  report.checked = log.size
  report.kept = whys.size === 0
  return report
}

/** A view that asks the server for each id of the log; `lookup` answers undefined where it has nothing. */
export async function* lookupEach(
  log: ClientLog,
  lookup: (submissionId: string) => Promise<KeptEntry | undefined>,
): AsyncGenerator<KeptEntry> {
  for (let row = 0; row < log.size; row++) {
    const kept = await lookup(log.entry(row).submissionId)
    if (kept !== undefined) yield kept
  }
}

/** A few lines for people: the classes with their counts, then the first breaches. */
export function describeHistory(report: HistoryReport): string {
  const lines = Object.entries(report.verdicts).map(([verdict, count]) => `${verdict.padEnd(16)} ${count}`)
  for (const breach of report.breaches) lines.push(`${breach.submissionId} ${breach.verdict}: ${breach.why}`)
  return lines.join('\n')
}

function emptyReport(): HistoryReport {
  return {
    checked: 0,
    verdicts: Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Verdict, number>,
    notApplied: { received: 0, quarantined: 0, retrying: 0, dead: 0 },
    foreign: 0,
    breaches: [],
    kept: true,
  }
}
