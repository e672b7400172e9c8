import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { once, oncePerKey } from './once.ts'

test('ten thousand simultaneous callers cause one load and share its result', async () => {
  let loads = 0
  const load = once(async () => {
    loads += 1
    await sleep(50)
    return { loads }
  })
  const results = await Promise.all(Array.from({ length: 10_000 }, () => load()))
  assert.equal(loads, 1)
  assert.ok(results.every((r) => r === results[0]))
  assert.equal(await load(), results[0])
})

test('a failure reaches everyone who waited, is not cached, and the next caller loads afresh', async () => {
  let loads = 0
  const load = once(async () => {
    loads += 1
    await sleep(5)
    if (loads === 1) throw new Error('not yet')
    return loads
  })
  const first = await Promise.allSettled([load(), load(), load()])
  assert.deepEqual(
    first.map((r) => r.status),
    ['rejected', 'rejected', 'rejected'],
  )
  assert.equal(loads, 1)
  assert.equal(await load(), 2)
  assert.equal(await load(), 2)
})

test('a loader that throws at once behaves as one that rejects', async () => {
  let loads = 0
  const load = once(() => {
    loads += 1
    throw new Error('broken')
  })
  await assert.rejects(load())
  await assert.rejects(load())
  assert.equal(loads, 2)
})

test('each key has its own one load', async () => {
  const loads: string[] = []
  const load = oncePerKey(async (key: string) => {
    loads.push(key)
    await sleep(1)
    return key.toUpperCase()
  })
  const results = await Promise.all([load('a'), load('b'), load('a'), load('b'), load('a')])
  assert.deepEqual(results, ['A', 'B', 'A', 'B', 'A'])
  assert.deepEqual(loads.sort(), ['a', 'b'])
})
