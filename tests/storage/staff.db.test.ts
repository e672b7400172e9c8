// Staff actions on both engines: what they change, what they put into the audit log in which order, and what they
// refuse, leaving nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenHash } from '../../src/identity/token.ts'
import { journalReader } from '../../src/intake/journal-store.sqlite.ts'
import { carryOut } from '../../src/processing/staff-actions.postgres.ts'
import { type Action, type ActionResults, perform } from '../../src/processing/staff-actions.ts'
import { postgresStores } from '../../src/processing/stores.postgres.ts'
import { sqliteStores } from '../../src/processing/stores.sqlite.ts'
import type { Stores } from '../../src/processing/stores.ts'
import type { NewPatient } from '../../src/records/actions.ts'
import { auditLog } from '../../src/records/audit-log.ts'
import { auditStore as postgresAudit } from '../../src/records/audit-store.postgres.ts'
import { auditStore as sqliteAudit } from '../../src/records/audit-store.sqlite.ts'
import { contentAddress } from '../../src/records/content-address.ts'
import { singleVersion } from '../../src/study/study-versions.ts'
import { demoFiles, demoPlan } from '../../src/study/testing/demo-plan.ts'
import { Problem } from '../../src/system/problem.ts'
import { importSigner, makeSigningKey } from '../../src/system/signed-note.ts'
import { engines, type Ground } from '../support/engines.ts'

const by = { actor: 'staff:local', reason: 'test' }
const plan = demoPlan()
const studyId = plan.id
type Result<D extends Action['do']> = ActionResults[D]

/** An engine's staff: one transaction for each action. */
function staffOn(ground: Ground) {
  const signer = importSigner('levee-log-test', makeSigningKey())
  const now = 1_780_000_000_000
  const act =
    ground.name === 'sqlite'
      ? (action: Action) => {
          const audit = auditLog(sqliteAudit(ground.trial), () => signer)
          return ground.transaction(async (tx) => {
            const result = await perform(
              { tx, stores: read, audit, versions: () => singleVersion(plan), now },
              action,
            )
            audit.save(tx)
            return result
          })
        }
      : (action: Action) => carryOut(ground.db, async () => () => singleVersion(plan), action)
  const read: Stores =
    ground.name === 'sqlite'
      ? sqliteStores(ground.trial, journalReader(ground.journal))
      : postgresStores(ground.db.pool)
  const reader = ground.name === 'sqlite' ? sqliteAudit(ground.trial) : postgresAudit(ground.db.pool)
  return {
    read,
    create: (...patients: NewPatient[]) =>
      act({ do: 'create-patients', studyId, patients, by }) as Promise<Result<'create-patients'>>,
    issue: (patientIds: string[] | 'all', replace: boolean, label = 'phone', limit = 100) =>
      act({ do: 'issue-tokens', studyId, patientIds, limit, label, replace, by }) as Promise<
        Result<'issue-tokens'>
      >,
    act,
    /** The log's actions and records, from after the first `skip`. */
    async log(skip = 0): Promise<string[]> {
      const all: string[] = []
      for await (const { leaf } of reader.leavesFrom(studyId, skip)) {
        const { action, record, patient } = JSON.parse(leaf)
        all.push(`${action} ${record} of ${patient}`)
      }
      return all
    },
  }
}
type Staff = ReturnType<typeof staffOn>

const patient = (patientId: string, other: Partial<NewPatient> = {}): NewPatient => ({
  patientId,
  siteId: plan.sites[0]!.id,
  arm: plan.arms[0]!.code,
  zone: 'Europe/Rome',
  language: 'it',
  enrolledOn: '2026-03-01',
  ...other,
})
const problem = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof Problem && error.code === code && words.test(JSON.stringify(error.details))

