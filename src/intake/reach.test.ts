import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { reachOf } from './reach.ts'

test('after a loss it tries until something is confirmed, and tells of it once', async () => {
  let [tries, good] = [0, false]
  const reasons: string[] = []
  const confirm = async () => {
    tries++
    if (!good) throw new Error('away')
  }
  const reach = reachOf(confirm, (reason) => reasons.push(reason))
  assert.deepEqual([reach.awayMs(), tries], [0, 0])
  const since = Date.now() - 700
  reach.lost(since, 'first')
  reach.lost(Date.now(), 'second')
  while (tries < 3) await sleep(5)
  assert.ok(reach.awayMs() >= 700)
  good = true
  while (reach.awayMs() > 0) await sleep(5)
  const settled = tries
  await sleep(100)
  assert.equal(tries, settled)
  reach.lost(Date.now(), 'again')
  while (reach.awayMs() > 0) await sleep(5)
  assert.deepEqual(reasons, ['first', 'again'])
})

test('a stop ends the tries without waiting for the next one', async () => {
  let tries = 0
  const reach = reachOf(
    async () => {
      tries++
      throw new Error('away')
    },
    () => {},
  )
  reach.lost(Date.now(), 'gone')
  while (tries < 5) await sleep(5)
  const began = performance.now()
  await reach.stop()
  const settled = tries
  reach.lost(Date.now(), 'gone')
  await sleep(100)
  assert.ok(performance.now() - began < 300 && tries === settled)
})
