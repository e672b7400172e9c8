import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { checkHistory, type KeptEntry } from './history.ts'
import type { LoadProgress } from './load-counts.ts'
import { type LoadOptions, runLoad } from './run.ts'
import { receiptPosition } from './sender.ts'

type Faults = {
  dropAcknowledged?: boolean
  applyTwice?: boolean
  busyOnce?: boolean
  otherReceipt?: boolean
  stallMs?: number
}

/** A small intake that keeps in memory what it acknowledges; faults break its promises on purpose. */
async function startIntake(faults: Faults = {}) {
  const kept = new Map<string, KeptEntry & { answer: string }>()
  const busy = new Set<string>()
  let requests = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const { submissionId, patientId } = JSON.parse(body.toString())
      const number = ++requests
      const say = (status: number, text: string, headers = {}) =>
        response.writeHead(status, { 'content-length': text.length, ...headers }).end(text)
      if (request.headers.authorization !== `Bearer token-of-${patientId}`) return say(403, '')
      if (faults.busyOnce && !busy.has(submissionId)) {
        busy.add(submissionId)
        return say(503, '', { 'retry-after': '0' })
      }
      const before = kept.get(submissionId)
      if (before !== undefined) {
        if (faults.applyTwice) before.timesApplied++
        return say(200, faults.otherReceipt ? before.answer.replace('receipt', 'recipe') : before.answer)
      }
      const position = kept.size
      const answer = `{"status":"received","submissionId":"${submissionId}","receipt":{"position":${position}}}`
      if (!faults.dropAcknowledged || number % 10 !== 0)
        kept.set(submissionId, {
          submissionId,
          sha256: hash('sha256', body),
          state: 'applied',
          timesApplied: 1,
          position,
          answer,
        })
      if (faults.stallMs !== undefined && number === 20) setTimeout(() => say(202, answer), faults.stallMs)
      else say(202, answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    kept,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const patients = ['P-00001', 'P-00002', 'P-00003'].map((patientId) => ({
  patientId,
  token: `token-of-${patientId}`,
}))
const optionsFor = (port: number, more: Partial<LoadOptions> = {}): LoadOptions => ({
  host: '127.0.0.1',
  port,
  studyId: 'MORNING-301',
  patients,
  rate: 1000,
  durationSeconds: 0.3,
  connections: 8,
  drainSeconds: 10,
  ...more,
})

test('open loop: the whole schedule is sent, acknowledged and kept', async () => {
  await using intake = await startIntake()
  const reports: LoadProgress[] = []
  const { summary, log } = await runLoad(
    optionsFor(intake.port, { curve: 'morning', onProgress: (progress) => reports.push({ ...progress }) }),
  )
  assert.equal(summary.counts.acknowledged, 300)
  assert.equal(summary.latency.count, 300)
  assert.equal(summary.outstanding, 0)
  assert.equal(reports.at(-1)?.total, 300)
  assert.equal(reports.at(-1)?.outstanding, 0)
  const report = await checkHistory(log, intake.kept.values())
  assert.deepEqual([report.kept, report.verdicts['acked-present']], [true, 300])
})

test('lost connections and duplicates: every id ends acknowledged, once in effect (P2, P3)', async () => {
  await using intake = await startIntake()
  const { summary, log } = await runLoad(optionsFor(intake.port, { lossShare: 0.3, duplicateShare: 0.3 }))
  const { counts } = summary
  assert.equal(counts.acknowledged, 300)
  assert.ok(counts.simulatedLosses > 50 && counts.simulatedLosses < 130, `${counts.simulatedLosses}`)
  assert.equal(summary.recovered.count, counts.simulatedLosses)
  assert.ok(counts.duplicatesSent > 50)
  assert.deepEqual([counts.duplicatesRight, counts.duplicatesWrong], [counts.duplicatesSent, 0])
  assert.equal((await checkHistory(log, intake.kept.values())).kept, true)
})

test('control: a server that drops acknowledged entries is found out', async () => {
  await using intake = await startIntake({ dropAcknowledged: true })
  const { log } = await runLoad(optionsFor(intake.port))
  const report = await checkHistory(log, intake.kept.values())
  assert.equal(report.kept, false)
  assert.equal(report.verdicts['acked-LOST'], 30)
})

test('control: a server that applies repeated submissions again is found out', async () => {
  await using intake = await startIntake({ applyTwice: true })
  const { log } = await runLoad(optionsFor(intake.port, { lossShare: 0.3 }))
  assert.ok((await checkHistory(log, intake.kept.values())).verdicts.DUPLICATED > 20)
})

test('control: another receipt for a duplicate is counted as wrong', async () => {
  await using intake = await startIntake({ otherReceipt: true })
  const { counts } = (await runLoad(optionsFor(intake.port, { duplicateShare: 1, durationSeconds: 0.05 })))
    .summary
  assert.deepEqual([counts.duplicatesRight, counts.duplicatesWrong], [0, 50])
})

test('503 with Retry-After is sent again until it is acknowledged', async () => {
  await using intake = await startIntake({ busyOnce: true })
  const { counts } = (await runLoad(optionsFor(intake.port))).summary
  assert.deepEqual([counts.overloaded, counts.acknowledged, counts.sent], [300, 300, 600])
})

test('latency counts from the scheduled instant: requests behind a stalled one show the stall', async () => {
  await using intake = await startIntake({ stallMs: 200 })
  const { latency } = (await runLoad(optionsFor(intake.port, { connections: 1 }))).summary
  // With one socket, all that was due during the stall waited for it; a client that paused would show one slow answer.
  assert.ok(latency.p50Ms > 20, JSON.stringify(latency))
})

test('refused submissions are given up, their ids stay unknown', async () => {
  await using intake = await startIntake()
  const strangers = patients.map(({ patientId }) => ({ patientId, token: 'wrong' }))
  const { summary, log } = await runLoad(
    optionsFor(intake.port, { patients: strangers, durationSeconds: 0.05 }),
  )
  assert.deepEqual([summary.counts.refused, summary.counts.acknowledged, summary.outstanding], [50, 0, 0])
  assert.equal((await checkHistory(log, [])).verdicts['unknown-absent'], 50)
})

test('nobody there: the run ends after the drain and says what is outstanding', async () => {
  const intake = await startIntake()
  await intake[Symbol.asyncDispose]()
  const { summary } = await runLoad(optionsFor(intake.port, { durationSeconds: 0.05, drainSeconds: 0.2 }))
  assert.equal(summary.outstanding, 50)
  assert.ok(summary.counts.failures.refused >= 50)
})

test('closed loop: as many in flight as connections, until the time is over', async () => {
  await using intake = await startIntake()
  const { summary } = await runLoad(optionsFor(intake.port, { rate: 'closed', connections: 4 }))
  assert.ok(summary.counts.acknowledged > 20)
  assert.equal(summary.counts.acknowledged, intake.kept.size)
  assert.equal(summary.outstanding, 0)
})

test('a signal ends the schedule early', async () => {
  await using intake = await startIntake()
  const { counts } = (
    await runLoad(optionsFor(intake.port, { durationSeconds: 60, signal: AbortSignal.timeout(100) }))
  ).summary
  assert.ok(counts.scheduled > 10 && counts.scheduled < 5000, `${counts.scheduled}`)
  assert.equal(counts.acknowledged, counts.scheduled)
})

test('receiptPosition reads the number after "position", or nothing', () => {
  assert.equal(
    receiptPosition(Buffer.from('{"receipt":{"position":98765432101,"logIndex":1}}')),
    98_765_432_101,
  )
  assert.equal(receiptPosition(Buffer.from('{"position":null}')), undefined)
  assert.equal(receiptPosition(Buffer.from('{}')), undefined)
})
