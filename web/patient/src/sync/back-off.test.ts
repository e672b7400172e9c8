// When an entry is tried again, and what the server's answers mean for it: never that it goes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { KeptEntry } from '../store/database.ts'
import { longestHeldBackMs, longestWaitMs, retryAfterMs, verdictOf, waitMs } from './back-off.ts'
import { declarationOf, mostDeclared } from './held.ts'
import { nextDue } from './sender.ts'

const entry = (n: number, more: Partial<KeptEntry> = {}): KeptEntry => ({
  submissionId: `id-${n}`,
  key: `diary/${n}`,
  form: 'diary',
  title: 'Diary',
  occasion: String(n),
  completedAt: '2026-11-22T08:00:00.000+01:00[Europe/Berlin]',
  sequence: n,
  state: 'waiting',
  attempts: 0,
  nextAttemptAt: 0,
  lastProblem: null,
  receivedAt: null,
  studyId: 'S',
  patientId: 'P',
  deviceId: 1,
  body: { iv: new Uint8Array(12), data: new ArrayBuffer(0) },
  hashes: [],
  receipt: null,
  notBefore: 0,
  ...more,
})

test('waits double up to 15 minutes, and jitter uses all of them', () => {
  assert.deepEqual(
    [1, 2, 3, 9, 10, 11, 5000].map((n) => waitMs(n, () => 1)),
    [2_000, 4_000, 8_000, 512_000, longestWaitMs, longestWaitMs, longestWaitMs],
  )
  assert.equal(
    waitMs(0, () => 1),
    2_000,
  )
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
      const ms = waitMs(n, () => share)
      assert.ok(ms >= 0 && ms <= longestWaitMs)
    }),
  )
  const tenths = new Set(Array.from({ length: 2_000 }, () => Math.floor((waitMs(10) / longestWaitMs) * 10)))
  assert.ok(tenths.size >= 10, 'phones come back spread over the whole time')
})

test('Retry-After is read as seconds or as a date, and nonsense as nothing', () => {
  const now = Date.UTC(2026, 10, 22, 8)
  assert.equal(retryAfterMs('30', now), 30_000)
  assert.equal(retryAfterMs('Sun, 22 Nov 2026 08:01:00 GMT', now), 60_000)
  for (const text of [null, '', 'soon', '-5', 'Sun, 22 Nov 2020 08:01:00 GMT'])
    assert.equal(retryAfterMs(text, now), 0)
  assert.equal(retryAfterMs('99999999999', now), 86_400_000)
})

test('only the entry itself refused is refused; whatever may pass is tried again', () => {
  for (const status of [200, 202]) assert.equal(verdictOf(status), 'received')
  for (const status of [400, 401, 403, 404, 409, 410, 413, 415, 422])
    assert.equal(verdictOf(status), 'refused')
  for (const status of [0, 204, 301, 302, 408, 425, 429, 502, 503, 504, 507])
    assert.equal(verdictOf(status), 'later')
  assert.equal(verdictOf(500), 'choked')
})

test('the oldest due entry goes first; one the server holds back waits, whoever hurries', () => {
  const none = new Set<string>()
  const list = [
    entry(1, { state: 'sent' }),
    entry(2, { nextAttemptAt: 500 }),
    entry(3, { notBefore: 900, nextAttemptAt: 0 }),
    entry(4),
  ]
  assert.equal(nextDue(list, none, false, 100)?.sequence, 4)
  assert.equal(nextDue(list, none, true, 100)?.sequence, 2)
  assert.equal(nextDue(list, new Set(['id-2', 'id-4']), true, 100), undefined)
  assert.equal(nextDue(list, new Set(['id-2', 'id-4']), true, 900)?.sequence, 3)
  assert.equal(nextDue([entry(5, { state: 'refused' })], none, false, 100)?.sequence, 5)
})

test('P5 an entry that was tried much more often than another gives way; a clock set back holds none for long', () => {
  const none = new Set<string>()
  assert.equal(nextDue([entry(1, { attempts: 3 }), entry(2)], none, true, 0)?.sequence, 1)
  assert.equal(nextDue([entry(1, { attempts: 4 }), entry(2)], none, true, 0)?.sequence, 2)
  assert.equal(nextDue([entry(1, { attempts: 7 }), entry(2, { attempts: 4 })], none, true, 0)?.sequence, 1)
  for (const over of ['notBefore', 'nextAttemptAt']) {
    assert.equal(nextDue([entry(1, { [over]: longestHeldBackMs })], none, false, 0), undefined)
    assert.equal(nextDue([entry(1, { [over]: longestHeldBackMs + 1 })], none, false, 0)?.sequence, 1)
  }
})

test('what is declared is all that has no receipt, with its problem and never an answer', () => {
  const list = [
    entry(1),
    entry(2, { state: 'refused', lastProblem: 'submission.conflict' }),
    entry(3, { state: 'sent', receipt: '{}' }),
    entry(4, { occasion: null }),
  ]
  const { held, check } = declarationOf(list)
  assert.deepEqual(
    held.map((h) => [h.submissionId, h.problem, h.occasion]),
    [
      ['id-1', undefined, '1'],
      ['id-2', 'submission.conflict', '2'],
      ['id-4', undefined, undefined],
    ],
  )
  assert.deepEqual(check, ['id-3'])
  assert.deepEqual(Object.keys(held[1]!).sort(), [
    'completedAt',
    'form',
    'occasion',
    'problem',
    'sequence',
    'submissionId',
  ])
  const many = declarationOf(Array.from({ length: 500 }, (_, n) => entry(n)))
  assert.equal(many.held.length, mostDeclared)
  assert.equal(many.held[0]!.sequence, 0)
})
