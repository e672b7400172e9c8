// `levee doctor --database` and `levee migrate` as operators call them, against real PostgreSQL servers: a sound cluster
// passes, and each thing that is wrong with one is found and named.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { deviceHeaders, diary } from '../support/diary.ts'
import { type PostgresCluster, startCluster } from '../support/postgres-cluster.ts'
import { startTrial } from '../support/start-trial.ts'

const program = fileURLToPath(new URL('../../src/cli/levee.ts', import.meta.url))
const studyId = 'MORNING-301'
type Check = { name: string; state: 'ok' | 'warn' | 'fail'; says: string; remedy?: string }
type Report = { ok: boolean; running: boolean; checks: Check[] }

let cluster: PostgresCluster
/** A database with a stopped installation in it. */
let url: string
let home: string
let folder: string

async function levee(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { ...process.env, NO_COLOR: '1', LEVEE_COPIES: 'standby' }
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

/** Runs the doctor; exit code and `ok` must agree, and whatever is not well has a remedy. */
async function doctor(database: string, ...args: string[]): Promise<Report> {
  const { code, out, err } = await levee(
    'doctor',
    '--database',
    database,
    '--data',
    folder,
    '--json',
    ...args,
  )
  assert.equal(err, '')
  const report: Report = JSON.parse(out)
  assert.equal(code, report.ok ? 0 : 1)
  assert.equal(report.ok, !report.checks.some((check) => check.state === 'fail'))
  for (const check of report.checks)
    assert.equal(check.remedy === undefined, check.state === 'ok', check.name)
  return report
}

/** Asserts that a check has this state and says so. */
function finds({ checks }: Report, name: string, state: Check['state'], says: RegExp): void {
  const check = checks.find((c) => c.name === name && c.state === state)
  assert.match(check?.says ?? '', says, JSON.stringify(checks.filter((c) => c.state !== 'ok')))
}

const failures = ({ checks }: Report): string[] => checks.filter((c) => c.state === 'fail').map((c) => c.name)

async function query(database: string, text: string) {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

before(async () => {
  cluster = await startCluster()
  home = await mkdtemp(join(tmpdir(), 'levee-doctor-'))
  folder = join(home, 'node')
  url = await cluster.primary.freshDatabase()
  await using trial = await startTrial({ folder, flags: { database: url } })
  for (const [i, person] of [...trial.people, ...trial.people].entries()) {
    const body = JSON.stringify(diary(person, { occasion: `2026-01-0${1 + Math.floor(i / 6)}` }))
    const headers = deviceHeaders(person.token)
    const answer = await fetch(`${trial.http}/v1/submissions`, { method: 'POST', headers, body })
    assert.equal(answer.status, 202)
  }
  await trial.settle()
  const { running, checks } = await doctor(url, '--quick')
  assert.equal(running, true)
  assert.match(checks.find((c) => c.name === 'connections')!.says, /by 1 node/)
})
after(async () => {
  await cluster[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

test('a sound cluster passes; one standby alone and a missing archive are warnings (P4, P6)', async () => {
  const report = await doctor(url)
  assert.deepEqual(failures(report), [])
  assert.equal(report.running, false)
  finds(report, 'copies', 'warn', /waits for 1 of 1 \(standby1\)/)
  finds(report, 'archive', 'warn', /not archived/)
  finds(report, 'schema', 'ok', /up to date/)
  finds(report, 'ledger', 'ok', /12 received = 12 taken/)
  finds(report, 'accounting', 'ok', /12 entries, each accounted for exactly once/)
  finds(report, `audit log ${studyId}`, 'ok', /12 commitments/)
  finds(report, `audit gate ${studyId}`, 'ok', /agrees/)
  assert.equal(report.checks.length, 23)
  assert.equal((await doctor(url, '--quick')).checks.length, 20)
})

test('settings on which "received" cannot rest are failures', async () => {
  finds(await doctor(cluster.standby.urlOf(new URL(url).pathname.slice(1))), 'primary', 'fail', /a standby/)
  try {
    await cluster.primary.reload({
      synchronous_standby_names: '',
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'local',
    })
    const report = await doctor(url, '--quick')
    finds(report, 'copies', 'fail', /does not wait for a standby/)
    finds(report, 'settings', 'fail', /fsync is off, full_page_writes is off/)
    finds(report, 'commits', 'warn', /local/)
    finds(await doctor(url, '--quick', '--copies', 'one'), 'copies', 'warn', /the loss of this machine/)
  } finally {
    await cluster.primary.reload({
      synchronous_standby_names: 'ANY 1 (*)',
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
    })
  }
})

test('a standby that is gone: commits wait, and the doctor says so without waiting itself', async () => {
  await cluster.standby.stop()
  try {
    finds(await doctor(url, '--quick'), 'copies', 'fail', /1 of 0 .*nothing can be acknowledged/)
  } finally {
    await cluster.standby.restart()
  }
  const streams = `SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'`
  while ((await cluster.primary.query(streams)).length === 0);
})

test('a slot that nobody reads, and work that is not done, are warnings', async () => {
  const client = new pg.Client({ connectionString: cluster.primary.url })
  await client.connect()
  await client.query(`SELECT pg_create_physical_replication_slot('left', true)`)
  await query(
    url,
    'UPDATE ledger SET taken = taken - 1, applied = applied - 1; INSERT INTO waiting SELECT slot, position FROM entries ORDER BY position LIMIT 1',
  )
  await query(
    url,
    `ALTER TABLE entries DISABLE TRIGGER entries_stay; UPDATE entries SET received_at = received_at - 60000`,
  )
  try {
    const report = await doctor(url, '--quick')
    finds(report, 'slots', 'warn', /left/)
    finds(report, 'waiting', 'warn', /1 entries wait, the oldest for 1 min/)
    finds(report, 'ledger', 'ok', /11 taken \+ 1 waiting/)
  } finally {
    await query(
      url,
      'UPDATE entries SET received_at = received_at + 60000; ALTER TABLE entries ENABLE TRIGGER entries_stay',
    )
    await query(url, 'UPDATE ledger SET taken = taken + 1, applied = applied + 1; DELETE FROM waiting')
    await client.query(`SELECT pg_drop_replication_slot('left')`)
    await client.end()
  }
})

test('control: whatever is altered, lost or doubled in the tables is found and named (P3, P4, P6)', async () => {
  const name = new URL(url).pathname.slice(1)
  const damage: [string, string, RegExp][] = [
    [
      'UPDATE responses SET effect = effect || chr(32) WHERE position = (SELECT min(position) FROM responses)',
      `audit log ${studyId}`,
      /was altered/,
    ],
    [
      'ALTER TABLE responses DISABLE TRIGGER ALL; DELETE FROM responses WHERE position = (SELECT min(position) FROM responses)',
      'accounting',
      /neither recorded nor waiting/,
    ],
    [
      'INSERT INTO waiting SELECT slot, position FROM entries LIMIT 1',
      'accounting',
      /applied and waiting at once/,
    ],
    ['UPDATE ledger SET dead = dead + 1', 'ledger', /12 taken, but 13/],
    ['UPDATE ledger SET dead = dead + 1, applied = applied - 1', 'accounting', /dead counted/],
    ['UPDATE totals SET entries = entries + 1', 'ledger', /13 received/],
    [
      `ALTER TABLE entries DISABLE TRIGGER ALL; UPDATE entries SET body = '\\x7b7d'`,
      'journal',
      /another SHA-256/,
    ],
    ['UPDATE receipt_groups SET size = size + 1', 'journal', /receipts were signed/],
    [
      `ALTER TABLE audit_entries DISABLE TRIGGER ALL; UPDATE audit_entries SET leaf = replace(leaf, 'P-0000', 'P-1000') WHERE leaf_index = 3`,
      `audit log ${studyId}`,
      /was altered/,
    ],
    ['UPDATE audit_heads SET size = size - 1', `audit gate ${studyId}`, /missing/],
    ['UPDATE installation SET moving = true', 'installation', /levee move has not finished/],
    [`INSERT INTO migrations VALUES (9999, '9999-newer.postgres.sql', true)`, 'schema', /too old/],
    [`UPDATE installation SET log_key = 'other'`, 'keys', /other keys/],
  ]
  for (const [i, [statement, check, says]] of damage.entries()) {
    const copy = `damaged_${i}`
    await cluster.primary.query(`CREATE DATABASE ${copy} TEMPLATE ${name}`)
    await query(cluster.primary.urlOf(copy), statement)
    finds(await doctor(cluster.primary.urlOf(copy)), check, 'fail', says)
  }
})

test('what cannot be looked at is said: no server, no tables, no keys, a wrong call', async () => {
  finds(await doctor('postgres://nobody@127.0.0.1:1/x'), 'connection', 'fail', /ECONNREFUSED/)
  finds(await doctor(cluster.primary.url), 'schema', 'fail', /no tables/)
  const bare = join(home, 'bare')
  await mkdir(bare)
  const { out } = await levee('doctor', '--database', url, '--data', bare, '--json')
  finds(JSON.parse(out), 'keys', 'warn', /does not hold both keys/)
  const keysOnly = join(home, 'keys-only')
  await cp(join(folder, 'keys'), join(keysOnly, 'keys'), { recursive: true })
  const looked = await levee('doctor', '--database', url, '--data', keysOnly, '--json', '--quick')
  finds(JSON.parse(looked.out), 'audit gate', 'warn', /holds no checkpoint/)
  assert.equal((await levee('doctor', '--database', 'levee')).code, 2)
  assert.equal((await levee('doctor', '--database', url, '--copies', 'none')).code, 2)
  assert.equal((await levee('migrate')).code, 2)
})

test('migrate grants a role what a node does and nothing that changes what was received or audited (P6)', async () => {
  const database = 'granted'
  const granted = cluster.primary.urlOf(database)
  await cluster.primary.query(`CREATE DATABASE ${database}`)
  await cluster.primary.query('CREATE ROLE levee_node LOGIN')
  const first = await levee('migrate', '--database', granted, '--grant-to', 'levee_node')
  assert.deepEqual([first.code, first.err], [0, ''])
  await query(granted, 'GRANT ALL ON entries TO levee_node')
  const again = JSON.parse(
    (await levee('migrate', '--database', granted, '--grant-to', 'levee_node', '--json')).out,
  )
  assert.deepEqual(again.applied, [])
  const rights = async (kind: string) => {
    const rows = await query(
      granted,
      `SELECT DISTINCT table_name AS t FROM information_schema.role_table_grants
       WHERE grantee = 'levee_node' AND privilege_type = '${kind}' ORDER BY 1`,
    )
    return rows.map((r) => r.t)
  }
  assert.deepEqual(await rights('DELETE'), ['attempts', 'waiting'])
  assert.deepEqual(await rights('UPDATE'), ['attempts'], 'other tables: single columns only')
  assert.deepEqual(await rights('TRUNCATE'), [])
  const columns = await query(
    granted,
    `SELECT DISTINCT table_name AS t FROM information_schema.column_privileges
     WHERE grantee = 'levee_node' AND privilege_type = 'UPDATE'`,
  )
  for (const table of [
    'entries',
    'receipt_groups',
    'responses',
    'response_versions',
    'transitions',
    'signed_responses',
    'site_versions',
    'audit_entries',
    'audit_checkpoints',
    'studies',
  ])
    assert.ok(!columns.some((r) => r.t === table), table)
  const asNode = (statement: string) => query(granted, `SET ROLE levee_node; ${statement}`)
  await assert.rejects(asNode('UPDATE entries SET head = head'), /permission denied/)
  await assert.rejects(asNode('DELETE FROM audit_entries'), /permission denied/)
  await assert.rejects(asNode('CREATE TABLE mine (x int)'), /permission denied/)
  await asNode('INSERT INTO waiting VALUES (1, 1); DELETE FROM waiting')
})

test('a node works as a role that owns nothing: it receives, processes, is told of devices', async () => {
  const database = 'least'
  const owner = cluster.primary.urlOf(database)
  await cluster.primary.query(`CREATE DATABASE ${database}`)
  await cluster.primary.query(`CREATE ROLE least_node LOGIN PASSWORD 'x'`)
  assert.equal((await levee('migrate', '--database', owner, '--grant-to', 'least_node')).code, 0)
  const asNode = new URL(owner)
  asNode.username = 'least_node'
  asNode.password = 'x'
  await using trial = await startTrial({ flags: { database: asNode.href } })
  const [person] = trial.people
  const body = JSON.stringify(diary(person))
  for (const status of [202, 200]) {
    const headers = deviceHeaders(person.token)
    const answer = await fetch(`${trial.http}/v1/submissions`, { method: 'POST', headers, body })
    assert.equal(answer.status, status)
  }
  const { studies } = await trial.settle()
  assert.equal(studies[0]!.applied, 1)
})
