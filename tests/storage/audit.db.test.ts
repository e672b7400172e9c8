// The audit log on both engines: the same leaves give the same log, checkpoints are signed once for each growth, and no
// statement changes what is there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointsDue, postgresAuditLog } from '../../src/records/audit-log.postgres.ts'
import { type AuditFacts, type AuditLog, auditLog, auditOrigin } from '../../src/records/audit-log.ts'
import * as postgres from '../../src/records/audit-store.postgres.ts'
import * as sqlite from '../../src/records/audit-store.sqlite.ts'
import type { AuditReader, CheckpointRow } from '../../src/records/audit-store.ts'
import type { Transaction } from '../../src/storage/transaction.ts'
import { Frontier, leafDigest } from '../../src/system/merkle.ts'
import {
  importSigner,
  importVerifier,
  makeSigningKey,
  openNote,
  parseCheckpoint,
} from '../../src/system/signed-note.ts'
import { engines, type Ground } from '../support/engines.ts'
import { hostileTexts } from '../support/hostile-texts.ts'

const signer = importSigner('levee-log-test', makeSigningKey())
const verifier = importVerifier(signer.verifierKey)

/** What both logs do inside a transaction. */
type Log = Pick<AuditLog, 'append'> & { accountFor(studyId: string, entries: number): void }
type Checkpoint = { studyId: string; row: CheckpointRow }

/** A log of either engine with its reader, bound as the programs bind it. */
function logOn(ground: Ground): {
  reader: AuditReader
  /** One transaction that appends; the heads are saved before its commit. */
  write(work: (tx: Transaction, log: Log) => Promise<void>): Promise<void>
  /** The checkpoints that are due, sorted by study. */
  due(): Promise<Checkpoint[]>
  keep(checkpoint: Checkpoint): Promise<unknown>
} {
  if (ground.name === 'sqlite') {
    const store = sqlite.auditStore(ground.trial)
    const log = auditLog(store, () => signer)
    return {
      reader: store,
      write: (work) =>
        ground
          .transaction(async (tx) => {
            await work(tx, log)
            log.save(tx)
          })
          .finally(log.reload),
      due: async () => log.checkpoints().sort((a, b) => (a.studyId < b.studyId ? -1 : 1)),
      async keep({ studyId, row }) {
        await ground.transaction(async (tx) => store.addCheckpoint(tx, studyId, row))
        log.reload()
      },
    }
  }
  const store = postgres.auditStore(ground.db.pool)
  return {
    reader: store,
    write: (work) =>
      ground.transaction(async (tx) => {
        const log = postgresAuditLog(tx, store)
        await work(tx, log)
        await log.save(tx)
      }),
    due: () => checkpointsDue(store, () => signer),
    keep: ({ studyId, row }) => ground.transaction((tx) => store.addCheckpoint(tx, studyId, row)),
  }
}
type LogOn = ReturnType<typeof logOn>

const facts = (study: string, record: string, other: Partial<AuditFacts> = {}): AuditFacts => ({
  at: '2026-03-01T10:00:00.000Z',
  actor: 'staff:local',
  action: 'test.written',
  study,
  record,
  ...other,
})
const append = (on: LogOn, study: string, ...records: string[]) =>
  on.write(async (tx, log) => {
    for (const record of records) await log.append(tx, facts(study, record))
  })
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i))

async function leaves(reader: AuditReader, studyId: string, from = 0) {
  const all: { index: number; leaf: string }[] = []
  for await (const one of reader.leavesFrom(studyId, from)) all.push({ ...one })
  return all
}
async function notes(reader: AuditReader, studyId: string): Promise<string[]> {
  const all: string[] = []
  for await (const note of reader.checkpoints(studyId)) all.push(note)
  return all
}

/** Reads a log from its first leaf, and holds it against its head. */
async function wholeLog(reader: AuditReader, studyId: string): Promise<string[]> {
  const all = await leaves(reader, studyId)
  const frontier = new Frontier()
  for (const [i, { index, leaf }] of all.entries()) {
    assert.equal(index, i)
    frontier.appendDigest(leafDigest(leaf))
  }
  const head = (await reader.heads()).get(studyId)
  assert.equal(head?.size, all.length)
  assert.deepEqual(Buffer.from(head!.frontier), frontier.toBytes())
  return all.map(({ leaf }) => leaf)
}

