// Counting what devices hold: every page is looked at, and the doors are let in between.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Declaration, DeclaredEntry } from '../records/declared-store.ts'
import { declaredCounts } from './declared-counts.ts'

const entry = (submissionId: string): DeclaredEntry => ({
  submissionId,
  form: 'diary',
  occasion: null,
  completedAt: '2026-11-22T08:12:31+08:00[Asia/Shanghai]',
  sequence: 1,
  problem: null,
  since: 0,
})
const all: Declaration[] = Array.from({ length: 230 }, (_, n) => ({
  deviceId: n + 1,
  studyId: n % 2 === 0 ? 'A' : 'B',
  patientId: `P-${n}`,
  entries: [entry(`here-${n}`), entry(`missing-${n}`)],
  changedAt: 0,
  contactAt: 0,
}))

test('what has not arrived is counted over all devices, a few at a time', async () => {
  let turns = 0
  let isCounting = true
  const turn = () => {
    turns += 1
    if (isCounting) setImmediate(turn)
  }
  setImmediate(turn)
  const counts = declaredCounts({
    declared: { open: async (limit, after = 0) => all.filter((d) => d.deviceId > after).slice(0, limit) },
    journal: {
      find: (_study, _patient, id) => (id.startsWith('here') ? ({ position: 1 } as never) : undefined),
    },
  })
  assert.deepEqual(
    [...(await counts())],
    [
      ['A', 115],
      ['B', 115],
    ],
  )
  isCounting = false
  assert.ok(turns >= 4, `others had ${turns} turns`)
})
