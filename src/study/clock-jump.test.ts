// A clock that was changed while a form was open is told from a form that was closed for a while.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hasClockJump } from './clock-jump.ts'
import { proxyOf } from './originator.ts'

const start = Date.UTC(2026, 10, 22, 8)
const minute = 60_000
/** A time on a phone in Shanghai. */
const at = (ms: number) => `${new Date(ms + 8 * 3_600_000).toISOString().slice(0, -1)}+08:00[Asia/Shanghai]`
const trailOf = (points: readonly (readonly [clock: number, elapsed: number])[]) =>
  points.map(([clock, elapsedMs]) => ({ item: 'pain', at: at(start + clock), elapsedMs, value: 3 }))

test('law: a clock that runs with the elapsed time, however long the form was closed, has not jumped', () => {
  const step = fc.record({
    open: fc.nat(30 * minute),
    closed: fc.nat(600 * minute),
    off: fc.integer({ min: -2000, max: 2000 }),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
      let [clock, elapsed] = [0, 0]
      const points = steps.map(({ open, closed, off }) => {
        clock += open + closed
        elapsed += open
        return [clock + off, elapsed] as const
      })
      const [last] = points.slice(-1)
      const said = { startedAt: at(start), completedAt: at(start + last![0]), elapsedMs: last![1] }
      assert.equal(hasClockJump({ ...said, answerTrail: trailOf(points) }), false)
    }),
  )
})

test('a clock put back is told: by its own step, and by the elapsed time it cannot explain', () => {
  const completedAt = at(start + 2 * minute)
  const said = { startedAt: at(start), completedAt, elapsedMs: 2 * minute }
  const withTrail = (...points: [number, number][]) => ({ ...said, answerTrail: trailOf(points) })
  assert.equal(hasClockJump(withTrail([minute, minute])), false)
  assert.equal(hasClockJump(withTrail([5 * minute, minute])), true, 'back by three minutes')
  assert.equal(
    hasClockJump(withTrail([3 * minute, minute])),
    false,
    'back by a minute: corrected by the network',
  )
  assert.equal(hasClockJump({ ...said, elapsedMs: 6 * minute }), false)
  assert.equal(
    hasClockJump({ ...said, elapsedMs: 7 * minute + 1 }),
    true,
    'open for longer than the clock says',
  )
  assert.equal(hasClockJump(withTrail([minute, minute], [minute + 1, 7 * minute])), true)
})

test('what cannot be read is left out, and what says nothing of elapsed time is not judged', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), fc.anything(), fc.array(fc.anything()), (a, b, c, d) => {
      hasClockJump({ startedAt: a, completedAt: b, elapsedMs: c, answerTrail: d })
    }),
  )
  assert.equal(hasClockJump({ startedAt: at(start + minute * 9), completedAt: at(start) }), false)
  assert.equal(hasClockJump({ completedAt: 'yesterday', elapsedMs: 1e12 }), false)
})

test('the patient answers unless the device says otherwise; what cannot be read is not the patient', () => {
  for (const patient of [undefined, null, { kind: 'patient' }, { kind: 'patient', reason: 'x' }])
    assert.equal(proxyOf(patient), null)
  assert.deepEqual(proxyOf({ kind: 'proxy', relationship: 'daughter', reason: 'tired' }), {
    kind: 'proxy',
    relationship: 'daughter',
    reason: 'tired',
  })
  for (const other of ['proxy', 7, [], { kind: 'robot' }])
    assert.deepEqual(proxyOf(other), { kind: 'unknown' })
  const long = proxyOf({ kind: 'proxy', reason: `${'a'.repeat(499)}\u{1F600}`, relationship: 'a\0b' })
  assert.deepEqual(
    [long?.reason?.length, long?.reason?.isWellFormed(), long?.relationship],
    [500, true, 'ab'],
  )
})
