// The history checker's view on both engines: state and number of effects of every entry, doubled ones too.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { historyOf } from '../../src/api/control/history.postgres.ts'
import { type HistoryLine, historyLines } from '../../src/api/control/history.ts'
import { standingsReader } from '../../src/api/control/standings-store.sqlite.ts'
import { engines, type Ground, openPostgresGround } from '../support/engines.ts'
import { addEntries, plainId, plainSha256 } from '../support/plain-entries.ts'

type Response = { position: number; leaf: number; study?: string }

const historyOn = (ground: Ground) =>
  ground.name === 'sqlite'
    ? (from: number, to: number) => historyLines(standingsReader(ground.journal, ground.trial), from, to)
    : historyOf(ground.db.pool)

async function text(ground: Ground, from: number, to: number): Promise<string> {
  let all = ''
  for await (const part of historyOn(ground)(from, to)) all += part
  return all
}
const lines = async (ground: Ground, from: number, to: number): Promise<HistoryLine[]> =>
  (await text(ground, from, to))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
const timesApplied = async (ground: Ground, from: number, to: number) =>
  (await lines(ground, from, to)).map((l) => l.timesApplied)

async function run(ground: Ground, statement: string): Promise<void> {
  if (ground.name === 'sqlite') ground.trial.exec(statement)
  else await ground.db.pool.query(statement)
}
const respond = ({ position, leaf, study = 'S' }: Response) =>
  `('${study}', ${leaf}, ${position}, 'P', 'f', '1', 'o', 0, 's', '{}')`
const addLeaf = (
  ground: Ground,
  position: number,
  leaf: number,
  study = 'S',
  action = 'submission.applied',
) => addLeaves(ground, [{ position, leaf, study }], action)

async function addLeaves(ground: Ground, leaves: Response[], action = 'submission.applied'): Promise<void> {
  const rows = leaves.map(({ position, leaf, study = 'S' }) => {
    const reason =
      action === 'submission.applied' ? undefined : 'said "action":"submission.applied" \\ \u0000'
    const facts = { action, study, entry: { position, logIndex: position - 1 }, reason }
    return `('${study}', ${leaf}, '${JSON.stringify(facts)}')`
  })
  await run(ground, `INSERT INTO audit_entries (study_id, leaf_index, leaf) VALUES ${rows.join()}`)
  for (const study of new Set(leaves.map((l) => l.study ?? 'S')))
    await run(
      ground,
      `INSERT INTO audit_heads (study_id, size, entries, frontier) SELECT '${study}', MAX(leaf_index) + 1, 0, ${ground.name === 'sqlite' ? "x''" : "''"}
       FROM audit_entries WHERE study_id = '${study}' GROUP BY study_id
       ON CONFLICT (study_id) DO UPDATE SET size = excluded.size`,
    )
}

/** Entries with their responses, each with its leaf. */
async function applied(ground: Ground, responses: Response[]): Promise<void> {
  await addEntries(
    ground,
    responses.map(({ position, study = 'S' }) => ({ position, studyId: study })),
  )
  await run(
    ground,
    `INSERT INTO responses (study_id, leaf_index, position, patient_id, form, form_version, occasion, recorded_at, salt,
     effect) VALUES ${responses.map(respond).join()}`,
  )
  await addLeaves(ground, responses)
}

async function hold(ground: Ground, position: number, state: string): Promise<void> {
  const [attempting, slot] = ground.name === 'sqlite' ? ['0', ''] : ['false', ', 0']
  await run(
    ground,
    `INSERT INTO held VALUES (${position}, 'S', 'P', 'l', '${state}', 'c', 0, ${attempting}, NULL, 0, NULL${slot})`,
  )
}

