// P1, P2, P3, P6: kill -9 at every named point of the data's way, at several hits each, on one data folder; every
// id is sent again after each restart. CRASH_ROUNDS=20 or more also kills at later hits.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadPatient } from '../../src/cli/load/diaries.ts'
import type { Point } from '../../src/system/points.ts'
import { type Account, assertKept, drawUp, settle } from '../support/crash-account.ts'
import { type CrashClient, crashClient } from '../support/crash-client.ts'
import { seedStudy } from '../support/crash-seed.ts'
import { StartRefused, startServer, tempFolder } from '../support/crash-server.ts'
import type { Mutant } from '../support/fault-mutants.ts'
import type { Fault } from '../support/fault-points.ts'

/** Each point with the hits at which to kill: the first, and one in the middle of the traffic. */
const points: readonly (readonly [Point, ...number[]])[] = [
  ['journal.before-commit', 1, 3],
  ['journal.after-commit', 1, 2],
  ['journal.before-answer', 1, 3],
  ['processing.before-batch', 1],
  ['processing.evaluate', 1, 17],
  ['processing.before-commit', 1, 2],
  ['processing.after-commit', 1, 2],
  ['audit.before-checkpoint', 1],
  ['audit.after-checkpoint-row', 1],
  ['audit.after-checkpoint-file', 1],
]
const laterHits = Number(process.env.CRASH_ROUNDS ?? 0) >= 20 ? [5, 8] : []

/** A data folder with patients, and a client that has sent nothing yet. */
async function seeded(data: string): Promise<{ patients: LoadPatient[]; client: CrashClient }> {
  await using server = await startServer({ data })
  const patients = await seedStudy(data, 30)
  await server.stop()
  return { patients, client: crashClient(server, patients) }
}

/** Sends until the server dies at its point; returns whether it did so within the time, be it at the start. */
async function sendUntilDeath(
  data: string,
  client: CrashClient,
  fault: Fault,
  mutants: readonly Mutant[] = [],
): Promise<boolean> {
  const started = await startServer({ data, faults: [fault], mutants }).catch((error: StartRefused) => error)
  if (started instanceof StartRefused) {
    if (started.exit.signal === 'SIGKILL') return true
    throw started
  }
  await using server = started
  client.connectTo(server.port)
  const last = performance.now() + 20_000
  while (!server.hasExited() && performance.now() < last) {
    await client.burst(25)
    await Promise.race([server.exit, new Promise((resolve) => setTimeout(resolve, 60))])
  }
  return server.hasExited() && (await server.exit).signal === 'SIGKILL'
}

/** Starts once more without a fault, sends everything again, and draws up the account. */
async function recover(data: string, client: CrashClient): Promise<Account> {
  await using server = await startServer({ data })
  client.connectTo(server.port)
  await client.retryAll()
  await settle(data)
  assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.errors())
  return await drawUp(data, client.log)
}

test('P1 P2 P3 P6: a death at any named point loses, doubles and alters nothing', async (t) => {
  using folder = tempFolder()
  const { client } = await seeded(folder.path)
  using _ = client
  for (const [at, ...hits] of points) {
    for (const hit of [...hits, ...laterHits]) {
      const died = await sendUntilDeath(folder.path, client, { at, does: 'kill', hit })
      assert.ok(died, `the server dies at hit ${hit} of ${at}`)
    }
  }
  const account = await recover(folder.path, client)
  assertKept(account)
  assert.equal(account.history.verdicts['acked-present'], client.log.size)
  t.diagnostic(`${client.log.size} ids`)
})

test('control: the same death with an acknowledgement before the commit loses ids (P1)', async () => {
  using folder = tempFolder()
  const { client } = await seeded(folder.path)
  using _ = client
  // The thread stays alive for a moment, so that the early answers leave; then the commit never comes.
  const slow: Fault = { at: 'journal.before-commit', does: 'wait', ms: 50 }
  await using server = await startServer({
    data: folder.path,
    faults: [slow, { at: 'journal.before-commit', does: 'kill', hit: 2 }],
    mutants: ['early-ack'],
  })
  client.connectTo(server.port)
  await client.burst(25)
  await client.burst(25)
  await server.exit
  const { history } = await recover(folder.path, client)
  assert.ok(history.verdicts['acked-LOST'] > 0)
})

test('control: the same death with the position committed apart from the effects is noticed (P3)', async () => {
  using folder = tempFolder()
  const { client } = await seeded(folder.path)
  using _ = client
  const died = await sendUntilDeath(
    folder.path,
    client,
    { at: 'processing.after-commit', does: 'kill', hit: 2 },
    ['position-apart'],
  )
  assert.ok(died)
  await assert.rejects(async () => assertKept(await recover(folder.path, client)))
})
