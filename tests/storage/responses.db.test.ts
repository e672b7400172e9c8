// Responses and the outbox, on both engines: what a doors' reader sees of them, and what a set may not write twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addEffects,
  addResponses,
  filledOccasions,
  responseReader as postgresReader,
  raisedAlerts,
} from '../../src/records/response-store.postgres.ts'
import { responseStore, responseReader as sqliteReader } from '../../src/records/response-store.sqlite.ts'
import type { AlertRow, OccasionKey, ResponseReader, ResponseRow } from '../../src/records/response-store.ts'
import { addMessages } from '../../src/sending/outbox-store.postgres.ts'
import { outboxStore } from '../../src/sending/outbox-store.sqlite.ts'
import type { OutboxMessage } from '../../src/sending/outbox-store.ts'
import { engines, type Ground, openPostgresGround } from '../support/engines.ts'

const hostile = `{"text":"\\"quoted\\", {braces}, NULL, \\\\ back, \\u0000, \\u001f, 日本語, 𝄞, '; DROP TABLE x"}`

const response = (position: number, members: Partial<ResponseRow> = {}): ResponseRow => ({
  position,
  studyId: 'S',
  patientId: 'P-1',
  form: 'diary',
  formVersion: '1',
  occasion: '2026-11-22',
  recordedAt: 2 ** 52 + position,
  leafIndex: 2 ** 40 + position,
  salt: 'salt',
  effect: hostile,
  restricted: null,
  ...members,
})
const occasion = (occasion: string): OccasionKey => ({
  studyId: 'S',
  occasion,
  form: 'diary',
  patientId: 'P-1',
})
const alert = (rule: string, position = 1): AlertRow => ({
  ...{ studyId: 'S', patientId: 'P-1', rule, day: '2026-11-22', position },
  ...{ severity: 'high', audience: 'site monitor', raisedAt: 1, acknowledgeBy: 2 },
  ...{ completedAt: 3, receivedAt: 4 },
})
const message = (messageId: string): OutboxMessage => ({
  ...{ messageId, studyId: 'S', kind: 'topic', record: 'response:1', payload: '{"a":"\\"\\\\"}' },
})
const nothing = { occasions: [], scores: [], deviations: [], alerts: [] }

const readerOf = (ground: Ground): ResponseReader =>
  ground.name === 'sqlite' ? sqliteReader(ground.trial) : postgresReader(ground.db.pool)

async function add(ground: Ground, rows: readonly ResponseRow[]): Promise<void> {
  await ground.transaction(async (tx) => {
    if (ground.name === 'postgres') return addResponses(tx, rows)
    const store = responseStore(ground.trial)
    for (const row of rows) store.add(tx, row)
  })
}

const all = async (ground: Ground, text: string): Promise<object[]> =>
  ground.name === 'sqlite'
    ? ground.trial
        .prepare(text)
        .all()
        .map((row) => ({ ...row }))
    : (await ground.db.pool.query(text)).rows

for (const engine of engines) {
  test(`${engine.name}: a response reads as it was written, whatever its text holds`, async () => {
    await using ground = await engine.open()
    const rows = [response(1), response(2, { effect: '{}', restricted: hostile }), response(4711)]
    await add(ground, rows)
    for (const { position, effect, leafIndex, recordedAt } of rows)
      assert.deepEqual({ ...(await readerOf(ground).visible(position)) }, { effect, leafIndex, recordedAt })
    assert.equal(await readerOf(ground).visible(3), undefined)
    const kept = await all(ground, 'SELECT position, restricted FROM responses ORDER BY position')
    assert.deepEqual(
      kept,
      rows.map(({ position, restricted }) => ({ position, restricted })),
    )
  })

  test(`${engine.name}: P3 a second response of one position is refused, and its whole set with it`, async () => {
    await using ground = await engine.open()
    await add(ground, [response(1)])
    await assert.rejects(add(ground, [response(2), response(1, { effect: '{}' })]))
    assert.equal(await readerOf(ground).visible(2), undefined)
    assert.equal((await readerOf(ground).visible(1))?.effect, hostile)
  })

  test(`${engine.name}: messages keep their ids and payloads; an id is there once`, async () => {
    await using ground = await engine.open()
    const send = (messages: readonly OutboxMessage[]) =>
      ground.transaction(async (tx) => {
        if (ground.name === 'postgres') return addMessages(tx, messages, 5)
        for (const m of messages) outboxStore(ground.trial).add(tx, m, 5)
      })
    await send([message('S:1:a'), message('S:1:b')])
    await assert.rejects(send([message('S:2:a'), message('S:1:b')]))
    const { payload } = message('')
    assert.deepEqual(
      await all(ground, 'SELECT message_id, payload, created_at, sent_at FROM outbox ORDER BY message_id'),
      ['S:1:a', 'S:1:b'].map((message_id) => ({ message_id, payload, created_at: 5, sent_at: null })),
    )
  })
}

test('postgres: what is filled and raised is found among what is asked for', async () => {
  await using ground = await openPostgresGround()
  const filled = { ...occasion('2026-11-22'), position: 7 }
  await ground.transaction((tx) =>
    addEffects(tx, {
      occasions: [{ ...filled, status: 'on-time', dose: null }],
      scores: [
        { position: 7, name: 'a', value: null, band: null },
        { position: 7, name: 'b', value: 0.1, band: 'x' },
      ],
      deviations: [{ studyId: 'S', patientId: 'P-1', rule: 'd', position: 7, raisedAt: 1 }],
      alerts: [alert('r')],
    }),
  )
  await ground.transaction(async (tx) => {
    assert.deepEqual(await filledOccasions(tx, []), [])
    const asked = [occasion('2026-11-21'), occasion('2026-11-22')]
    assert.deepEqual(await filledOccasions(tx, asked), [filled])
    assert.deepEqual(await raisedAlerts(tx, []), [])
    const { studyId, patientId, rule, day } = alert('r')
    assert.deepEqual(await raisedAlerts(tx, [alert('q'), alert('r')]), [{ studyId, patientId, rule, day }])
  })
  assert.deepEqual(await all(ground, 'SELECT name, value, band FROM scores ORDER BY name'), [
    { name: 'a', value: null, band: null },
    { name: 'b', value: 0.1, band: 'x' },
  ])
})

test('postgres: P3 nothing fills an occasion or raises an alert a second time, though nobody asked before', async () => {
  await using ground = await openPostgresGround()
  const fill = (position: number) => ({
    ...nothing,
    occasions: [{ ...occasion('2026-11-22'), position, status: 'on-time', dose: null }],
  })
  await ground.transaction((tx) => addEffects(tx, fill(1)))
  await assert.rejects(
    ground.transaction((tx) => addEffects(tx, fill(2))),
    { code: '23505' },
  )
  await ground.transaction((tx) => addEffects(tx, { ...nothing, alerts: [alert('r')] }))
  await assert.rejects(
    ground.transaction((tx) => addEffects(tx, { ...nothing, alerts: [alert('r', 2)] })),
    { code: '23505' },
  )
  assert.deepEqual(await all(ground, 'SELECT position FROM occasions'), [{ position: 1 }])
})
