// Figures of `levee status` are those of their span, and the page says what is wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerStatus } from '../api/control/server.ts'
import type { StudyLedger } from '../api/ledger.ts'
import { LagHistogram } from '../system/lag-histogram.ts'
import { equationText, figuresOf, statusText } from './status-view.ts'
import { statusWords, wordsForLocale } from './status-words.ts'

const study: StudyLedger = {
  studyId: 'MORNING-301',
  received: 1234,
  taken: 1204,
  applied: 1200,
  quarantined: 2,
  waiting: 30,
  retrying: 2,
  inFlight: 32,
  declared: 0,
  dead: 0,
  balanced: true,
}

function reading(
  atMs: number,
  received: number,
  lags: number[],
  changes: Partial<ServerStatus> = {},
): ServerStatus {
  const histogram = new LagHistogram()
  for (const ms of lags) histogram.add(ms)
  const lag = histogram.counts()
  return {
    version: '1',
    pid: 1,
    startedAt: 0,
    now: atMs,
    addresses: { http: 'http://127.0.0.1:1', grpc: '' },
    received,
    duplicates: 0,
    problems: {},
    acknowledged: lag,
    journal: { position: received, waiting: 0, commits: 1, commitMs: 1, previousStop: 'first' },
    processing: { position: 0, taken: 0, lag, restarts: 0, running: true, closedLanes: 0 },
    ledger: { at: '', balanced: true, studies: [study] },
    outbox: { open: 3, oldestOpenAt: 0, givenUp: 1, sender: undefined },
    memoryBytes: 1,
    peakMemoryBytes: 1,
    troubles: [],
    devices: 0,
    signatures: { waiting: 0, verified: 0, failed: 0 },
    ...changes,
  } as ServerStatus
}

test('rates and percentiles are those of the span, not of all time', () => {
  const slow = [100, 100, 100]
  const figures = figuresOf([
    reading(10_000, 100, slow),
    reading(19_000, 100, slow),
    reading(20_000, 400, [...slow, 1, 1, 1]),
  ])
  assert.equal(figures.lastSecond.receivedPerSecond, 300)
  assert.equal(figures.lastTenSeconds.receivedPerSecond, 30)
  assert.equal(figures.sinceStart.receivedPerSecond, 20)
  assert.equal(figures.lastSecond.acknowledgedP99Ms, 1)
  assert.equal(figures.sinceStart.acknowledgedP99Ms, 100)
  assert.equal(figures.backlog, 30)
})

test('a span in which nothing happened has no percentile; a restarted thread does not count backwards', () => {
  const [before, after] = [reading(1000, 5, [1, 1]), reading(2000, 5, [1, 1])]
  assert.equal(figuresOf([before, after]).lastSecond.acknowledgedP50Ms, undefined)
  assert.equal(figuresOf([before, reading(2000, 5, [50])]).lastSecond.appliedP50Ms, 50)
})

test('the ledger equation in words (P4)', () => {
  assert.equal(
    equationText(study, statusWords.en),
    'received 1,234 = applied 1,200 + quarantined 2 + in flight 32 (waiting 30, retrying 2) + dead 0',
  )
  assert.equal(
    equationText(study, statusWords.zh),
    '已接收 1,234 = 已应用 1,200 + 已隔离 2 + 在途 32 (等待 30, 重试 2) + 死信 0',
  )
})

test('the page says whether each ledger is balanced, and every trouble', () => {
  const plain = (_good: boolean, text: string) => text
  assert.match(statusText([reading(1000, 1, [])], statusWords.en, plain), /dead 0 {2}✓ balanced/)
  const bad = {
    ledger: { at: '', balanced: false, studies: [{ ...study, balanced: false }] },
    troubles: ['disk'],
  }
  const page = statusText([reading(1000, 1, [], bad)], statusWords.en, plain)
  assert.match(page, /✗ NOT BALANCED/)
  assert.match(page, /trouble: disk/)
  assert.match(page, /3 waiting, 1 given up, not sent from here/)
})

test('Chinese words for a Chinese locale', () => {
  assert.equal(wordsForLocale({ LANG: 'zh_CN.UTF-8' }), statusWords.zh)
  assert.equal(wordsForLocale({ LANG: 'zh_CN.UTF-8', LC_ALL: 'C' }), statusWords.en)
  assert.equal(wordsForLocale({}), statusWords.en)
})
