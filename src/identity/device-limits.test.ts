// The limits of one device, by a clock of the test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketsOf, deviceLimits, deviceRates } from './device-limits.ts'

test('a burst passes, then one call for each token that comes back; another device is not concerned', () => {
  let now = 0
  const limits = deviceLimits(() => now)
  const passed = (deviceId: number, tries: number) =>
    Array.from({ length: tries }, () => limits.change({ deviceId })).filter((wait) => wait === undefined)
      .length
  assert.equal(passed(1, 1000), deviceRates.changes.burst)
  assert.equal(limits.change({ deviceId: 1 }), 1, 'seconds to wait')
  assert.equal(passed(2, 30), 30)
  now += 999
  assert.equal(passed(1, 100), 0, 'being refused costs nothing and gains nothing')
  now += 1
  assert.equal(passed(1, 100), 1)
  now += 10_500
  assert.equal(passed(1, 100), 10)
  now += 3_600_000
  assert.equal(passed(1, 1000), deviceRates.changes.burst, 'never more than the burst')
})

test('phones and tablets hand in a month at once; a token of the command line is not counted', () => {
  let now = 5
  const limits = deviceLimits(() => now)
  const passed = (kind: 'own' | 'clinic' | 'token', deviceId: number) =>
    Array.from({ length: 1000 }, () => limits.submit({ kind, deviceId })).filter((wait) => wait === undefined)
      .length
  assert.equal(passed('own', 1), 300)
  assert.equal(passed('clinic', 2), 300)
  assert.equal(passed('token', 3), 1000)
  now += 1000
  assert.equal(passed('own', 1), 20)
  assert.equal(limits.change({ deviceId: 1 }), undefined, 'each has its own bucket')
})

test('who is remembered is bounded, and a device that goes on calling is not the one forgotten', () => {
  const now = 0
  const take = bucketsOf({ burst: 2, perSecond: 1 }, () => now, 3)
  assert.equal(take(1), undefined)
  for (const other of [2, 3]) assert.equal(take(other), undefined)
  assert.equal(take(1), undefined, 'its second, and the latest call')
  assert.equal(take(4), undefined, 'forgets 2')
  assert.equal(take(1), 1, 'still known')
  assert.equal(take(2), undefined)
  assert.equal(take(2), undefined, 'was forgotten: two more')
  assert.equal(take(2), 1)
})
