import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Histogram } from './histogram.ts'

const latencies = fc.array(fc.double({ min: 0, max: 4_000_000, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
})
const shares = [0, 0.5, 0.95, 0.99, 0.999, 1]

test('a percentile lies at most 1 % or one microsecond above the true one, and not below it', () => {
  fc.assert(
    fc.property(latencies, (values) => {
      const histogram = new Histogram()
      for (const value of values) histogram.record(value)
      const sorted = values.toSorted((a, b) => a - b)
      for (const share of shares) {
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number
        const told = histogram.percentileMs(share)
        assert.ok(told >= exact - 1e-9, `${told} is below ${exact}`)
        assert.ok(told <= exact * 1.01 + 0.001, `${told} is too far above ${exact}`)
      }
    }),
  )
})

test('maximum and count are exact, also beyond the last bucket', () => {
  const histogram = new Histogram()
  for (const ms of [0.5, 9_000_000, 3]) histogram.record(ms)
  assert.equal(histogram.maxMs, 9_000_000)
  assert.equal(histogram.count, 3)
  assert.equal(histogram.percentileMs(0.5), 3.007)
})

test('adding histograms equals recording everything in one', () => {
  fc.assert(
    fc.property(latencies, latencies, (left, right) => {
      const [a, b, both] = [new Histogram(), new Histogram(), new Histogram()]
      for (const value of left) a.record(value)
      for (const value of right) b.record(value)
      for (const value of [...left, ...right]) both.record(value)
      a.add(b)
      for (const share of shares) assert.equal(a.percentileMs(share), both.percentileMs(share))
      assert.equal(a.count, both.count)
    }),
  )
})

test('an empty histogram reports zeros', () => {
  assert.deepEqual(new Set(Object.values(new Histogram().summary())), new Set([0]))
})
