// The clock of alerts on both engines, by a clock of the test: ladders are climbed step by step and never twice, what was
// delivered says so, and whatever anybody has acknowledged is left alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { journalReader } from '../../src/intake/journal-store.sqlite.ts'
import { postgresStores } from '../../src/processing/stores.postgres.ts'
import { sqliteStores } from '../../src/processing/stores.sqlite.ts'
import { moveAlert } from '../../src/processing/work/on-alerts.ts'
import { studiesToTend, type Tended, tendAlerts } from '../../src/processing/work/tend-alerts.ts'
import type { Alert } from '../../src/records/alert-store.ts'
import { postgresAuditLog } from '../../src/records/audit-log.postgres.ts'
import { auditLog } from '../../src/records/audit-log.ts'
import { auditStore as postgresAudit } from '../../src/records/audit-store.postgres.ts'
import { auditStore as sqliteAudit } from '../../src/records/audit-store.sqlite.ts'
import { clientOf } from '../../src/storage/postgres.ts'
import { postgresStatements } from '../../src/storage/statements.postgres.ts'
import { sqliteStatements } from '../../src/storage/statements.sqlite.ts'
import type { Transaction } from '../../src/storage/transaction.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { studyVersions } from '../../src/study/study-versions.ts'
import { demoFiles } from '../../src/study/testing/demo-plan.ts'
import { importSigner, makeSigningKey } from '../../src/system/signed-note.ts'
import { engines, type Ground } from '../support/engines.ts'

const hour = 3_600_000
const raisedAt = 1_780_000_000_000
const laddered = 'phq-9-item-9'
const plain = 'worst-pain'

/** The demo study, with a ladder of two steps for one alert and none for the others. */
function demoWithLadder() {
  const files = new Map(demoFiles())
  const study = files.get('study.yaml')!.replace(/^ {4}escalate:(?:.*\n(?: {6}.*\n)*)/gm, '')
  const ladder =
    '    escalate: [{ after-hours: 24, to: [principal-investigator] }, { after-hours: 48, to: [medical-monitor, principal-investigator] }]\n'
  const at = study.indexOf('acknowledge-within-hours', study.indexOf(`- id: ${laddered}`))
  const line = study.indexOf('\n', at) + 1
  files.set('study.yaml', study.slice(0, line) + ladder + study.slice(line))
  const plan = compileStudy(files)
  return studyVersions(
    plan.id,
    [{ version: plan.version, plan: () => plan, formKeys: () => new Set(plan.forms.keys()) }],
    [],
  )
}
const versions = demoWithLadder()
const { studyId } = versions

/** What the tests do on a ground: raise, let the clock turn, look. */
async function clockOn(ground: Ground) {
  const signer = importSigner('levee-log-test', makeSigningKey())
  const statements =
    ground.name === 'sqlite' ? sqliteStatements(ground.trial) : postgresStatements(ground.db.pool)
  const storesIn = (tx: Transaction) =>
    ground.name === 'sqlite'
      ? sqliteStores(ground.trial, journalReader(ground.journal))
      : postgresStores(clientOf(tx))
  const inScene = <T>(now: number, work: (scene: Parameters<typeof tendAlerts>[0]) => Promise<T>) =>
    ground.transaction(async (tx) => {
      const audit =
        ground.name === 'sqlite'
          ? auditLog(sqliteAudit(ground.trial), () => signer)
          : postgresAuditLog(tx, postgresAudit(clientOf(tx)))
      const result = await work({ tx, stores: storesIn(tx), audit, versions: () => versions, now })
      await audit.save(tx)
      return result
    })
  const change = (text: string, values: (string | number | null)[]) =>
    ground.transaction(async (tx) => statements.change(tx, text, values))
  await ground.transaction(async (tx) => {
    const patient = {
      studyId,
      patientId: 'P',
      siteId: '101',
      arm: 'G1',
      zone: 'Asia/Shanghai',
      language: 'zh',
      status: 'active',
      enrolledOn: '2026-03-01',
      withdrawnAt: undefined,
      salt: 's',
    } as const
    await storesIn(tx).patients.addAll(tx, [patient])
  })
  return {
    async raise(rule: string, position: number): Promise<void> {
      await change(
        `INSERT INTO alerts (study_id, patient_id, rule, day, position, severity, audience, state, raised_at, acknowledge_by)
         VALUES (?, 'P', ?, '2026-03-02', ?, 'high', 'site-nurse', 'raised', ?, ?)`,
        [studyId, rule, position, raisedAt, raisedAt + 36 * hour],
      )
      await change(
        `INSERT INTO outbox (message_id, study_id, kind, record, payload, created_at)
         VALUES (?, ?, 'alert.raised', ?, '{}', ?)`,
        [`${studyId}:${position}:${rule}`, studyId, `response:${position}`, raisedAt],
      )
    },
    arrive: (position: number, sentAt: number) =>
      change('UPDATE outbox SET sent_at = ? WHERE record = ?', [sentAt, `response:${position}`]),
    turn: (afterHours: number): Promise<Tended> => inScene(raisedAt + afterHours * hour, tendAlerts),
    toTend: (afterHours: number) =>
      inScene(raisedAt + afterHours * hour, async ({ stores, now }) => [
        ...(await studiesToTend(stores, now)),
      ]),
    acknowledge: (alert: Alert) =>
      inScene(raisedAt, (scene) =>
        moveAlert(
          scene,
          alert,
          'acknowledge',
          {
            studyId,
            staffId: 'nora',
            name: 'Nora',
            role: 'site-nurse',
            blinded: true,
            sites: null,
          },
          { said: 'called' },
        ),
      ),
    alerts: () =>
      inScene(raisedAt, ({ stores }) => stores.alerts.list(studyId, { sites: null, after: 0, limit: 9 })),
    outbox: async () =>
      (
        await statements.rows("SELECT message_id FROM outbox WHERE kind = 'alert.escalated' ORDER BY 1", [])
      ).map((row) => row.message_id),
    log: async () =>
      (await statements.rows('SELECT leaf FROM audit_entries ORDER BY leaf_index', []))
        .map((row) => JSON.parse(String(row.leaf)) as Record<string, string>)
        .map(({ action, record, reason }) => `${action} ${record} ${reason}`),
  }
}
type Clock = Awaited<ReturnType<typeof clockOn>>
const nothing = { delivered: 0, escalated: 0 }

