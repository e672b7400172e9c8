// Processing on PostgreSQL: nodes that share one database take every entry once and in the order of its lane, and
// what they write is, byte for byte, what one machine writes.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { demoPatients } from '../../src/cli/demo-study.ts'
import type { Arrival } from '../../src/intake/arrival.ts'
import { journalReader, journalStore } from '../../src/intake/journal-store.sqlite.ts'
import { embeddedCourseBook } from '../../src/processing/course-book.ts'
import { openLanes } from '../../src/processing/lane.ts'
import { sqliteStores } from '../../src/processing/stores.sqlite.ts'
import { processingWorker } from '../../src/processing/worker.ts'
import { auditLog } from '../../src/records/audit-log.ts'
import { auditStore } from '../../src/records/audit-store.sqlite.ts'
import { historyStore } from '../../src/records/history-store.sqlite.ts'
import { responseStore } from '../../src/records/response-store.sqlite.ts'
import { signedEntries } from '../../src/records/signature-check-store.sqlite.ts'
import { outboxStore } from '../../src/sending/outbox-store.sqlite.ts'
import { inTransaction } from '../../src/storage/sqlite.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { emptyCourse } from '../../src/study/course.ts'
import { singleVersion } from '../../src/study/study-versions.ts'
import { watchPoints } from '../../src/system/points.ts'
import { openSqliteGround } from '../support/engines.ts'
import {
  again,
  assertBalanced,
  assertLanesInOrder,
  diaries,
  drain,
  groundFiles,
  keepGroup,
  openProcessing,
  type ProcessingGround,
  sha256Of,
  studyId,
} from './processing-ground.ts'

/** What happens at the points of this process. */
const points: { at?: (point: string, subject?: string) => void } = {}
Object.assign(globalThis, { atPoint: (point: string, subject?: string) => points.at?.(point, subject) })
await watchPoints('data:text/javascript,export default (p, s) => globalThis.atPoint(p, s)')

/** Ends connections that are in a transaction, from another process, while this one stands still; tells how many. */
function cutConnections(url: string, name: string): string {
  const program = `import pg from 'pg'
    const client = new pg.Client(process.argv[1])
    await client.connect()
    const { rowCount } = await client.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE state LIKE 'idle in%' AND application_name = $1", [process.argv[2]])
    console.log(rowCount)
    await client.end()`
  const flags = ['--input-type=module', '--eval', program, url, name]
  return execFileSync(process.execPath, flags, { encoding: 'utf8' }).trim()
}

/** Entries of every kind of outcome. */
function mixed(): Arrival[] {
  const plain = diaries(240)
  const morning = plain.find((a) => Buffer.from(a.body).includes('"form":"daily-diary"'))!
  const answers = JSON.parse(Buffer.from(morning.body).toString()).answers
  return [
    ...plain,
    again(morning),
    again(morning, { answers: { ...answers, pain: 10 } }),
    again(morning, { answers: { ...answers, pain: 10, 'sleep-hours': 23 }, occasion: '2026-01-01' }),
    again(morning, { form: 'unknown' }),
    again(morning, { patientId: 'P-99999' }),
    again(morning, { studyId: 'OTHER' }),
    again(morning, { completedAt: '2096-01-01T08:00:00+08:00[Asia/Shanghai]' }),
    again(morning, { answers: { pain: '\u0000"\\\u2028 quoted', fatigue: { skipped: 'asked-declined' } } }),
    { ...again(morning), head: 'damaged' },
  ]
}

/** The same entries through the embedded worker; returns a reader of its tables. */
async function embedded(arrivals: readonly Arrival[], patients: number) {
  const ground = await openSqliteGround()
  const store = journalStore(ground.journal)
  inTransaction(ground.journal, (tx) => {
    const of = new Map<string, number>()
    for (const [i, a] of arrivals.entries()) {
      const logIndex = of.get(a.studyId) ?? 0
      of.set(a.studyId, logIndex + 1)
      assert.ok(store.insert(tx, a, sha256Of(a), i + 1, logIndex, 1))
    }
  })
  const plan = compileStudy(new Map(groundFiles()))
  const people = new Map(
    demoPatients(plan, patients, Temporal.Now.plainDateISO('UTC')).map((p) => [p.patientId, p]),
  )
  const stores = sqliteStores(ground.trial, journalReader(ground.journal))
  const history = historyStore(ground.trial)
  const worker = processingWorker({
    db: ground.trial,
    journal: stores.journal,
    books: {
      ...stores,
      responses: responseStore(ground.trial),
      history,
      audit: auditLog(auditStore(ground.trial), () => assert.fail('nothing is signed here')),
      outbox: outboxStore(ground.trial),
      courses: embeddedCourseBook(stores.patients, () => undefined),
      signed: signedEntries(ground.trial),
    },
    history: history.of,
    lanes: openLanes([]),
    versions: (id) => (id === studyId ? singleVersion(plan) : undefined),
    patient: (_study, patientId) => {
      const person = people.get(patientId)
      return person && { ...person, studyId, status: 'active', withdrawnAt: undefined, course: emptyCourse }
    },
    attemptFile: '/dev/null',
    now: Date.now,
    random: Math.random,
    alive: () => undefined,
    onApplied: () => undefined,
  })
  while (worker.takeBatch() > 0);
  return ground
}

