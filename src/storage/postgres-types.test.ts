import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exactNumber, types } from './postgres-types.ts'

test('BIGINT is a number, exactly, or refused', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const fits = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
      if (fits) assert.equal(BigInt(exactNumber(String(value))), value)
      else assert.throws(() => exactNumber(String(value)), /does not fit/)
    }),
    { examples: [[2n ** 53n - 1n], [2n ** 53n], [-(2n ** 53n)], [0n]] },
  )
})

test('BIGINT[] is an array of them, with its nulls', () => {
  const parse = types.getTypeParser(1016 as never, 'text') as (text: string) => unknown
  assert.deepEqual(parse('{1,NULL,-9007199254740991}'), [1, null, -9007199254740991])
  assert.throws(() => parse('{9007199254740992}'), /does not fit/)
})
