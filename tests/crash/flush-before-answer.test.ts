// P1 at the border to the kernel: strace sees each entry's bytes go to the WAL, the flush end, and only then the
// answer leave. Also for duplicates, of this life and of an earlier one.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { crashClient } from '../support/crash-client.ts'
import { seedStudy } from '../support/crash-seed.ts'
import { startServer, tempFolder } from '../support/crash-server.ts'
import {
  type AnswerSeen,
  answersWithFlushes,
  readTrace,
  straceMissing,
  traceInto,
} from '../support/crash-strace.ts'
import type { Mutant } from '../support/fault-mutants.ts'

const skip = straceMissing() ?? false
if (skip !== false) console.error(`SKIPPED: ${skip}`)
const calls = '-etrace=write,writev,sendmsg,sendto,pwrite64,fsync,fdatasync'

/** Sends new entries alone and in company, and some again; returns every answer the kernel saw. */
async function answersOf(mutants: readonly Mutant[]): Promise<AnswerSeen[]> {
  using folder = tempFolder()
  const data = folder.path
  await using seeding = await startServer({ data })
  const patients = await seedStudy(data, 20)
  using client = crashClient(seeding, patients)
  const earlier = client.next()
  await client.send(earlier)
  await seeding.stop()
  const trace = join(data, 'trace')
  await using server = await startServer({ data, mutants, strace: [...traceInto(trace), calls] })
  client.connectTo(server.port)
  await client.send(earlier)
  for (let i = 0; i < 10; i++) {
    const diary = client.next()
    await client.send(diary)
    await client.send(diary)
  }
  for (let i = 0; i < 3; i++) await client.burst(40)
  await server.stop()
  return answersWithFlushes(readTrace(trace), join(data, 'journal.db-wal'))
}

test('P1: every 202 and 200 leaves after a flush that began after its entry was written', {
  skip,
}, async (t) => {
  const answers = await answersOf([])
  assert.equal(answers.filter((a) => a.status === 202).length, 130)
  assert.equal(answers.filter((a) => a.status === 200).length, 11)
  assert.deepEqual(
    answers.filter((a) => !a.covered),
    [],
  )
  t.diagnostic(`${answers.length} answers, each behind its flush`)
})

for (const mutant of ['early-ack', 'synchronous-normal'] as const) {
  test(`control: ${mutant} is seen`, { skip }, async () => {
    const answers = await answersOf([mutant])
    assert.ok(answers.filter((a) => !a.covered).length > 20, 'answers before their flush')
  })
}