/** What both engines must agree on; times, salts and what hangs on them are left out. */
const comparable = [
  'SELECT position, study_id, patient_id, form, form_version, occasion, effect, restricted FROM responses ORDER BY position',
  'SELECT study_id, occasion, form, patient_id, position, status, dose FROM occasions ORDER BY study_id, occasion, form, patient_id',
  'SELECT position, name, value, band FROM scores ORDER BY position, name',
  'SELECT study_id, patient_id, rule, day, position, severity, audience, state, completed_at, received_at FROM alerts ORDER BY alert_id',
  'SELECT study_id, patient_id, form, completed_at, position FROM event_times ORDER BY position',
  'SELECT study_id, patient_id, rule, position FROM deviations ORDER BY deviation_id',
  'SELECT message_id, study_id, kind, record, payload FROM outbox ORDER BY message_id',
  'SELECT position, study_id, patient_id, lane, state, code, attempts, next_attempt_at, set_aside_at FROM held ORDER BY position',
  'SELECT study_id, taken, applied, quarantined, retrying, dead FROM ledger ORDER BY study_id',
]
const leaves = `SELECT study_id, leaf FROM audit_entries WHERE leaf LIKE '%"submission.%' ORDER BY study_id, leaf_index`
/** The leaf without its moment, its commitment, and the log index, which the engines count differently. */
const withoutSalt = (row: Record<string, unknown>) =>
  String(row.leaf).replace(/"at":"[^"]*"|"after":"[^"]*"|"logIndex":\d+/g, '')

/** Days of one patient that rules look back on: strong pain three days in a row, five rescue doses in a day, a gap. */
function lookingBack(): Arrival[] {
  const morning = diaries(240).find((a) => Buffer.from(a.body).includes('"form":"daily-diary"'))!
  const { answers } = JSON.parse(Buffer.from(morning.body).toString())
  const daysAgo = (days: number) => Temporal.Now.plainDateISO('UTC').subtract({ days }).toString()
  const at = (days: number, time: string) => `${daysAgo(days)}T${time}:00+00:00[UTC]`
  const diary = (days: number, pain: number) =>
    again(morning, {
      patientId: 'P-00007',
      occasion: daysAgo(days),
      completedAt: at(days, '12:00'),
      answers: { ...answers, pain },
    })
  const rescue = (time: string) =>
    again(morning, {
      patientId: 'P-00007',
      form: 'rescue-medication',
      occasion: undefined,
      completedAt: at(50, time),
      answers: { 'rescue-time': time, amount: 1, 'amount-unit': 'tablet', reason: 'pain' },
    })
  return [
    ...[diary(60, 8), diary(59, 7), diary(58, 9), diary(53, 2)],
    ...['01:00', '05:00', '09:00', '13:00', '17:00'].map(rescue),
  ].map((a) => ({ ...a, patientId: 'P-00007' }))
}

/** The rules that the last of these days raise. */
const lookedBack = ['diaries-missed', 'rescue-often', 'strong-pain-three-days']
const raisedFrom = async ({ rows }: Pick<ProcessingGround, 'rows'>, position: number) =>
  (await rows('SELECT rule FROM alerts WHERE position >= $1 ORDER BY rule', [position])).map(
    ({ rule }) => rule,
  )

test('rules look back across batches, and on entries that came late only once they are there', async () => {
  await using trial = await openProcessing()
  const node = await trial.node('a')
  for (const arrival of lookingBack()) {
    await trial.keep([arrival])
    await drain(trial, node)
  }
  assert.deepEqual(await raisedFrom(trial, 0), lookedBack)
  await using late = await openProcessing()
  const other = await late.node('a')
  const [first, ...rest] = lookingBack()
  await late.keep([...rest, first!])
  await drain(late, other)
  assert.deepEqual(await raisedFrom(late, 0), ['diaries-missed', 'rescue-often'])
})