for (const engine of engines) {
  const on = (name: string, work: (staff: Staff) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(staffOn(ground))
    })

  on('P6: who is enrolled is in the log once, in the order of the list', async (staff) => {
    assert.deepEqual(await staff.create(patient('2'), patient('1')), { created: 2 })
    assert.deepEqual(await staff.create(patient('1', { zone: 'Asia/Tokyo' }), patient('3')), { created: 1 })
    assert.deepEqual(await staff.create(), { created: 0 })
    const enrolled = (id: string) => `patient.enrolled patient:${id} of ${id}`
    assert.deepEqual(await staff.log(), ['2', '1', '3'].map(enrolled))
    assert.equal((await staff.read.patients.find(studyId, '1'))?.zone, 'Europe/Rome')
  })

  on('of an id that is in the list twice, the first counts', async (staff) => {
    const twice = [patient('1'), patient('2'), patient('1', { zone: 'Asia/Tokyo' })]
    assert.deepEqual(await staff.create(...twice), { created: 2 })
    assert.equal((await staff.read.patients.find(studyId, '1'))?.zone, 'Europe/Rome')
    assert.equal((await staff.log()).length, 2)
  })

  on('one patient whom the study cannot have keeps the whole list out', async (staff) => {
    const wrong = [
      [patient('a b'), 'patientId'],
      [patient('2', { siteId: 'nowhere' }), 'siteId'],
      [patient('2', { arm: 'none' }), 'arm'],
    ] as const
    for (const [who, member] of wrong) {
      const refused = problem('submission.invalid', new RegExp(`"member":"${member}"`))
      await assert.rejects(staff.create(patient('1'), who), refused)
    }
    assert.deepEqual([...(await staff.read.patients.counts())], [])
    assert.deepEqual(await staff.log(), [])
  })

  on('a token for each patient wanted, whose hash alone is kept', async (staff) => {
    await staff.create(patient('1'), patient('2'), patient('3'))
    const { issued, revoked } = await staff.issue(['3', '1', '3'], false)
    assert.deepEqual(
      issued.map((i) => i.device.patientId),
      ['3', '1'],
    )
    assert.deepEqual(revoked, [])
    const standing = new Map(await staff.read.devices.inGoodStanding())
    assert.equal(standing.size, 2)
    for (const { token, tokenSha256, device } of issued) {
      assert.equal(tokenSha256, tokenHash(token))
      assert.deepEqual(standing.get(tokenSha256), device)
    }
    const [three, one] = issued.map((i) => i.device.deviceId)
    const log = [`device.issued device:${three} of 3`, `device.issued device:${one} of 1`]
    assert.deepEqual(await staff.log(3), log)
  })

  on('all patients means the first of the study, up to the limit', async (staff) => {
    await staff.create(patient('3'), patient('1'), patient('2'))
    const { issued } = await staff.issue('all', false, 'phone', 2)
    assert.deepEqual(
      issued.map((i) => i.device.patientId),
      ['1', '2'],
    )
  })

  on('replacing revokes the devices of the label, and tells so before the new one', async (staff) => {
    await staff.create(patient('1'), patient('2'))
    const ids = ({ issued }: Result<'issue-tokens'>) => issued.map((i) => i.device.deviceId)
    const [a, b] = ids(await staff.issue(['1', '2'], false))
    const [tablet] = ids(await staff.issue(['1'], false, 'tablet'))
    const [a2] = ids(await staff.issue(['1'], false))
    const before = (await staff.log()).length
    const { issued, revoked } = await staff.issue(['2', '1'], true)
    const [b3, a3] = issued.map((i) => i.device.deviceId)
    assert.deepEqual(revoked.sort(), [a, b, a2].sort())
    assert.deepEqual(await staff.log(before), [
      `device.revoked device:${b} of 2`,
      `device.issued device:${b3} of 2`,
      `device.revoked device:${a} of 1`,
      `device.revoked device:${a2} of 1`,
      `device.issued device:${a3} of 1`,
    ])
    const standing = (await staff.read.devices.inGoodStanding()).map(([, d]) => d.deviceId)
    assert.deepEqual(standing.sort(), [tablet, b3, a3].sort())
  })

  on('one stranger keeps the whole list without tokens, and is named', async (staff) => {
    await staff.create(patient('1'))
    const stranger = problem('record.not-found', /patient who in/)
    await assert.rejects(staff.issue(['1', 'who', 'else'], true), stranger)
    assert.deepEqual(await staff.read.devices.inGoodStanding(), [])
    assert.equal((await staff.log()).length, 1)
  })

  on('publishing, withdrawing, unblinding and revoking leave their entries', async (staff) => {
    const sha256 = contentAddress(demoFiles())
    const publish: Action = { do: 'publish', files: [...demoFiles()], by }
    assert.deepEqual(await staff.act(publish), { studyId, version: plan.version, sha256, isNew: true })
    assert.deepEqual(await staff.act(publish), { studyId, version: plan.version, sha256, isNew: false })
    await staff.create(patient('1'))
    const { issued } = await staff.issue(['1'], false)
    const patientId = '1'
    const arm = plan.arms[0]!.code
    const meaning = plan.restricted.arms.get(arm)
    assert.ok(meaning !== undefined)
    assert.deepEqual(await staff.act({ do: 'unblind', studyId, patientId, by }), { arm, meaning })
    await staff.act({ do: 'withdraw', studyId, patientId, by })
    await assert.rejects(
      staff.act({ do: 'withdraw', studyId, patientId, by }),
      problem('record.not-found', /active patient 1/),
    )
    const revoked = issued.map((i) => i.device.deviceId)
    assert.deepEqual(await staff.act({ do: 'revoke-tokens', studyId, patientId, by }), { revoked })
    assert.deepEqual(await staff.act({ do: 'revoke-tokens', studyId, patientId, by }), { revoked: [] })
    assert.deepEqual(await staff.log(), [
      `study.published study:${plan.version} of undefined`,
      'patient.enrolled patient:1 of 1',
      `device.issued device:${revoked[0]} of 1`,
      'patient.unblinded patient:1 of 1',
      'patient.withdrawn patient:1 of 1',
      `device.revoked device:${revoked[0]} of 1`,
    ])
  })
}

test('postgres: replacements of one label at once, on several nodes, leave one device standing', async () => {
  await using ground = await engines.find(({ name }) => name === 'postgres')!.open()
  const staff = staffOn(ground)
  await staff.create(patient('1'))
  await Promise.all(Array.from({ length: 8 }, () => staff.issue(['1'], true)))
  const devices = await staff.read.devices.of(studyId, '1')
  assert.equal(devices.length, 8)
  assert.equal(devices.filter((d) => d.revokedAt === null).length, 1)
})
