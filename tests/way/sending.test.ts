// One attempt after the other against receivers that behave well, badly and not at all; then the whole way, from a
// diary to the request that tells the site of an alert.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo, LookupFunction } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { claimStore, dueReader } from '../../src/sending/claim-store.sqlite.ts'
import type { ClaimedMessage } from '../../src/sending/claim-store.ts'
import { sqliteClaims } from '../../src/sending/claims.sqlite.ts'
import { readReceiver } from '../../src/sending/receiver.ts'
import { sender } from '../../src/sending/sender.ts'
import type { Outcome } from '../../src/sending/settlement.ts'
import { webhook } from '../../src/sending/webhook.ts'
import { inTransaction, openReader, openWriter } from '../../src/storage/sqlite.ts'
import { deviceHeaders, diary } from '../support/diary.ts'
import { readRows } from '../support/records.ts'
import { type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'
import { type Answer, startCatcher } from '../support/webhook-catcher.ts'

const bytes = (fill: number) => Buffer.alloc(32, fill)
const secret = `whsec_${bytes(7).toString('base64')}`
const message: ClaimedMessage = {
  messageId: 'S:1:r',
  studyId: 'S',
  kind: 'alert.raised',
  record: 'response:1',
  payload: '{"patientId":"P","rule":"r","severity":"high"}',
  createdAt: 0,
  attempts: 0,
  firstAttemptAt: undefined,
  claimedUntil: Number.MAX_SAFE_INTEGER,
}
type Options = { lookup?: LookupFunction; withinMs?: number; secrets?: Buffer[]; allowPrivate?: boolean }
async function attempt(url: string, options: Options = {}): Promise<Outcome> {
  const { allowPrivate = false, secrets = [bytes(7)], ...rest } = options
  using hook = webhook({ receiver: readReceiver(url, allowPrivate), secrets, now: Date.now, ...rest })
  return await hook.deliver(message)
}
/** The outcome of one attempt, and how many requests came. */
async function answered(answer: Answer, options: Options = {}): Promise<[Outcome, number]> {
  await using catcher = await startCatcher(secret, answer)
  const outcome = await attempt(catcher.url, options)
  return [outcome, catcher.caught.length]
}
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end()

test('a request as the contract says: signed, CloudEvents, ids only', async () => {
  await using catcher = await startCatcher(secret)
  assert.deepEqual(await attempt(catcher.url), { state: 'sent', code: '204' })
  const [{ headers, event, verified }] = catcher.caught as [(typeof catcher.caught)[0]]
  assert.ok(verified)
  assert.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8')
  assert.match(String(headers['user-agent']), /^levee\//)
  assert.deepEqual([event.id, event.type, event.subject], ['S:1:r', 'org.levee.alert.raised', 'response:1'])
  assert.deepEqual(event.data, { studyId: 'S', patientId: 'P', rule: 'r', severity: 'high' })
})

test('while secrets rotate a receiver with either of them can verify; control: with another it cannot', async () => {
  await using catcher = await startCatcher(secret)
  await attempt(catcher.url, { secrets: [bytes(9), bytes(7)] })
  await attempt(catcher.url, { secrets: [bytes(7), bytes(9)] })
  await attempt(catcher.url, { secrets: [bytes(9)] })
  assert.deepEqual(
    catcher.caught.map(({ verified }) => verified),
    [true, true, false],
  )
})

test('what each status means', async () => {
  for (const code of [200, 202, 204]) assert.equal((await answered(status(code)))[0].state, 'sent', `${code}`)
  assert.deepEqual(await answered(status(410)), [{ state: 'given-up', code: '410' }, 1])
  for (const code of [304, 400, 401, 404, 500, 502, 504])
    assert.deepEqual((await answered(status(code)))[0], { state: 'again', code: `${code}` })
  for (const code of [429, 503]) {
    const [outcome] = await answered(status(code, { 'retry-after': '7' }))
    assert.deepEqual(outcome, { state: 'again', code: `${code}`, retryAfterMs: 7000 })
  }
  const [dated] = await answered(status(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }))
  assert.ok(dated.retryAfterMs! > 50_000 && dated.retryAfterMs! <= 60_000)
  assert.equal((await answered(status(503, { 'retry-after': '999999999' })))[0].retryAfterMs, 86_400_000)
  assert.deepEqual((await answered(status(503, { 'retry-after': 'soon' })))[0], {
    state: 'again',
    code: '503',
  })
  assert.deepEqual((await answered(status(500, { 'retry-after': '7' })))[0], { state: 'again', code: '500' })
})

test('P12: no redirect is followed', async () => {
  await using elsewhere = await startCatcher(secret)
  for (const code of [301, 302, 303, 307, 308])
    assert.deepEqual(await answered(status(code, { location: elsewhere.url })), [
      { state: 'again', code: `${code}` },
      1,
    ])
  assert.equal(elsewhere.caught.length, 0)
})

test('P12: a name that leads inside is refused at each connection, and nothing is sent; control: its twin is reached', async () => {
  await using catcher = await startCatcher(secret)
  const { port } = new URL(catcher.url)
  let asked = 0
  const to =
    (...addresses: string[]): LookupFunction =>
    (_name, options, callback) => {
      asked += 1
      const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
      if (options.all) callback(null, all)
      else callback(null, all[0]!.address, all[0]!.family)
    }
  const refused = { state: 'again', code: 'address-refused' }
  const inside = ['10.0.0.1', '169.254.169.254', '::1', '127.0.0.1', 'fe80::1', '::ffff:127.0.0.1']
  for (const address of inside) {
    const lookups = [to(address), to('93.184.216.34', address)]
    for (const lookup of lookups)
      assert.deepEqual(await attempt(`https://name.example:${port}/`, { lookup }), refused, address)
  }
  assert.deepEqual(
    await attempt(`https://name.example:${port}/`, { lookup: to('127.0.0.1'), allowPrivate: true }),
    refused,
  )
  assert.deepEqual(await attempt(`http://localhost:${port}/`, { lookup: to('93.184.216.34') }), refused)
  assert.equal(asked, inside.length * 2 + 2)
  assert.equal(catcher.caught.length, 0)
  assert.deepEqual(await attempt(`http://localhost:${port}/`, { lookup: to('127.0.0.1') }), {
    state: 'sent',
    code: '204',
  })
})

test('P12: a name that changes its mind gains nothing: it is asked once for a connection, and that answer is used', async () => {
  await using catcher = await startCatcher(secret)
  const answers = ['127.0.0.1', '10.0.0.1']
  const rebinding: LookupFunction = (_name, options, callback) => {
    const address = answers.shift() ?? '10.0.0.1'
    if (options.all) callback(null, [{ address, family: 4 }])
    else callback(null, address, 4)
  }
  const url = `http://localhost:${new URL(catcher.url).port}/`
  assert.deepEqual(await attempt(url, { lookup: rebinding }), { state: 'sent', code: '204' })
  assert.deepEqual(answers, ['10.0.0.1'])
  assert.equal((await attempt(url, { lookup: rebinding })).code, 'address-refused')
  assert.equal(catcher.caught.length, 1)
})

test('a receiver that never answers, drips, or hangs up costs its time limit at most, and no more than a little memory', async () => {
  const withinMs = 300
  const timed = async (work: Promise<unknown>) => {
    const from = performance.now()
    await work
    return performance.now() - from
  }
  const silent = answered(() => {}, { withinMs })
  assert.ok((await timed(silent)) < withinMs + 1000)
  assert.deepEqual(await silent, [{ state: 'again', code: 'timeout' }, 1])
  assert.deepEqual((await answered((_, r) => void r.destroy()))[0], { state: 'again', code: 'ECONNRESET' })
  const endless: Answer = (_, response) => {
    response.writeHead(200)
    const more = () => response.write(Buffer.alloc(65_536)) && setImmediate(more)
    response.on('drain', more)
    response.on('close', () => closed.resolve(response.socket?.bytesWritten ?? 0))
    more()
  }
  const closed = Promise.withResolvers<number>()
  assert.deepEqual((await answered(endless))[0], { state: 'sent', code: '200' })
  await closed.promise
  const headers = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x-${i}`, 'y'.repeat(100)]))
  assert.deepEqual((await answered(status(200, headers)))[0], { state: 'again', code: 'HPE_HEADER_OVERFLOW' })
})

test('what is no HTTP, or nothing at all, is an attempt that failed', async () => {
  const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'
  for (const text of ['SSH-2.0-OpenSSH\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', upgrade, '']) {
    const server = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end(text),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    for (const scheme of ['http', 'https'])
      assert.equal((await attempt(`${scheme}://127.0.0.1:${port}/`)).state, 'again', `${scheme} ${text}`)
    await new Promise((resolve) => server.close(resolve))
    const nobody = await attempt(`http://127.0.0.1:${port}/`)
    assert.deepEqual(nobody, { state: 'again', code: 'ECONNREFUSED' })
  }
})

