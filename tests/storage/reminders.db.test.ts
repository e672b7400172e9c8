// Reminders on both engines, by a clock of the test: planned once however often, claimed by one node, looked at once more
// before they are sent, and what is on record of how patients are reached names nobody.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { journalReader } from '../../src/intake/journal-store.sqlite.ts'
import {
  performReminders,
  type ReminderAction,
  type ReminderResults,
} from '../../src/processing/reminders/reminder-actions.ts'
import { type Action, perform } from '../../src/processing/staff-actions.ts'
import { postgresStores } from '../../src/processing/stores.postgres.ts'
import { sqliteStores } from '../../src/processing/stores.sqlite.ts'
import { postgresAuditLog } from '../../src/records/audit-log.postgres.ts'
import { auditLog } from '../../src/records/audit-log.ts'
import { auditStore as postgresAudit } from '../../src/records/audit-store.postgres.ts'
import { auditStore as sqliteAudit } from '../../src/records/audit-store.sqlite.ts'
import { clientOf } from '../../src/storage/postgres.ts'
import { postgresStatements } from '../../src/storage/statements.postgres.ts'
import { sqliteStatements } from '../../src/storage/statements.sqlite.ts'
import type { Transaction } from '../../src/storage/transaction.ts'
import { singleVersion } from '../../src/study/study-versions.ts'
import { demoPlan } from '../../src/study/testing/demo-plan.ts'
import { importSigner, makeSigningKey } from '../../src/system/signed-note.ts'
import { engines, type Ground } from '../support/engines.ts'

const plan = demoPlan()
const versions = singleVersion(plan)
const studyId = plan.id
const minute = 60_000
const hour = 60 * minute
const by = { actor: 'system:reminders', reason: 'test' }
/** Early on a Tuesday, in the patient's zone: the diary is due, and on Sunday the weekly form as well. */
const dawn = Date.parse('2026-11-24T04:00:00Z')
const sunday = Date.parse('2026-11-29T04:00:00Z')
const zone = 'Europe/Berlin'

type Result<D extends ReminderAction['do']> = ReminderResults[D]

/** An installation with patients who can be reached, and a clock that the test sets. */
async function reminding(ground: Ground, patientIds: readonly string[]) {
  const signer = importSigner('levee-log-test', makeSigningKey())
  const storesIn = (tx: Transaction) =>
    ground.name === 'sqlite'
      ? sqliteStores(ground.trial, journalReader(ground.journal))
      : postgresStores(clientOf(tx))
  const statements =
    ground.name === 'sqlite' ? sqliteStatements(ground.trial) : postgresStatements(ground.db.pool)
  const act = <A extends Action>(action: A, now: number) =>
    ground.transaction(async (tx) => {
      const audit =
        ground.name === 'sqlite'
          ? auditLog(sqliteAudit(ground.trial), () => signer)
          : postgresAuditLog(tx, postgresAudit(clientOf(tx)))
      const result = await perform({ tx, stores: storesIn(tx), audit, versions: () => versions, now }, action)
      await audit.save(tx)
      return result
    })
  const remind = <A extends ReminderAction>(action: A, now: number) =>
    act({ ...action, by } as never, now) as Promise<Result<A['do']>>
  const siteId = plan.sites[0]!.id
  const arm = plan.arms[0]!.code
  const patients = patientIds.map((patientId) => ({
    ...{ patientId, siteId, arm, zone, language: 'zh-CN', enrolledOn: '2026-11-01' },
  }))
  await act({ do: 'create-patients', studyId, patients, by }, dawn)
  const issued = (await act(
    {
      do: 'issue-tokens',
      studyId,
      patientIds: [...patientIds],
      limit: 99,
      label: 'phone',
      replace: false,
      by,
    },
    dawn,
  )) as { issued: { device: { deviceId: number; patientId: string } }[] }
  const deviceOf = (patientId: string) =>
    issued.issued.find(({ device }) => device.patientId === patientId)!.device.deviceId
  const sealed = Buffer.from('sealed').toString('base64')
  for (const patientId of patientIds)
    await remind({ do: 'set-push', studyId, patientId, deviceId: deviceOf(patientId), sealed }, dawn)
  return {
    act,
    remind,
    deviceOf,
    planAll: (now: number) => remind({ do: 'plan-reminders', study: studyId, after: '' }, now),
    claim: async (now: number, node = 'one', limit = 50) =>
      (await remind({ do: 'claim-reminders', node, limit }, now)).claimed,
    rows: (text: string, values: (string | number)[] = []) => statements.rows(text, values),
    change: (text: string, values: (string | number)[]) =>
      ground.transaction(async (tx) => statements.change(tx, text, values)),
    all: async () =>
      (await statements.rows('SELECT * FROM reminders ORDER BY planned_for, patient_id', [])).map((row) => ({
        ...row,
      })) as { [column: string]: string | number | null }[],
  }
}
type Reminding = Awaited<ReturnType<typeof reminding>>