for (const engine of engines) {
  const on = (name: string, work: (ground: Ground) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(ground)
    })

  on('an empty range has no lines', async (ground) => {
    assert.deepEqual(await lines(ground, 1, 100), [])
    await applied(ground, [{ position: 1, leaf: 0 }])
    assert.deepEqual(await lines(ground, 2, 100), [])
    assert.deepEqual(await lines(ground, 2, 1), [])
  })

  on('every entry of the range once, in order, over many pieces', async (ground) => {
    const all = Array.from({ length: 2300 }, (_, i) => ({ position: i + 1, leaf: i }))
    await applied(ground, all)
    const read = await lines(ground, 3, 2250)
    assert.deepEqual(
      read,
      all.slice(2, 2250).map(({ position }) => ({
        position,
        submissionId: plainId(position),
        sha256: plainSha256(position),
        state: 'applied',
        timesApplied: 1,
      })),
    )
  })

  on('held entries by their state; what is neither applied nor held was only received', async (ground) => {
    await applied(ground, [{ position: 1, leaf: 0 }])
    await addEntries(
      ground,
      [2, 3, 4, 5, 6].map((position) => ({ position })),
    )
    await hold(ground, 1, 'done')
    for (const [i, state] of ['quarantined', 'retrying', 'dead', 'done'].entries())
      await hold(ground, i + 2, state)
    assert.deepEqual(
      (await lines(ground, 1, 6)).map((l) => l.state),
      ['applied', 'quarantined', 'retrying', 'dead', 'applied', 'received'],
    )
    assert.deepEqual(await timesApplied(ground, 1, 6), [1, 0, 0, 0, 0, 0])
  })

  on('control: an entry that took effect twice, or thrice, is told so', async (ground) => {
    await applied(
      ground,
      Array.from({ length: 5 }, (_, i) => ({ position: i + 1, leaf: i })),
    )
    await addLeaf(ground, 4, 5)
    await addLeaf(ground, 2, 6)
    await addLeaf(ground, 4, 7)
    assert.deepEqual(await timesApplied(ground, 1, 5), [1, 2, 1, 3, 1])
    assert.deepEqual(await timesApplied(ground, 2, 3), [2, 1])
  })

  on('control: a response whose leaf tells of another entry took no effect', async (ground) => {
    await applied(ground, [
      { position: 1, leaf: 0 },
      { position: 3, leaf: 2 },
    ])
    await addEntries(ground, [{ position: 2 }])
    await run(
      ground,
      `INSERT INTO responses (study_id, leaf_index, position, patient_id, form, form_version, occasion,
      recorded_at, salt, effect) VALUES ${respond({ position: 2, leaf: 1 })}`,
    )
    await addLeaf(ground, 3, 1)
    assert.deepEqual(await timesApplied(ground, 1, 3), [1, 0, 2])
  })

  on('other words in the log count for nothing; studies are counted apart', async (ground) => {
    await applied(ground, [
      { position: 1, leaf: 0 },
      { position: 2, leaf: 0, study: 'T' },
      { position: 3, leaf: 1, study: 'T' },
    ])
    await addLeaf(ground, 1, 1, 'S', 'submission.retried')
    await addLeaf(ground, 2, 2, 'T', 'submission.applied-not')
    assert.deepEqual(await timesApplied(ground, 1, 3), [1, 1, 1])
    await addLeaf(ground, 2, 3, 'T')
    assert.deepEqual(await timesApplied(ground, 1, 3), [1, 2, 1])
  })
}

test('both engines write the same lines, to the byte', async () => {
  const texts = await Promise.all(
    engines.map(async (engine) => {
      await using ground = await engine.open()
      await applied(ground, [
        { position: 1, leaf: 0 },
        { position: 2, leaf: 1 },
      ])
      await addEntries(ground, [{ position: 3 }])
      await hold(ground, 3, 'dead')
      return await text(ground, 1, 3)
    }),
  )
  assert.equal(texts[0], texts[1])
  assert.equal(texts[0]!.split('\n').length, 4)
})

test('postgres: positions far apart, and leaves in another order than the entries', async () => {
  await using ground = await openPostgresGround()
  const far = [1, 513, 514, 1025, 1_000_000_001, 2 ** 50]
  await applied(
    ground,
    far.map((position, i) => ({ position, leaf: (i * 5 + 2) % far.length })),
  )
  const read = await lines(ground, 1, Number.MAX_SAFE_INTEGER)
  assert.deepEqual(
    read.map((l) => [l.position, l.state, l.timesApplied]),
    far.map((position) => [position, 'applied', 1]),
  )
  assert.deepEqual(
    (await lines(ground, 2, 1025)).map((l) => l.position),
    [513, 514, 1025],
  )
})
