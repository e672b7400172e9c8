// The stores of staff work on both engines: what is added comes back whole, lists keep to sites and pages, a record moves
// on once from each revision, and what happened can be neither changed nor removed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenHash } from '../../src/identity/token.ts'
import { type StaffStores, staffStores } from '../../src/processing/staff-stores.ts'
import * as postgresPatients from '../../src/records/patient-store.postgres.ts'
import * as sqlitePatients from '../../src/records/patient-store.sqlite.ts'
import type { NewPatientRow } from '../../src/records/patient-store.ts'
import { postgresStatements } from '../../src/storage/statements.postgres.ts'
import { sqliteStatements } from '../../src/storage/statements.sqlite.ts'
import type { Statements } from '../../src/storage/statements.ts'
import type { Transaction } from '../../src/storage/transaction.ts'
import { engines, type Ground } from '../support/engines.ts'
import { hostileTexts } from '../support/hostile-texts.ts'

const statementsOn = (ground: Ground): Statements =>
  ground.name === 'sqlite' ? sqliteStatements(ground.trial) : postgresStatements(ground.db.pool)

const patient = (patientId: string, siteId: string): NewPatientRow => ({
  studyId: 'S',
  patientId,
  siteId,
  arm: 'A',
  zone: 'Europe/Rome',
  language: 'it',
  status: 'active',
  enrolledOn: '2026-03-01',
  withdrawnAt: undefined,
  salt: 'salt',
})
const member = (staffId: string, sites: string[] | null = null) => ({
  studyId: 'S',
  staffId,
  name: 'Anna Berg 安娜',
  role: 'site-nurse',
  blinded: true,
  sites,
})
const question = (patientId: string, openedAt = 5) => ({
  studyId: 'S',
  patientId,
  position: 7,
  item: 'pain',
  openedBy: 'mona',
  openedAt,
})
const all = { sites: null, after: 0, limit: 50 }

type Scene = {
  stores: StaffStores
  on: Statements
  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
}

/** A response of P1 at position 7 as processing writes it, and a request to change it; returns the request's id. */
async function responseWithRequest({ stores: { changes }, on, write }: Scene): Promise<number> {
  await write(async (tx) => {
    await on.change(
      tx,
      `INSERT INTO responses (position, study_id, patient_id, form, form_version, occasion, recorded_at, leaf_index,
         salt, effect, restricted) VALUES (7, 'S', 'P1', 'diary', '1', '2026-03-02', 10, 3, 's1', '{"v":1}', NULL)`,
      [],
    )
    await on.change(
      tx,
      `INSERT INTO occasions (study_id, occasion, form, patient_id, position, status)
       VALUES ('S', '2026-03-02', 'diary', 'P1', 7, 'on-time')`,
      [],
    )
  })
  assert.deepEqual(await changes.response('S', 7), {
    position: 7,
    studyId: 'S',
    patientId: 'P1',
    siteId: 'one',
    form: 'diary',
    formVersion: '1',
    occasion: '2026-03-02',
    filledBy: 7,
    version: 1,
    recordedAt: 10,
    salt: 's1',
    effect: '{"v":1}',
    restricted: null,
  })
  assert.equal(await changes.response('T', 7), undefined)
  const request = {
    studyId: 'S',
    patientId: 'P1',
    position: 7,
    answers: { pain: 3, mood: null },
    source: 'note',
    draftedBy: 'nora',
    draftedAt: 11,
  }
  return write((tx) => changes.add(tx, request, 'draft'))
}

