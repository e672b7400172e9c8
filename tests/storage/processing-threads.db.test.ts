// Processing on PostgreSQL as it runs: threads under their watchdog, which die, hang and come back. Every death is
// one of a whole node as far as the database can tell: its connections end, and nothing is said.
import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTrial, type Trial, type TrialThreadData } from '../../src/processing/trial.ts'
import { lastKeptCheckpoint } from '../../src/records/checkpoint-files.ts'
import type { Point } from '../../src/system/points.ts'
import type { Fault } from '../support/fault-points.ts'
import {
  again,
  assertBalanced,
  diaries,
  openProcessing,
  type ProcessingGround,
  studyId,
} from './processing-ground.ts'

const pointsModule = new URL('../support/fault-points.ts', import.meta.url).href
const by = { actor: 'staff:test', reason: 'test' }

type Node = Trial & AsyncDisposable & { readonly failures: string[]; readonly restarts: string[] }

/** A node's real thread. Its faults are read when it starts. */
async function startNode(data: TrialThreadData, faults: readonly Fault[] = []): Promise<Node> {
  process.env.FAULT_POINTS = JSON.stringify(faults)
  const failures: string[] = []
  const restarts: string[] = []
  const trial = await startTrial({
    ...data,
    pointsModule,
    patienceMs: 1500,
    threadUrl: new URL('../../src/trial-thread.postgres.ts', import.meta.url),
    onFailure: (reason) => failures.push(reason),
    onRestart: (reason) => restarts.push(reason),
  })
  return { ...trial, failures, restarts, [Symbol.asyncDispose]: () => trial.stop() }
}

/** Waits until a question about the rows is answered with true. */
async function until(
  { rows }: ProcessingGround,
  question: string,
  atMostMs = 25_000,
  values: unknown[] = [],
): Promise<void> {
  const last = Date.now() + atMostMs
  while (Object.values((await rows(`SELECT ${question}`, values))[0]!)[0] !== true) {
    if (Date.now() > last) throw new Error(`in vain: ${question}`)
    await sleep(20)
  }
}
const nothingLeft = `(SELECT count(*) FROM waiting) + (SELECT count(*) FROM held WHERE state = 'retrying') = 0`

/** A fault that lasts while its file exists. */
const whileFileOf = (data: TrialThreadData) => {
  const file = join(data.folder.path, 'hurting')
  writeFileSync(file, '')
  return file
}

const deaths: readonly Point[] = [
  'processing.before-batch',
  'processing.marked',
  'processing.evaluate',
  'processing.heads-locked',
  'processing.before-commit',
  'processing.after-commit',
  'audit.before-checkpoint',
  'audit.after-checkpoint-row',
  'audit.after-checkpoint-file',
]

test('P3 P4 P6 P8: a death at any point of a node loses, doubles and alters nothing', async (t) => {
  await using trial = await openProcessing()
  const data = await trial.nodeData('a')
  for (const [i, at] of deaths.entries()) {
    await t.test(at, async () => {
      const whileFile = whileFileOf(data)
      await using node = await startNode(data, [{ at, does: 'die', hit: 1, whileFile }])
      await trial.keep(diaries(40, 8, i))
      for (const last = Date.now() + 20_000; node.restarts.length === 0; await sleep(5))
        assert.ok(Date.now() < last, 'the thread dies')
      rmSync(whileFile)
      await until(trial, nothingLeft)
      await node.stop()
      assert.deepEqual(node.failures, [])
      await assertBalanced(trial)
    })
  }
})

test('P8: another node takes what a dead one held, at once', async () => {
  await using trial = await openProcessing()
  const data = await trial.nodeData('a')
  await using dying = await startNode(data, [
    { at: 'processing.before-commit', does: 'wait', ms: 1000, hit: 1 },
    { at: 'processing.before-commit', does: 'die' },
  ])
  await trial.keep(diaries(60))
  await until(trial, 'EXISTS (SELECT 1 FROM attempts)')
  await using healthy = await startNode(await trial.nodeData('b'))
  const held = await trial.rows('SELECT count(*) AS n FROM waiting')
  assert.deepEqual(held, [{ n: 60 }])
  await until(trial, nothingLeft, 8000)
  await Promise.all([dying.stop(), healthy.stop()])
  await assertBalanced(trial)
})

