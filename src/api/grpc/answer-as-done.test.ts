// The bound and the order of a stream's answers, and that nothing read stays unanswered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { answerAsDone } from './answer-as-done.ts'

const never = new AbortController().signal
async function* numbers(count: number, seen: (n: number) => void = () => {}) {
  for (let n = 0; n < count; n++) {
    seen(n)
    yield n
  }
}
const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('every item is answered once, whatever finishes first, with at most so many open', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 8 }), async (delays, most) => {
      let open = 0
      let mostOpen = 0
      const answer = async (n: number) => {
        mostOpen = Math.max(mostOpen, ++open)
        for (let i = 0; i < delays[n]!; i++) await turn()
        open -= 1
        return n
      }
      const answers = await collect(answerAsDone(numbers(delays.length), answer, most, never))
      assert.deepEqual(
        answers.sort((a, b) => a - b),
        delays.map((_, n) => n),
      )
      assert.ok(mostOpen <= most)
    }),
    { numRuns: 60 },
  )
})

test('a quick answer does not wait for a slow one before it', async () => {
  const slow = Promise.withResolvers<void>()
  const answer = async (n: number) => {
    if (n === 0) await slow.promise
    return n
  }
  const answers = answerAsDone(numbers(3), answer, 64, never)
  assert.equal((await answers.next()).value, 1)
  assert.equal((await answers.next()).value, 2)
  slow.resolve()
  assert.equal((await answers.next()).value, 0)
  assert.equal((await answers.next()).done, true)
})

test('a consumer that takes nothing stops the reading', async () => {
  let read = 0
  const answers = answerAsDone(
    numbers(1000, () => read++),
    async (n) => n,
    4,
    never,
  )
  await answers.next()
  for (let i = 0; i < 50; i++) await turn()
  assert.ok(read <= 5, `${read} were read`)
  assert.equal((await collect(answers)).length, 999)
})

test('when reading fails, what was read is answered before the failure is told', async () => {
  async function* failing() {
    yield 0
    yield 1
    throw new Error('gone')
  }
  const slowly = async (n: number) => {
    for (let i = 0; i < 5; i++) await turn()
    return n
  }
  const answers = answerAsDone(failing(), slowly, 64, never)
  assert.equal((await answers.next()).value, 0)
  assert.equal((await answers.next()).value, 1)
  await assert.rejects(answers.next(), /gone/)
})

test('an abort ends a stream that only waits, after answering what is open', async () => {
  const stop = new AbortController()
  const slow = Promise.withResolvers<void>()
  async function* waiting() {
    yield 0
    await new Promise(() => {})
  }
  const answers = answerAsDone(waiting(), async (n: number) => slow.promise.then(() => n), 64, stop.signal)
  const first = answers.next()
  await turn()
  stop.abort()
  slow.resolve()
  assert.equal((await first).value, 0)
  assert.equal((await answers.next()).done, true)
})
