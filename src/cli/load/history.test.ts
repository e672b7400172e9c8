import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { ClientLog, type SentEntry } from './client-log.ts'
import {
  checkHistory,
  describeHistory,
  judgeId,
  type KeptEntry,
  lookupEach,
  type Verdict,
} from './history.ts'
import { newSubmissionId } from './submission-id.ts'

const submissionId = '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001'
const sha256 = hash('sha256', 'diary')
const other = hash('sha256', 'another diary')
const acked: SentEntry = { submissionId, sha256, state: 'acked', position: 12 }
const unknown: SentEntry = { submissionId, sha256, state: 'unknown', position: undefined }
const kept: KeptEntry = { submissionId, sha256, state: 'applied', timesApplied: 1, position: 12 }

const cases: [
  name: string,
  sent: SentEntry,
  kept: KeptEntry | undefined,
  timesNamed: number,
  verdict: Verdict,
][] = [
  ['acknowledged and applied', acked, kept, 1, 'acked-present'],
  ['acknowledged, still waiting', acked, { ...kept, state: 'received', timesApplied: 0 }, 1, 'acked-present'],
  [
    'acknowledged, quarantined',
    acked,
    { ...kept, state: 'quarantined', timesApplied: 0 },
    1,
    'acked-present',
  ],
  ['acknowledged, dead letter', acked, { ...kept, state: 'dead', timesApplied: 0 }, 1, 'acked-present'],
  [
    'acknowledged, position not told by the view',
    acked,
    { ...kept, position: undefined },
    1,
    'acked-present',
  ],
  ['hash in upper case', acked, { ...kept, sha256: sha256.toUpperCase() }, 1, 'acked-present'],
  ['acknowledged and gone (P1)', acked, undefined, 1, 'acked-LOST'],
  ['no answer, kept', unknown, kept, 1, 'unknown-present'],
  ['no answer, not kept', unknown, undefined, 1, 'unknown-absent'],
  ['applied twice (P3)', acked, { ...kept, timesApplied: 2 }, 1, 'DUPLICATED'],
  ['no answer, applied twice (P3)', unknown, { ...kept, timesApplied: 2 }, 1, 'DUPLICATED'],
  ['kept under two entries (P3)', acked, kept, 2, 'DUPLICATED'],
  ['other bytes kept', acked, { ...kept, sha256: other }, 1, 'CORRUPT'],
  ['no answer, other bytes kept', unknown, { ...kept, sha256: other }, 1, 'CORRUPT'],
  ['receipt names another position', acked, { ...kept, position: 13 }, 1, 'CORRUPT'],
  ['called applied without an effect', acked, { ...kept, timesApplied: 0 }, 1, 'CORRUPT'],
]

for (const [name, sent, found, timesNamed, verdict] of cases)
  test(`${name}: ${verdict}`, () => {
    const judged = judgeId(sent, found, timesNamed)
    assert.equal(judged.verdict, verdict)
    assert.equal(judged.why !== '', /^[A-Z]+$|LOST/.test(verdict), 'a reason exactly for breaches')
  })

/** A log of `count` acknowledged ids at positions 0, 1, …, and the view of a server that kept them all. */
function keptMorning(count: number): { log: ClientLog; view: KeptEntry[] } {
  const log = new ClientLog()
  const view: KeptEntry[] = []
  for (let position = 0; position < count; position++) {
    const id = newSubmissionId(Date.now())
    log.acknowledge(log.add(id, hash('sha256', id, 'buffer')), position)
    view.push({ submissionId: id, sha256: hash('sha256', id), state: 'applied', timesApplied: 1, position })
  }
  return { log, view }
}

test('a kept morning has no breach, in whatever order the view comes and with foreign ids in it', async () => {
  const { log, view } = keptMorning(500)
  const report = await checkHistory(log, [kept, ...view.toReversed()])
  assert.equal(report.kept, true)
  assert.equal(report.checked, 500)
  assert.equal(report.foreign, 1)
  assert.equal(report.verdicts['acked-present'], 500)
})

test('each kind of breach is found among good entries, counted once and named', async () => {
  const { log, view } = keptMorning(100)
  const at = (i: number) => view[i] as KeptEntry
  const lost = at(3).submissionId
  const broken = [...view, at(10), at(10), { ...at(11), state: 'received' as const }].filter(
    (k) => k !== at(3),
  )
  broken[broken.indexOf(at(20))] = { ...at(20), sha256: other }
  broken[broken.indexOf(at(30))] = { ...at(30), state: 'quarantined', timesApplied: 0 }
  const report = await checkHistory(log, broken)
  assert.equal(report.kept, false)
  assert.deepEqual(report.verdicts, {
    'acked-present': 96,
    'acked-LOST': 1,
    'unknown-present': 0,
    'unknown-absent': 0,
    DUPLICATED: 2,
    CORRUPT: 1,
  })
  assert.deepEqual(report.notApplied, { received: 0, quarantined: 1, retrying: 0, dead: 0 })
  assert.deepEqual(
    new Map(report.breaches.map((breach) => [breach.submissionId, breach.verdict])),
    new Map<string, Verdict>([
      [lost, 'acked-LOST'],
      [at(10).submissionId, 'DUPLICATED'],
      [at(11).submissionId, 'DUPLICATED'],
      [at(20).submissionId, 'CORRUPT'],
    ]),
  )
  assert.match(describeHistory(report), new RegExp(`${lost} acked-LOST`))
})

test('a server that lost everything: all are counted, the first 100 are named', async () => {
  const { log } = keptMorning(250)
  const report = await checkHistory(log, [])
  assert.equal(report.verdicts['acked-LOST'], 250)
  assert.equal(report.breaches.length, 100)
  assert.equal(report.kept, false)
})

test('a view by look-up asks for each id', async () => {
  const { log, view } = keptMorning(20)
  const byId = new Map(view.slice(1).map((k) => [k.submissionId, k]))
  const report = await checkHistory(
    log,
    lookupEach(log, async (id) => byId.get(id)),
  )
  assert.equal(report.verdicts['acked-present'], 19)
  assert.equal(report.verdicts['acked-LOST'], 1)
})
