import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { wakeCall } from './wake-call.ts'

test('the first ring calls at once, those that follow are gathered into one call', async () => {
  const calls: number[] = []
  const wake = wakeCall(async () => calls.push(performance.now()), 30)
  for (let i = 0; i < 5; i++) wake.ring()
  assert.equal(calls.length, 1)
  await sleep(1)
  for (let i = 0; i < 5; i++) wake.ring()
  assert.equal(calls.length, 1)
  while (calls.length < 2) await sleep(1)
  assert.ok(calls[1]! - calls[0]! >= 29)
  await sleep(70)
  assert.equal(calls.length, 2, 'nobody rang')
  await wake.stop()
})

test('calls do not overlap, one that fails does no harm, and a ring during a call leads to another', async () => {
  let [running, most, calls] = [0, 0, 0]
  const wake = wakeCall(async () => {
    calls++
    most = Math.max(most, ++running)
    await sleep(10)
    running--
    throw new Error('no connection')
  }, 1)
  for (let i = 0; i < 20; i++) {
    wake.ring()
    await sleep(2)
  }
  const before = calls
  wake.ring()
  await wake.stop()
  assert.deepEqual([most, running], [1, 0])
  assert.ok(calls > before, 'the last ring was called')
})

test('a stop makes the call that is due without the pause, and none after it', async () => {
  let calls = 0
  const wake = wakeCall(async () => calls++, 60_000)
  wake.ring()
  await sleep(1)
  wake.ring()
  await wake.stop()
  assert.equal(calls, 2)
  wake.ring()
  await sleep(1)
  assert.equal(calls, 2)
})
