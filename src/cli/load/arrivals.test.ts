import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ArrivalOptions, morningIntensity, planArrivals } from './arrivals.ts'

const all = (options: ArrivalOptions): number[] => {
  const arrivals = planArrivals(options)
  return Array.from({ length: arrivals.total }, () => arrivals.next())
}

for (const curve of ['constant', 'morning'] as const) {
  test(`${curve}: exactly rate × duration arrivals, in order, inside the duration, then Infinity`, () => {
    const arrivals = planArrivals({ rate: 500, durationSeconds: 20, curve, seed: 7 })
    assert.equal(arrivals.total, 10_000)
    let last = 0
    for (let i = 0; i < 10_000; i++) {
      const at = arrivals.next()
      assert.ok(at >= last && at <= 20_000, `${at} after ${last}`)
      last = at
    }
    assert.equal(arrivals.next(), Number.POSITIVE_INFINITY)
  })

  test(`${curve}: the same seed gives the same schedule, another seed another`, () => {
    const options = { rate: 100, durationSeconds: 2, curve, seed: 3 }
    assert.deepEqual(all(options), all(options))
    assert.notDeepEqual(all(options), all({ ...options, seed: 4 }))
  })

  test(`${curve}: arrivals follow the intensity`, () => {
    const times = all({ rate: 20_000, durationSeconds: 10, curve, seed: 11 })
    const tenths = new Array<number>(10).fill(0)
    for (const at of times) tenths[Math.min(9, Math.floor(at / 1000))]!++
    const weight = (tenth: number) => {
      let sum = 0
      for (let i = 0; i < 100; i++) sum += curve === 'morning' ? morningIntensity((tenth + i / 100) / 10) : 1
      return sum
    }
    const whole = tenths.reduce((sum, _, tenth) => sum + weight(tenth), 0)
    for (const [tenth, count] of tenths.entries()) {
      const expected = (times.length * weight(tenth)) / whole
      assert.ok(
        Math.abs(count - expected) < 5 * Math.sqrt(expected) + 0.02 * expected,
        `tenth ${tenth}: ${count}, ${expected}`,
      )
    }
  })
}

test('gaps are those of a Poisson process: their standard deviation equals their mean', () => {
  const times = all({ rate: 1000, durationSeconds: 50, curve: 'constant', seed: 5 })
  const gaps = times.slice(1).map((at, i) => at - (times[i] as number))
  const mean = gaps.reduce((a, b) => a + b) / gaps.length
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
  assert.ok(Math.abs(deviation / mean - 1) < 0.03, `${deviation} / ${mean}`)
})

test('the morning peaks at a third at more than twice its mean', () => {
  const at = Array.from({ length: 3000 }, (_, i) => morningIntensity(i / 3000))
  const mean = at.reduce((a, b) => a + b) / at.length
  assert.equal(at.indexOf(Math.max(...at)), 1000)
  assert.ok(1 / mean > 2 && 1 / mean < 2.6, `${1 / mean}`)
})
