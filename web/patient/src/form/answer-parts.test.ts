// What is typed and tapped becomes answers: numbers of any keyboard, dates by parts, places on a line, rows or lists.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DeviceItem } from '../../../../src/study/device/device-form.ts'
import type { Draft } from '../model.ts'
import { localeFor } from '../screens/when.ts'
import english from '../words/form-en.ts'
import { answerWords } from './answer-words.ts'
import { formLanguage } from './form-language.ts'
import { dateOrder, isTwelveHour, momentInWords, readDate, readTime, timeParts } from './moments.ts'
import { nrsLayout } from './nrs-layout.ts'
import { answerOfParts, isPartial, type Parts, partialFault, partsOf } from './partial-moment.ts'
import { readNumber } from './read-number.ts'
import { createSaver } from './saver.ts'
import { lineLengthPx, pointAfterKey, pointAt, pointOfValue, valueOfPoint } from './vas.ts'

test('numbers are read as people type them, and nothing else is', () => {
  for (const [typed, value] of [
    ['7', 7],
    ['36,6', 36.6],
    ['36.6', 36.6],
    ['٣٦٫٦', 36.6],
    ['۱۲', 12],
    ['７．５', 7.5],
    ['7.', 7],
    [' 0 ', 0],
    ['-2', -2],
    ['.5', 0.5],
  ] as const)
    assert.equal(readNumber(typed), value, typed)
  for (const typed of ['', 'x', '1,234.5', '1 2', '1-2', '--1', '.', '1e3', '0x10', '1234567890123456'])
    assert.equal(readNumber(typed), null, typed)
})

test('dates and times by parts', () => {
  assert.deepEqual(readDate({ year: '2026', month: '2', day: '28' }), { text: '2026-02-28' })
  assert.deepEqual(readDate({ year: '2026', month: '2', day: '29' }), { fault: 'date' })
  assert.deepEqual(readDate({ year: '26', month: '2', day: '8' }), { fault: 'date' })
  assert.deepEqual(readTime({ hour: '٧', minute: '05', half: '' }, false), { text: '07:05' })
  assert.deepEqual(readTime({ hour: '12', minute: '05', half: 'am' }, true), { text: '00:05' })
  assert.deepEqual(readTime({ hour: '7', minute: '5', half: '' }, true), { fault: 'half' })
  assert.deepEqual(readTime({ hour: '19', minute: '5', half: '' }, true), { text: '19:05' })
  assert.deepEqual(readTime({ hour: '24', minute: '0', half: '' }, false), { fault: 'time' })
  assert.deepEqual(readTime({ hour: '7', minute: '', half: '' }, false), { fault: 'time' })
})

test('every time of day survives being shown in parts and read again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 59 }),
      fc.boolean(),
      (hour, minute, twelve) => {
        const text = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
        assert.deepEqual(readTime(timeParts(text, twelve), twelve), { text })
      },
    ),
  )
})

test('U14 parts that are no answer yet are kept as typed, and told apart from answers', () => {
  const typed = fc.constantFrom('', '7', '07', '31', '٣', 'x')
  const parts: fc.Arbitrary<Parts> = fc.record({
    year: fc.constantFrom('', '2026', '20'),
    month: typed,
    day: typed,
    hour: typed,
    minute: typed,
    half: fc.constantFrom('' as const, 'am' as const, 'pm' as const),
  })
  fc.assert(
    fc.property(
      parts,
      fc.constantFrom('date' as const, 'time' as const, 'date-time' as const),
      fc.boolean(),
      (given, kind, twelve) => {
        const answer = answerOfParts(kind, given, twelve)
        if (isPartial(answer)) assert.deepEqual(partsOf(answer, twelve), { ...given })
      },
    ),
  )
  assert.equal(
    partialFault(
      'time',
      answerOfParts('time', { year: '', month: '', day: '', hour: '7', minute: '', half: '' }, false)!,
      false,
    ),
    'time',
  )
})

test('U8 a line of 101 points: each has its place and comes back from it', () => {
  for (let point = 0; point <= 100; point += 1) {
    assert.equal(pointAt((point / 100) * lineLengthPx), point)
    assert.equal(pointOfValue(valueOfPoint(point)), point)
  }
  assert.equal(pointAt(-50), 0)
  assert.equal(pointAt(lineLengthPx + 50), 100)
  assert.equal(pointOfValue(undefined), null)
  assert.equal(pointAfterKey('ArrowRight', 7, false), 8)
  assert.equal(pointAfterKey('ArrowRight', 7, true), 6)
  assert.equal(pointAfterKey('End', null, false), 100)
  assert.equal(pointAfterKey('a', 7, false), null)
})

test('U7 numbers stand in a row only where it has room, else below one another', () => {
  assert.equal(nrsLayout(360, 100, 11), 'row')
  assert.equal(nrsLayout(339, 100, 11), 'list')
  assert.equal(nrsLayout(360, 131, 11), 'list')
  assert.equal(nrsLayout(800, 200, 11), 'list')
  assert.equal(nrsLayout(360, 100, 21), 'list')
})

test('the language of a form', () => {
  assert.equal(formLanguage('zh-CN', 'en', ['en', 'zh-CN']), 'zh-CN')
  assert.equal(formLanguage('ar', 'zh-CN', ['en', 'zh-CN']), 'zh-CN')
  assert.equal(formLanguage('ar', 'fr', ['en', 'zh-CN']), 'en')
  assert.equal(formLanguage('en', 'fr', []), null)
  assert.match(momentInWords('07:45', 'en'), /7:45/)
})

test('dates, times and numbers follow the region of the phone, and 24 hours where it speaks another language', () => {
  assert.deepEqual(dateOrder('en-GB'), ['day', 'month', 'year'])
  assert.deepEqual(dateOrder('en-US'), ['month', 'day', 'year'])
  assert.deepEqual([isTwelveHour('en-GB'), isTwelveHour('en-US')], [false, true])
  const elsewhere = localeFor('zh', ['en-GB'])
  assert.equal(isTwelveHour(elsewhere), false)
  assert.deepEqual(dateOrder(elsewhere), ['year', 'month', 'day'])
  assert.match(momentInWords('2026-11-22T19:45:00+08:00[Asia/Shanghai]', elsewhere), /2026.*19:45/)
  const item = { kind: 'decimal' } as DeviceItem
  assert.equal(answerWords(english, item, 1234.5, localeFor('ar', [])), '1,234.5')
})

test('U14 the newest draft is durable when settled; a failed write is told and made good by the next', async () => {
  const written: unknown[] = []
  let fails = false
  const saver = createSaver(async (draft) => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (fails) throw new Error('full')
    written.push(draft)
  })
  const drafts = [1, 2, 3].map((elapsedMs) => ({ elapsedMs }) as Draft)
  for (const draft of drafts) saver.save(draft)
  await saver.settled()
  assert.equal(written.at(-1), drafts[2])
  assert.equal(written.length, 2)
  fails = true
  saver.save(drafts[0]!)
  await assert.rejects(saver.settled())
  fails = false
  await saver.settled()
  assert.equal(written.at(-1), drafts[0])
  saver.close()
  saver.save(drafts[1]!)
  await saver.settled()
  assert.equal(written.at(-1), drafts[0])
})
