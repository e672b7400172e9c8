// Rounding on the printed number, and the noise of binary fractions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rounded, withoutNoise } from './rounding.ts'

const table: readonly [number, number, 'half-up' | 'half-even' | 'up' | 'down', number][] = [
  [2.5, 0, 'half-up', 3],
  [2.5, 0, 'half-even', 2],
  [3.5, 0, 'half-even', 4],
  [-2.5, 0, 'half-up', -3],
  [1.005, 2, 'half-up', 1.01],
  [2.675, 2, 'half-up', 2.68],
  [2.1, 0, 'up', 3],
  [2.9, 0, 'down', 2],
  [0.1 + 0.2, 1, 'up', 0.3],
  [11.25, 0, 'half-up', 11],
  [1e-7, 3, 'half-up', 0],
]
for (const [value, decimals, mode, expected] of table)
  test(`${value} rounded ${mode} to ${decimals} decimals is ${expected}`, () => {
    assert.equal(rounded(value, { decimals, mode }), expected)
  })

test('sums of tenths are tenths', () => {
  assert.equal(withoutNoise(0.1 + 0.2), 0.3)
  assert.equal(withoutNoise(140 / 3), 46.6666666667)
})

test('law: rounding moves by half a unit at most, and twice is once', () => {
  const thousandths = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => n / 1000)
  fc.assert(
    fc.property(thousandths, fc.integer({ min: 0, max: 3 }), (value, decimals) => {
      const once = rounded(value, { decimals, mode: 'half-up' })
      assert.ok(Math.abs(once - value) <= 0.5 * 10 ** -decimals + 1e-9)
      assert.equal(rounded(once, { decimals, mode: 'half-up' }), once)
    }),
  )
})
