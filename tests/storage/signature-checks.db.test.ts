// Checks of signatures on both engines: what waits is checked once, whoever checks it and however often it was cut off;
// the writer's transaction keeps counts and audit entries with the rows. And what devices declare.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { declaredCounts } from '../../src/api/declared-counts.ts'
import { journalReader } from '../../src/intake/journal-store.sqlite.ts'
import type { JournalReader } from '../../src/intake/journal-store.ts'
import { signatureChecker } from '../../src/processing/signatures/signature-checker.ts'
import { carryOut } from '../../src/processing/staff-actions.postgres.ts'
import { type Action, type ActionResults, perform } from '../../src/processing/staff-actions.ts'
import { postgresStores } from '../../src/processing/stores.postgres.ts'
import { sqliteStores } from '../../src/processing/stores.sqlite.ts'
import type { Stores } from '../../src/processing/stores.ts'
import { auditLog } from '../../src/records/audit-log.ts'
import { auditStore as postgresAudit } from '../../src/records/audit-store.postgres.ts'
import { auditStore as sqliteAudit } from '../../src/records/audit-store.sqlite.ts'
import { declaredHeld } from '../../src/records/declared-store.ts'
import { addSigned } from '../../src/records/signature-check-store.postgres.ts'
import { signedEntries } from '../../src/records/signature-check-store.sqlite.ts'
import type { SignedEntry } from '../../src/records/signature-check-store.ts'
import { singleVersion } from '../../src/study/study-versions.ts'
import { demoPlan } from '../../src/study/testing/demo-plan.ts'
import { importSigner, makeSigningKey } from '../../src/system/signed-note.ts'
import { engines, type Ground } from '../support/engines.ts'

const plan = demoPlan()
const studyId = plan.id
const by = { actor: 'system:signatures', reason: '' }

function groundOf(ground: Ground) {
  const signer = importSigner('levee-log-test', makeSigningKey())
  const stores: Stores =
    ground.name === 'sqlite'
      ? sqliteStores(ground.trial, journalReader(ground.journal))
      : postgresStores(ground.db.pool)
  const reader = ground.name === 'sqlite' ? sqliteAudit(ground.trial) : postgresAudit(ground.db.pool)
  const act = (action: Action): Promise<ActionResults[Action['do']]> => {
    if (ground.name === 'postgres') return carryOut(ground.db, async () => () => singleVersion(plan), action)
    const audit = auditLog(sqliteAudit(ground.trial), () => signer)
    return ground.transaction(async (tx) => {
      const result = await perform(
        { tx, stores, audit, versions: () => singleVersion(plan), now: Date.now() },
        action,
      )
      audit.save(tx)
      return result
    })
  }
  const wait = (entries: readonly SignedEntry[]) =>
    ground.transaction(async (tx) => {
      if (ground.name === 'postgres') return addSigned(tx, entries)
      const store = signedEntries(ground.trial)
      for (const entry of entries) store.add(tx, entry)
    })
  const failures = async () => {
    const found: string[] = []
    for await (const { leaf } of reader.leavesFrom(studyId, 0)) {
      const { action, record, reason } = JSON.parse(leaf) as Record<string, string>
      if (action === 'signature.failed') found.push(`${record} ${reason}`)
    }
    return found
  }
  return { stores, act, wait, failures }
}

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const spki = key.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
const bodyOf = (position: number) => Buffer.from(`{"entry":${position}}`)
const headOf = (position: number, good: boolean) =>
  JSON.stringify({
    signature: sign('sha256', bodyOf(good ? position : 0), {
      key: key.privateKey,
      dsaEncoding: 'ieee-p1363',
    }).toString('base64url'),
    door: 'http',
  })
/** Every tenth signature is over other bytes. */
const isGood = (position: number) => position % 10 !== 0
/** A journal whose entries are signed by one device. */
const journal: Pick<JournalReader, 'entryAt'> = {
  entryAt: (position) => ({
    position,
    studyId,
    logIndex: position - 1,
    submissionId: '',
    patientId: 'P-1',
    deviceId: 7,
    receivedAt: 0,
    sha256: 'a'.repeat(64),
    head: headOf(position, isGood(position)),
    body: bodyOf(position),
  }),
}
const devices = { publicKeysOf: () => new Map([[7, spki]]) }
const signed = (count: number): SignedEntry[] =>
  Array.from({ length: count }, (_, i) => ({ position: i + 1, studyId, patientId: 'P-1', deviceId: 7 }))

