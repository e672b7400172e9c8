// The play of the poison and killer tests: one bad entry, who stands near it, and how each is judged.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { controlClient } from '../../src/cli/control-client.ts'
import type { Diary } from '../../src/cli/load/diaries.ts'
import type { Held } from '../../src/records/held-store.ts'
import { assertKept, drawUp, settle } from './crash-account.ts'
import { type CrashClient, crashClient } from './crash-client.ts'
import { seedStudy } from './crash-seed.ts'
import { type CrashServer, startServer } from './crash-server.ts'
import type { Fault } from './fault-points.ts'

/** One poisoned entry, the next of its lane, another day of the same patient, and twenty other patients' entries. */
type Cast = { poison: Diary; behind: Diary; sibling: Diary; others: Diary[] }
export type Stage = { data: string; client: CrashClient; cast: Cast; fault: Fault; hurting: string }

/** The same diary under another id: the same lane. */
function again(diary: Diary): Diary {
  const submissionId = randomUUID()
  return {
    ...diary,
    submissionId,
    body: Buffer.from(diary.body.toString().replace(diary.submissionId, submissionId)),
  }
}

/** A seeded folder, the cast, and the fault, which lasts while its file exists. */
export async function prepare(data: string, does: Fault['does']): Promise<Stage> {
  await using seeding = await startServer({ data })
  const patients = await seedStudy(data, 21)
  const client = crashClient(seeding, patients)
  const poison = client.take(0)
  const behind = again(poison)
  const cast = {
    poison,
    behind,
    sibling: client.take(0),
    others: Array.from({ length: 20 }, (_, i) => client.take(i + 1)),
  }
  await seeding.stop()
  const hurting = join(data, 'hurting')
  writeFileSync(hurting, '')
  return {
    data,
    client,
    cast,
    hurting,
    fault: { at: 'processing.evaluate', does, subjects: [poison.submissionId], whileFile: hurting },
  }
}

/** Reads again and again until the value is the wanted one, and returns it. Throws after `atMostMs`. */
export async function until<T>(
  read: () => Promise<T>,
  wanted: (value: T) => boolean,
  atMostMs = 30_000,
): Promise<T> {
  const last = performance.now() + atMostMs
  for (;;) {
    const value = await read()
    if (wanted(value)) return value
    if (performance.now() > last) throw new Error(`waited in vain: ${JSON.stringify(value)}`)
    await sleep(25)
  }
}

/** The held entries of a running server. */
export const heldBy = async (data: string, states = 'dead,retrying') =>
  (await controlClient(data).get<{ held: Held[] }>(`/held?states=${states}`)).held

/** Sends the whole cast; everybody is received. */
export async function sendCast({ client, cast }: Stage): Promise<void> {
  for (const diary of [cast.poison, cast.behind, cast.sibling, ...cast.others]) {
    assert.equal((await client.send(diary)).status, 202)
  }
}

/** Who has nothing to do with the poisoned lane is applied. */
export async function assertOthersApplied({ client, cast }: Stage): Promise<void> {
  for (const diary of [cast.sibling, ...cast.others]) {
    const { status } = await until(
      () => client.status(diary),
      (s) => s.status === 'applied',
    )
    assert.equal(status, 'applied')
  }
}

/** The poisoned entry's end, and that it kept nobody up. */
export async function assertDead(stage: Stage, code: 'failed' | 'killer'): Promise<void> {
  const { client, cast, data } = stage
  const dead = await until(
    () => client.status(cast.poison),
    (s) => s.status === 'dead',
  )
  assert.equal(dead.code, code)
  assert.equal(
    (
      await until(
        () => client.status(cast.behind),
        (s) => s.status === 'applied',
      )
    ).status,
    'applied',
  )
  await assertOthersApplied(stage)
  assert.equal((await heldBy(data)).length, 1, 'nobody else is held')
}

/** A named person has the poisoned entry tried again. */
export const retry = async ({ data, client, cast }: Stage) => {
  const { position } = await client.status(cast.poison)
  await controlClient(data).act({ do: 'retry', position: position! }, 'the fault is gone')
}

/** The fault goes away, a person asks for a retry, and everything is in its place. */
export async function healAndAccount(stage: Stage, server: CrashServer): Promise<void> {
  const { data, client, cast, hurting } = stage
  rmSync(hurting)
  await retry(stage)
  await until(
    () => client.status(cast.poison),
    (s) => s.status === 'applied',
  )
  await settle(data)
  assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.errors())
  assertKept(await drawUp(data, client.log))
  client[Symbol.dispose]()
}
