// Laws of the statistic over pack numbers: a numbering by arm is found whatever property it uses, a random one is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fewestPacks, packSigns } from './pack-numbering.ts'

const sure = (one: readonly string[], other: readonly string[]): readonly string[] =>
  packSigns(
    new Map([
      ['G1', one],
      ['G2', other],
    ]),
  )
    .filter((sign) => sign.sure)
    .map((sign) => sign.property)

const numbers = (min: number, max: number) =>
  fc.uniqueArray(fc.integer({ min, max }), { minLength: 24, maxLength: 60 })

test('a numbering by threshold, parity, last digit, length or prefix is found, whichever arm has which half', () => {
  const halves: readonly [string, (n: number) => boolean][] = [
    ['threshold', (n) => n < 50_000],
    ['parity', (n) => n % 2 === 0],
    ['last digit', (n) => n % 10 < 5],
    ['length', (n) => n < 10_000],
    ['second digit', (n) => Number(String(n)[1]) > 4],
    ['digit sum', (n) => [...String(n)].reduce((sum, digit) => sum + Number(digit), 0) % 2 === 0],
  ]
  for (const [name, half] of halves)
    fc.assert(
      fc.property(numbers(1000, 99_999), numbers(1000, 99_999), fc.boolean(), (a, b, swap) => {
        const all = [...new Set([...a, ...b])]
        const one = all.filter(half).map(String)
        const other = all.filter((n) => !half(n)).map(String)
        fc.pre(one.length >= 12 && other.length >= 12)
        assert.notDeepEqual(swap ? sure(other, one) : sure(one, other), [], name)
      }),
      { numRuns: 30 },
    )
})

test('numbers drawn at random over both arms are hardly ever taken for a leak', () => {
  let refused = 0
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 10_000, max: 99_999 }), { minLength: 40, maxLength: 40 }),
      (all) => {
        const texts = all.map(String)
        if (sure(texts.slice(0, 20), texts.slice(20)).length > 0) refused += 1
      },
    ),
    { numRuns: 300, seed: 301 },
  )
  assert.ok(refused <= 1, `${refused} of 300`)
})

test('fewer packs than say anything are left alone', () => {
  const low = Array.from({ length: fewestPacks - 1 }, (_, i) => String(1000 + i))
  const high = Array.from({ length: fewestPacks - 1 }, (_, i) => String(9000 + i))
  assert.deepEqual(sure(low, high), [])
  assert.notDeepEqual(sure([...low, '1999'], [...high, '9999']), [])
})

test('a lean without a clean split is told as such', () => {
  const one = Array.from({ length: 200 }, (_, i) => String(10_000 + i * 211))
  const other = Array.from({ length: 200 }, (_, i) => String(40_003 + i * 199))
  const signs = packSigns(
    new Map([
      ['G1', one],
      ['G2', other],
    ]),
  )
  assert.ok(signs.some((sign) => !sign.sure && sign.property === 'the size of the number'))
})
