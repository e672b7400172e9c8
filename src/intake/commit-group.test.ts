import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { migrate } from '../storage/migrate.ts'
import { openReader, openWriter } from '../storage/sqlite.ts'
import { keyId } from '../system/keys.ts'
import type { Arrival, Verdict } from './arrival.ts'
import { commitGroup, type JournalHead } from './commit-group.ts'
import { journalReader, journalStore } from './journal-store.sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'levee-journal-'))
after(() => rmSync(folder, { recursive: true }))
const { privateKey } = generateKeyPairSync('ed25519')
const key = { id: keyId(privateKey), privateKey }

function journal(name: string) {
  const file = join(folder, name)
  const db = openWriter(file)
  migrate(db, 'journal')
  const store = journalStore(db)
  const head: JournalHead = { position: store.lastPosition(), totals: store.totals() }
  const commit = (...arrivals: Arrival[]) => commitGroup(store, head, arrivals, key)
  return { db, store, head, commit, reader: journalReader(openReader(file)) }
}

const id = (n: number) => `0198f2c4-7b1a-7c3e-9d10-${String(n).padStart(12, '0')}`
const arrival = (n: number, body = `{"n":${n}}`, patientId = 'P-1', studyId = 'S-1'): Arrival => ({
  studyId,
  patientId,
  deviceId: 7,
  submissionId: id(n),
  receivedAt: 1000 + n,
  head: '{"door":"http"}',
  body: Buffer.from(body),
})
const kinds = (verdicts: Verdict[]) => verdicts.map((v) => v.kind)
const receiptOf = (v: Verdict | undefined) => (v as { receipt: string }).receipt

test('P2: a duplicate gets the original receipt, in the same group, a later one, and after a restart', () => {
  const { commit } = journal('duplicates.db')
  const [first, twin] = commit(arrival(1), arrival(1), arrival(2), arrival(3))
  assert.deepEqual(kinds([first!, twin!]), ['received', 'duplicate'])
  assert.equal(receiptOf(twin), receiptOf(first))
  const [again] = commit(arrival(1))
  assert.deepEqual(again, { ...first, kind: 'duplicate' })
  const [afterRestart] = journal('duplicates.db').commit(arrival(1), arrival(9))
  assert.equal(receiptOf(afterRestart), receiptOf(first))
})

test('P2: other content under a known id is a conflict, kept once as evidence; a respelling is a duplicate, kept too', () => {
  const { commit, reader } = journal('conflicts.db')
  commit(arrival(1, '{"pain":4,"sentAt":"a"}'))
  assert.deepEqual(kinds(commit(arrival(1, '{"pain":9}'), arrival(1, '{"pain":9}'))), [
    'conflict',
    'conflict',
  ])
  assert.deepEqual(kinds(commit(arrival(1, '{"sentAt":"b", "pain":4}'))), ['duplicate'])
  assert.deepEqual(
    reader.secondBodiesAfter(0, 10).map((s) => [s.position, s.sameContent, s.patientId]),
    [
      [1, false, 'P-1'],
      [1, true, 'P-1'],
    ],
  )
  assert.equal(reader.lastPosition(), 1)
})

test('an id belongs to the patient within the study: others may use the same one', () => {
  const { commit, reader } = journal('owners.db')
  const verdicts = commit(arrival(1), arrival(1, '{"x":1}', 'P-2'), arrival(1, '{"x":1}', 'P-1', 'S-2'))
  assert.deepEqual(kinds(verdicts), ['received', 'received', 'received'])
  assert.deepEqual(
    verdicts.map((v) => (JSON.parse(receiptOf(v)) as { logIndex: number }).logIndex),
    [0, 1, 0],
  )
  assert.deepEqual(
    [...reader.totals()],
    [
      ['S-1', 2],
      ['S-2', 1],
    ],
  )
})

test('P1: a group that fails leaves nothing behind, and the next one takes its positions', () => {
  const { commit, head, reader, db } = journal('rollback.db')
  commit(arrival(1))
  db.exec("CREATE TEMP TRIGGER stop BEFORE INSERT ON receipt_groups BEGIN SELECT RAISE(ABORT, 'no'); END")
  assert.throws(() => commit(arrival(2), arrival(3)))
  assert.equal(head.position, 1)
  assert.equal(reader.lastPosition(), 1)
  db.exec('DROP TRIGGER temp.stop')
  commit(arrival(2), arrival(3))
  assert.deepEqual([head.position, reader.lastPosition(), reader.totals().get('S-1')], [3, 3, 3])
})

test('bodies are kept to the byte, and the triggers let nobody change or delete an entry', () => {
  const { commit, reader, db } = journal('bytes.db')
  const body = `  {"answers":{"__proto__":1},"note":"漢字 \\ud800 ${' '.repeat(1000)}"}\n`
  commit(arrival(1, body))
  assert.equal(reader.entryAt(1)?.body.toString(), body)
  assert.equal([...reader.entriesUpTo(0, 1)][0]?.body, body)
  assert.throws(() => db.exec("UPDATE entries SET body = x'00'"), /never change/)
  assert.throws(() => db.exec('DELETE FROM entries'), /never deleted/)
})
