// P7 with a failing and with a full disk, made by strace in the journal's and the trial's files: a failed flush ends
// the process without a promise and the next start trusts no cache; a full disk turns new entries away and nothing
// else, and is over by itself when there is room again.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { controlClient } from '../../src/cli/control-client.ts'
import type { LoadPatient } from '../../src/cli/load/diaries.ts'
import { type Account, assertKept, drawUp, settle } from '../support/crash-account.ts'
import { type CrashClient, crashClient, httpGet, type Told } from '../support/crash-client.ts'
import { seedStudy } from '../support/crash-seed.ts'
import { type CrashServer, type Exit, startServer, tempFolder } from '../support/crash-server.ts'
import { readTrace, straceMissing, traceInto } from '../support/crash-strace.ts'
import type { Mutant } from '../support/fault-mutants.ts'

const skip = straceMissing() ?? false
if (skip !== false) console.error(`SKIPPED: ${skip}`)

type Hurt = { data: string; server: CrashServer; client: CrashClient; patients: LoadPatient[]; trace: string }

/** Seeds a study, then starts the server under strace with faults in the named files of the data folder. */
async function hurt(
  data: string,
  files: readonly string[],
  inject: readonly string[],
  mutants: readonly Mutant[] = [],
): Promise<Hurt> {
  const seeding = await startServer({ data })
  const patients = await seedStudy(data, 20)
  await seeding.stop()
  const trace = join(data, 'trace')
  const paths = files.map((file) => `-P${join(data, file)}`)
  const calls = '-etrace=write,pwrite64,fsync,fdatasync'
  const strace = [...traceInto(trace), ...paths, calls, ...inject]
  // Slow commits, so that further entries wait behind the one that meets the fault.
  const server = await startServer({
    data,
    mutants,
    strace,
    faults: [{ at: 'journal.before-commit', does: 'wait', ms: 10 }],
  })
  return { data, server, client: crashClient(server, patients), patients, trace }
}

/** Starts once more on the same folder, sends again what was not acknowledged, and draws up the account. */
async function recover({ data, client }: Hurt): Promise<Account> {
  await using server = await startServer({ data })
  client.connectTo(server.port)
  await client.retryAll()
  await settle(data)
  assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.errors())
  return await drawUp(data, client.log)
}

/** Sends without a pause until the process has ended; what the client was told. */
async function sendUntilExit({ server, client }: Hurt): Promise<{ told: Told[]; exit: Exit }> {
  const sent: Promise<Told[]>[] = []
  for (let i = 0; i < 400 && !server.hasExited(); i++) {
    sent.push(client.burst(3))
    await sleep(4)
  }
  const told = (await Promise.all(sent)).flat()
  return { told, exit: await Promise.race([server.exit, sleep(3000, { code: null, signal: null })]) }
}

/** The tenth flush of the journal's WAL fails once; later ones would succeed. */
const oneFailedFlush = ['--inject=fsync,fdatasync:error=EIO:when=10']

/** Successful writes to the WAL after the flush that failed. */
function writesAfterFailure(trace: string): number {
  const calls = readTrace(trace)
  const failure = calls.findIndex((c) => c.name.includes('sync') && c.injected)
  assert.ok(failure >= 0, 'the fault was met')
  return calls.slice(failure + 1).filter((c) => c.name === 'pwrite64').length
}

test('P1 P7: after a failed flush nothing more is written or promised, and the next start rewrites the journal', {
  skip,
}, async () => {
  using folder = tempFolder()
  const hurting = await hurt(folder.path, ['journal.db-wal'], oneFailedFlush)
  await using _ = hurting.server
  using client = hurting.client
  const { told, exit } = await sendUntilExit(hurting)
  assert.deepEqual(exit, { code: 74, signal: null }, hurting.server.errors())
  assert.ok(
    told.some((t) => t.status === 503),
    'those in the failed commit are told so',
  )
  assert.equal(writesAfterFailure(hurting.trace), 0)
  assert.ok(existsSync(join(folder.path, 'io-error')), 'the next start is told')
  const account = await recover(hurting)
  assert.ok(!existsSync(join(folder.path, 'io-error')), 'the journal was rewritten')
  assertKept(account)
  assert.equal(account.history.verdicts['acked-present'], client.log.size)
})

