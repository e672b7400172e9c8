// The command line as its users call it: the real bin/levee against a real server on a folder of its own. The
// stories run in order on one server; exit codes are 0 done, 1 failed, 2 wrongly called.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { deviceHeaders } from '../support/diary.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
// Not the system's folder for temporary files: that may lie on tmpfs, which the server refuses for good reason.
mkdirSync(join(root, 'data'), { recursive: true })
const home = mkdtempSync(join(root, 'data', 'cli-'))
const data = join(home, 'data')
const reason = ['--reason', 'because of a test']
const study = 'MORNING-301'
let server: ChildProcess
let made: { http: string; token: string; patientId: string }

type Done = { code: number | null; out: string; err: string }

/** Runs `levee` with the arguments and this test's data folder. */
async function levee(...args: string[]): Promise<Done> {
  const env = { ...process.env, LEVEE_DATA: data, LANG: 'C', LC_ALL: 'C', NO_COLOR: '1' }
  const child = spawn(join(root, 'bin/levee'), args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

/** As {@link levee}, expecting success; the output as JSON. */
async function leveeJson(...args: string[]) {
  const { code, out, err } = await levee(...args, '--json')
  assert.equal(code, 0, err + out)
  return JSON.parse(out)
}

/** Asserts exit code and one line on standard error that says what the pattern says, without a stack. */
function refused(done: Done, code: number, says: RegExp): void {
  assert.equal(done.code, code, done.err)
  assert.match(done.err, says)
  assert.doesNotMatch(done.err, /^\s+at /m)
}

before(async () => {
  const args = [
    'demo',
    '--serve',
    '--json',
    '--patients',
    '60',
    '--port',
    '0',
    '--grpc-port',
    '0',
    '--log',
    'warn',
  ]
  server = spawn(join(root, 'bin/levee'), [...args, '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit').then(([code]) => assert.fail(`the server ended with ${code}`))
  ended.catch(() => {})
  const [line] = await Promise.race([once(server.stdout!, 'data'), ended])
  made = JSON.parse(String(line))
})

after(() => {
  server.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

/** Sends a submission of the demo's first patient; resolves with the HTTP status. */
async function send(changes: Record<string, unknown>): Promise<number> {
  const body = {
    submissionId: crypto.randomUUID(),
    studyId: study,
    patientId: made.patientId,
    form: 'no-such-form',
    formVersion: '1',
    completedAt: '2026-11-22T08:12:31+08:00[Asia/Shanghai]',
    answers: { note: 'words of a patient' },
    ...changes,
  }
  const headers = deviceHeaders(made.token)
  return (await fetch(`${made.http}/v1/submissions`, { method: 'POST', headers, body: JSON.stringify(body) }))
    .status
}

test('demo prints where the server is; a second demo on it keeps the data', async () => {
  const again = await leveeJson('demo', '--patients', '60')
  assert.equal(again.http, made.http)
  assert.notEqual(again.token, made.token)
  // Nothing to note, as there would be on another release's data (demo-of-old-data.test.ts).
  assert.equal(again.note, undefined)
  made = again
  assert.deepEqual(
    (await leveeJson('study', 'list')).map((s: { patients: number }) => s.patients),
    [60],
  )
})

test('staff are created with a token shown once, listed, given another one, and revoked', async () => {
  const create = ['staff', 'create', 'anna', '--name', 'Anna Berg', '--role', 'site-nurse', ...reason]
  refused(await levee(...create), 2, /--site, or say --all-sites/)
  refused(await levee(...create, '--site', '999'), 1, /"sites".*101/)
  refused(await levee('staff', 'create', 'bob', '--name', 'B', '--role', 'barber', ...reason), 2, /no barber/)
  const { token } = await leveeJson(...create, '--site', '101')
  assert.match(token, /^lvs_[\w-]{43}$/)
  const listed = await leveeJson('staff', 'list')
  assert.deepEqual([listed[0].staffId, listed[0].sites, listed[0].hasToken], ['anna', ['101'], true])
  assert.doesNotMatch(JSON.stringify(listed), /lvs_/)
  const patients = (bearer: string) =>
    fetch(`${made.http}/v1/studies/${study}/patients`, { headers: { authorization: `Bearer ${bearer}` } })
  assert.equal((await patients(token)).status, 200)
  const renewed = (await leveeJson('staff', 'token', 'anna', ...reason)).token
  assert.deepEqual([(await patients(token)).status, (await patients(renewed)).status], [401, 200])
  await leveeJson('staff', 'revoke', 'anna', ...reason)
  assert.equal((await patients(renewed)).status, 401)
  refused(await levee('staff', 'token', 'anna', ...reason), 1, /no staff member anna/)
})

test('load sends a morning and finds nothing lost, nothing doubled (P1, P2, P3, P4)', async () => {
  const args = ['--rate', '200', '--for', '2s', '--loss', '10%', '--duplicates', '10%']
  const report = await leveeJson('load', ...args)
  assert.equal(report.ok, true, JSON.stringify(report.why))
  assert.equal(report.counts.acknowledged, 400)
  assert.equal(report.history.verdicts['acked-present'], 400)
  assert.ok(report.counts.simulatedLosses > 10 && report.counts.duplicatesRight > 10)
  assert.equal(report.ledger.balanced, true)
  assert.equal(report.ledger.applied, 400)
})

test('status: figures, the ledger in words, machine-readable', async () => {
  const { code, out } = await levee('status')
  assert.equal(code, 0)
  assert.match(out, new RegExp(`HTTP ${made.http}`))
  assert.match(out, /MORNING-301: received 400 = applied 400 \+ quarantined 0 .*✓ balanced/)
  const status = await leveeJson('status')
  assert.equal(status.figures.sinceStart.acknowledgedP99Ms > 0, true)
  assert.equal(status.ledger.balanced, true)
})

test('an arm is told by unblind alone, with a reason and an audit entry (P10)', async () => {
  const args = ['patient', 'create', 'P-90001', '--site', '101', '--arm', 'G1', ...reason]
  assert.equal((await leveeJson(...args)).created, 1)
  assert.equal((await leveeJson(...args)).alreadyThere, 1)
  for (const look of [
    ['patient', 'show', 'P-90001'],
    ['patient', 'list'],
    ['study', 'show'],
    ['audit', 'show', '--last', '9'],
  ]) {
    for (const json of [[], ['--json']]) {
      const { code, out } = await levee(...look, ...json)
      assert.equal(code, 0)
      assert.doesNotMatch(out, /\bG[12]\b|\barm\b/i, look.join(' '))
    }
  }
  refused(await levee('patient', 'unblind', 'P-90001'), 2, /--reason/)
  assert.equal((await leveeJson('patient', 'unblind', 'P-90001', ...reason)).arm, 'G1')
  const [last] = await leveeJson('audit', 'show', '--last', '1')
  assert.equal(last.action, 'patient.unblinded')
  assert.equal(last.reason, 'because of a test')
})

test('patients from a file; faults name the line or the member', async () => {
  const file = join(home, 'patients.csv')
  appendFileSync(file, 'patientId,siteId,arm,enrolledOn\nP-90002,201,G1,2026-11-01\nP-90003,202,G2,\n')
  assert.equal((await leveeJson('patient', 'create', '--file', file, ...reason)).created, 2)
  assert.equal((await leveeJson('patient', 'show', 'P-90002')).zone, 'Europe/Berlin')
  appendFileSync(file, 'P-90004,201\n')
  refused(await levee('patient', 'create', '--file', file, ...reason), 1, /patients\.csv:4: /)
  refused(
    await levee('patient', 'create', 'P-9', '--site', '999', '--arm', 'G1', ...reason),
    1,
    /no site 999/,
  )
  refused(await levee('patient', 'create', 'P-9', '--site', '101', '--arm', 'XX', ...reason), 1, /"arm"/)
})

test('a revoked or withdrawn patient sends no more, or is quarantined', async () => {
  const [{ token }] = await leveeJson('patient', 'tokens', '--patient', 'P-00002')
  const first = { ...made }
  made = { ...made, token, patientId: 'P-00002' }
  assert.equal(await send({}), 202)
  assert.equal((await leveeJson('patient', 'revoke', 'P-00002', ...reason)).revoked.length, 2)
  assert.equal(await send({}), 401)
  made = first
  assert.equal((await leveeJson('patient', 'withdraw', 'P-00003', ...reason)).status, 'withdrawn')
  refused(await levee('patient', 'withdraw', 'P-00003', ...reason), 1, /no active patient P-00003/)
  refused(await levee('patient', 'revoke', 'P-nobody', ...reason), 1, /P-nobody/)
})

test('dead: list, show with masked answers, retry, set aside (P4, P12)', async () => {
  const submissionId = crypto.randomUUID()
  assert.equal(await send({ submissionId }), 202)
  assert.equal(await send({ submissionId, answers: { note: 'other words of a patient' } }), 409)
  const list = await until(
    () => leveeJson('dead', 'list'),
    ({ held, conflicts }) => held.length === 2 && conflicts.length === 1,
  )
  const position = String(list.held[1].position)
  const conflict = `conflict:${list.conflicts[0].secondBodyId}`
  assert.match((await levee('dead', 'list')).out, /The study has no such form\./)
  for (const name of [position, conflict]) {
    const shown = await levee('dead', 'show', name)
    assert.match(shown.out, /"note": "•••"/)
    assert.doesNotMatch(shown.out, /words of a patient/)
    assert.match((await levee('dead', 'show', name, '--raw', '--reason', 'test')).out, /words of a patient/)
  }
  assert.match((await levee('dead', 'show', conflict)).out, /they differ in +answers\.note/)
  refused(await levee('dead', 'retry', position), 2, /--reason/)
  refused(await levee('dead', 'retry', conflict, ...reason), 2, /cannot be retried/)
  refused(await levee('dead', 'show', 'first'), 2, /conflict:<number>/)
  refused(await levee('dead', 'retry', '1', ...reason), 1, /no held entry 1/)
  assert.deepEqual(await leveeJson('dead', 'retry', position, ...reason), { done: [position] })
  await until(
    () => leveeJson('dead', 'list', '--state', 'quarantined'),
    ({ held }) => held.length === 2,
  )
  assert.deepEqual((await leveeJson('dead', 'set-aside', position, conflict, ...reason)).done, [
    position,
    conflict,
  ])
  assert.deepEqual((await leveeJson('dead', 'list')).conflicts, [])
  assert.equal((await leveeJson('dead', 'list', '--all')).held.length, 2)
})

/** Asks again until the answer is as wanted; fails after ten seconds. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const last = Date.now() + 10_000
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
    assert.ok(Date.now() < last, JSON.stringify(answer))
    await sleep(100)
  }
}

test('audit: an export verifies, an altered one does not, beside a running server (P6)', async () => {
  const bundle = join(home, 'bundle')
  const { key, note } = await leveeJson('audit', 'checkpoint')
  const kept = join(home, 'kept.txt')
  const { entries } = await leveeJson('audit', 'export', '--to', bundle)
  assert.ok(entries > 400)
  refused(await levee('audit', 'export', '--to', bundle), 1, /not empty.*--to/)
  assert.match(note, /^levee\/MORNING-301\n/)
  appendFileSync(kept, note)
  const sound = await levee('audit', 'verify', bundle, '--key', key, '--checkpoint', kept)
  assert.equal(sound.code, 0, sound.err)
  assert.match(sound.out, /COMPLETE AND UNALTERED/)
  appendFileSync(join(bundle, 'entries.jsonl'), '{}\n')
  assert.equal((await levee('audit', 'verify', bundle)).code, 1)
  refused(await levee('audit', 'verify', home), 2, /holds no exported log/)
})

test('a server that cannot start says why and which flag helps', async () => {
  const other = join(home, 'other')
  const free = ['--log', 'silent', '--grpc-port', '0', '--port']
  refused(await levee('serve', '--data', other, ...free, new URL(made.http).port), 1, /is taken.*--port/)
  refused(await levee('serve', ...free, '0'), 1, /another Levee process works in/)
  refused(await levee('demo', '--serve', ...free, '0'), 1, /another Levee process works in/)
  refused(await levee('serve', '--data', join(root, 'package.json'), ...free, '0'), 1, /not a folder.*--data/)
  refused(await levee('serve', '--data', other, '--port', 'x'), 2, /--port/)
  refused(await levee('serve', '--data', other, '--host', '0.0.0.0'), 2, /--behind-tls/)
})

test('wrong calls end with 2 and name the flag; no server ends with 1 and says how to start one', async () => {
  refused(await levee('satus'), 2, /unknown command/)
  refused(await levee('load', '--rate', 'fast'), 2, /--rate/)
  refused(await levee('load', '--loss', '7'), 2, /--loss/)
  refused(await levee('audit', 'export'), 2, /--to/)
  refused(await levee('study', 'publish', join(root, 'studies/morning-301')), 2, /--reason/)
  refused(await levee('study', 'publish', home, ...reason), 1, /no study\.yaml/)
  refused(await levee('status', '--data', home), 1, /no Levee is running on .*levee serve/)
  refused(await levee('doctor', '--data', home), 1, /no journal\.db/)
  assert.equal((await levee('--help')).code, 0)
})

test('doctor: sound beside a running server and after it; damage fails (P4, P6)', async () => {
  const running = await leveeJson('doctor')
  assert.deepEqual([running.ok, running.running], [true, true])
  server.kill('SIGTERM')
  await once(server, 'exit')
  assert.equal(existsSync(join(data, 'levee.sock')), false)
  const stopped = await leveeJson('doctor')
  assert.deepEqual([stopped.ok, stopped.running], [true, false])
  const damage: [string, string, string, RegExp][] = [
    [
      'trial.db',
      'DROP TRIGGER responses_remain; DELETE FROM responses WHERE position = 7',
      'accounting',
      /entry 7 /,
    ],
    [
      'trial.db',
      "UPDATE responses SET effect = effect || ' ' WHERE position = 7",
      `audit log ${study}`,
      /entry 7 .*altered/,
    ],
    ['trial.db', 'UPDATE ledger SET applied = applied - 1, dead = dead + 1', 'accounting', /dead/],
    [
      'journal.db',
      "DROP TRIGGER entries_stay; UPDATE entries SET body = x'7b7d' WHERE position = 7",
      'continuity',
      /entry 7 /,
    ],
  ]
  for (const [file, statement, name, says] of damage) {
    const copy = join(home, 'damaged')
    cpSync(data, copy, { recursive: true })
    assert.equal(statSync(join(copy, 'keys', 'log-key.pem')).mode & 0o777, 0o600)
    const db = new DatabaseSync(join(copy, file))
    db.exec(statement)
    db.close()
    const { code, out } = await levee('doctor', '--json', '--data', copy)
    assert.equal(code, 1, statement)
    const failed = JSON.parse(out).checks.filter((check: { state: string }) => check.state === 'fail')
    assert.match(failed.find((check: { name: string }) => check.name === name)?.says ?? '', says, statement)
    rmSync(copy, { recursive: true })
  }
})
