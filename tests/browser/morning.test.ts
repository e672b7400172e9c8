// One morning, small: three patients with the app in real browsers and 150 simulated phones, a server that is killed in the
// middle, and at the end everything held against everything. The whole one is `npm run morning` (docs/performance.md).
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import { accountOf, type MorningFacts } from '../../bench/morning/account.ts'
import { type Morning, runMorning } from '../../bench/morning/morning.ts'

const contexts = 3
const devices = 150
let morning: Morning

before(async () => {
  morning = await runMorning({ contexts, devices, minutes: 0.12 })
})

test('P1 P3 P4 P6 one morning: every receipt is kept, once; the ledger, the signatures and the audit log agree', () => {
  const { account, facts, figures } = morning
  assert.deepEqual(account.faults, [])
  assert.equal(account.history.verdicts['acked-present'], contexts + devices)
  assert.equal(facts.signatures.verified, contexts + devices)
  // The morning was one: it had a dead server, lost answers, duplicates, and phones that said what they hold.
  assert.ok(figures.downMs > 0)
  assert.ok(facts.devices.triedAgain > 0, 'phones met the dead server')
  for (const [fate, count] of Object.entries(facts.devices.fates)) assert.ok(count > 0, fate)
  assert.ok(figures.mostDeclared > 0, 'something was declared and not received')
  assert.deepEqual(
    new Set(facts.patients.map(({ fate }) => fate)),
    new Set(['server-dies', 'offline', 'two-tabs']),
  )
  assert.deepEqual(new Set(facts.patients.map(({ language }) => language)), new Set(['en', 'zh']))
})

test('U15 no app says "Sent" before the phone has a receipt', () => {
  assert.deepEqual(morning.account.saidTooSoon, [])
})

const changed = (change: Partial<MorningFacts>) => accountOf({ ...morning.facts, ...change })

test('control: a receipt that was never given is found', async () => {
  const { told } = morning.facts
  const claimed = randomUUID()
  const log = () => {
    const more = told.log()
    more.acknowledge(more.add(claimed, Buffer.alloc(32)), 10_000)
    return more
  }
  const { faults, history } = await changed({ told: { ...told, log } })
  assert.equal(history.verdicts['acked-LOST'], 1)
  assert.ok(faults.some((fault) => fault.startsWith(`${claimed} acked-LOST`)))
})

test('control: an entry that is lost, kept twice, applied twice, altered, not applied or of nobody is found', async () => {
  const { kept } = morning.facts
  const [first, ...others] = kept
  assert.ok(first !== undefined)
  const cases: [kept: MorningFacts['kept'], says: RegExp][] = [
    [others, /acked-LOST/],
    [[first, ...kept], /DUPLICATED: kept more than once/],
    [[{ ...first, timesApplied: 2 }, ...others], /DUPLICATED: applied 2 times/],
    [[{ ...first, sha256: 'a'.repeat(64) }, ...others], /CORRUPT/],
    [[{ ...first, position: first.position + 1 }, ...others], /CORRUPT: receipt for position/],
    [
      [{ ...first, state: 'quarantined', timesApplied: 0 }, ...others],
      /1 entries with a receipt are quarantined/,
    ],
    [[...kept, { ...first, submissionId: randomUUID() }], /1 entries are kept that nobody sent/],
  ]
  for (const [seen, says] of cases) assert.match((await changed({ kept: seen })).faults.join('\n'), says)
})

test('control: each other part that does not agree is found', async () => {
  const { ledger, signatures, devices: totals, patients } = morning.facts
  const [patient, ...others] = patients
  assert.ok(patient !== undefined)
  const cases: [change: Partial<MorningFacts>, says: RegExp][] = [
    [{ ledger: { ...ledger, balanced: false } }, /not balanced/],
    [{ ledger: { ...ledger, declared: 1 } }, /declared 1 where it must be 0/],
    [{ ledger: { ...ledger, applied: ledger.applied - 1 } }, /applied 152 where it must be 153/],
    [{ signatures: { ...signatures, waiting: 1 } }, /1 waiting/],
    [{ signatures: { ...signatures, failed: 1 } }, /1 failed/],
    [{ audit: { sound: false, says: 'broken' } }, /audit log does not verify: broken/],
    [{ devices: { ...totals, settled: totals.settled - 1 } }, /149 of 150 devices/],
    [{ devices: { ...totals, sameReceipt: totals.sameReceipt - 1 } }, /duplicates had the original receipt/],
    [{ patients: [{ ...patient, saysSent: false }, ...others] }, /never said "Sent"/],
    [
      { patients: [{ ...patient, submissions: new Set([randomUUID()]) }, ...others] },
      /of what has no receipt/,
    ],
    [{ patients: [{ ...patient, faults: ['page error: x'] }, ...others] }, /page error: x/],
  ]
  for (const [change, says] of cases) assert.match((await changed(change)).faults.join('\n'), says)
  const early = await changed({ patients: [{ ...patient, saidTooSoonMs: 4.2 }, ...others] })
  assert.match(early.saidTooSoon.join(), /"Sent" for 5 ms before there was a receipt/)
})