for (const engine of engines) {
  const on = (name: string, work: (log: LogOn, ground: Ground) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(logOn(ground), ground)
    })

  on('no log', async ({ reader, due }) => {
    assert.deepEqual([...(await reader.heads())], [])
    assert.deepEqual(await leaves(reader, 'S'), [])
    assert.deepEqual(await notes(reader, 'S'), [])
    assert.equal(await reader.checkpointAtOrBefore('S', 100), undefined)
    assert.deepEqual(await due(), [])
  })

  on('P6: leaves stand in the order they were appended, under a head with their root', async (log) => {
    await append(log, 'S', 'a')
    await append(log, 'S', 'b', 'c')
    await append(log, 'T', 'd')
    await append(log, 'S', 'e')
    const text = (record: string) => JSON.stringify(facts('S', record))
    assert.deepEqual(await wholeLog(log.reader, 'S'), ['a', 'b', 'c', 'e'].map(text))
    assert.equal((await wholeLog(log.reader, 'T')).length, 1)
  })

  on('append tells the index of the leaf', async ({ write }) => {
    const indexes: number[] = []
    const three = async (tx: Transaction, log: Log) => {
      for (const study of ['S', 'T', 'S']) indexes.push(await log.append(tx, facts(study, 'a')))
    }
    await write(three)
    await write(three)
    assert.deepEqual(indexes, [0, 0, 1, 2, 1, 3])
  })

  on(
    'a transaction that fails leaves no trace, and the next one goes on where the last ended',
    async (log) => {
      await append(log, 'S', 'a')
      const failing = log.write(async (tx, audit) => {
        await audit.append(tx, facts('S', 'lost'))
        await audit.append(tx, facts('new', 'lost'))
        audit.accountFor('S', 9)
        throw new Error('on purpose')
      })
      await assert.rejects(failing, /on purpose/)
      assert.deepEqual([...(await log.reader.heads()).keys()], ['S'])
      await append(log, 'S', 'b')
      assert.equal((await wholeLog(log.reader, 'S')).length, 2)
      assert.equal((await log.reader.heads()).get('S')?.entries, 0)
    },
  )

  on('how many journal entries are accounted for stands in the head and in the checkpoint', async (log) => {
    const account = (entries: number) =>
      log.write(async (tx, audit) => {
        await audit.append(tx, facts('S', 'a'))
        audit.accountFor('S', entries)
      })
    await account(7)
    await account(Number.MAX_SAFE_INTEGER)
    assert.equal((await log.reader.heads()).get('S')?.entries, Number.MAX_SAFE_INTEGER)
    await append(log, 'S', 'b')
    const [checkpoint] = await log.due()
    const { extensions } = parseCheckpoint(openNote(checkpoint!.row.note, [verifier]).text)
    assert.deepEqual(extensions, [`entries ${Number.MAX_SAFE_INTEGER}`])
  })

  on('leaves of any text come back as they were', async (log) => {
    const texts = [...hostileTexts, '\u0000', '\uD800']
    await log.write(async (tx, audit) => {
      for (const reason of texts) await audit.append(tx, facts('S', 'a', { reason, patient: reason }))
    })
    const kept = (await wholeLog(log.reader, 'S')).map((leaf) => JSON.parse(leaf).reason)
    assert.deepEqual(kept, texts)
    for (const study of hostileTexts) await append(log, study, 'a')
    assert.deepEqual([...(await log.reader.heads()).keys()].sort(), ['S', ...hostileTexts].sort())
  })

  on('reading from any leaf, over many pages', async ({ reader, ...log }) => {
    await append({ reader, ...log }, 'S', ...numbers(0, 2500))
    for (const from of [0, 1, 999, 1000, 1499, 1500, 2499, 2500, 9999]) {
      const read = await leaves(reader, 'S', from)
      assert.deepEqual(
        read.map((l) => l.index),
        numbers(from, 2500).map(Number),
      )
      assert.ok(read.every(({ index, leaf }) => JSON.parse(leaf).record === String(index)))
    }
    assert.equal((await wholeLog(reader, 'S')).length, 2500)
  })

  on('P6: a checkpoint is due when a log has grown, and signs its root', async (log) => {
    await append(log, 'S', ...numbers(0, 3))
    await append(log, 'T', 'x')
    const first = await log.due()
    assert.deepEqual(
      first.map(({ studyId, row }) => [studyId, row.size]),
      [
        ['S', 3],
        ['T', 1],
      ],
    )
    for (const { studyId, row } of first) {
      const { origin, size, root } = parseCheckpoint(openNote(row.note, [verifier]).text)
      const head = (await log.reader.heads()).get(studyId)!
      assert.deepEqual([origin, size], [auditOrigin(studyId), head.size])
      assert.deepEqual(root, Frontier.fromBytes(head.frontier).root())
      assert.deepEqual(row.frontier, Buffer.from(head.frontier))
    }
    await log.keep(first[0]!)
    assert.deepEqual(await log.due(), [first[1]])
    await log.keep(first[1]!)
    assert.deepEqual(await log.due(), [])
    await append(log, 'S', 'more')
    assert.deepEqual(
      (await log.due()).map(({ studyId, row }) => [studyId, row.size]),
      [['S', 4]],
    )
  })

  on('checkpoints in order, and the newest that is not larger than a size', async (log) => {
    for (const size of [1, 5, 12]) {
      const { size: now = 0 } = (await log.reader.heads()).get('S') ?? {}
      await append(log, 'S', ...numbers(now, size))
      for (const checkpoint of await log.due()) await log.keep(checkpoint)
    }
    const sizeOf = (note: string) => parseCheckpoint(openNote(note, [verifier]).text).size
    assert.deepEqual((await notes(log.reader, 'S')).map(sizeOf), [1, 5, 12])
    const cases = [0, 1, 4, 5, 11, 12, Number.MAX_SAFE_INTEGER] as const
    const found = await Promise.all(cases.map((size) => log.reader.checkpointAtOrBefore('S', size)))
    assert.deepEqual(
      found.map((row) => row?.size),
      [undefined, 1, 1, 5, 5, 12, 12],
    )
    assert.equal(Frontier.fromBytes(found[3]!.frontier).size, 5)
    assert.equal(sizeOf(found[3]!.note), 5)
    assert.equal(await log.reader.checkpointAtOrBefore('T', 100), undefined)
  })

  on('a checkpoint of a size is kept once, the first', async (log) => {
    await append(log, 'S', 'a')
    const [checkpoint] = await log.due()
    await log.keep(checkpoint!)
    await log.keep({ ...checkpoint!, row: { ...checkpoint!.row, note: 'another' } })
    assert.deepEqual(await notes(log.reader, 'S'), [checkpoint!.row.note])
  })

  on('P6: leaves are neither changed nor removed, by any statement', async (log, ground) => {
    await append(log, 'S', 'a', 'b')
    const run = async (statement: string): Promise<unknown> =>
      ground.name === 'sqlite' ? ground.trial.exec(statement) : ground.db.pool.query(statement)
    await assert.rejects(run(`UPDATE audit_entries SET leaf = '{}'`), /the audit log never changes/)
    await assert.rejects(run(`DELETE FROM audit_entries`), /the audit log is append-only/)
    assert.equal((await wholeLog(log.reader, 'S')).length, 2)
  })
}

test('P6: the same leaves give the same log and the same checkpoints on both engines, to the byte', async () => {
  const results = await Promise.all(
    engines.map(async (engine) => {
      await using ground = await engine.open()
      const log = logOn(ground)
      await append(log, 'S', ...numbers(0, 700))
      await log.write(async (tx, audit) => {
        for (const reason of hostileTexts) await audit.append(tx, facts('S', 'a', { reason }))
        await audit.append(tx, facts('T', 'a'))
        audit.accountFor('S', 12)
      })
      return {
        leaves: await wholeLog(log.reader, 'S'),
        heads: [...(await log.reader.heads())].map(([id, h]) => [id, h.entries, h.frontier.toString('hex')]),
        notes: (await log.due()).map(({ row }) => row.note),
      }
    }),
  )
  results[1]!.heads.sort()
  assert.deepEqual(results[0], results[1])
})
