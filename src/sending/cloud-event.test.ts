// The bodies that go out, held against the examples of the contract.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { cloudEvent, eventMediaType } from './cloud-event.ts'
import { signedHeaders } from './signature.ts'

const folder = new URL('../../contract/webhooks/', import.meta.url)
type Example = { headers: Record<string, string>; body: Record<string, unknown> & { time: string } }
const example = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Example

const alert = {
  messageId: 'MORNING-301:4711:phq-9-item-9',
  studyId: 'MORNING-301',
  kind: 'alert.raised',
  record: 'response:4711',
  payload:
    '{"patientId":"P-00001","rule":"phq-9-item-9","severity":"high","completedAt":"2026-11-21T21:02:44.000Z","receivedAt":"2026-11-22T06:31:07.301Z"}',
  createdAt: Date.parse('2026-11-22T06:31:07.412Z'),
}
const messages: Record<string, typeof alert> = {
  'alert.raised.json': alert,
  'alert.escalated.json': {
    ...alert,
    messageId: 'MORNING-301:alert:3:escalated:1',
    kind: 'alert.escalated',
    record: 'alert:3',
    payload: '{"patientId":"P-00001","rule":"phq-9-item-9","severity":"high"}',
  },
  'signature.broken.json': {
    ...alert,
    messageId: 'MORNING-301:signature:2:broken',
    kind: 'signature.broken',
    record: 'signature:2',
    payload: '{"patientId":"P-00001"}',
  },
  'rescue-medicine-reported.json': {
    ...alert,
    messageId: 'MORNING-301:4712:rescue-reported',
    kind: 'rescue-medicine-reported',
    record: 'response:4712',
    payload: '{"patientId":"P-00001","rule":"rescue-reported"}',
  },
}

test('each example of the contract is what goes out, to the byte, and its signature is right', () => {
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(messages).sort())
  const published = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
  for (const [name, message] of Object.entries(messages)) {
    const { headers, body } = example(name)
    const text = cloudEvent(message)
    assert.equal(JSON.stringify(body), text, name)
    const sentAt = Number(headers['webhook-timestamp']) * 1000
    assert.deepEqual(
      headers,
      { 'content-type': eventMediaType, ...signedHeaders([published], message.messageId, text, sentAt) },
      name,
    )
  }
})

test('P10: only ids, the rule and the severity leave; anything else in a payload stays inside', () => {
  const payload = {
    patientId: 'P-00001',
    rule: 'phq-9-item-9',
    severity: 'high',
    arm: 'G2',
    answers: { 'phq9-9': 'nearly-every-day' },
    text: { en: 'words' },
    score: 27,
  }
  const sent = JSON.parse(cloudEvent({ ...alert, payload: JSON.stringify(payload) }))
  assert.deepEqual(sent.data, {
    studyId: 'MORNING-301',
    patientId: 'P-00001',
    rule: 'phq-9-item-9',
    severity: 'high',
  })
  const nested = JSON.stringify({ patientId: { arm: 'G2' }, rule: ['G2'], severity: 3 })
  assert.deepEqual(JSON.parse(cloudEvent({ ...alert, payload: nested })).data, { studyId: 'MORNING-301' })
  for (const odd of ['null', '[]', '3', '"G2"'])
    assert.deepEqual(JSON.parse(cloudEvent({ ...alert, payload: odd })).data, { studyId: 'MORNING-301' }, odd)
})
