// The parts of the phone's memory that need no browser: clocks, ids, seals, the PIN's rules, the worker's file names.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { freeTries, pinText, waitAfterMs } from '../crypto/pin.ts'
import { noticeOf } from '../sw/notices.ts'
import { keptBefore, nameOf } from '../sw/shell.ts'
import { fromBase64, toBase64, toBase64Url, toHex } from '../sync/bytes.ts'
import { deviceNow, stopwatch } from './clock.ts'
import { newKey, seal, unseal } from './seal.ts'
import { asStoreError } from './store-error.ts'
import { uuid7 } from './uuid7.ts'

test('U17 the device time names the moment, the offset and the zone', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('2099-01-01'), noInvalidDate: true }), (moment) => {
      const text = deviceNow(moment, 'Europe/Berlin')
      assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d\[Europe\/Berlin\]$/)
      assert.equal(Date.parse(text.replace(/\[.*$/, '')), moment.getTime())
    }),
  )
  assert.equal(Temporal.ZonedDateTime.from(deviceNow()).timeZoneId, Temporal.Now.timeZoneId())
})

test('a stopwatch counts whole milliseconds and never back', () => {
  const ms = stopwatch()
  const seen = [ms(), ms(), ms()]
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.ok(seen.every(Number.isInteger))
})

test('ids are UUIDs of version 7 that sort by time', () => {
  const early = uuid7(1_795_000_000_000)
  assert.match(early, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(Number.parseInt(early.replaceAll('-', '').slice(0, 12), 16), 1_795_000_000_000)
  assert.ok(early < uuid7(1_795_000_000_001))
  assert.equal(new Set(Array.from({ length: 1000 }, () => uuid7(1))).size, 1000)
})

test('what is sealed opens only with its key, in its place, unchanged', async () => {
  const key = await newKey()
  const sealed = await seal(key, 'draft a', { pain: 4 })
  assert.deepEqual(await unseal(key, 'draft a', sealed), { pain: 4 })
  await assert.rejects(unseal(key, 'draft b', sealed))
  await assert.rejects(unseal(await newKey(), 'draft a', sealed))
  const bytes = new Uint8Array(sealed.data.slice(0))
  bytes[0]! ^= 1
  await assert.rejects(unseal(key, 'draft a', { iv: sealed.iv, data: bytes.buffer }))
  assert.notDeepEqual((await seal(key, 'draft a', { pain: 4 })).iv, sealed.iv)
  await assert.rejects(crypto.subtle.exportKey('raw', key), 'the key cannot be read out')
})

test('U19 a PIN is 4 to 12 digits of any script; wrong ones make wait ever longer and never for good', () => {
  assert.equal(pinText(' 12 34 '), '1234')
  assert.equal(pinText('١٢٣٤'), '1234')
  assert.equal(pinText('۹۸۷۶'), '9876')
  assert.equal(pinText('１２３４'), '1234')
  for (const text of ['123', '1234567890123', '12a4', '', '12.34']) assert.equal(pinText(text), null)
  assert.deepEqual([1, freeTries].map(waitAfterMs), [0, 0])
  assert.deepEqual([5, 6, 7].map(waitAfterMs), [30_000, 60_000, 120_000])
  assert.equal(waitAfterMs(1e6), 15 * 60_000)
})

test('a full phone is told as such, whatever the browser calls it', () => {
  assert.equal(asStoreError(new DOMException('', 'QuotaExceededError')).why, 'full')
  assert.equal(asStoreError(new DOMException('', 'AbortError')).why, 'failed')
  assert.equal(asStoreError('nonsense').why, 'failed')
})

test('bytes become text and come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const buffer = Buffer.from(bytes)
      assert.equal(toBase64(bytes), buffer.toString('base64'))
      assert.equal(toBase64Url(bytes), buffer.toString('base64url'))
      assert.equal(toHex(bytes), buffer.toString('hex'))
      assert.deepEqual(Buffer.from(fromBase64(toBase64(bytes))), buffer)
    }),
  )
})

test('a language that was used follows into the next version of the app', () => {
  assert.equal(nameOf('/app/assets/form-zh-Bx1_9aZ0.js'), 'form-zh.js')
  const shell = {
    version: '2',
    always: ['/app/'],
    some: {
      zh: '/app/assets/zh-AAAAAAAA.js',
      ar: '/app/assets/ar-BBBBBBBB.js',
      'form-zh': '/app/assets/form-zh-CCCCCCCC.js',
    },
  }
  assert.deepEqual(keptBefore(shell, ['/app/', '/app/assets/zh-DDDDDDDD.js']), ['/app/assets/zh-AAAAAAAA.js'])
  assert.deepEqual(keptBefore(shell, []), [])
})

test('U20 a push is shown as it was written and leads nowhere but into the app', () => {
  const notice = { id: 'r1', title: 'Hello', body: 'Something to do', url: '/app/#/reminder/r1', tag: 't' }
  assert.deepEqual(noticeOf(JSON.stringify(notice)), notice)
  for (const url of [
    'https://elsewhere.example/',
    '//elsewhere.example',
    '/console/',
    'javascript:alert(1)',
    7,
  ])
    assert.equal(noticeOf(JSON.stringify({ ...notice, url }))?.url, '/app/')
  for (const text of ['', 'null', '[]', '{"title":7}', '{']) assert.equal(noticeOf(text), null)
})
