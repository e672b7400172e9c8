// Moments as answers: the same are read as Temporal reads, and a phone without Temporal reads those that phones write.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ItemPlan } from './plan.ts'
import { isUnreadable, readAnswer } from './read-answer.ts'

const item = { linkId: 'at', kind: 'dateTime' } as ItemPlan
const isRead = (text: string): boolean => !isUnreadable(readAnswer(item, text))

function byTemporal(text: string): boolean {
  try {
    Temporal.Instant.from(text)
    return true
  } catch {
    return false
  }
}

const two = (most: number) => fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, '0'))
const usually = (text: string, ...others: string[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(text) }, fc.constantFrom(...others))
/** Near what is a moment: each part right or slightly wrong. */
const nearly = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        '2026-11-22',
        '2024-02-29',
        '2026-02-29',
        '2026-04-31',
        '0099-01-01',
        '20261122',
        '+002026-01-01',
      ),
      fc
        .tuple(fc.integer({ min: 0, max: 9999 }), two(13), two(32))
        .map(([year, month, day]) => `${String(year).padStart(4, '0')}-${month}-${day}`),
    ),
    usually('T', 't', ' ', ''),
    fc.tuple(two(25), two(61)).map(([hour, minute]) => `${hour}:${minute}`),
    fc.oneof(
      fc.constant(''),
      two(61).map((second) => `:${second}`),
    ),
    fc.constantFrom('', '', '.1', ',5', '.123456789', '.1234567891', '.'),
    fc.oneof(
      fc.constantFrom('Z', 'z', '', '+8', '+0800', '-00:00', '−05:00'),
      two(25).map((hour) => `+${hour}:30`),
    ),
    fc.constantFrom(
      '',
      '',
      '[Asia/Shanghai]',
      '[America/Argentina/Buenos_Aires]',
      '[Etc/GMT+8]',
      '[UTC]',
      '[+08:00]',
    ),
    usually('', '[u-ca=iso8601]', '[!u-x=1]', '[x]', '[', ' ', '[Asia//Tokyo]', '[a-b]', '[-a]', '[Zone1/2]'),
  )
  .map((parts) => parts.join(''))

test('law: an answer is a moment where Temporal reads one', () => {
  let moments = 0
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: nearly }, fc.string()), (text) => {
      const plain = text.trim()
      const expected = plain === '' || (plain.length <= 80 && byTemporal(plain))
      assert.equal(isRead(text), expected, JSON.stringify(text))
      if (expected) moments += 1
    }),
    { numRuns: 5000 },
  )
  assert.ok(moments > 300, `only ${moments} were moments`)
})

test('without Temporal, as on many phones, what phones write is read, and nothing that Temporal refuses', () => {
  const { Temporal: kept } = globalThis
  const without = (text: string): boolean => {
    Object.defineProperty(globalThis, 'Temporal', { value: undefined, configurable: true, writable: true })
    try {
      return isRead(text)
    } finally {
      Object.defineProperty(globalThis, 'Temporal', { value: kept, configurable: true, writable: true })
    }
  }
  for (const text of [
    '2026-11-22T08:12:31+08:00[Asia/Shanghai]',
    '2026-11-22T08:12-03:30[America/St_Johns]',
    '2026-02-28T23:59:59.999Z',
    '2026-11-22T08:12+00:00[Etc/GMT-8]',
  ])
    assert.equal(without(text), true, text)
  fc.assert(
    fc.property(nearly, (text) => {
      if (text.trim() !== '' && without(text)) assert.ok(byTemporal(text.trim()), text)
    }),
    { numRuns: 3000 },
  )
})
