import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DueOccasion } from '../model.ts'
import { dayStates, monthAfter, monthOf } from './calendar-days.ts'
import type { TodayCards } from './today-cards.ts'

const on = (dueDate: string): DueOccasion => ({ dueDate }) as DueOccasion

test('a day is partly filled in when one form is done and another missed; what is set aside does not count', () => {
  const cards = {
    now: [{ in: 'now', due: on('2026-11-22') }],
    later: [{ in: 'later', due: on('2026-11-23') }],
    done: [
      { in: 'done', due: on('2026-11-20') },
      { in: 'done', due: on('2026-11-21') },
      { in: 'done', due: on('2026-11-22') },
    ],
    missed: [
      { in: 'missed', due: on('2026-11-19'), needed: true },
      { in: 'missed', due: on('2026-11-18'), needed: false },
      { in: 'missed', due: on('2026-11-20'), needed: true },
    ],
    begunEvents: [],
  } as unknown as TodayCards
  assert.deepEqual([...dayStates(cards)].sort(), [
    ['2026-11-19', 'missed'],
    ['2026-11-20', 'partly'],
    ['2026-11-21', 'done'],
    ['2026-11-22', 'open'],
    ['2026-11-23', 'planned'],
  ])
})

test('a month has all its days once, in weeks that begin with the region’s first day', () => {
  for (const firstDay of [1, 6, 7]) {
    for (const month of ['2026-02', '2026-11', '2024-02', '2027-08']) {
      const { weeks } = monthOf(month, firstDay)
      const days = weeks.flat().filter((day) => day !== null)
      assert.ok(weeks.every((week) => week.length === 7))
      assert.equal(new Set(days).size, days.length)
      assert.equal(
        days.length,
        new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate(),
      )
      for (const week of weeks) {
        const first = week.findIndex((day) => day !== null)
        assert.equal(new Date(`${week[first]}T00:00:00Z`).getUTCDay(), (firstDay + first) % 7)
      }
    }
  }
})

test('months follow each other over the turn of the year', () => {
  assert.equal(monthAfter('2026-12', 1), '2027-01')
  assert.equal(monthAfter('2027-01', -1), '2026-12')
})