for (const does of ['die', 'spin'] as const) {
  test(`P5: an entry that ends its thread (${does}) is found, evaluated alone, and is dead; others are applied`, async () => {
    await using trial = await openProcessing()
    const data = await trial.nodeData('a')
    const arrivals = diaries(30)
    const killer = arrivals[4]!
    const follower = again(killer)
    const whileFile = whileFileOf(data)
    const fault: Fault = { at: 'processing.evaluate', does, subjects: [killer.submissionId], whileFile }
    await using node = await startNode(data, [fault])
    await using other = await startNode(await trial.nodeData('b'), [fault])
    const at = (await trial.keep([...arrivals, follower]))[4]!
    await until(trial, `(SELECT state = 'dead' AND code = 'killer' FROM held WHERE position = $1)`, 90_000, [
      at,
    ])
    await until(trial, nothingLeft)
    assert.equal((await trial.rows('SELECT 1 FROM responses')).length, 30)
    const died = node.restarts.length + other.restarts.length
    assert.ok(died >= 2 && died <= 4, `${died} deaths until it ran alone`)
    await assertBalanced(trial)

    rmSync(whileFile)
    await other.act({ do: 'retry', position: at, by })
    await until(trial, nothingLeft)
    assert.equal((await trial.rows('SELECT 1 FROM responses')).length, 31)
    await Promise.all([node.stop(), other.stop()])
    assert.deepEqual([...node.failures, ...other.failures], [])
    await assertBalanced(trial)
  })
}

test('control: without markers nobody finds the entry that ends its thread', async () => {
  await using trial = await openProcessing()
  const data = await trial.nodeData('a')
  const arrivals = diaries(30)
  await trial.rows(
    `CREATE FUNCTION no_marker() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
  )
  await trial.rows(
    'CREATE TRIGGER no_marker BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION no_marker()',
  )
  await trial.keep(arrivals)
  const fault: Fault = { at: 'processing.evaluate', does: 'die', subjects: [arrivals[4]!.submissionId] }
  await using node = await startNode(data, [fault])
  for (const last = Date.now() + 25_000; node.failures.length === 0; await sleep(20))
    assert.ok(Date.now() < last, 'processing gives up')
  assert.match(node.failures[0]!, /keeps ending/)
  assert.equal((await trial.rows('SELECT 1 FROM responses')).length, 0)
})

test('P5: a retry that ends its thread is found, and runs alone', async () => {
  await using trial = await openProcessing()
  const data = await trial.nodeData('a')
  const [first, ...others] = diaries(10)
  const hurting = whileFileOf(data)
  const subjects = [first!.submissionId]
  // The first evaluation throws, so that the entry is held; those that follow, as retries, end the thread.
  await using node = await startNode(data, [
    { at: 'processing.retry-begun', does: 'die', whileFile: hurting },
    { at: 'processing.evaluate', does: 'throw', subjects, whileFile: hurting },
  ])
  const [at] = await trial.keep([first!, ...others])
  await until(trial, `(SELECT state = 'dead' AND code = 'killer' FROM held WHERE position = $1)`, 30_000, [
    at,
  ])
  assert.equal(node.restarts.length, 1, 'one attempt had failed before')
  rmSync(hurting)
  await node.act({ do: 'retry', position: at!, by })
  await until(trial, nothingLeft)
  await node.stop()
  assert.equal((await trial.rows('SELECT 1 FROM responses')).length, 10)
  await assertBalanced(trial)
})

test('P6: every processing node keeps the checkpoints, and refuses a database that was rolled back', async () => {
  await using trial = await openProcessing()
  const datas = [await trial.nodeData('a'), await trial.nodeData('b')]
  {
    await using a = await startNode(datas[0]!)
    await using b = await startNode(datas[1]!)
    await trial.keep(diaries(50))
    await until(trial, nothingLeft)
    await until(
      trial,
      '(SELECT max(size) FROM audit_checkpoints) = (SELECT size FROM audit_heads) AND (SELECT count(*) FROM waiting) = 0',
    )
    await Promise.all([a.stop(), b.stop()])
  }
  const [size] = await trial.rows('SELECT size FROM audit_heads')
  for (const { folder } of datas) {
    assert.ok(existsSync(folder.checkpoints))
    assert.match(String(lastKeptCheckpoint(folder.checkpoints, studyId)), new RegExp(`^.*\n${size!.size}\n`))
  }
  for (const statement of [
    'ALTER TABLE audit_entries DISABLE TRIGGER USER',
    `DELETE FROM audit_entries WHERE leaf_index >= ${Number(size!.size) - 3}`,
    `UPDATE audit_heads SET size = size - 3`,
  ])
    await trial.rows(statement)
  for (const data of datas) await assert.rejects(startNode(data), /ends before its last checkpoint/)
})

test('staff act on a node without the role of processing, which takes no entries', async () => {
  await using trial = await openProcessing()
  const data = await trial.nodeData('api')
  await using node = await startNode({ ...data, database: { ...data.database!, roles: ['api'] } })
  const patient = 'P-00001'
  const result = await node.act({ do: 'unblind', studyId, patientId: patient, by })
  assert.match(result.arm, /^G[12]$/)
  await assert.rejects(node.act({ do: 'retry', position: 4711, by }), { code: 'record.not-found' })
  await trial.keep(diaries(5))
  await sleep(300)
  assert.equal((await trial.rows('SELECT 1 FROM waiting')).length, 5)
})
