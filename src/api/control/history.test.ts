// The server's view for the history checker tells state and number of effects of every entry, doubled ones too.
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { migrate } from '../../storage/migrate.ts'
import { type HistoryLine, historyLines } from './history.ts'
import { standingsReader } from './standings-store.sqlite.ts'

/** Two databases in memory with `count` applied entries of study S, each with its leaf at the same index. */
function applied(count: number) {
  const [journal, trial] = [new DatabaseSync(':memory:'), new DatabaseSync(':memory:')]
  migrate(journal, 'journal')
  migrate(trial, 'trial')
  const entry = journal.prepare(`INSERT INTO entries VALUES (?, 'S', ?, ?, 'P', 1, 0, ?, '{}', 1, x'7b7d')`)
  for (let p = 1; p <= count; p++) {
    const id = Buffer.alloc(16)
    id.writeUInt32BE(p)
    entry.run(p, p - 1, id, Buffer.alloc(32, p % 256).toString('hex'))
    apply(trial, p, p - 1)
  }
  setSize(trial, count)
  return { journal, trial, reader: standingsReader(journal, trial) }
}

function apply(trial: DatabaseSync, position: number, leaf: number): void {
  trial
    .prepare(`INSERT INTO responses VALUES (?, 'S', 'P', 'f', '1', 'o', 0, ?, 's', '{}', NULL)`)
    .run(position, leaf)
  addLeaf(trial, position, leaf)
}

function addLeaf(trial: DatabaseSync, position: number, leaf: number): void {
  const text = JSON.stringify({ action: 'submission.applied', entry: { position } })
  trial.prepare(`INSERT INTO audit_entries VALUES ('S', ?, ?)`).run(leaf, text)
}

function setSize(trial: DatabaseSync, size: number): void {
  trial.prepare(`INSERT OR REPLACE INTO audit_heads VALUES ('S', ?, 0, x'')`).run(size)
}

async function read(
  reader: ReturnType<typeof standingsReader>,
  from: number,
  to: number,
): Promise<HistoryLine[]> {
  let text = ''
  for await (const part of historyLines(reader, from, to)) text += part
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

test('every entry of the range once, in order, over many pieces', async () => {
  const { reader } = applied(1203)
  const lines = await read(reader, 3, 1203)
  assert.deepEqual(
    lines.map((l) => l.position),
    Array.from({ length: 1201 }, (_, i) => i + 3),
  )
  assert.ok(lines.every((l) => l.state === 'applied' && l.timesApplied === 1))
  assert.equal(lines[0]?.submissionId, '00000003-0000-0000-0000-000000000000')
  assert.equal(lines[0]?.sha256, '03'.repeat(32))
})

test('control: an entry that took effect twice is told with 2', async () => {
  const { reader, trial } = applied(10)
  addLeaf(trial, 4, 10)
  setSize(trial, 11)
  const lines = await read(reader, 1, 10)
  assert.deepEqual(
    lines.map((l) => l.timesApplied),
    [1, 1, 1, 2, 1, 1, 1, 1, 1, 1],
  )
})

test('held entries by their state; what is neither applied nor held was only received', async () => {
  const { reader, trial } = applied(4)
  trial.exec(`DROP TRIGGER responses_remain; DELETE FROM responses WHERE position > 1`)
  const hold = trial.prepare(`INSERT INTO held VALUES (?, 'S', 'P', 'l', ?, 'c', 0, 0, NULL, 0, NULL)`)
  hold.run(2, 'quarantined')
  hold.run(3, 'dead')
  assert.deepEqual(
    (await read(reader, 1, 4)).map((l) => l.state),
    ['applied', 'quarantined', 'dead', 'received'],
  )
})

test('an empty range has no lines', async () => {
  assert.deepEqual(await read(applied(2).reader, 3, 2), [])
})
