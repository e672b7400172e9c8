// Which way a reminder takes when others fail, and what is sealed stays with whom it belongs to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../settlement.ts'
import { type Channels, type ClaimedReminder, deliverReminder } from './deliver-reminder.ts'
import { settlementOf } from './reminder-sender.ts'
import { ownerOf, sealBy } from './seal.ts'

const seal = sealBy(Buffer.alloc(32, 1))
const sealed = (what: string, value: unknown, patientId = 'P') =>
  seal.seal(ownerOf('S', patientId, what), JSON.stringify(value))
const reminder: ClaimedReminder = {
  ...{ reminderId: 'R', studyId: 'S', patientId: 'P', form: 'f', occasion: 'o', closesAt: 3_600_000 },
  ...{ attempts: 0, language: 'en', claimedUntil: 1 },
  reach: {
    subscriptions: [
      { deviceId: 7, sealed: sealed('push:7', { endpoint: 'https://push.example', keys: {} }) },
    ],
    contacts: [
      { kind: 'email', sealed: sealed('email', 'a@example.org') },
      { kind: 'phone', sealed: sealed('phone', '+4912345678') },
    ],
  },
}
const ok: Outcome = { state: 'sent', code: '200' }
const busy: Outcome = { state: 'again', code: '503' }
const refused: Outcome = { state: 'given-up', code: '550' }
const channels = (push: Outcome & { gone?: boolean }, mail: Outcome, sms: Outcome): Channels => ({
  push: { push: async () => ({ gone: false, ...push }) },
  mailer: { mail: async () => mail, [Symbol.dispose]() {} },
  texter: { text: async () => sms },
  ...{ origin: '', seal, tagKey: Buffer.alloc(32) },
})
const way = async (push: Outcome & { gone?: boolean }, mail: Outcome, sms: Outcome, attempts = 0) => {
  const { state, channel, gone } = await deliverReminder(
    channels(push, mail, sms),
    { ...reminder, attempts },
    0,
  )
  return [state, channel, ...gone]
}

test('push, else e-mail, else SMS', async () => {
  const gone = { state: 'given-up', code: '410', gone: true } as const
  assert.deepEqual(await way(ok, ok, ok), ['sent', 'push'])
  assert.deepEqual(await way(gone, ok, ok), ['sent', 'e-mail', 7])
  assert.deepEqual(await way(gone, refused, ok), ['sent', 'sms', 7])
  assert.deepEqual(await way(gone, refused, refused), ['failed', 'sms', 7])
  assert.deepEqual(await way(gone, busy, refused), ['again', 'e-mail', 7])
})

test('a push that fails for a while is tried three times before another way is, and six times at most', async () => {
  assert.deepEqual(await way(busy, ok, ok, 0), ['again', 'push'])
  assert.deepEqual(await way(busy, ok, ok, 1), ['again', 'push'])
  assert.deepEqual(await way(busy, ok, ok, 2), ['sent', 'e-mail'])
  assert.deepEqual(await way(busy, refused, refused, 4), ['again', 'push'])
  assert.deepEqual(await way(busy, refused, refused, 5), ['failed', 'push'])
})

test('what cannot succeed before the window closes has failed', () => {
  const again = { state: 'again', channel: 'push', code: '503', retryAfterMs: 0, gone: [] } as const
  const at = (now: number, retryAfterMs: number) =>
    settlementOf(reminder, { ...again, retryAfterMs }, now, now, 0.5)
  assert.deepEqual([at(0, 0).state, at(0, 0).at], ['planned', 22_500])
  assert.equal(at(0, 60_000).at, 60_000, 'as the push service asked')
  assert.equal(at(3_590_000, 0).state, 'failed')
})

test('what is sealed opens for its owner alone, and only as it was; lengths tell little', () => {
  const value = sealed('email', 'a@example.org')
  assert.equal(seal.open(ownerOf('S', 'P', 'email'), value), '"a@example.org"')
  for (const owner of [ownerOf('S', 'Q', 'email'), ownerOf('S', 'P', 'phone'), ownerOf('T', 'P', 'email')])
    assert.throws(() => seal.open(owner, value))
  assert.throws(() => sealBy(Buffer.alloc(32, 2)).open(ownerOf('S', 'P', 'email'), value))
  const altered = Buffer.from(value)
  altered[altered.length - 1]! ^= 1
  assert.throws(() => seal.open(ownerOf('S', 'P', 'email'), altered))
  assert.equal(sealed('email', 'anna-maria.mueller@example.org').length, value.length)
})
