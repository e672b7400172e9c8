// Looking back on both engines: what a rule sees of earlier entries, in one batch and across batches, is the same to the
// byte; entries of a batch count for those behind them; void ones do not; the version in force counts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addEvents, readEvents, readOccasions } from '../../src/records/history-store.postgres.ts'
import { historyStore } from '../../src/records/history-store.sqlite.ts'
import { addEffects, addResponses } from '../../src/records/response-store.postgres.ts'
import { responseStore } from '../../src/records/response-store.sqlite.ts'
import type { EarlierEntry } from '../../src/study/rules/history.ts'
import { engines, type Ground } from '../support/engines.ts'

const key = { studyId: 'S', patientId: 'P', form: 'diary' }
const effect = (pain: number, completedAt: string): string =>
  JSON.stringify({ answers: { pain }, scores: [{ id: 'total', value: pain }], device: { completedAt } })

type Row = {
  position: number
  occasion: string
  pain: number
  completedAt: string
  patientId?: string
  form?: string
}

async function keep(ground: Ground, rows: readonly Row[]): Promise<void> {
  await ground.transaction(async (tx) => {
    const responses = rows.map((row) => ({
      ...{ position: row.position, studyId: 'S', patientId: row.patientId ?? 'P', form: row.form ?? 'diary' },
      ...{ formVersion: '1', occasion: row.occasion, recordedAt: 1, leafIndex: row.position, salt: 'x' },
      ...{ effect: effect(row.pain, row.completedAt), restricted: null },
    }))
    const events = rows.map((row, i) => ({
      ...key,
      patientId: responses[i]!.patientId,
      form: responses[i]!.form,
      completedAt: Date.parse(row.completedAt),
      position: row.position,
    }))
    if (ground.name === 'postgres') {
      const occasions = responses.map((r) => ({ ...r, status: 'on-time', dose: null }))
      await addEffects(tx, { occasions, scores: [], deviations: [], alerts: [] })
      await addResponses(tx, responses)
      return addEvents(tx, events)
    }
    const store = responseStore(ground.trial)
    for (const r of responses) {
      store.fill(tx, r, r.position, 'on-time', null)
      store.add(tx, r)
    }
    const history = historyStore(ground.trial)
    for (const event of events) history.addEvent(tx, event)
  })
}

const run = (ground: Ground, statement: string): Promise<unknown> =>
  ground.transaction(async () =>
    ground.name === 'sqlite' ? ground.trial.exec(statement) : ground.db.pool.query(statement),
  )

/** What the reader of either engine tells. */
async function read(ground: Ground, occasion: string) {
  if (ground.name === 'sqlite') {
    const reader = historyStore(ground.trial).of(key)
    return { filled: reader.filled(occasion), entry: reader.entry(occasion) }
  }
  const found = await ground.transaction((tx) =>
    readOccasions(tx, [
      { ...key, occasion, whole: false },
      { ...key, occasion, whole: true },
    ]),
  )
  assert.equal(found.get(0)?.entry, undefined)
  return { filled: found.get(0)?.position, entry: found.get(1)?.entry }
}
async function eventsOf(ground: Ground, from: string, to: string): Promise<EarlierEntry[]> {
  const span = { fromMs: Date.parse(from), toMs: Date.parse(to) }
  if (ground.name === 'sqlite') return [...historyStore(ground.trial).of(key).events(span.fromMs, span.toMs)]
  const found = await ground.transaction((tx) => readEvents(tx, [{ ...key, ...span }]))
  return (found.get(0) ?? []).map(({ entry }) => entry)
}

for (const engine of engines) {
  const on = (name: string, work: (ground: Ground) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(ground)
    })

  on('an occasion’s entry, and nobody else’s', async (ground) => {
    const completedAt = '2026-11-22T08:00:00Z'
    await keep(ground, [
      { position: 7, occasion: '2026-11-22', pain: 3, completedAt },
      { position: 8, occasion: '2026-11-21', pain: 9, completedAt, patientId: 'Q' },
      { position: 9, occasion: '2026-11-20', pain: 9, completedAt, form: 'other' },
    ])
    assert.deepEqual(await read(ground, '2026-11-22'), {
      filled: 7,
      entry: {
        position: 7,
        version: 1,
        answers: { pain: 3 },
        scores: [{ id: 'total', value: 3 }],
        completedAt,
      },
    })
    for (const other of ['2026-11-21', '2026-11-20', '2026-11-19'])
      assert.deepEqual(await read(ground, other), { filled: undefined, entry: undefined })
  })

  on('what is void is not there; of what was changed, the last version counts', async (ground) => {
    const completedAt = '2026-11-22T08:00:00Z'
    await keep(ground, [
      { position: 1, occasion: 'a', pain: 1, completedAt },
      { position: 2, occasion: 'b', pain: 2, completedAt },
    ])
    await run(ground, "UPDATE occasions SET standing = 'void' WHERE occasion = 'a'")
    for (const [version, pain] of [
      [2, 5],
      [3, 6],
    ] as const)
      await run(
        ground,
        `INSERT INTO response_versions (position, version, change_id, recorded_at, leaf_index, salt, effect, restricted)
         VALUES (2, ${version}, ${version}, 1, 1, 'x', '${effect(pain, completedAt)}', NULL)`,
      )
    assert.deepEqual(await read(ground, 'a'), { filled: undefined, entry: undefined })
    const { filled, entry } = await read(ground, 'b')
    assert.deepEqual([filled, entry?.version, entry?.answers], [2, 3, { pain: 6 }])
    const events = await eventsOf(ground, '2026-11-22T07:00:00Z', '2026-11-22T09:00:00Z')
    assert.deepEqual(events, [entry])
  })

  on(
    'events by when they were completed: the latest first, the start of the span outside, its end inside',
    async (ground) => {
      await keep(
        ground,
        [
          ['e', '2026-11-22T08:00:00Z'],
          ['d', '2026-11-22T12:00:00Z'],
          ['c', '2026-11-22T10:00:00Z'],
          ['b', '2026-11-23T08:00:00Z'],
          ['a', '2026-11-23T08:00:00.001Z'],
        ].map(([occasion, completedAt], i) => ({ position: i + 1, occasion, completedAt, pain: i }) as Row),
      )
      const found = await eventsOf(ground, '2026-11-22T08:00:00Z', '2026-11-23T08:00:00Z')
      assert.deepEqual(
        found.map(({ position }) => position),
        [4, 2, 3],
      )
    },
  )
}