for (const engine of engines) {
  test(`${engine.name}: two checkers, one of them cut off again and again, check each entry once`, async () => {
    await using ground = await engine.open()
    const { stores, act, wait, failures } = groundOf(ground)
    const count = 700
    await wait(signed(count))
    let cut = 0
    const checker = (breaks: boolean) =>
      signatureChecker({
        stores: { signatureChecks: stores.signatureChecks, journal, devices } as unknown as Stores,
        isShared: true,
        everyMs: 5,
        busyness: () => 'idle',
        onTrouble: () => {
          cut += 1
        },
        note: async (checks) => {
          if (breaks && cut < 3) throw new Error('cut off before the commit')
          await act({ do: 'note-signatures', by, ...checks })
          if (breaks && cut < 6) throw new Error('cut off after the commit')
        },
      })
    const checkers = [checker(true), checker(engine.name === 'sqlite')]
    const done = { waiting: 0, verified: 630, failed: 70 }
    for (const last = Date.now() + 20_000; ; ) {
      const now = await stores.signatureChecks.totals()
      if (now.waiting === 0) {
        assert.deepEqual(now, done)
        break
      }
      assert.ok(Date.now() < last, JSON.stringify(now))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await Promise.all(checkers.map((one) => one.stop()))
    assert.ok(cut > 0, 'nothing was cut off')
    assert.deepEqual([...(await stores.signatureChecks.counts())], [[studyId, done]])
    const bad = signed(count).filter(({ position }) => !isGood(position))
    assert.deepEqual(
      (await failures()).sort(),
      bad.map(({ position }) => `entry:${position} mismatch`).sort(),
    )
    assert.equal((await stores.signatureChecks.at(10))?.code, 'mismatch')
    assert.equal((await stores.signatureChecks.at(11))?.state, 'verified')
    assert.equal(await stores.signatureChecks.at(count + 1), undefined)
  })

  test(`${engine.name}: an entry that is missing or cannot be read costs only its own check`, async () => {
    await using ground = await engine.open()
    const { stores, act, wait, failures } = groundOf(ground)
    await wait(signed(30))
    let isAway = true
    const trouble: string[] = []
    const damaged: Pick<JournalReader, 'entryAt'> = {
      entryAt: (position) => {
        if (isAway) throw new Error('the journal is away')
        if (position === 3) throw new Error('the page is damaged')
        return position === 0 || position === 7 ? undefined : journal.entryAt(position)
      },
    }
    const checker = signatureChecker({
      stores: { signatureChecks: stores.signatureChecks, journal: damaged, devices } as unknown as Stores,
      isShared: false,
      everyMs: 5,
      busyness: () => 'idle',
      onTrouble: (reason) => trouble.push(reason),
      note: (checks) => act({ do: 'note-signatures', by, ...checks }),
    })
    for (let tries = 0; trouble.length < 5; tries++) {
      assert.ok(tries < 500)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const untouched = { waiting: 30, verified: 0, failed: 0 }
    assert.deepEqual(await stores.signatureChecks.totals(), untouched, 'control: nothing is said meanwhile')
    isAway = false
    for (const last = Date.now() + 5000; (await stores.signatureChecks.totals()).waiting > 0; ) {
      assert.ok(Date.now() < last, 'one bad entry stops the others')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await checker.stop()
    assert.deepEqual(await stores.signatureChecks.totals(), { waiting: 0, verified: 25, failed: 5 })
    const mismatches = ['entry:10 mismatch', 'entry:20 mismatch', 'entry:30 mismatch']
    const all = [...mismatches, 'entry:3 unreadable', 'entry:7 unreadable'].sort()
    assert.deepEqual((await failures()).sort(), all)
  })

  test(`${engine.name}: an entry that is named twice, or by two devices, counts once`, async () => {
    await using ground = await engine.open()
    const { stores, act } = groundOf(ground)
    const declare = (patientId: string, deviceId: number, ...names: string[]) => {
      const entries = names.map((submissionId, sequence) => ({
        ...{ submissionId, form: 'daily-diary', occasion: null, sequence, problem: null },
        completedAt: '2026-11-22T08:12:31+08:00[Asia/Shanghai]',
      }))
      return act({ do: 'declare-held', by, studyId, patientId, deviceId, entries })
    }
    await declare('P-1', 7, 'a', 'b', 'a')
    await declare('P-1', 8, 'b', 'c')
    await declare('P-2', 9, 'a')
    const absent = { declared: stores.declared, journal: { find: () => undefined } }
    assert.deepEqual([...(await declaredCounts(absent)())], [[studyId, 4]], 'another patient counts apart')
    assert.equal((await declaredHeld(absent, studyId, 'P-1')).held, 3)
  })

  test(`${engine.name}: a check is noted once, and a transaction that fails leaves nothing`, async () => {
    await using ground = await engine.open()
    const { stores, act, wait, failures } = groundOf(ground)
    await wait(signed(3))
    await assert.rejects(async () => wait(signed(1)), 'an entry waits once')
    const check = (position: number, code: 'mismatch' | null) => ({
      position,
      code,
      patientId: 'P-1',
      logIndex: position - 1,
      sha256: '',
    })
    const note = (...checks: ReturnType<typeof check>[]) =>
      act({ do: 'note-signatures', by, studyId, checks }) as Promise<{ noted: number }>
    assert.deepEqual(await note(check(1, null), check(2, 'mismatch')), { noted: 2 })
    assert.deepEqual(await note(check(1, 'mismatch'), check(2, null)), { noted: 0 }, 'it stays')
    assert.deepEqual(await note({ ...check(9, null) }), { noted: 0 }, 'nothing of the kind waits')
    assert.deepEqual(await failures(), ['entry:2 mismatch'])
    assert.deepEqual(await stores.signatureChecks.totals(), { waiting: 1, verified: 1, failed: 1 })
    await assert.rejects(
      ground.transaction(async (tx) => {
        await (ground.name === 'postgres'
          ? (await import('../../src/storage/postgres.ts'))
              .clientOf(tx)
              .query('DELETE FROM device_signatures')
          : ground.trial.exec('DELETE FROM device_signatures'))
      }),
      /never deleted/,
    )
  })

  test(`${engine.name}: a declaration replaces the one before, and is audited where it differs`, async () => {
    await using ground = await engine.open()
    const { stores, act } = groundOf(ground)
    const entry = (n: number) => ({
      submissionId: `0198f2c4-7b1a-7c3e-9d10-3fb2c1a9000${n}`,
      form: 'daily-diary',
      occasion: null,
      completedAt: '2026-11-22T08:12:31+08:00[Asia/Shanghai]',
      sequence: n,
      problem: null,
    })
    const declare = (deviceId: number, ...entries: ReturnType<typeof entry>[]) =>
      act({ do: 'declare-held', by, studyId, patientId: 'P-1', deviceId, entries }) as Promise<{
        changed: boolean
      }>
    assert.deepEqual(await declare(7), { changed: false }, 'nothing, as before')
    assert.deepEqual(await declare(7, entry(1)), { changed: true })
    const first = (await stores.declared.of(7))!
    assert.deepEqual(await declare(7, entry(1)), { changed: false })
    assert.deepEqual(await declare(7, entry(1), entry(2)), { changed: true })
    await declare(8, entry(3))
    const [one, two] = await stores.declared.ofPatient(studyId, 'P-1')
    assert.deepEqual([one?.entries.length, two?.entries.length], [2, 1])
    assert.equal(one?.entries[0]?.since, first.entries[0]?.since, 'since when it is held stays')
    assert.equal((await stores.declared.open(10)).length, 2)
    assert.deepEqual(
      (await stores.declared.open(10, 7)).map((d) => d.deviceId),
      [8],
      'page by page',
    )
    await declare(7)
    assert.deepEqual(
      (await stores.declared.open(10)).map((d) => d.deviceId),
      [8],
    )
  })
}
