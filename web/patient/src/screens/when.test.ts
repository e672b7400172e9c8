import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf, daysBetween, endIs, startIs, whenIs } from './when.ts'

const saying = (nowIso: string, zone = 'Europe/Berlin', language = 'en') => ({
  language,
  zone,
  nowMs: Date.parse(nowIso),
  midnight: 'midnight',
})
const at = (text: string): number => Date.parse(text)

test('today by its time, tomorrow and yesterday by name, near days by weekday, far ones by date', () => {
  const say = saying('2026-11-22T12:00:00Z')
  assert.equal(whenIs(at('2026-11-22T21:00:00Z'), say), '22:00')
  assert.equal(whenIs(at('2026-11-23T10:00:00Z'), say), 'tomorrow 11:00')
  assert.equal(whenIs(at('2026-11-21T10:00:00Z'), say), 'yesterday 11:00')
  assert.equal(whenIs(at('2026-11-25T17:00:00Z'), say), 'Wednesday 18:00')
  assert.equal(whenIs(at('2026-12-06T17:00:00Z'), say), 'Dec 6 18:00')
})

test('days are calendar days of the zone: 23 hours apart may be today, 2 hours apart may be tomorrow', () => {
  assert.equal(whenIs(at('2026-11-22T22:30:00Z'), saying('2026-11-21T23:30:00Z')), '23:30')
  assert.equal(whenIs(at('2026-11-22T23:30:00Z'), saying('2026-11-22T21:30:00Z')), 'tomorrow 00:30')
})

test('on the days clocks change, the day after is still tomorrow (23 and 25 hours)', () => {
  assert.equal(whenIs(at('2026-03-30T10:00:00Z'), saying('2026-03-29T00:30:00Z')), 'tomorrow 12:00')
  assert.equal(whenIs(at('2026-10-26T22:59:00Z'), saying('2026-10-24T22:01:00Z')), 'tomorrow 23:59')
})

test('a window that ends as the day ends is said by the day it belongs to', () => {
  assert.equal(endIs(at('2026-11-22T23:00:00Z'), saying('2026-11-22T12:00:00Z')), 'midnight')
  assert.equal(endIs(at('2026-11-24T23:00:00Z'), saying('2026-11-22T12:00:00Z')), 'Tuesday midnight')
  assert.equal(endIs(at('2026-11-22T21:00:00Z'), saying('2026-11-22T12:00:00Z')), '22:00')
})

test('a window that opens as a day begins opens on that day', () => {
  assert.equal(startIs(at('2026-11-22T23:00:00Z'), saying('2026-11-22T12:00:00Z')), 'tomorrow')
  assert.equal(startIs(at('2026-11-23T10:00:00Z'), saying('2026-11-22T12:00:00Z')), 'tomorrow 11:00')
})

test('the phone travels: the same instant is said in the zone where it is now', () => {
  const closes = at('2026-11-22T21:00:00Z')
  assert.equal(endIs(closes, saying('2026-11-22T12:00:00Z', 'Asia/Shanghai')), 'tomorrow 05:00')
  assert.equal(endIs(closes, saying('2026-11-22T12:00:00Z', 'America/St_Johns')), '17:30')
})

test('the other languages, with the digits of the keypad', () => {
  const closes = at('2026-11-23T10:00:00Z')
  assert.equal(whenIs(closes, saying('2026-11-22T12:00:00Z', 'Europe/Berlin', 'zh-CN')), '明天 11:00')
  assert.match(whenIs(closes, saying('2026-11-22T12:00:00Z', 'Europe/Berlin', 'ar')), /غدًا 11:00/)
})

test('an ISO date of a zone, and whole days between two', () => {
  assert.equal(dayOf(at('2026-11-22T23:30:00Z'), 'Europe/Berlin'), '2026-11-23')
  assert.equal(daysBetween('2026-03-28', '2026-03-30'), 2)
})

test('the region of the phone decides how its clock is read, where it speaks the language', () => {
  const say = { ...saying('2026-11-22T12:00:00Z'), own: ['de-DE', 'en-US'] }
  assert.match(whenIs(at('2026-11-22T21:00:00Z'), say), /^10:00\sPM$/)
  assert.equal(whenIs(at('2026-11-22T21:00:00Z'), { ...say, own: ['en-GB'] }), '22:00')
  assert.equal(whenIs(at('2026-11-22T21:00:00Z'), { ...say, own: ['de-AT'] }), '22:00')
})