for (const engine of engines) {
  const on = (name: string, work: (clock: Clock) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(await clockOn(ground))
    })

  on('a ladder is climbed one step after the other, each told once', async (clock) => {
    await clock.raise(laddered, 7)
    assert.deepEqual(await clock.turn(23.9), nothing)
    assert.deepEqual(await clock.turn(24), { delivered: 0, escalated: 1 })
    assert.deepEqual(await clock.turn(24), nothing)
    assert.deepEqual(await clock.turn(47), nothing)
    assert.deepEqual(await clock.turn(48), { delivered: 0, escalated: 1 })
    assert.deepEqual(await clock.turn(1000), nothing)
    assert.deepEqual(await clock.toTend(1000), [], 'nothing more to do')
    const [alert] = await clock.alerts()
    assert.deepEqual(
      [alert!.state, alert!.level, alert!.escalatedTo, alert!.revision],
      ['raised', 2, ['principal-investigator', 'medical-monitor'], 2],
    )
    assert.deepEqual(
      await clock.outbox(),
      [1, 2].map((level) => `${studyId}:alert:${alert!.id}:escalated:${level}`),
    )
    assert.deepEqual(await clock.log(), [
      `alert.escalated alert:${alert!.id} level 1: principal-investigator`,
      `alert.escalated alert:${alert!.id} level 2: medical-monitor, principal-investigator`,
    ])
  })

  on('a clock that stood still takes every step that is due', async (clock) => {
    await clock.raise(laddered, 7)
    assert.deepEqual(await clock.turn(100), { delivered: 0, escalated: 2 })
    assert.deepEqual(await clock.turn(100), nothing)
  })

  on('without a ladder the principal investigator is called when the time is over', async (clock) => {
    await clock.raise(plain, 7)
    assert.deepEqual(await clock.turn(35), nothing)
    assert.deepEqual(await clock.turn(36), { delivered: 0, escalated: 1 })
    assert.deepEqual((await clock.alerts())[0]!.escalatedTo, ['principal-investigator'])
    assert.deepEqual(await clock.turn(1000), nothing)
  })

  on('an acknowledged alert is left alone; control: its neighbour is not', async (clock) => {
    await clock.raise(laddered, 7)
    await clock.raise(plain, 8)
    await clock.acknowledge((await clock.alerts())[0]!)
    assert.deepEqual(await clock.turn(100), { delivered: 0, escalated: 1 })
    const levels = (await clock.alerts()).map(({ rule, level, state }) => [rule, level, state])
    assert.deepEqual(levels, [
      [laddered, 0, 'acknowledged'],
      [plain, 1, 'raised'],
    ])
  })

  on('an alert is delivered once its message has arrived, and goes on to be escalated', async (clock) => {
    await clock.raise(laddered, 7)
    await clock.raise(plain, 8)
    await clock.arrive(7, raisedAt + 1000)
    assert.deepEqual(await clock.toTend(1), [studyId])
    assert.deepEqual(await clock.turn(1), { delivered: 1, escalated: 0 })
    assert.deepEqual(await clock.turn(1), nothing)
    const states = (await clock.alerts()).map(({ rule, state }) => [rule, state])
    assert.deepEqual(states, [
      [laddered, 'delivered'],
      [plain, 'raised'],
    ])
    const [alert] = await clock.alerts()
    assert.deepEqual(await clock.log(), [
      `alert.delivered alert:${alert!.id} received ${new Date(raisedAt + 1000).toISOString()}`,
    ])
    assert.deepEqual(await clock.turn(24), { delivered: 0, escalated: 1 })
    assert.equal((await clock.alerts())[0]!.state, 'delivered')
  })
}
