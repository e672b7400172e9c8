import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ClaimedMessage } from './claim-store.ts'
import { backOffMs, giveUpAfterMs, type Outcome, settlement } from './settlement.ts'

const hour = 3_600_000
const message: ClaimedMessage = {
  messageId: 'S:1:r',
  studyId: 'S',
  kind: 'alert.raised',
  record: 'response:1',
  payload: '{}',
  createdAt: 0,
  attempts: 0,
  firstAttemptAt: undefined,
  claimedUntil: 30_000,
}
const failed: Outcome = { state: 'again', code: '500' }

test('the ceiling of the pause doubles from 100 ms to a minute, and is an hour from the second day on', () => {
  const almostOne = 1 - Number.EPSILON
  const ceilings = Array.from({ length: 12 }, (_, i) => backOffMs(i + 1, 0, almostOne))
  assert.deepEqual(ceilings, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000])
  assert.equal(backOffMs(3000, 24 * hour - 1, almostOne), 60_000)
  assert.equal(backOffMs(3000, 24 * hour, almostOne), hour)
})

test('the jitter is full: any pause from nothing to the ceiling', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 0, max: 100 * hour }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, age, random) => {
        const pause = backOffMs(failures, age, random)
        return pause >= 0 && pause <= backOffMs(failures, age, 1) && Number.isInteger(pause)
      },
    ),
  )
  assert.equal(backOffMs(20, 0, 0), 0)
  assert.equal(backOffMs(20, 0, 0.5), 30_000)
})

test('the whole life of a message that nobody takes: dense at first, hourly at the end, given up after three days', () => {
  let now = 1_000_000
  let current = message
  const pauses: number[] = []
  for (;;) {
    const settled = settlement(current, failed, now, now + 5, 0.5)
    if (settled.state === 'given-up') break
    pauses.push(settled.at - now - 5)
    now = settled.at
    current = { ...current, attempts: current.attempts + 1, firstAttemptAt: settled.firstAttemptAt }
  }
  assert.deepEqual(pauses.slice(0, 4), [50, 100, 200, 400])
  assert.equal(pauses.at(-1), hour / 2)
  const lived = now - 1_000_000
  assert.ok(lived >= giveUpAfterMs - 5 && lived <= giveUpAfterMs + hour, `${lived}`)
})

test('a message waits as long as the receiver asked, or longer', () => {
  const asked: Outcome = { state: 'again', code: '429', retryAfterMs: 120_000 }
  assert.equal(settlement(message, asked, 0, 10, 0.9).at, 120_010)
  const late = { ...message, attempts: 2000, firstAttemptAt: -30 * hour }
  assert.equal(settlement(late, asked, 0, 10, 0.9).at, 10 + 0.9 * hour)
})

test('sent and given up stand at once; the first attempt keeps its moment', () => {
  assert.deepEqual(settlement(message, { state: 'sent', code: '204' }, 7, 9, 0.5), {
    messageId: 'S:1:r',
    claimedUntil: 30_000,
    firstAttemptAt: 7,
    outcome: '204',
    state: 'sent',
    at: 9,
  })
  const second = settlement({ ...message, firstAttemptAt: 3 }, { state: 'given-up', code: '410' }, 7, 9, 0.5)
  assert.deepEqual([second.state, second.firstAttemptAt, second.at], ['given-up', 3, 9])
})
