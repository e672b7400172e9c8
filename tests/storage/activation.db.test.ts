// Activation on both engines: what a code can become, what is on record of it, and that of two phones with one code
// exactly one wins.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { activationTimes } from '../../src/identity/activation.ts'
import { codeHmac, newCode } from '../../src/identity/activation-code.ts'
import { newToken, tokenHash } from '../../src/identity/token.ts'
import { journalReader } from '../../src/intake/journal-store.sqlite.ts'
import { carryOut } from '../../src/processing/staff-actions.postgres.ts'
import type { Action, ActionResults } from '../../src/processing/staff-actions.ts'
import { perform } from '../../src/processing/staff-actions.ts'
import { postgresStores } from '../../src/processing/stores.postgres.ts'
import { sqliteStores } from '../../src/processing/stores.sqlite.ts'
import type { Stores } from '../../src/processing/stores.ts'
import { postgresAuditLog } from '../../src/records/audit-log.postgres.ts'
import { auditLog } from '../../src/records/audit-log.ts'
import { auditStore as postgresAudit } from '../../src/records/audit-store.postgres.ts'
import { auditStore as sqliteAudit } from '../../src/records/audit-store.sqlite.ts'
import { clientOf } from '../../src/storage/postgres.ts'
import { singleVersion } from '../../src/study/study-versions.ts'
import { demoPlan } from '../../src/study/testing/demo-plan.ts'
import { Problem } from '../../src/system/problem.ts'
import { importSigner, makeSigningKey } from '../../src/system/signed-note.ts'
import { engines, type Ground, openPostgresGround } from '../support/engines.ts'

const by = { actor: 'staff:local', reason: 'test' }
const plan = demoPlan()
const studyId = plan.id
const key = Buffer.alloc(32, 7)
const began = 1_780_000_000_000
const minutes = (n: number) => n * 60_000

type Result<D extends Action['do']> = ActionResults[D]

/** One installation with a clock that the test moves. */
function deskOn(ground: Ground) {
  const signer = importSigner('levee-log-test', makeSigningKey())
  const clock = { now: began }
  const versions = () => singleVersion(plan)
  const read: Stores =
    ground.name === 'sqlite'
      ? sqliteStores(ground.trial, journalReader(ground.journal))
      : postgresStores(ground.db.pool)
  const act = <A extends Action>(action: A): Promise<Result<A['do']>> =>
    ground.transaction(async (tx) => {
      if (ground.name === 'sqlite') {
        const audit = auditLog(sqliteAudit(ground.trial), () => signer)
        const result = await perform({ tx, stores: read, audit, versions, now: clock.now }, action)
        audit.save(tx)
        return result as Result<A['do']>
      }
      const client = clientOf(tx)
      const audit = postgresAuditLog(tx, postgresAudit(client))
      const stores = postgresStores(client, { lock: true })
      await audit.open([studyId])
      const result = await perform({ tx, stores, audit, versions, now: clock.now }, action)
      await audit.save(tx)
      return result as Result<A['do']>
    })
  const reader = ground.name === 'sqlite' ? sqliteAudit(ground.trial) : postgresAudit(ground.db.pool)
  return {
    read,
    clock,
    act,
    enrol: (...ids: string[]) =>
      act({
        do: 'create-patients',
        studyId,
        by,
        patients: ids.map((patientId) => ({
          patientId,
          siteId: plan.sites[0]!.id,
          arm: plan.arms[0]!.code,
          zone: 'Europe/Rome',
          language: 'it',
          enrolledOn: '2026-03-01',
        })),
      }),
    async issue(patientId: string, validMs: number = activationTimes.ownCode): Promise<string> {
      const code = newCode()
      const codes = [{ patientId, codeHmac: codeHmac(key, code) }]
      await act({ do: 'issue-activation', studyId, codes, validMs, by })
      return code
    },
    async handOver(patientId: string, form = 'phq-9'): Promise<string> {
      const code = newCode()
      await act({ do: 'hand-over', studyId, patientId, codeHmac: codeHmac(key, code), form, by })
      return code
    },
    activate: (code: string, publicKey: string, unsentKnown = false, token = newToken()) =>
      act(activation(code, publicKey, unsentKnown, token)),
    async log(): Promise<string[]> {
      const all: string[] = []
      for await (const { leaf } of reader.leavesFrom(studyId, 0)) {
        const { action, record, actor } = JSON.parse(leaf)
        if (action !== 'patient.enrolled') all.push(`${actor} ${action} ${record}`)
      }
      return all
    },
  }
}
type Desk = ReturnType<typeof deskOn>

