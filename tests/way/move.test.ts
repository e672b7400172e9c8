// `levee move` as its users call it: an embedded installation with everything in it goes into a real PostgreSQL, cut
// off where it hurts, and afterwards a node answers as the old server did. Nothing of Levee is mocked.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startJournal } from '../../src/intake/journal.ts'
import { type Levee, startLevee } from '../../src/main.ts'
import { dataFolder } from '../../src/storage/folder.ts'
import { readConfig } from '../../src/system/config.ts'
import { type Diary, deviceHeaders, diary } from '../support/diary.ts'
import { type PostgresServer, sharedPostgres } from '../support/postgres-server.ts'
import { type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'

const program = fileURLToPath(new URL('../../src/cli/levee.ts', import.meta.url))
const studyId = 'MORNING-301'

/** What was sent to the embedded server and answered 202, with the token that sent it. */
type Sent = { readonly body: string; readonly token: string; readonly answer: string }

let server: PostgresServer
let home: string
/** A stopped installation; each test moves a copy of it. */
let original: string
const sent: Sent[] = []
let people: readonly Person[]

type Done = { code: number | null; out: string; err: string }

const start = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [program, ...args], {
    env: { ...process.env, NO_COLOR: '1', LEVEE_COPIES: 'one' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

async function levee(...args: string[]): Promise<Done> {
  const child = start(args)
  let [out, err] = ['', '']
  child.stdout!.setEncoding('utf8').on('data', (text) => (out += text))
  child.stderr!.setEncoding('utf8').on('data', (text) => (err += text))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

const move = (from: string, to: string): Promise<Done> => levee('move', '--from', from, '--to', to, '--json')

async function moved(from: string, to: string) {
  const { code, out, err } = await move(from, to)
  assert.equal(code, 0, err)
  return JSON.parse(out)
}

/** Asserts exit code 1 and one line that says what the pattern says, without a stack. */
function refused(done: Done, says: RegExp): void {
  assert.equal(done.code, 1, done.err + done.out)
  assert.match(done.err, says)
  assert.doesNotMatch(done.err, /^\s+at /m)
}

async function send(http: string, body: string, token: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${http}/v1/submissions`, {
    method: 'POST',
    headers: deviceHeaders(token),
    body,
  })
  return { status: answer.status, text: await answer.text() }
}

async function sendNew(http: string, person: Person, changes: Record<string, unknown> = {}): Promise<Diary> {
  const submission = diary(person, changes)
  const body = JSON.stringify(submission)
  const { status, text } = await send(http, body, person.token)
  assert.equal(status, 202, text)
  sent.push({ body, token: person.token, answer: text })
  return submission
}

/** Diaries of all kinds: applied with and without alerts, quarantined, in conflict, twice in other spelling. */
async function fill(trial: RunningTrial): Promise<void> {
  const { http } = trial
  await Promise.all(
    Array.from({ length: 120 }, (_, i) =>
      sendNew(http, people[i % people.length]!, {
        occasion: new Date(Date.UTC(2026, 0, 1 + Math.floor(i / people.length))).toISOString().slice(0, 10),
      }),
    ),
  )
  for (const person of people) await sendNew(http, person, { answers: { pain: 10, 'rescue-taken': true } })
  const odd = await sendNew(http, people[0]!, { form: 'no-such-form' })
  const other = JSON.stringify({ ...odd, answers: { pain: 1 } })
  assert.equal((await send(http, other, people[0]!.token)).status, 409)
  const again = await sendNew(http, people[1]!)
  const spelled = JSON.stringify({ ...again, sentAt: again.completedAt }, null, 1)
  assert.equal((await send(http, spelled, people[1]!.token)).status, 200)
  await trial.control.act({ do: 'withdraw', studyId, patientId: people[5]!.patientId } as never, 'test')
  const nurse = { staffId: 'nora', name: 'Test Nora', role: 'site-nurse', sites: null }
  await trial.control.act({ do: 'create-staff', studyId, ...nurse } as never, 'test')
}

/** Puts entries into the journal of a stopped server that its processing has not seen. */
async function leaveWaiting(path: string, count: number): Promise<void> {
  const folder = dataFolder(path)
  const journal = await startJournal({
    folder,
    version: 'test',
    receiptKeyPem: readFileSync(join(folder.keys, 'receipt-key.pem'), 'utf8'),
    expectedPosition: 0,
    allowUnfitFileSystem: true,
    wake: new SharedArrayBuffer(4),
    pointsModule: undefined,
    limits: { waiting: 5000, waitMs: 250 },
    threadUrl: new URL('../../src/journal-thread.ts', import.meta.url),
    onFailure: (reason) => assert.fail(reason),
  })
  for (let i = 0; i < count; i++) {
    const person = people[i % people.length]!
    const submission = diary(person, { occasion: '2026-02-01' })
    const verdict = await journal.append({
      studyId,
      patientId: person.patientId,
      submissionId: submission.submissionId,
      deviceId: 1,
      receivedAt: Date.now(),
      head: '{"door":"http","contentType":"application/json"}',
      body: Buffer.from(JSON.stringify(submission)),
    })
    assert.equal(verdict.kind, 'received')
  }
  await journal.stop()
}

before(async () => {
  server = await sharedPostgres()
  home = await mkdtemp(join(tmpdir(), 'levee-move-'))
  original = join(home, 'original')
  await using trial = await startTrial({ folder: original, patients: 6 })
  people = trial.people
  await fill(trial)
  await trial.settle()
})
after(() => rm(home, { recursive: true, force: true }))

async function copyOfOriginal(name: string): Promise<string> {
  const copy = join(home, name)
  await cp(original, copy, { recursive: true })
  return copy
}

async function query(url: string, text: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

const node = (data: string, database: string): Promise<Levee> =>
  startLevee(readConfig({ data, database, copies: 'one', port: '0', grpcPort: '0', log: 'silent' }, {}), {
    onFailure: (reason) => assert.fail(reason),
  })

test('a moved installation answers as before: receipts to the byte, ledger, audit root, work that waits (P1, P2, P4, P6)', async () => {
  const folder = await copyOfOriginal('whole')
  await leaveWaiting(folder, 7)
  const url = await server.freshDatabase()
  const done = await moved(folder, url)
  assert.equal(done.already, false)
  assert.equal(done.waiting, 7)
  assert.equal(done.tables.find((t: { table: string }) => t.table === 'entries').rows, sent.length + 7)
  const [study] = done.studies
  assert.deepEqual([study.studyId, study.received, study.taken], [studyId, sent.length + 7, sent.length])
  const verified = await levee('doctor', '--database', url, '--data', folder, '--json')
  assert.equal(verified.code, 0, verified.out)

  const levees = await node(folder, url)
  try {
    for (const { body, token, answer } of sent) {
      const again = await send(levees.http, body, token)
      assert.equal(again.status, 200)
      assert.equal(again.text, answer)
    }
    await sendNew(levees.http, people[2]!, { occasion: '2026-03-01' })
    const [first, size] = JSON.parse(sent.pop()!.answer).receipt.group
    assert.equal(size, 1)
    assert.ok(first > sent.length + 7, 'groups go on above the moved positions')
    for (let i = 0; (await query(url, 'SELECT 1 FROM waiting')).length > 0; i++) {
      assert.ok(i < 200, 'what waited was never taken')
      await sleep(50)
    }
  } finally {
    await levees.stop()
  }
  const after = await levee('doctor', '--database', url, '--data', folder, '--json')
  assert.equal(after.code, 0, after.out)
  const [ledger] = await query(url, 'SELECT taken FROM ledger')
  assert.equal(Number(ledger.taken), sent.length + 8)
  const devices = await query(url, 'SELECT device_id FROM devices ORDER BY 1 DESC LIMIT 1')
  const [next] = await query(url, `SELECT nextval(pg_get_serial_sequence('devices', 'device_id')) AS id`)
  assert.ok(Number(next.id) > Number(devices[0].device_id))
})

test('the old folder serves no more, and a second move finds nothing to do', async () => {
  const folder = await copyOfOriginal('once')
  const url = await server.freshDatabase()
  await moved(folder, url)
  await assert.rejects(startTrial({ folder }), /were moved to postgres:\/\/postgres@127\.0\.0\.1.*--database/)
  assert.doesNotMatch(readFileSync(join(folder, 'moved-to'), 'utf8'), /postgres:[^@/]+@/, 'no password in it')
  assert.equal((await moved(folder, url)).already, true)
  await query(url, 'UPDATE installation SET moving = true') // as after a death between the two marks
  assert.equal((await moved(folder, url)).already, false)
  assert.equal((await query(url, 'SELECT moving FROM installation'))[0].moving, false)
  refused(await move(folder, await server.freshDatabase()), /was moved to .* already/)
  await rm(join(folder, 'moved-to'))
  refused(await move(folder, url), /nodes of this installation work on the database already/)
})

test('kill -9 anywhere, run again: nothing is lost or doubled, also when the old server ran on between (P1, P3, P4)', async () => {
  const folder = await copyOfOriginal('killed')
  const url = await server.freshDatabase()
  for (const table of ['patients', 'entries', 'occasions', 'audit_entries', 'waiting', 'audit_checkpoints']) {
    await killedAt(folder, url, table)
    assert.equal((await query(url, 'SELECT moving FROM installation'))[0].moving, true)
    assert.equal(existsSync(join(folder, 'moved-to')), false)
    if (table !== 'occasions') continue
    // The move is given up for the moment; the old server goes on, and rows that were brought over change.
    await using trial = await startTrial({ folder })
    await sendNew(trial.http, trial.people[3]!, { occasion: '2026-04-01' })
    await trial.control.act(
      { do: 'withdraw', studyId, patientId: trial.people[4]!.patientId } as never,
      'test',
    )
    await trial.settle()
  }
  const before = await query(url, 'SELECT count(*)::int AS n FROM entries')
  assert.ok(before[0].n > 100, 'the runs that were cut off left something')
  const { studies } = await moved(folder, url)
  assert.equal(studies[0].received, sent.length)
  const [withdrawn] = await query(url, `SELECT count(*)::int AS n FROM patients WHERE status = 'withdrawn'`)
  assert.equal(withdrawn.n, 2)
  assert.equal((await levee('doctor', '--database', url, '--data', folder)).code, 0)
  sent.pop()
})

/** Starts a move, lets it come to a table that somebody else has locked, and kills it there. */
async function killedAt(folder: string, url: string, table: string): Promise<void> {
  const locker = new pg.Client({ connectionString: url })
  await locker.connect()
  await locker.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  const child = start(['move', '--from', folder, '--to', url])
  const ended = once(child, 'exit')
  const waits = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  try {
    while ((await query(url, waits)).length === 0) {
      assert.equal(child.exitCode, null, `the move ended before ${table}`)
      await sleep(10)
    }
  } finally {
    child.kill('SIGKILL')
    await ended
    await locker.end()
  }
}

test('no node starts on a database that is half moved (P4)', async () => {
  const folder = await copyOfOriginal('half')
  const url = await server.freshDatabase()
  await killedAt(folder, url, 'occasions')
  await assert.rejects(node(folder, url), /levee move has not finished/)
  await moved(folder, url)
  await (await node(folder, url)).stop()
})

test('control: a row that the target loses, alters or has too many is found, and nothing is marked (P4, P6)', async () => {
  const folder = await copyOfOriginal('betrayed')
  const swallow = (table: string, when: string, what: string) => `
    CREATE FUNCTION betray() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${what} END $$;
    CREATE TRIGGER betray BEFORE INSERT ON ${table} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION betray()`
  const betrayals: [string, RegExp][] = [
    [swallow('responses', 'NEW.position = 7', 'RETURN NULL;'), /responses lacks the row at 7/],
    [
      swallow('entries', 'NEW.position = 9', `NEW.body := '\\x7b7d'; RETURN NEW;`),
      /another row than the source in entries at 9/,
    ],
    [`INSERT INTO scores VALUES (999999, 'pain', 1, NULL)`, /holds a row in scores at 999999, pain/],
  ]
  for (const [betrayal, says] of betrayals) {
    const url = await server.freshDatabase()
    await query(url, betrayal)
    refused(await move(folder, url), says)
    assert.equal((await query(url, 'SELECT moving FROM installation'))[0].moving, true)
    assert.equal(existsSync(join(folder, 'moved-to')), false)
  }
})

test('what is not sound or not stopped is not moved', async () => {
  const url = await server.freshDatabase()
  {
    const folder = await copyOfOriginal('running')
    await using _trial = await startTrial({ folder })
    refused(await move(folder, url), /another Levee process works in/)
  }
  const damage: [string, string, RegExp][] = [
    [
      'journal.db',
      `DROP TRIGGER entries_stay; UPDATE entries SET body = x'7b7d' WHERE position = 5`,
      /body of entry 5 has another SHA-256/,
    ],
    ['journal.db', `UPDATE totals SET entries = entries + 1`, /its totals say/],
    [
      'trial.db',
      'DROP TRIGGER audit_entries_remain; DELETE FROM audit_entries WHERE leaf_index > 40; UPDATE audit_heads SET size = 41',
      /audit gate/,
    ],
    ['trial.db', 'UPDATE ledger SET applied = applied - 1, dead = dead + 1', /accounting/],
  ]
  for (const [file, statement, says] of damage) {
    const folder = await copyOfOriginal('damaged')
    const db = new DatabaseSync(join(folder, file))
    db.exec(statement)
    db.close()
    refused(await move(folder, await server.freshDatabase()), says)
    await rm(folder, { recursive: true })
  }
  refused(await move(join(home, 'nowhere'), url), /holds no journal\.db/)
})

test('a database of others, or one that cannot be used, is left alone', async () => {
  const folder = await copyOfOriginal('others')
  const url = await server.freshDatabase()
  await query(url, `INSERT INTO studies VALUES ('S', '1', 'x', '{}', 1)`)
  refused(await move(folder, url), /not empty/)
  const used = await server.freshDatabase()
  await query(used, `INSERT INTO installation (receipt_key, log_key) VALUES ('a', 'b')`)
  refused(await move(folder, used), /belongs to another installation/)
  refused(
    await move(folder, 'postgres://nobody@127.0.0.1:1/x'),
    /127\.0\.0\.1:1\/x cannot be used: .*Nothing was changed/,
  )
  const args = ['--from', folder, '--to', url]
  refused(await levee('move', ...args, '--copies', 'standby'), /synchronous_standby_names is empty/)
  assert.equal((await levee('move', ...args, '--copies', 'none')).code, 2)
  assert.equal((await levee('move', '--from', folder, '--to', 'levee')).code, 2)
})
