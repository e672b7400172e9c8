// One process works in a data folder; a second one refuses to start and says why. That a dead one holds nothing is
// shown by every restart of this suite.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartRefused, startServer, tempFolder } from '../support/crash-server.ts'

test('P1 P8: a second start on the same folder refuses, and the first goes on', async () => {
  using folder = tempFolder()
  await using first = await startServer({ data: folder.path })
  await assert.rejects(startServer({ data: folder.path }), (error) => {
    assert.ok(error instanceof StartRefused)
    assert.match(
      error.message,
      /another Levee process works in .*; stop it first, or choose another data folder/,
    )
    return true
  })
  assert.equal(first.hasExited(), false)
  assert.deepEqual(await first.stop(), { code: 0, signal: null })
})

test('control: without the lock two processes work in one folder', async () => {
  using folder = tempFolder()
  await using first = await startServer({ data: folder.path })
  await using second = await startServer({ data: folder.path, mutants: ['no-lock'] })
  assert.notEqual(first.pid, second.pid)
})