test('control: a journal that trusts the next flush is seen to write on', { skip }, async () => {
  using folder = tempFolder()
  const hurting = await hurt(folder.path, ['journal.db-wal'], oneFailedFlush, ['trust-after-failure'])
  await using _ = hurting.server
  using __ = hurting.client
  await sendUntilExit(hurting)
  // On a slow machine the failed flush may have been the last one of what was sent.
  for (let i = 0; i < 50 && writesAfterFailure(hurting.trace) === 0; i++) {
    await hurting.client.burst(3)
    await sleep(20)
  }
  assert.ok(writesAfterFailure(hurting.trace) > 0)
})

/** From the 25th write to the WAL on there is no room, until the 60th: then somebody has made some. */
const noRoomForAWhile = ['--inject=pwrite64:error=ENOSPC:when=25..60']

test('P7: a full disk answers 507 to new entries, goes on reading and repeating, and recovers by itself', {
  skip,
}, async () => {
  using folder = tempFolder()
  const hurting = await hurt(folder.path, ['journal.db-wal'], noRoomForAWhile)
  await using server = hurting.server
  using client = hurting.client
  const kept = client.next()
  assert.equal((await client.send(kept)).status, 202)
  let refused: Told | undefined
  for (let i = 0; i < 30 && refused?.status !== 507; i++) refused = await client.send(client.next())
  assert.equal(refused?.status, 507)
  assert.ok(refused.retryAfterSeconds >= 30)
  assert.equal(await httpGet(server.port, '/healthz'), 200)
  assert.equal((await client.status(kept)).http, 200, 'status of what is kept')
  assert.equal((await client.send(kept)).status, 200, 'the receipt again')
  await client.retryAll()
  assert.equal((await client.send(client.next())).status, 202, 'room again')
  await settle(folder.path)
  assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.errors())
  assertKept(await drawUp(folder.path, client.log))
})

test('P7: the same where processing writes: entries are received, and applied when there is room', {
  skip,
}, async () => {
  using folder = tempFolder()
  const files = ['trial.db-wal', 'processing-attempt.json', 'checkpoints/MORNING-301.checkpoints.txt']
  const hurting = await hurt(folder.path, files, ['--inject=pwrite64,write:error=ENOSPC:when=4..5'])
  await using server = hurting.server
  using client = hurting.client
  for (let i = 0; i < 5; i++) {
    const told = await client.burst(20)
    assert.ok(
      told.every((t) => t.status === 202),
      'the journal goes on',
    )
    await sleep(100)
  }
  await settle(folder.path)
  assert.ok(
    readTrace(hurting.trace).some((c) => c.injected),
    'the fault was met',
  )
  assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.errors())
  assertKept(await drawUp(folder.path, client.log))
})

test('P7: a journal that cannot be checkpointed for want of room is no failed disk', { skip }, async () => {
  using folder = tempFolder()
  // The start itself writes to journal.db; the checkpoint under load comes after it.
  const hurting = await hurt(folder.path, ['journal.db'], ['--inject=pwrite64:error=ENOSPC:when=3..6'])
  await using server = hurting.server
  using client = hurting.client
  for (let i = 0; i < 30; i++) await client.burst(60)
  assert.equal(server.hasExited(), false, server.errors())
  assert.ok(
    readTrace(hurting.trace).some((c) => c.injected),
    'the fault was met',
  )
  await client.retryAll()
  await settle(folder.path)
  assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.errors())
  assertKept(await drawUp(folder.path, client.log))
})

test('control: a server that takes a full disk for a failed one ends', { skip }, async () => {
  using folder = tempFolder()
  const hurting = await hurt(folder.path, ['journal.db-wal'], noRoomForAWhile, ['full-is-failed'])
  await using _ = hurting.server
  using __ = hurting.client
  const { exit } = await sendUntilExit(hurting)
  assert.equal(exit.code, 74)
})

test('control: without a fault none of this happens', { skip }, async () => {
  using folder = tempFolder()
  const hurting = await hurt(folder.path, ['journal.db-wal'], [])
  await using server = hurting.server
  using client = hurting.client
  const told = await client.burst(100)
  assert.ok(told.every((t) => t.status === 202))
  assert.deepEqual((await controlClient(folder.path).get<{ troubles: string[] }>('/status')).troubles, [])
  assert.deepEqual(await server.stop(), { code: 0, signal: null })
})