test('a payload that is no JSON or too long is given up without a request', async () => {
  await using catcher = await startCatcher(secret)
  using hook = webhook({ receiver: readReceiver(catcher.url, false), secrets: [bytes(7)], now: Date.now })
  assert.deepEqual(await hook.deliver({ ...message, payload: '{' }), {
    state: 'given-up',
    code: 'unreadable',
  })
  const long = JSON.stringify({ patientId: 'x'.repeat(20_000) })
  assert.deepEqual(await hook.deliver({ ...message, payload: long }), {
    state: 'given-up',
    code: 'too-large',
  })
  assert.equal(catcher.caught.length, 0)
})

test('P3 P10: from the diary to the site: the alert’s message arrives with a stable id, without answers and without the arm', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'levee-'))
  try {
    const people = await reportItem9(folder)
    await using catcher = await startCatcher(
      secret,
      ({ time }, r) => void r.writeHead(time === 1 ? 500 : 204).end(),
    )
    await sendFrom(folder, catcher.url, () => catcher.until(() => catcher.caught.length >= 2 * people.length))
    assert.deepEqual(
      new Set(catcher.caught.map(({ event }) => event.data.patientId)),
      new Set(people.map(({ patientId }) => patientId)),
    )
    const shapes = catcher.caught.map(({ headers, body }) => {
      const { 'webhook-id': _, 'webhook-timestamp': __, 'webhook-signature': ___, ...rest } = headers
      return (
        JSON.stringify(rest) +
        body.replace(/response:\d+|P-\d+|MORNING-301:\d+|"(time|completedAt|receivedAt)":"[^"]+"/g, '_')
      )
    })
    assert.equal(new Set(shapes).size, 1, 'two arms, one shape')
    for (const { id, body, event, verified } of catcher.caught) {
      assert.ok(verified)
      assert.equal(event.type, 'org.levee.alert.raised')
      assert.equal(id, `MORNING-301:${event.subject.split(':')[1]}:phq-9-item-9`)
      assert.doesNotMatch(body, /several|nearly|every-day|"arm"|G1|G2/)
      assert.equal(body, catcher.caught.find((c) => c.id === id)!.body)
    }
    const control = JSON.stringify({ ...catcher.caught[0]!.event, arm: people[0]!.arm })
    assert.match(control, /"arm"|G1|G2/, 'control: what must not be there would be found')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('P3: a server with a webhook tells it of an alert, shows what it did, and sends again what was given up when a person says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'levee-'))
  let gone = true
  await using catcher = await startCatcher(secret, (_, r) => void r.writeHead(gone ? 410 : 204).end())
  const webhookSecrets = join(folder, 'webhook-secrets')
  await writeFile(webhookSecrets, `${secret}\n`, { mode: 0o600 })
  const flags = { webhookUrl: catcher.url, webhookSecrets }
  try {
    await using trial = await startTrial({ folder, patients: 12, flags })
    await tellItem9(trial, trial.people[0])
    await catcher.until(() => catcher.caught.length === 1)
    type Outbox = { open: number; givenUp: number; sender: { sent: number; failed: number } }
    const outbox = async () => (await trial.control.get<{ outbox: Outbox }>('/status')).outbox
    while ((await outbox()).givenUp === 0) await sleep(10)
    gone = false
    const reopen = { do: 'reopen-messages', studyId: trial.studyId } as never
    assert.deepEqual(await trial.control.act(reopen, 'the receiver is back'), { reopened: 1 })
    await catcher.until(() => catcher.caught.length === 2)
    // The sender counts a delivery before the trial thread has noted it.
    const isOpen = ({ open, sender }: Outbox) => open > 0 || sender.sent === 0
    while (isOpen(await outbox())) await sleep(10)
    assert.deepEqual({ ...(await outbox()), sender: 0 }, { open: 0, givenUp: 0, sender: 0 })
    assert.equal(new Set(catcher.ids()).size, 1)
    assert.ok(catcher.caught.every(({ verified }) => verified))
    const leaf = "SELECT leaf FROM audit_entries WHERE leaf LIKE '%messages.reopened%'"
    assert.match(String(readRows(folder, leaf)[0]?.leaf), /the receiver is back/)
    const metrics = await (await fetch(`${trial.http}/metrics`)).text()
    assert.match(metrics, /levee_webhook_sent_total 1/)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

/** A patient of either arm answers item 9; the server has stopped when this returns. */
async function reportItem9(folder: string) {
  await using trial = await startTrial({ folder, patients: 12 })
  const people = ['G1', 'G2'].map((arm) => trial.people.find((p) => p.arm === arm)!)
  for (const person of people) await tellItem9(trial, person)
  await trial.settle()
  return people
}

async function tellItem9(trial: RunningTrial, person: Person): Promise<void> {
  const items = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`phq9-${i + 1}`, 'several-days']))
  const answers = { ...items, 'phq9-9': 'nearly-every-day', 'phq9-10': 'somewhat-difficult' }
  const answer = await fetch(`${trial.http}/v1/submissions`, {
    method: 'POST',
    headers: deviceHeaders(person.token),
    body: JSON.stringify(diary(person, { form: 'phq-9', answers })),
  })
  assert.equal(answer.status, 202)
}

/** Sends from a data folder until the condition holds, then stops and looks that nothing is open. */
async function sendFrom(folder: string, url: string, until: () => Promise<void>): Promise<void> {
  const [db, reader] = [openWriter(join(folder, 'trial.db')), openReader(join(folder, 'trial.db'))]
  const store = claimStore(db)
  const settle = async (results: Parameters<typeof store.settle>[1]) =>
    inTransaction(db, (tx) => store.settle(tx, results))
  using hook = webhook({ receiver: readReceiver(url, false), secrets: [bytes(7)], now: Date.now })
  const sending = sender({
    claims: sqliteClaims(dueReader(reader), settle),
    deliver: (m) => hook.deliver(m),
    now: Date.now,
    random: Math.random,
    onTrouble: assert.fail,
  })
  void sending.run()
  await until()
  await sending.stop()
  assert.deepEqual(store.figures(), { open: 0, oldestOpenAt: undefined, givenUp: 0 })
  reader.close()
  db.close()
}
