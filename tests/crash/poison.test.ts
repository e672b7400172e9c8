// P3, P4, P5 (reliability D18): an entry whose evaluation throws waits alone. Who else is in the study, or the same
// patient's other day, never waits for it; its own lane waits in order. When the fault is gone, `retry` applies it.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import type { Diary } from '../../src/cli/load/diaries.ts'
import { assertKept, deadInOrder, drawUp, settle } from '../support/crash-account.ts'
import {
  assertDead,
  assertOthersApplied,
  healAndAccount,
  heldBy,
  prepare,
  sendCast,
  until,
} from '../support/crash-poison.ts'
import { startServer, tempFolder } from '../support/crash-server.ts'
import type { Mutant } from '../support/fault-mutants.ts'
import type { Fault } from '../support/fault-points.ts'

test('P3 P4 P5: an entry whose evaluation throws is tried five times, then dead; its lane waits in order, nobody else', async () => {
  using folder = tempFolder()
  const stage = await prepare(folder.path, 'throw')
  const { client, cast, data } = stage
  await using server = await startServer({ data, faults: [stage.fault] })
  client.connectTo(server.port)
  await sendCast(stage)
  await assertOthersApplied(stage)
  const waiting = await client.status(cast.behind)
  const poison = await client.status(cast.poison)
  if (poison.status === 'retrying') assert.deepEqual([waiting.status, waiting.code], ['retrying', 'behind'])
  await assertDead(stage, 'failed')
  const [dead] = await heldBy(data, 'dead')
  assert.equal(dead?.attempts, 5)
  await healAndAccount(stage, server)
})

/** A failing entry and, behind it in its lane, a killer: the positions in the order they became dead letters. */
async function deathsOfOneLane(mutants: readonly Mutant[]) {
  using folder = tempFolder()
  const stage = await prepare(folder.path, 'throw')
  const { client, cast, data, fault } = stage
  const killer: Fault = { at: 'processing.evaluate', does: 'die', subjects: [cast.behind.submissionId] }
  await using server = await startServer({ data, faults: [fault, killer], mutants })
  client.connectTo(server.port)
  await sendCast(stage)
  await assertOthersApplied(stage)
  await until(
    () => heldBy(data, 'dead'),
    (dead) => dead.length === 2,
  )
  await server.stop()
  client[Symbol.dispose]()
  const position = (diary: Diary) => client.log.entry(client.log.rowOf(diary.submissionId)).position
  return { dead: deadInOrder(data), lane: [position(cast.poison), position(cast.behind)] }
}

test('P5: a killer behind a failing entry of its lane waits for it, though it would run alone', async () => {
  const { dead, lane } = await deathsOfOneLane([])
  assert.deepEqual(dead, lane)
})

test('control: a killer that does not wait overtakes', async () => {
  // The failing entry's pauses are drawn at random: now and then it is dead before the killer's child has started.
  for (let run = 1; run <= 4; run++) {
    const { dead, lane } = await deathsOfOneLane(['killer-first'])
    if (dead[0] === lane[1]) return
  }
  assert.fail('the killer never overtook: the test above proves nothing')
})

test('control: the same cast without the fault is applied, and nobody is ever held', async () => {
  using folder = tempFolder()
  const stage = await prepare(folder.path, 'throw')
  const { client, cast, data, hurting } = stage
  rmSync(hurting)
  await using server = await startServer({ data, faults: [stage.fault] })
  client.connectTo(server.port)
  await sendCast(stage)
  await until(
    () => client.status(cast.poison),
    (s) => s.status === 'applied',
  )
  await settle(data)
  assert.deepEqual(await heldBy(data), [])
  await server.stop()
  assertKept(await drawUp(data, client.log))
  client[Symbol.dispose]()
})