for (const engine of engines) {
  const on = (name: string, work: (scene: Scene) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      const statements = statementsOn(ground)
      const patients = [patient('P1', 'one'), patient('P2', 'two'), patient('P3', 'one')]
      await ground.transaction(async (tx) => {
        if (ground.name === 'sqlite') sqlitePatients.patientStore(ground.trial).addAll(tx, patients)
        else await postgresPatients.patientStore(ground.db.pool).addAll(tx, patients)
      })
      await work({
        stores: staffStores(statements),
        on: statements,
        write: (inside) => ground.transaction(inside),
      })
    })

  on('a member comes back by id and by token, until revoked', async ({ stores: { staff }, write }) => {
    const anna = member('anna', ['one', 'two'])
    assert.equal(await write((tx) => staff.add(tx, anna, 1)), true)
    assert.equal(await write((tx) => staff.add(tx, { ...anna, role: 'inspector' }, 2)), false)
    const token = tokenHash('t1')
    await write((tx) => staff.addToken(tx, 'S', 'anna', token, 3))
    assert.deepEqual(await staff.find('S', 'anna'), anna)
    assert.equal(await staff.find('T', 'anna'), undefined)
    assert.deepEqual(await staff.byToken(token), anna)
    assert.equal(await staff.byToken(tokenHash('t2')), undefined)
    assert.equal(await write((tx) => staff.revokeTokens(tx, 'S', 'anna', 4)), 1)
    assert.equal(await staff.byToken(token), undefined)
    await write((tx) => staff.addToken(tx, 'S', 'anna', tokenHash('t3'), 5))
    assert.equal(await write((tx) => staff.revoke(tx, 'S', 'anna', 6)), true)
    assert.equal(await write((tx) => staff.revoke(tx, 'S', 'anna', 7)), false)
    assert.equal(await staff.byToken(tokenHash('t3')), undefined)
    assert.equal(await staff.find('S', 'anna'), undefined)
    assert.deepEqual(await staff.of('S'), [{ ...anna, createdAt: 1, revokedAt: 6, hasToken: true }])
  })

  on('a member is revoked, not changed or removed', async ({ stores: { staff }, on, write }) => {
    await write((tx) => staff.add(tx, member('anna'), 1))
    const change = (text: string) => write(async (tx) => on.change(tx, text, []))
    await assert.rejects(change("UPDATE staff SET role = 'administrator'"), /revoked, not changed/)
    await assert.rejects(change('DELETE FROM staff'), /stay on record/)
    assert.deepEqual((await staff.find('S', 'anna'))?.sites, null)
  })

  on('transitions come back in their order, each once, for ever', async ({ stores, on, write }) => {
    const { transitions } = stores
    const row = (revision: number, said: string | null) => ({
      studyId: 'S',
      record: 'query:1',
      revision,
      transition: 'ask',
      state: 'open',
      actor: 'staff:mona',
      role: null,
      at: 1_780_000_000_000,
      said,
      salt: 'salt',
    })
    const texts = [null, ...hostileTexts.filter((text) => !text.includes('\0'))]
    for (const [i, said] of texts.entries()) await write((tx) => transitions.append(tx, row(i + 1, said)))
    assert.deepEqual(
      (await transitions.of('S', 'query:1')).map((t) => t.said),
      texts,
    )
    assert.deepEqual((await transitions.of('S', 'query:1'))[0], row(1, null))
    assert.deepEqual(await transitions.of('S', 'query:2'), [])
    await assert.rejects(write((tx) => transitions.append(tx, row(1, 'again'))))
    const change = (text: string) => write(async (tx) => on.change(tx, text, []))
    await assert.rejects(change("UPDATE transitions SET said = 'else'"), /never changes/)
    await assert.rejects(change('DELETE FROM transitions'), /never deleted/)
  })

  on('lists keep to sites, states, patient and page', async ({ stores: { queries }, write }) => {
    const ids: number[] = []
    for (const id of ['P1', 'P2', 'P3'])
      ids.push(await write((tx) => queries.add(tx, question(id), id === 'P3' ? 'answered' : 'open')))
    const idsOf = async (filter: object) =>
      (await queries.list('S', { ...all, ...filter })).map((q) => q.patientId)
    assert.deepEqual(await idsOf({}), ['P1', 'P2', 'P3'])
    assert.deepEqual(await idsOf({ sites: ['one'] }), ['P1', 'P3'])
    assert.deepEqual(await idsOf({ sites: [] }), [])
    assert.deepEqual(await idsOf({ states: ['open'], sites: ['one', 'two'] }), ['P1', 'P2'])
    assert.deepEqual(await idsOf({ patientId: 'P2' }), ['P2'])
    assert.deepEqual(await idsOf({ after: ids[0], limit: 1 }), ['P2'])
    assert.deepEqual(await queries.list('T', all), [])
    const [first] = await queries.list('S', all)
    assert.deepEqual(first, { ...question('P1'), id: ids[0], siteId: 'one', state: 'open', revision: 1 })
    assert.deepEqual(await queries.one('S', ids[0]!), first)
    assert.equal(await queries.one('T', ids[0]!), undefined)
  })

  on('a record moves on once from each revision', async ({ stores: { queries }, write }) => {
    const id = await write((tx) => queries.add(tx, question('P1'), 'open'))
    const seen = (await queries.one('S', id))!
    assert.equal(await write((tx) => queries.move(tx, seen, 'answered', 2)), true)
    assert.equal(await write((tx) => queries.move(tx, seen, 'cancelled', 2)), false)
    assert.equal((await queries.one('S', id))?.state, 'answered')
  })

  on('the clock finds alerts that are due and those whose message arrived', async ({ stores, on, write }) => {
    const { alerts } = stores
    const raise = (rule: string, state: string, lookAt: number | null) =>
      write(async (tx) =>
        on.change(
          tx,
          `INSERT INTO alerts (study_id, patient_id, rule, day, position, severity, audience, state, raised_at,
             acknowledge_by, look_at) VALUES ('S', 'P1', ?, '2026-03-02', 7, 'high', 'site-nurse x', ?, 100, 200, ?)
           RETURNING alert_id`,
          [rule, state, lookAt],
        ),
      )
    await raise('a', 'raised', 0)
    await raise('b', 'opened', 150)
    await raise('c', 'acknowledged', 0)
    await raise('d', 'raised', null)
    await write(async (tx) =>
      on.change(
        tx,
        `INSERT INTO outbox (message_id, study_id, kind, record, payload, created_at, sent_at)
         VALUES ('S:7:d', 'S', 'alert.raised', 'response:7', '{}', 1, 9), ('S:7:a', 'S', 'alert.raised', 'r', '{}', 1, NULL)`,
        [],
      ),
    )
    const rules = async (found: Promise<readonly { id: number }[]>) =>
      Promise.all((await found).map(async ({ id }) => (await alerts.one('S', id))?.rule))
    assert.deepEqual(await rules(alerts.due(149, 10)), ['a'])
    assert.deepEqual(await rules(alerts.due(150, 10)), ['a', 'b'])
    assert.deepEqual(await rules(alerts.due(150, 1)), ['a'])
    assert.deepEqual(await rules(alerts.arrived(10)), ['d'])
    const alert = (await alerts.one('S', (await alerts.arrived(10))[0]!.id))!
    assert.deepEqual([alert.audience, alert.escalatedTo, alert.lookAt], [['site-nurse', 'x'], [], null])
    await write((tx) => alerts.escalate(tx, alert, { level: 2, escalatedTo: ['y', 'z'], lookAt: 300 }))
    const later = (await alerts.one('S', alert.id))!
    assert.deepEqual([later.level, later.escalatedTo, later.lookAt], [2, ['y', 'z'], 300])
    assert.deepEqual([later.state, later.revision], ['raised', 0])
  })

  on('a response stands as its newest version; the first one stays', async (scene) => {
    const { changes } = scene.stores
    const { on, write } = scene
    const changeId = await responseWithRequest(scene)
    const version = {
      position: 7,
      version: 2,
      changeId,
      recordedAt: 20,
      leafIndex: 9,
      salt: 's2',
      effect: '{"v":2}',
      restricted: '{"d":1}',
    }
    await write((tx) => changes.addVersion(tx, version))
    assert.deepEqual(await changes.versions(7), [version])
    assert.deepEqual(await changes.appliedTo(7), [{ pain: 3, mood: null }])
    const now = (await changes.response('S', 7))!
    assert.deepEqual([now.version, now.effect, now.restricted], [2, '{"v":2}', '{"d":1}'])
    assert.deepEqual(await changes.first(7), { effect: '{"v":1}', recordedAt: 10 })
    await assert.rejects(write((tx) => changes.addVersion(tx, version)))
    const change = (text: string) => write(async (tx) => on.change(tx, text, []))
    await assert.rejects(change("UPDATE response_versions SET effect = ''"), /never change/)
  })

  on('what follows from a changed response: scores in place, deviations once', async (scene) => {
    const { changes } = scene.stores
    const { on, write } = scene
    for (const value of [3, null]) await write((tx) => changes.setScore(tx, 7, 'total', value, 'mild'))
    const scores = await on.rows('SELECT name, value, band FROM scores WHERE position = 7', [])
    assert.deepEqual(
      scores.map((row) => ({ ...row })),
      [{ name: 'total', value: null, band: 'mild' }],
    )
    const deviation = { studyId: 'S', patientId: 'P1', rule: 'r', position: 7, raisedAt: 30 }
    for (let i = 0; i < 2; i++) await write((tx) => changes.addDeviation(tx, deviation))
    const { studyId: _, ...found } = deviation
    const listed = await changes.deviations('S', ['one'], 0, 10)
    assert.deepEqual(
      listed.map(({ id: __, ...rest }) => rest),
      [found],
    )
    assert.deepEqual(await changes.deviations('S', ['two'], 0, 10), [])
  })

  on(
    'a signature is found by what it is about, and only its state changes',
    async ({ stores, on, write }) => {
      const { signatures } = stores
      const signed = {
        studyId: 'S',
        patientId: 'P1',
        staffId: 'ines',
        name: 'Ines',
        meaning: 'reviewed',
        signedAt: 5,
        auditSize: 3,
        auditRoot: 'root',
        sha256: 'ff',
      }
      const id = await write((tx) => signatures.add(tx, { ...signed, positions: [9, 7] }, 'signed'))
      const other = await write((tx) => signatures.add(tx, { ...signed, positions: [7] }, 'signed'))
      assert.deepEqual(await signatures.positions(id), [7, 9])
      const idsOf = async (positions: number[], state = 'signed') =>
        (await signatures.about('S', positions, state)).map((s) => s.id)
      assert.deepEqual(await idsOf([7]), [id, other])
      assert.deepEqual(await idsOf([7, 9]), [id, other])
      assert.deepEqual(await idsOf([9]), [id])
      assert.deepEqual(await idsOf([8]), [])
      assert.equal(
        await write(async (tx) => signatures.move(tx, (await signatures.one('S', id))!, 'broken', 2)),
        true,
      )
      assert.deepEqual(await idsOf([7]), [other])
      assert.deepEqual(await idsOf([7], 'broken'), [id])
      const change = (text: string) => write(async (tx) => on.change(tx, text, []))
      await assert.rejects(change("UPDATE signatures SET meaning = 'else'"), /never changes/)
    },
  )
}