const activation = (code: string, publicKey: string, unsentKnown = false, token = newToken()) =>
  ({
    do: 'activate-device',
    codeHmac: codeHmac(key, code),
    tokenSha256: tokenHash(token),
    publicKey,
    app: 'levee-web 1.0.0',
    unsentKnown,
    by,
  }) as const

const refused = (error: unknown) => error instanceof Problem && error.code === 'activation.refused'

for (const engine of engines) {
  const on = (name: string, work: (desk: Desk, ground: Ground) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      const desk = deskOn(ground)
      await desk.enrol('1', '2')
      await work(desk, ground)
    })

  on('a code makes a device with its key, once; each step is in the log', async (desk) => {
    const code = await desk.issue('1')
    const { device, form, replaced } = await desk.activate(code, 'a2V5')
    assert.deepEqual([device.kind, device.standing, device.patientId, form], ['own', 'good', '1', null])
    assert.deepEqual(replaced, [])
    assert.deepEqual(
      [...(await desk.read.devices.publicKeysOf([device.deviceId, 99]))],
      [[device.deviceId, 'a2V5']],
    )
    await assert.rejects(desk.activate(code, 'b3RoZXI='), refused)
    const id = device.deviceId
    assert.deepEqual(await desk.log(), [
      'staff:local activation.issued activation:1',
      `device:${id} device.activated device:${id}`,
    ])
    const [kept] = await desk.read.activations.of(studyId, '1')
    assert.deepEqual([kept?.usedAt, kept?.deviceId, kept?.issuedBy], [began, id, 'staff:local'])
  })

  on('what is wrong with a code is not told: unknown, expired, taken back, of one who left', async (desk) => {
    await assert.rejects(desk.activate(newCode(), 'a'), refused)
    const expired = await desk.issue('1', minutes(1))
    desk.clock.now += minutes(1)
    await assert.rejects(desk.activate(expired, 'a'), refused)
    const first = await desk.issue('1')
    const second = await desk.issue('1')
    await assert.rejects(desk.activate(first, 'a'), refused)
    await desk.act({ do: 'revoke-tokens', studyId, patientId: '1', by })
    await assert.rejects(desk.activate(second, 'a'), refused)
    const left = await desk.issue('2')
    await desk.act({ do: 'withdraw', studyId, patientId: '2', by })
    await assert.rejects(desk.activate(left, 'a'), refused)
    await assert.rejects(
      desk.issue('2'),
      (error: unknown) => error instanceof Problem && error.code === 'record.not-found',
    )
    assert.deepEqual(await desk.read.devices.inGoodStanding(), [])
    // The control: a code like these does work.
    assert.equal((await desk.activate(await desk.issue('1'), 'a')).device.patientId, '1')
  })

  on('a new phone takes the place of the other phones of this patient alone', async (desk) => {
    const { issued } = await desk.act({
      do: 'issue-tokens',
      studyId,
      patientIds: ['1'],
      limit: 1,
      label: 'script',
      replace: false,
      by,
    })
    const old = await desk.activate(await desk.issue('1'), 'old')
    const other = await desk.activate(await desk.issue('2'), 'other')
    const tablet = await desk.activate(await desk.handOver('1'), 'tablet')
    desk.clock.now += minutes(5)
    const now = await desk.activate(await desk.issue('1'), 'new')
    assert.deepEqual(now.replaced, [old.device.deviceId])
    const standing = new Map((await desk.read.devices.inGoodStanding()).map(([, d]) => [d.deviceId, d]))
    assert.deepEqual(standing.get(old.device.deviceId), {
      ...old.device,
      standing: 'replaced',
      replacedAt: desk.clock.now,
    })
    for (const { device } of [now, other, tablet, issued[0]!])
      assert.deepEqual(standing.get(device.deviceId), device)
    const log = await desk.log()
    const [me, it] = [now.device.deviceId, old.device.deviceId]
    assert.deepEqual(log.slice(-2), [
      `device:${me} device.activated device:${me}`,
      `device:${me} device.replaced device:${it}`,
    ])
    // Revoking ends replaced ones too.
    await desk.act({ do: 'revoke-tokens', studyId, patientId: '1', by })
    assert.deepEqual(
      (await desk.read.devices.inGoodStanding()).map(([, d]) => d.deviceId),
      [other.device.deviceId],
    )
  })

  on('a lost answer: the same code and key get the same device a new token, for a while', async (desk) => {
    const code = await desk.issue('1')
    const [first, again, late] = [newToken(), newToken(), newToken()]
    const { device } = await desk.activate(code, 'key', false, first)
    desk.clock.now += activationTimes.again
    const second = await desk.activate(code, 'key', false, again)
    assert.deepEqual(second.device, device)
    const tokens = (await desk.read.devices.inGoodStanding()).map(([hash]) => hash)
    assert.deepEqual(tokens, [tokenHash(again)])
    await assert.rejects(desk.activate(code, 'other key'), refused)
    desk.clock.now += 1
    await assert.rejects(desk.activate(code, 'key', false, late), refused)
    assert.deepEqual(
      (await desk.log()).at(-1),
      `device:${device.deviceId} device.token-issued device:${device.deviceId}`,
    )
  })

  on('a replaced phone cannot come back by its old code', async (desk) => {
    const code = await desk.issue('1')
    await desk.activate(code, 'key')
    await desk.activate(await desk.issue('1'), 'new')
    await assert.rejects(desk.activate(code, 'key'), refused)
  })

  on(
    'what the present phone holds is asked for first, and nothing has happened then',
    async (desk, ground) => {
      const { device } = await desk.activate(await desk.issue('1'), 'old')
      const entry = {
        submissionId: crypto.randomUUID(),
        form: 'daily-diary',
        occasion: '2026-11-22',
        completedAt: '2026-11-22T08:00:00+01:00[Europe/Rome]',
        sequence: 3,
        problem: null,
        since: began,
      }
      const { deviceId } = device
      await ground.transaction(async (tx) =>
        desk.read.declared.put(tx, {
          deviceId,
          studyId,
          patientId: '1',
          entries: [entry, { ...entry, sequence: 4 }],
          changedAt: began,
          contactAt: began,
        }),
      )
      const code = await desk.issue('1')
      await assert.rejects(desk.activate(code, 'new'), (error: unknown) => {
        assert.ok(error instanceof Problem && error.code === 'activation.unsent')
        assert.match(error.message, /used until now, which may be this one/)
        assert.match(String(error.toDocument('zh').detail), /可能就是这部手机/)
        assert.deepEqual(error.details, { held: 1, lastContactAt: new Date(began).toISOString() })
        return true
      })
      assert.equal((await desk.read.devices.of(studyId, '1')).length, 1)
      // A tablet takes nobody's place.
      await desk.activate(await desk.handOver('1'), 'tablet')
      assert.deepEqual((await desk.activate(code, 'new', true)).replaced, [deviceId])
      // What a phone held that was replaced is known by then.
      await desk.activate(await desk.issue('1'), 'third')
    },
  )

  on('a tablet is for one form and for two hours', async (desk) => {
    const { device, form } = await desk.activate(await desk.handOver('1'), 'tablet')
    assert.deepEqual(form, { form: 'phq-9', formVersion: '1', occasion: null })
    assert.deepEqual(
      [device.kind, device.form, device.expiresAt],
      ['clinic', 'phq-9', began + activationTimes.clinicToken],
    )
    const wrong = (error: unknown) => error instanceof Problem && error.code === 'request.invalid'
    await assert.rejects(desk.handOver('1', 'none-such'), wrong)
    // A code for the phone and one for a tablet stand beside each other.
    const [phone, tablet] = [await desk.issue('1'), await desk.handOver('1')]
    await desk.activate(tablet, 't')
    await desk.activate(phone, 'p')
  })

  on(
    'P6: rows of codes and devices can neither be removed nor changed in what they say',
    async (desk, ground) => {
      await desk.activate(await desk.issue('1'), 'key')
      const run = (text: string) =>
        ground.name === 'sqlite'
          ? Promise.resolve().then(() => ground.trial.exec(text))
          : ground.db.pool.query(text).then(() => {})
      for (const text of [
        'DELETE FROM activation_codes',
        "UPDATE activation_codes SET patient_id = '2'",
        "UPDATE devices SET public_key = 'mine'",
      ])
        await assert.rejects(run(text), /stay on record|not changed/, text)
    },
  )
}

test('postgres: of many phones that bring one code at once, on several nodes, exactly one wins', async () => {
  await using ground = await openPostgresGround()
  const desk = deskOn(ground)
  desk.clock.now = Date.now()
  await desk.enrol('1')
  const code = await desk.issue('1')
  const published = async () => () => singleVersion(plan)
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => carryOut(ground.db, published, activation(code, `key ${i}`))),
  )
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const one of tries) if (one.status === 'rejected') assert.ok(refused(one.reason), String(one.reason))
  assert.equal((await desk.read.devices.of(studyId, '1')).length, 1)
})
