// Activation codes: every slip that a check digit can catch is caught, and every way of writing a code is understood.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { checkDigitOf, codeAlphabet, codeInGroups, codeLength, normaliseCode } from './activation-code.ts'

const nine = fc
  .array(fc.constantFrom(...codeAlphabet), { minLength: 9, maxLength: 9 })
  .map((characters) => characters.join(''))
const code = nine.map((text) => text + checkDigitOf(text))

test('the alphabet has a prime number of characters, none twice, none that looks like another', () => {
  assert.equal(codeAlphabet.length, 23)
  assert.equal(new Set(codeAlphabet).size, 23)
  assert.doesNotMatch(codeAlphabet, /[0O1IL5S2Z8BUV]/)
  assert.ok(codeAlphabet.length ** (codeLength - 1) > 1e12, 'codes there are')
})

test('every single wrong character is caught', () => {
  fc.assert(
    fc.property(code, (right) => {
      for (let at = 0; at < codeLength; at++)
        for (const other of codeAlphabet)
          if (other !== right[at])
            assert.equal(normaliseCode(right.slice(0, at) + other + right.slice(at + 1)), null)
    }),
    { numRuns: 50 },
  )
})

test('every two characters that changed places are caught, neighbours or not', () => {
  fc.assert(
    fc.property(code, (right) => {
      for (let a = 0; a < codeLength; a++)
        for (let b = a + 1; b < codeLength; b++) {
          const swapped = [...right]
          ;[swapped[a], swapped[b]] = [right[b] as string, right[a] as string]
          const text = swapped.join('')
          assert.equal(normaliseCode(text), right[a] === right[b] ? right : null)
        }
    }),
  )
})

test('a code is understood in any case, with spaces, hyphens, full-width and Arabic characters', () => {
  fc.assert(
    fc.property(code, (right) => {
      assert.equal(normaliseCode(right), right)
      assert.equal(normaliseCode(codeInGroups(right).toLowerCase()), right)
      assert.equal(normaliseCode(` ${right.slice(0, 3)} ${right.slice(3, 6)}–${right.slice(6)}\n`), right)
      const wide = [...right].map((one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)).join('')
      assert.equal(normaliseCode(wide), right)
      const arabic = right.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)))
      assert.equal(normaliseCode(arabic), right)
      const persian = right.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)))
      assert.equal(normaliseCode(persian), right)
    }),
  )
})

test('what is no code is null, never an error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
      const found = normaliseCode(text)
      assert.ok(found === null || found.length === codeLength)
    }),
  )
  assert.equal(normaliseCode(''), null)
  assert.equal(normaliseCode('-'.repeat(1_000_000)), null)
  assert.throws(() => checkDigitOf('3467'), RangeError)
  assert.throws(() => checkDigitOf('34679ACD0'), RangeError)
})
