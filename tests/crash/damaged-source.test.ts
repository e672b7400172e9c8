// P6: bytes that rot in the journal before they are processed are applied to nobody; a person is told which entry.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { controlClient } from '../../src/cli/control-client.ts'
import { settle } from '../support/crash-account.ts'
import { crashClient } from '../support/crash-client.ts'
import { seedStudy } from '../support/crash-seed.ts'
import { startServer, tempFolder } from '../support/crash-server.ts'

type Held = { held: { position: number; code: string; state: string }[] }

/** Ten entries in the journal, none processed; `damage` changes them; then a start and the held entries. */
async function heldAfter(damage: (journal: DatabaseSync) => void): Promise<Held['held']> {
  using folder = tempFolder()
  const data = join(folder.path, 'data')
  let patients: Awaited<ReturnType<typeof seedStudy>>
  {
    await using seeding = await startServer({ data })
    patients = await seedStudy(data, 10)
    await seeding.stop()
  }
  {
    await using server = await startServer({
      data,
      faults: [{ at: 'processing.before-batch', does: 'wait', ms: 60_000 }],
    })
    using client = crashClient(server, patients)
    await client.burst(10)
    await server.kill()
  }
  const journal = new DatabaseSync(join(data, 'journal.db'))
  damage(journal)
  journal.close()
  await using server = await startServer({ data })
  await settle(data)
  const control = controlClient(data)
  const { ledger } = await control.get<{ ledger: { balanced: boolean } }>('/status')
  assert.equal(ledger.balanced, true)
  const { held } = await control.get<Held>('/held')
  await server.stop()
  return held
}

test('P6: an entry whose bytes changed in the journal is quarantined, the others are applied', async () => {
  const held = await heldAfter((journal) => {
    journal.exec('DROP TRIGGER entries_stay')
    journal.exec(
      "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), '1', '2') AS BLOB) WHERE position = 4",
    )
    journal.exec("UPDATE entries SET body = x'7b22ff' WHERE position = 7")
  })
  assert.deepEqual(
    held.map(({ position, state, code }) => [position, state, code]),
    [
      [4, 'quarantined', 'damaged-in-journal'],
      [7, 'quarantined', 'damaged-in-journal'],
    ],
  )
})

test('control: untouched bytes are all applied', async () => {
  assert.deepEqual(await heldAfter(() => undefined), [])
})
