import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { ClientLog } from './client-log.ts'
import { newSubmissionId } from './submission-id.ts'

const sha = (text: string) => hash('sha256', text, 'buffer')

test('what was written down is read back, across growth', () => {
  const log = new ClientLog(4)
  const ids = Array.from({ length: 5000 }, () => newSubmissionId(Date.now()))
  for (const id of ids) log.add(id, sha(id))
  log.acknowledge(7, 4711)
  log.acknowledge(8)
  for (const [row, submissionId] of ids.entries()) {
    assert.equal(log.rowOf(submissionId), row)
    assert.deepEqual(log.entry(row), {
      submissionId,
      sha256: sha(submissionId).toString('hex'),
      state: row === 7 || row === 8 ? 'acked' : 'unknown',
      position: row === 7 ? 4711 : undefined,
    })
  }
  assert.equal(log.rowOf(newSubmissionId(Date.now())), -1)
  assert.equal(log.rowOf('nonsense'), -1)
})

test('ids that differ in one digit only are told apart', () => {
  const log = new ClientLog()
  const ids = Array.from({ length: 16 }, (_, i) => `0198f2c4-7b1a-7c3e-9d10-3fb2c1a9000${i.toString(16)}`)
  for (const id of ids) log.add(id, sha(id))
  assert.deepEqual(
    ids.map((id) => log.rowOf(id.toUpperCase())),
    ids.map((_, i) => i),
  )
})

test('a second entry for one id, a malformed id and a malformed hash are refused', () => {
  const log = new ClientLog()
  const id = newSubmissionId(Date.now())
  log.add(id, sha('a'))
  assert.throws(() => log.add(id, sha('b')), RangeError)
  assert.throws(() => log.add('12345678', sha('a')), RangeError)
  assert.throws(() => log.add(newSubmissionId(Date.now()), Buffer.alloc(20)), RangeError)
  assert.throws(() => log.entry(1), RangeError)
  assert.equal(log.size, 1)
})

test('a million ids stay under 150 MB', () => {
  const bytes = () => process.memoryUsage().arrayBuffers
  const before = bytes()
  const log = new ClientLog(1_000_000)
  const content = sha('x')
  for (let i = 0; i < 1_000_000; i++) log.add(newSubmissionId(i), content)
  const used = bytes() - before
  assert.ok(log.size === 1_000_000 && used > 0 && used < 150e6, `${used} bytes`)
})
