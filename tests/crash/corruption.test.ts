// P6, P8: a damaged, shortened or rolled-back file is noticed at the start, by its position or index; the server
// refuses and says so. What a crash may legally leave behind is no damage and is repaired.
import assert from 'node:assert/strict'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadPatient } from '../../src/cli/load/diaries.ts'
import { assertKept, drawUp, settle } from '../support/crash-account.ts'
import { type CrashClient, crashClient } from '../support/crash-client.ts'
import { seedStudy } from '../support/crash-seed.ts'
import { StartRefused, startServer, tempFolder } from '../support/crash-server.ts'
import type { Mutant } from '../support/fault-mutants.ts'

const root = tempFolder()
/** A folder as kill -9 left it: 60 entries applied, their pages in the WAL; and a copy from before the last 40. */
const now = join(root.path, 'now')
const earlier = join(root.path, 'earlier')
let client: CrashClient
let patients: LoadPatient[]
after(() => root[Symbol.dispose]())

before(async () => {
  await using seeding = await startServer({ data: now })
  patients = await seedStudy(now, 20)
  client = crashClient(seeding, patients)
  await client.burst(20)
  await settle(now)
  await seeding.stop()
  copyFolder(now, earlier)
  await using server = await startServer({ data: now })
  client.connectTo(server.port)
  await client.burst(40)
  await settle(now)
  await sleep(1500)
  await server.kill()
  client[Symbol.dispose]()
})

/** The files and folders, without the socket. */
const copyFolder = (from: string, to: string) =>
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith('.sock') })

/** Damages a copy and starts on it; the reason of the refusal, or undefined if it starts. */
async function startOn(
  damage: (data: string) => void,
  mutants: readonly Mutant[] = [],
): Promise<string | undefined> {
  using folder = tempFolder()
  const data = join(folder.path, 'data')
  copyFolder(now, data)
  damage(data)
  try {
    await using server = await startServer({ data, mutants })
    await server.stop()
    return undefined
  } catch (error) {
    if (error instanceof StartRefused) return error.message
    throw error
  }
}

/** Flips one bit; `at` is a share of the file's size. */
function flipBit(file: string, at: number): void {
  const bytes = readFileSync(file)
  const i = Math.floor(bytes.length * at)
  bytes[i]! ^= 1
  writeFileSync(file, bytes)
}

const takeFromEarlier = (data: string, names: readonly string[]) => {
  for (const name of names) {
    rmSync(join(data, name), { force: true })
    rmSync(join(data, `${name}-shm`), { force: true })
    try {
      copyFileSync(join(earlier, name), join(data, name))
    } catch {
      // The earlier folder was left in good order: it has no WAL.
    }
  }
}

test('control: an untouched copy starts', async () => {
  assert.equal(await startOn(() => {}), undefined)
})

for (const at of [0.3, 0.6]) {
  test(`P6 P8: one flipped bit at ${at} of the journal's WAL is refused by position`, async () => {
    const reason = await startOn((data) => flipBit(join(data, 'journal.db-wal'), at))
    assert.match(
      reason ?? 'it started',
      /the journal ends at position \d+, but position 60 was already processed: entries \d+ to 60 are missing/,
    )
  })
}

test('P6 P8: a shortened journal WAL is refused by position', async () => {
  const reason = await startOn((data) => {
    const wal = join(data, 'journal.db-wal')
    truncateSync(wal, Math.floor(statSync(wal).size / 2))
  })
  assert.match(reason ?? 'it started', /entries \d+ to 60 are missing/)
})

test('P6 P8: an older journal.db is refused by position', async () => {
  const reason = await startOn((data) => takeFromEarlier(data, ['journal.db', 'journal.db-wal']))
  assert.match(reason ?? 'it started', /entries 21 to 60 are missing/)
})

test('P6 P8: an older trial.db is refused by the index that the kept checkpoint names', async () => {
  const reason = await startOn((data) => takeFromEarlier(data, ['trial.db', 'trial.db-wal']))
  assert.match(
    reason ?? 'it started',
    /the audit log of MORNING-301 ends before its last checkpoint: entries \d+ to \d+ are missing/,
  )
})

test('P6 P8: both databases rolled back together are refused by the kept checkpoint', async () => {
  const reason = await startOn((data) =>
    takeFromEarlier(data, ['trial.db', 'trial.db-wal', 'journal.db', 'journal.db-wal']),
  )
  assert.match(reason ?? 'it started', /entries \d+ to \d+ are missing/)
})

test('P6 P8: one flipped bit in the WAL of trial.db is refused', async () => {
  const reason = await startOn((data) => flipBit(join(data, 'trial.db-wal'), 0.3))
  assert.match(reason ?? 'it started', /audit log of MORNING-301/)
})

test('P6: a changed byte in an audit entry is refused, though the database is sound', async () => {
  const reason = await startOn((data) => {
    for (const name of ['trial.db-wal', 'trial.db']) {
      const file = join(data, name)
      const text = readFileSync(file, 'latin1').replaceAll(
        '"action":"submission.applied"',
        '"action":"submission.appliED"',
      )
      writeFileSync(file, text, 'latin1')
    }
  })
  assert.match(reason ?? 'it started', /audit log of MORNING-301/)
})

test('control: without the gates the older trial.db and the damaged WAL start', async () => {
  assert.equal(
    await startOn((data) => takeFromEarlier(data, ['trial.db', 'trial.db-wal']), ['no-gate']),
    undefined,
  )
  assert.equal(await startOn((data) => flipBit(join(data, 'journal.db-wal'), 0.6), ['no-gate']), undefined)
})

test('P8: a checkpoint cut off while it was written stands in nobody’s way, now or later', async () => {
  using folder = tempFolder()
  const data = join(folder.path, 'data')
  copyFolder(now, data)
  appendFileSync(join(data, 'checkpoints', 'MORNING-301.checkpoints.txt'), 'levee/MORNING-301\n1')
  for (let life = 0; life < 3; life++) {
    await using server = await startServer({ data })
    using again = crashClient(server, patients, 7 + life)
    await again.burst(5)
    await settle(data)
    assert.equal((await server.stop()).code, 0)
  }
  assertKept(await drawUp(data, client.log))
})