test('P11: the same entries have the same effects, to the byte, on both engines', async () => {
  const arrivals = [...mixed(), ...lookingBack()]
  await using one = await embedded(arrivals, 8)
  await using many = await openProcessing()
  const node = await many.node('a')
  await many.keep(arrivals)
  await drain(many, node)
  await assertBalanced(many)
  assert.deepEqual(await raisedFrom(many, arrivals.length - 8), lookedBack)
  for (const statement of comparable) {
    const here = (await many.rows(statement)).map((row) => ({ ...row }))
    const there = one.trial
      .prepare(statement)
      .all()
      .map((row) => ({ ...row }))
    assert.deepEqual(here, there, statement)
  }
  assert.deepEqual(
    (await many.rows(leaves)).map(withoutSalt),
    one.trial.prepare(leaves).all().map(withoutSalt),
  )
  const [counts] = await many.rows(
    `SELECT (SELECT count(*) FROM alerts) AS alerts, (SELECT count(*) FROM outbox) AS messages,
     (SELECT count(*) FROM held) AS held, (SELECT count(*) FROM scores) AS scores`,
  )
  for (const [what, n] of Object.entries(counts!)) assert.ok(Number(n) > 0, `${what} were compared`)
})

test('P3 P4 P6: two nodes share the work; every entry once, lanes in order', async () => {
  await using trial = await openProcessing(100)
  for (let i = 0; i < 6; i++) await trial.keep(diaries(500, 100, i))
  const nodes = [await trial.node('a'), await trial.node('b')]
  await drain(trial, ...nodes)
  await assertBalanced(trial)
  await assertLanesInOrder(trial)
  for (const node of nodes) assert.ok((await node.figures()).taken > 300, 'both nodes took a part')
})

test('P4: what intake commits late and out of order is neither skipped nor overtaken by its own later entries', async () => {
  await using trial = await openProcessing()
  const [a, b] = [await trial.node('a'), await trial.node('b')]
  const arrivals = diaries(300)
  using late = await trial.connect()
  await late.query('BEGIN')
  const open = await keepGroup(late, arrivals.slice(0, 100))
  const [first] = await trial.keep(arrivals.slice(100, 200))
  assert.ok(first! > open.at(-1)!, 'the open transaction has the lower positions')
  await Promise.all([a.worker.takeBatch(), b.worker.takeBatch()])
  await drain(trial, a, b)
  assert.equal((await trial.rows('SELECT 1 FROM responses')).length, 100)
  await late.query('COMMIT')
  await trial.keep(arrivals.slice(200))
  await drain(trial, a, b)
  await assertBalanced(trial)
})

test('P3 P8: connections cut in the middle of batches double nothing, and another node takes over at once', async () => {
  await using trial = await openProcessing()
  const [a, b] = [await trial.node('a'), await trial.node('b')]
  await trial.keep(diaries(200))
  for (const cutAt of ['processing.marked', 'processing.heads-locked', 'processing.before-commit']) {
    let cut = ''
    points.at = (point) => {
      if (point === cutAt && cut === '') cut = cutConnections(trial.ground.url, 'levee a')
    }
    await assert.rejects(a.worker.takeBatch(), { message: /connection|doubt/i })
    points.at = undefined
    assert.equal(cut, '1', `one connection was cut at ${cutAt}`)
    assert.equal((await trial.rows('SELECT 1 FROM responses')).length, 0)
  }
  const began = Date.now()
  assert.equal(await b.worker.takeBatch(), 200)
  assert.ok(Date.now() - began < 2000)
  await drain(trial, a, b)
  await assertBalanced(trial)
})

test('P5: an entry whose evaluation throws waits alone; its lane waits behind it and goes on when it is dead', async () => {
  await using trial = await openProcessing()
  const [a, b] = [await trial.node('a'), await trial.node('b')]
  const arrivals = diaries(40)
  const poison = arrivals[0]!
  const follower = again(poison)
  points.at = (point, subject) => {
    if (point === 'processing.evaluate' && subject === poison.submissionId)
      throw new Error('a fault of the test')
  }
  const [at] = await trial.keep([...arrivals, follower])
  assert.equal(await a.worker.takeBatch(), 41)
  const held = await trial.rows('SELECT position, state, code FROM held ORDER BY position')
  assert.deepEqual(held, [
    { position: at, state: 'retrying', code: 'failed' },
    { position: at! + 40, state: 'retrying', code: 'behind' },
  ])
  await drain(trial, a, b)
  await assertBalanced(trial)
  const dead = await trial.rows(`SELECT position, state, attempts FROM held WHERE state <> 'done'`)
  assert.deepEqual(dead, [{ position: at, state: 'dead', attempts: 5 }])

  points.at = undefined
  await trial.act({ do: 'retry', position: at! })
  await drain(trial, b)
  await assertBalanced(trial)
  assert.equal((await trial.rows('SELECT 1 FROM responses')).length, 41)
  const [effect] = await trial.rows('SELECT effect FROM responses WHERE position = $1', [at])
  assert.match(String(effect!.effect), /duplicate-candidate/)
})

