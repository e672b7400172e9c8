// Every broken promise makes a load run bad news.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noCounts } from './load/load-counts.ts'
import { type LoadOutcome, loadVerdict, reportText } from './load-report.ts'

const latency = { count: 1, meanMs: 1, p50Ms: 1, p95Ms: 2, p99Ms: 3, p999Ms: 4, maxMs: 5 }
const noVerdicts = {
  'acked-present': 10,
  'acked-LOST': 0,
  'unknown-present': 0,
  'unknown-absent': 0,
  DUPLICATED: 0,
  CORRUPT: 0,
}
const ledger = {
  studyId: 'S',
  received: 10,
  taken: 10,
  applied: 10,
  quarantined: 0,
  waiting: 0,
  retrying: 0,
  inFlight: 0,
  declared: 0,
  dead: 0,
  balanced: true,
}

/** A run in which all went well, with changes. */
function outcome(changes: Partial<LoadOutcome> = {}): LoadOutcome {
  return {
    study: 'S',
    counts: { ...noCounts(), scheduled: 10, sent: 10, acknowledged: 10 },
    elapsedMs: 1000,
    ratePerSecond: 10,
    latency,
    recovered: latency,
    departure: latency,
    outstanding: 0,
    cpuMicrosPerRequest: 1,
    history: {
      checked: 10,
      verdicts: noVerdicts,
      notApplied: { received: 0, quarantined: 0, retrying: 0, dead: 0 },
      foreign: 0,
      breaches: [],
      kept: true,
    },
    ledger,
    peakMemoryBytes: 1e8,
    ...changes,
  }
}
const withVerdicts = (changes: Partial<typeof noVerdicts>) =>
  outcome({ history: { ...outcome().history, verdicts: { ...noVerdicts, ...changes } } })
const withCounts = (changes: object) => outcome({ counts: { ...outcome().counts, ...changes } })

test('a run in which all went well is good', () => {
  assert.deepEqual(loadVerdict(outcome()), { good: true, why: [] })
  assert.deepEqual(loadVerdict(withVerdicts({ 'unknown-present': 3, 'unknown-absent': 3 })).good, true)
  assert.match(reportText(outcome()), /✓ nothing lost/)
})

const bad: [string, LoadOutcome, RegExp][] = [
  ['a lost submission', withVerdicts({ 'acked-LOST': 1 }), /1 acknowledged and lost/],
  ['a doubled one', withVerdicts({ DUPLICATED: 2 }), /2 in effect more than once/],
  ['an altered one', withVerdicts({ CORRUPT: 1 }), /kept otherwise/],
  ['another receipt for a duplicate', withCounts({ duplicatesWrong: 1 }), /duplicates answered otherwise/],
  ['a 500', withCounts({ serverErrors: 1 }), /5xx/],
  ['a refused submission', withCounts({ refused: 1 }), /refused/],
  ['no answer at the end', outcome({ outstanding: 1 }), /without an answer/],
  ['nothing acknowledged', withCounts({ acknowledged: 0 }), /nothing was acknowledged/],
  ['an unbalanced ledger', outcome({ ledger: { ...ledger, balanced: false } }), /not balanced/],
]
for (const [name, run, why] of bad) {
  test(`${name} is bad news`, () => {
    assert.equal(loadVerdict(run).good, false)
    assert.match(reportText(run), why)
    assert.doesNotMatch(reportText(run), /✓/)
  })
}
