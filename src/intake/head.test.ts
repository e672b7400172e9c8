// Heads: an unsigned submission of a device without a key has the head it always had; marks come back as they were put.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Call } from './accept.ts'
import { headText, isSigned, marksOf } from './head.ts'

const sender = { deviceId: 1, studyId: 'S', patientId: 'P' }
const call: Call = {
  sender,
  door: 'http',
  language: 'en',
  contentType: 'application/json',
  userAgent: 'app/1',
}
const signature = `${'Ab-_9'.repeat(17)}A`

test('a device without a key that signs nothing has no marks, and its head is remembered', () => {
  const plain = '{"door":"http","contentType":"application/json","userAgent":"app/1"}'
  assert.equal(headText(call), plain)
  assert.equal(headText({ ...call, sender: { ...sender, kind: 'token' } }), plain)
  assert.deepEqual([marksOf(plain), marksOf(null), marksOf(undefined)], [null, null, null])
  assert.equal(isSigned({ head: plain }), false)
})

test('what a device with a key did or did not sign, a replaced phone and a tablet are marked', () => {
  const marks = (changes: Partial<Call>, of: Partial<Call['sender']> = {}) =>
    marksOf(headText({ ...call, ...changes, sender: { ...sender, ...of } }))
  assert.deepEqual(marks({ signature }), { signature })
  assert.deepEqual(marks({ signature: `${signature}=` }), { malformed: `${signature}=` })
  assert.deepEqual(marks({ signature: '' }), { malformed: '' })
  assert.deepEqual(marks({}, { kind: 'own' }), { signature: null })
  assert.deepEqual(marks({ signature }, { kind: 'own', replacedAt: 5 }), { signature, replacedAt: 5 })
  assert.deepEqual(marks({ signature }, { kind: 'clinic' }), { signature, clinic: true })
  assert.deepEqual(marks({}, { replacedAt: 5 }), { replacedAt: 5 })
  assert.equal(isSigned({ head: headText({ ...call, sender: { ...sender, replacedAt: 5 } }) }), false)
  assert.equal(isSigned({ head: headText({ ...call, sender: { ...sender, kind: 'own' } }) }), true)
})

test('law: whatever a device sends as its signature, the head is JSON of a bounded size on one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.string(), (sent, userAgent) => {
      const text = headText({ ...call, userAgent, signature: sent })
      assert.ok(text.length < 2500 && !text.includes('\n'), text)
      const { signature: kept, malformed } = marksOf(text) ?? {}
      assert.ok(kept === sent || malformed === sent.slice(0, 128))
    }),
  )
})

test('a damaged head says nothing, and never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void isSigned({ head: text })))
  for (const text of ['null', '7', '{"signature"', '']) assert.equal(marksOf(text), null)
})