test('P5: an entry that cannot be written is found by taking its batch one by one', async () => {
  await using trial = await openProcessing()
  const node = await trial.node('a')
  await trial.rows(
    `CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN IF NEW.position = 7 THEN RAISE 'a fault of the test'; END IF; RETURN NEW; END $$`,
  )
  await trial.rows(
    'CREATE TRIGGER refuse_one BEFORE INSERT ON responses FOR EACH ROW EXECUTE FUNCTION refuse_one()',
  )
  await trial.keep(diaries(30))
  for (let taken = 0; taken === 0 || (await trial.rows('SELECT 1 FROM waiting')).length > 0; taken++)
    await node.worker.takeBatch()
  assert.equal((await trial.rows('SELECT 1 FROM responses')).length, 29)
  assert.deepEqual(await trial.rows('SELECT position, code FROM held'), [{ position: 7, code: 'failed' }])
  await trial.rows('DROP TRIGGER refuse_one ON responses')
  await drain(trial, node)
  await assertBalanced(trial)
  assert.equal((await trial.rows('SELECT 1 FROM responses')).length, 30)
})

test('P2: other content under a known id becomes one task and one audit entry, whichever node notices', async () => {
  await using trial = await openProcessing()
  const nodes = [await trial.node('a'), await trial.node('b')]
  const [at] = await trial.keep(diaries(3))
  for (const same of [false, true])
    await trial.rows(
      `INSERT INTO second_bodies (position, same_content, device_id, received_at, sha256, head, body)
       VALUES ($1, $2, 1, 1, $3, '{}', '\\x00')`,
      [at, same, `hash ${same}`],
    )
  await Promise.all(nodes.map((node) => node.worker.takeBatch()))
  await Promise.all(nodes.map((node) => node.worker.takeBatch()))
  assert.deepEqual(await trial.rows('SELECT position FROM conflicts'), [{ position: at }])
  assert.equal((await trial.rows(`SELECT 1 FROM audit_entries WHERE leaf LIKE '%conflict%'`)).length, 1)
  assert.equal((await trial.rows('SELECT 1 FROM second_bodies WHERE noticed_at IS NULL')).length, 0)
  await assertBalanced(trial)
})

test('a withdrawal or a new version on one node counts for every entry that another decides afterwards', async () => {
  await using trial = await openProcessing()
  const node = await trial.node('a')
  const [first] = diaries(1)
  await trial.keep([first!])
  await drain(trial, node)
  const files = groundFiles().map(([name, text]): [string, string] => [
    name,
    name === 'study.yaml' ? text.replace('\nversion: "1"', '\nversion: "2"').replace('> 18', '> 20') : text,
  ])
  await trial.act({ do: 'publish', files, taking: { sites: 'all', from: '2020-01-01', retroactive: true } })
  await trial.act({ do: 'withdraw', studyId, patientId: first!.patientId })
  const later = Temporal.Now.zonedDateTimeISO('Asia/Shanghai').add({ minutes: 1 })
  const now = later.toString({ smallestUnit: 'second' })
  const [second] = diaries(2).slice(1)
  await trial.keep([again(first!, { completedAt: now }), second!])
  await drain(trial, node)
  assert.deepEqual(await trial.rows('SELECT code FROM held'), [{ code: 'patient-withdrawn' }])
  const versions = (await trial.rows('SELECT effect FROM responses ORDER BY position')).map(
    (r) => JSON.parse(String(r.effect)).studyVersion,
  )
  assert.deepEqual(versions, ['1', '2'])
  await assertBalanced(trial)
})

test('a withdrawal waits for the batch that is deciding an entry of the patient', async () => {
  await using trial = await openProcessing()
  const node = await trial.node('a')
  const [first] = diaries(1)
  await trial.keep([first!])
  let withdrawn: Promise<unknown> | undefined
  const order: string[] = []
  points.at = (point) => {
    if (point !== 'processing.marked') return
    withdrawn = trial
      .act({ do: 'withdraw', studyId, patientId: first!.patientId })
      .then(() => order.push('withdrawn'))
  }
  await node.worker.takeBatch().then(() => order.push('taken'))
  points.at = undefined
  await withdrawn
  assert.deepEqual(order, ['taken', 'withdrawn'])
})
