import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backOffMs } from './back-off.ts'
import { laneOf, openLanes } from './lane.ts'

const submission = (patientId: string, occasion?: string) => ({
  studyId: 'S',
  patientId,
  form: 'f',
  ...(occasion === undefined ? {} : { occasion }),
})

test('P5: a lane is one occasion of one patient', () => {
  assert.equal(laneOf(submission('P-1', '2026-11-22')), laneOf(submission('P-1', '2026-11-22')))
  assert.notEqual(laneOf(submission('P-1', '2026-11-22')), laneOf(submission('P-1', '2026-11-23')))
  assert.notEqual(laneOf(submission('P-1', 'x')), laneOf(submission('P-2', 'x')))
  assert.notEqual(
    laneOf({ studyId: 'a","b', patientId: 'c', form: 'f' }),
    laneOf({ studyId: 'a', patientId: 'b","c', form: 'f' }),
  )
})

test('a lane stays closed until its last retrying entry has left, and names who is next', () => {
  const lanes = openLanes([
    { lane: 'x', position: 7 },
    { lane: 'x', position: 3 },
    { lane: 'y', position: 5 },
  ])
  assert.deepEqual([lanes.closedBy('x'), lanes.nextIn('x', 3), lanes.closedBy('z')], [3, 7, undefined])
  lanes.open('x', 3)
  assert.deepEqual([lanes.closedBy('x'), lanes.nextIn('x', 7), lanes.size], [7, undefined, 2])
  lanes.open('x', 7)
  assert.deepEqual([lanes.closedBy('x'), lanes.size], [undefined, 1])
  lanes.close('x', 9)
  assert.equal(lanes.closedBy('x'), 9)
})

test('back-off doubles up to its ceiling, with full jitter', () => {
  assert.deepEqual(
    [1, 2, 3, 9, 20].map((n) => backOffMs(n, 0.999999)),
    [200, 400, 800, 51_200, 60_000],
  )
  assert.equal(backOffMs(5, 0), 0)
})
