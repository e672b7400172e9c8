// An evaluation that looks back is repeated until it knows all it asks for, and comes to the end it would have come to
// with everything known at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EarlierStore } from '../../records/earlier-store.ts'
import type { EarlierEntry, HistoryReader } from '../../study/rules/history.ts'
import { lookingBack } from './look-back.ts'

const entry = (position: number): EarlierEntry => ({
  position,
  version: 1,
  answers: {},
  scores: [],
  completedAt: '2026-03-02T08:00:00+01:00[Europe/Rome]',
})
const at = { studyId: 'S', patientId: 'P', position: 50 }

/** Days 1 to 9 are filled by the entries 10 to 90; what was read is noted. */
function storeOf(reads: string[]): EarlierStore {
  return {
    async entry({ form }, occasion, before) {
      reads.push(`${form} ${occasion}`)
      const position = Number(occasion) * 10
      return position < before ? entry(position) : undefined
    },
    async events({ form }, fromMs, toMs) {
      reads.push(`${form} ${fromMs}–${toMs}`)
      return [entry(3)]
    },
  }
}

/** Goes from day to day as long as they are filled: each question follows from the last answer. */
const walk = (history: HistoryReader): number[] => {
  const seen: number[] = []
  for (let day = 1; history.filled(String(day)) !== undefined; day++) seen.push(day)
  return seen
}

test('each question is read once, also where one follows from the other', async () => {
  const reads: string[] = []
  const result = await lookingBack(storeOf(reads), at, (history) => [
    walk(history('diary')),
    history('diary').entry('1')?.position,
    history('event').events(0, 9).length,
  ])
  assert.deepEqual(result, [[1, 2, 3, 4], 10, 1])
  assert.deepEqual(reads.toSorted(), ['diary 1', 'diary 2', 'diary 3', 'diary 4', 'diary 5', 'event 0–9'])
})

test('an evaluation that asks for nothing runs once', async () => {
  let runs = 0
  assert.equal(await lookingBack(storeOf([]), at, () => ++runs), 1)
})

test('one that asks for something new each time is a bug and ends', async () => {
  let asked = 0
  const restless = (history: (form: string) => HistoryReader) => history('diary').filled(String(++asked))
  await assert.rejects(lookingBack(storeOf([]), at, restless), /never stops asking/)
})
