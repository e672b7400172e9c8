// P4, P5, P8 (reliability D18): an entry whose evaluation ends the thread or the process, never ends, or eats the
// memory runs alone after two deaths, ends as a dead letter, and harms nobody. The control without a fault is in
// poison.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertDead, healAndAccount, prepare, retry, sendCast, until } from '../support/crash-poison.ts'
import { StartRefused, startServer, tempFolder } from '../support/crash-server.ts'

const threadKillers = { die: 'ends the thread', spin: 'never ends', allocate: 'eats the memory' } as const
for (const does of ['die', 'spin', 'allocate'] as const) {
  test(`P4 P5: an entry that ${threadKillers[does]} is a dead letter after it ran alone, and harms nobody`, async () => {
    using folder = tempFolder()
    const stage = await prepare(folder.path, does)
    const { client, data } = stage
    await using server = await startServer({ data, faults: [stage.fault], mutants: ['short-patience'] })
    client.connectTo(server.port)
    await sendCast(stage)
    await assertDead(stage, 'killer')
    assert.equal(server.hasExited(), false)
    if (does === 'spin') {
      await retry(stage)
      await until(
        () => client.status(stage.cast.poison),
        (s) => s.status === 'retrying',
        5000,
      )
      await assertDead(stage, 'killer')
    }
    await healAndAccount(stage, server)
  })
}

test('P4 P5 P8: an entry that ends the whole process does so twice, then runs alone and is dead', async () => {
  using folder = tempFolder()
  const stage = await prepare(folder.path, 'kill')
  const { client, cast, data } = stage
  const start = () => startServer({ data, faults: [stage.fault] }).catch((error: StartRefused) => error)
  let deaths = 0
  let started = await start()
  for (; deaths < 5; deaths++) {
    if (!(started instanceof StartRefused)) {
      client.connectTo(started.port)
      if (deaths === 0)
        await Promise.all([cast.poison, cast.behind, cast.sibling, ...cast.others].map(client.send))
      const ended = await Promise.race([started.exit, sleep(2500, undefined)])
      if (ended === undefined) break
    }
    started = await start()
  }
  assert.equal(deaths, 2, 'two deaths, then it runs alone')
  assert.ok(!(started instanceof StartRefused))
  await using server = started
  await client.retryAll()
  await assertDead(stage, 'killer')
  await healAndAccount(stage, server)
})
