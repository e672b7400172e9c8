import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventHash, formHash, routeOf, sentHash } from './route.ts'

test('every hash the app makes leads back to what it names', () => {
  const key = 'daily diary/2026-11-22#1?x'
  assert.deepEqual(routeOf(formHash(key)), { at: 'form', key })
  assert.deepEqual(routeOf(sentHash(key)), { at: 'sent', key })
  assert.deepEqual(routeOf(eventHash('pain/attack')), { at: 'event', form: 'pain/attack' })
})

test('addresses from outside: the QR sheet, a reminder, and anything else leads to Today', () => {
  assert.deepEqual(routeOf('#/activate?code=ABC'), { at: 'activate', code: 'ABC', forgot: false })
  assert.deepEqual(routeOf('#/activate'), { at: 'activate', code: null, forgot: false })
  assert.deepEqual(routeOf('#/activate?forgot'), { at: 'activate', code: null, forgot: true })
  assert.deepEqual(routeOf('#/reminder/0198'), { at: 'reminder', id: '0198' })
  for (const hash of ['', '#', '#/', '#/nowhere', '#/form/', '#/%E0%A4%A'])
    assert.deepEqual(routeOf(hash), { at: 'today' })
})