/** The first reminder of the first patient, when it is due. */
async function firstDue(on: Reminding) {
  const [first] = await on.all()
  assert.ok(first !== undefined, 'something is planned')
  return { id: String(first.reminder_id), at: Number(first.planned_for), row: first }
}

const sent = (id: string, claimedUntil: number, at: number) => ({
  ...{ reminderId: id, claimedUntil, startedAt: at, at: at + 1 },
  ...{ state: 'sent' as const, channel: 'push' as const, outcome: '201' },
})

for (const engine of engines) {
  const on = async (
    patientIds: readonly string[],
    work: (on: Reminding, ground: Ground) => Promise<void>,
  ) => {
    await using ground = await engine.open()
    await work(await reminding(ground, patientIds), ground)
  }

  test(`${engine.name}: planning again writes nothing; who cannot be reached gets no plan`, () =>
    on(['P-1', 'P-2'], async (on) => {
      const before = await on.all()
      assert.ok(before.length >= 4)
      assert.deepEqual(await on.planAll(dawn), { last: null, written: 0 })
      assert.deepEqual(await on.all(), before)
      await on.change('UPDATE push_subscriptions SET sealed = NULL WHERE patient_id = ?', ['P-2'])
      await on.planAll(dawn + 30 * hour)
      const later = (await on.all()).slice(before.length)
      assert.ok(later.length > 0)
      assert.ok(later.every((row) => row.patient_id === 'P-1'))
    }))

  test(`${engine.name}: one node gets a reminder, another not, until the lease ends; what was sent stays sent`, () =>
    on(['P-1'], async (on) => {
      const { id, at } = await firstDue(on)
      assert.deepEqual(await on.claim(at - 1), [], 'not before its time')
      const [mine] = await on.claim(at)
      assert.equal(mine?.reminderId, id)
      assert.equal(mine?.language, 'zh-CN')
      assert.equal(mine?.reach.subscriptions.length, 1)
      assert.deepEqual(await on.claim(at + 1, 'two'), [])
      const [again] = await on.claim(mine!.claimedUntil, 'two')
      assert.equal(again?.reminderId, id, 'a dead node leaves it to another')
      const failed = { ...sent(id, mine!.claimedUntil, at), state: 'failed' as const }
      await on.remind({ do: 'settle-reminders', node: 'one', results: [failed] }, at)
      assert.equal((await on.all())[0]?.state, 'claimed', 'the failure of a lost claim counts for nothing')
      await on.remind(
        { do: 'settle-reminders', node: 'one', results: [sent(id, mine!.claimedUntil, at)] },
        at,
      )
      const lost = { ...sent(id, again!.claimedUntil, at), state: 'failed' as const }
      await on.remind({ do: 'settle-reminders', node: 'two', results: [lost] }, at)
      const [row] = await on.all()
      assert.deepEqual(
        [row?.state, row?.channel, row?.outcome, row?.sent_at],
        ['sent', 'push', '201', at + 1],
      )
      assert.deepEqual(await on.claim(at + hour, 'two'), [])
    }))

  test(`${engine.name}: done stops it, before planning and before sending; a void answer does not`, () =>
    on(['P-1'], async (on) => {
      const { at, row } = await firstDue(on)
      const key = [studyId, String(row.occasion), String(row.form), 'P-1']
      await on.change(
        `INSERT INTO occasions (study_id, occasion, form, patient_id, position, status, standing)
         VALUES (?, ?, ?, ?, 1, 'on-time', 'void')`,
        key,
      )
      assert.equal((await on.claim(at)).length, 1, 'control: a void answer fills nothing')
      await on.change(
        "UPDATE occasions SET standing = 'submitted' WHERE study_id = ? AND occasion = ? AND form = ? AND patient_id = ?",
        key,
      )
      await on.planAll(at + minute)
      const ofOccasion = (await on.all()).filter((r) => r.occasion === row.occasion && r.form === row.form)
      assert.ok(ofOccasion.length >= 2)
      assert.deepEqual(ofOccasion.map((r) => [r.state, r.why]).slice(1), [['cancelled', 'done']])
      const [again] = await on.claim(at + hour)
      assert.equal(again, undefined, 'nor is the claimed one given out again')
      assert.deepEqual((await on.all())[0]?.why, 'done')
    }))

  test(`${engine.name}: after an absence only the last reminder of an occasion is sent, and none after closing`, () =>
    on(['P-1'], async (on) => {
      const { row } = await firstDue(on)
      const all = (await on.all()).filter((r) => r.occasion === row.occasion && r.form === row.form)
      const last = all.at(-1)!
      const claimed = await on.claim(Number(last.planned_for) + minute)
      assert.deepEqual(
        claimed.map(({ reminderId }) => reminderId),
        [last.reminder_id],
      )
      assert.equal((await on.all())[0]?.why, 'overtaken')
      assert.deepEqual(await on.claim(Number(row.closes_at)), [])
      assert.ok((await on.all()).some(({ why }) => why === 'closed'))
    }))

  test(`${engine.name}: one that cannot be decided or planned is taken back, and costs no other`, () =>
    on(['P-1', 'P-2'], async (on) => {
      const at = Math.max(
        ...(await on.all()).filter(({ nth }) => nth === 0).map((r) => Number(r.planned_for)),
      )
      assert.ok(at < dawn + 10 * hour, 'both are due the same morning')
      await on.change('UPDATE patients SET zone = ? WHERE patient_id = ?', ['Nowhere/Land', 'P-1'])
      const before = (await on.all()).length
      const claimed = await on.claim(at + minute)
      assert.deepEqual(
        claimed.map(({ patientId }) => patientId),
        ['P-2'],
      )
      const bad = (await on.all()).filter(({ why }) => why === 'unreadable')
      assert.ok(
        bad.length > 0 && bad.every(({ state, patient_id }) => state === 'cancelled' && patient_id === 'P-1'),
      )
      const page = await on.planAll(at + 24 * hour)
      assert.deepEqual([page.last, page.skipped], [null, ['P-1']])
      const later = (await on.all()).slice(before)
      assert.ok(page.written > 0 && later.every(({ patient_id }) => patient_id === 'P-2'))
    }))

  test(`${engine.name}: two forms due at one time are one reminder`, () =>
    on(['P-1'], async (on) => {
      await on.planAll(sunday)
      const first = (await on.all()).filter((r) => r.nth === 0 && Number(r.planned_for) >= sunday)
      const now = Number(first[1]?.planned_for)
      assert.deepEqual(
        first.slice(0, 2).map((r) => r.form),
        ['daily-diary', 'phq-9'],
      )
      assert.equal((await on.claim(now)).length, 1)
      const after = (await on.all()).filter((r) => r.nth === 0 && Number(r.planned_for) >= sunday)
      assert.deepEqual(
        after.slice(0, 2).map((r) => r.why ?? r.state),
        ['claimed', 'joined'],
      )
    }))

  test(`${engine.name}: withdrawn, switched off, quiet: not sent; switched on again it is planned again`, () =>
    on(['P-1', 'P-2'], async (on) => {
      const rows = await on.all()
      const mine = rows.find(({ patient_id }) => patient_id === 'P-1')!
      const theirs = rows.find(({ patient_id }) => patient_id === 'P-2')!
      const choose = (
        patientId: string,
        enabled: boolean,
        quiet: { from: string; to: string } | null,
        now: number,
      ) => on.remind({ do: 'choose-reminders', studyId, patientId, choice: { enabled, quiet } }, now)
      const stateOf = async (row: typeof mine) =>
        (await on.all()).find(({ reminder_id }) => reminder_id === row.reminder_id)!
      const chosen = async () =>
        (await on.rows("SELECT leaf FROM audit_entries WHERE leaf LIKE '%reminders-chosen%'")).length
      await choose('P-1', false, null, dawn)
      await choose('P-1', false, null, dawn)
      assert.equal(await chosen(), 1, 'the same again is not written')
      assert.equal((await stateOf(mine)).state, 'cancelled')
      await choose('P-1', true, null, dawn)
      assert.equal((await stateOf(mine)).state, 'planned')
      const same = { to: '11:00', from: '20:00' }
      // Quiet until 11:00 in Berlin is 10:00 UTC.
      await choose('P-1', true, { from: '20:00', to: '11:00' }, dawn)
      await choose('P-1', true, same, dawn)
      assert.equal(await chosen(), 3, 'in whatever order it is said')
      const moved = await stateOf(mine)
      const ten = Date.parse('2026-11-24T10:00:00Z')
      assert.ok(Number(moved.planned_for) >= ten && Number(moved.planned_for) < ten + 20 * minute)
      await on.act({ do: 'withdraw', studyId, patientId: 'P-2', by }, dawn + minute)
      const claimed = await on.claim(Number(theirs.planned_for))
      assert.deepEqual(claimed, [])
      assert.deepEqual([(await stateOf(theirs)).state, (await stateOf(theirs)).why], ['cancelled', 'not-due'])
    }))

  test(`${engine.name}: a late one that meets quiet hours waits for their end`, () =>
    on(['P-1'], async (on) => {
      const { at } = await firstDue(on)
      const local = Temporal.Instant.fromEpochMilliseconds(at + 5 * minute).toZonedDateTimeISO(zone)
      const from = local.toPlainTime().toString().slice(0, 5)
      const to = local.add({ minutes: 30 }).toPlainTime().toString().slice(0, 5)
      await on.change(
        'INSERT INTO reminder_choices (study_id, patient_id, enabled, quiet_from, quiet_to, set_at) VALUES (?, ?, ?, ?, ?, 1)',
        [studyId, 'P-1', 1, from, to],
      )
      assert.deepEqual(await on.claim(at + 10 * minute), [])
      assert.equal((await on.claim(at + 50 * minute)).length, 1)
    }))

  test(`${engine.name}: the subscription of a replaced or revoked device is used no more`, () =>
    on(['P-1'], async (on) => {
      const { at } = await firstDue(on)
      await on.change('UPDATE devices SET replaced_at = ? WHERE device_id = ?', [dawn, on.deviceOf('P-1')])
      assert.deepEqual(await on.claim(at), [])
      const rows = await on.rows("SELECT why FROM reminders WHERE state = 'cancelled'")
      assert.deepEqual(
        rows.map((row) => row.why),
        ['unreachable'],
      )
    }))

  test(`${engine.name}: shown and opened are kept once, for the patient's own reminder alone`, () =>
    on(['P-1', 'P-2'], async (on) => {
      const { id, at, row } = await firstDue(on)
      const patientId = String(row.patient_id)
      const note = (patientId: string, event: 'shown' | 'opened', when: number) =>
        on.remind({ do: 'note-reminder', studyId, patientId, reminderId: id, event, at: when }, at)
      const other = patientId === 'P-1' ? 'P-2' : 'P-1'
      assert.deepEqual(await note(other, 'opened', at), { key: null })
      assert.deepEqual(await note(patientId, 'shown', at), { key: `${row.form}/${row.occasion}` })
      await note(patientId, 'shown', at + 9)
      const [noted] = await on.rows('SELECT shown_at, opened_at FROM reminders WHERE reminder_id = ?', [id])
      assert.deepEqual({ ...noted }, { shown_at: at, opened_at: null })
    }))

  test(`${engine.name}: every change of how a patient is reached is audited, and names no address`, () =>
    on(['P-1'], async (on, ground) => {
      const contact = (sealed: string | null) =>
        on.remind({ do: 'set-contact', studyId, patientId: 'P-1', kind: 'email', sealed }, dawn)
      const secret = Buffer.from('anna@example.org').toString('base64')
      assert.deepEqual(await contact(secret), { changed: true })
      assert.deepEqual(await contact(null), { changed: true })
      assert.deepEqual(await contact(null), { changed: false })
      const deviceId = on.deviceOf('P-1')
      const drop = () =>
        on.remind({ do: 'drop-push', studyId, patientId: 'P-1', deviceId, because: 'gone' }, dawn)
      assert.deepEqual([await drop(), await drop()], [{ dropped: true }, { dropped: false }])
      const leaves = (await on.rows('SELECT leaf FROM audit_entries ORDER BY leaf_index')).map((row) =>
        String(row.leaf),
      )
      const told = leaves.map((leaf) => (JSON.parse(leaf) as { action: string }).action).slice(-4)
      assert.deepEqual(told, [
        'device.push-set',
        'patient.contact-set',
        'patient.contact-removed',
        'device.push-dropped',
      ])
      assert.ok(leaves.every((leaf) => !leaf.includes('anna') && !leaf.includes(secret)))
      await assert.rejects(
        ground.transaction((tx) =>
          performReminders(
            { tx, stores: {} as never, audit: {} as never, versions: () => versions, now: dawn },
            {
              do: 'set-contact',
              studyId,
              patientId: 'P-1',
              kind: 'email',
              sealed: null,
              by: { actor: 'member:eve', reason: 'x' },
            },
          ),
        ),
        'no member of the staff may, until a permission says so',
      )
    }))
}
