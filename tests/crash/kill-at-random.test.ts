// P1, P2, P3, P4, P8: kill -9 at random instants of a simulated morning, again and again on one data folder, while
// every device keeps sending until it is told "received". CRASH_ROUNDS sets the number of kills (5).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadPatient } from '../../src/cli/load/diaries.ts'
import { type LoadResult, runLoad } from '../../src/cli/load/run.ts'
import { type Account, assertKept, drawUp, settle } from '../support/crash-account.ts'
import { crashClient } from '../support/crash-client.ts'
import { seedStudy, studyId } from '../support/crash-seed.ts'
import { type CrashServer, startServer, tempFolder } from '../support/crash-server.ts'
import type { Fault } from '../support/fault-points.ts'

const rounds = Number(process.env.CRASH_ROUNDS ?? 5)
const backWithinMs = 10_000

/** Kills and restarts `rounds` times at random instants, on one port; returns the last server and the slowest start. */
async function killAgainAndAgain(
  data: string,
  first: CrashServer,
): Promise<{ server: CrashServer; slowestMs: number }> {
  let server = first
  let slowestMs = 0
  for (let round = 0; round < rounds; round++) {
    await sleep(150 + Math.random() * 700)
    const { signal } = await server.kill()
    assert.equal(signal, 'SIGKILL', server.errors())
    server = await startServer({ data, port: first.port })
    slowestMs = Math.max(slowestMs, server.readyMs)
  }
  return { server, slowestMs }
}

async function morning(port: number, patients: LoadPatient[], stop: AbortSignal): Promise<LoadResult> {
  return runLoad({
    host: '127.0.0.1',
    port,
    studyId,
    patients,
    rate: 700,
    durationSeconds: 3600,
    connections: 64,
    lossShare: 0.05,
    duplicateShare: 0.05,
    timeoutMs: 5000,
    seed: Date.now() % 100_000,
    signal: stop,
  })
}

test('P1 P2 P3 P4 P8: after kill -9 at random instants nothing is lost, doubled or altered', async (t) => {
  using folder = tempFolder()
  const stop = new AbortController()
  const first = await startServer({ data: folder.path })
  const patients = await seedStudy(folder.path, 400)
  const load = morning(first.port, patients, stop.signal)
  const { server, slowestMs } = await killAgainAndAgain(folder.path, first)
  await using _ = server
  stop.abort()
  const { summary, log } = await load
  assert.equal(summary.outstanding, 0, 'everything is acknowledged in the end')
  assert.equal(summary.counts.duplicatesWrong, 0, 'asking again gives the original receipt (P2)')
  assert.ok(summary.counts.duplicatesRight > 0)
  assert.ok(summary.counts.failures.closed > 0, 'the kills hit requests on their way')
  assert.ok(slowestMs < backWithinMs, `back after ${slowestMs} ms`)
  await settle(folder.path)
  assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.errors())
  const account = await drawUp(folder.path, log)
  assertKept(account)
  assert.equal(account.history.verdicts['acked-present'], log.size)
  t.diagnostic(`${rounds} kills, ${log.size} ids, slowest start ${Math.round(slowestMs)} ms`)
})

/** A commit that takes 20 ms leaves room for a kill between an answer and its commit, if there is such room. */
const slowCommit: Fault = { at: 'journal.before-commit', does: 'wait', ms: 20 }

async function killInSlowCommits(mutants: readonly 'early-ack'[]): Promise<Account> {
  using folder = tempFolder()
  await using seeding = await startServer({ data: folder.path })
  const patients = await seedStudy(folder.path, 20)
  await seeding.stop()
  using client = crashClient(seeding, patients)
  for (let round = 0; round < 3; round++) {
    await using server = await startServer({ data: folder.path, faults: [slowCommit], mutants })
    client.connectTo(server.port)
    const burst = client.burst(40)
    await sleep(30 + Math.random() * 15)
    await server.kill()
    await burst
  }
  await using server = await startServer({ data: folder.path })
  client.connectTo(server.port)
  await client.retryAll()
  await settle(folder.path)
  await server.stop()
  return await drawUp(folder.path, client.log)
}

test('P1: nor when every commit is slow', async () => {
  assertKept(await killInSlowCommits([]))
})

test('control: a journal that acknowledges before the commit loses ids in the same way of killing', async () => {
  const { history } = await killInSlowCommits(['early-ack'])
  assert.ok(history.verdicts['acked-LOST'] > 0, 'the test must notice')
})
