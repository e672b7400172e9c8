// Reminders the whole way: a phone subscribes, the server plans, encrypts and sends, a push service and a phone of our
// own read what came; where no push arrives an e-mail does, over a real SMTP server, and else an SMS (U20).
import assert from 'node:assert/strict'
import { createECDH } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'
import { demoFolder, studyFiles } from '../../src/cli/demo-study.ts'
import { startLevee } from '../../src/main.ts'
import type { ActionResults } from '../../src/processing/staff-actions.ts'
import { readEndpoint } from '../../src/sending/reminders/endpoint.ts'
import { reminderKeysOf } from '../../src/sending/reminders/reminder-keys.ts'
import { readConfig } from '../../src/system/config.ts'
import {
  decrypt,
  type PhoneSubscription,
  type PushService,
  startPushService,
} from '../support/push-service.ts'
import { type RunningTrial, startTrial, type TrialOptions } from '../support/start-trial.ts'
import { startCatcher } from '../support/webhook-catcher.ts'

test('the phone of the tests reads the example of RFC 8291, appendix A', () => {
  const keys = createECDH('prime256v1')
  keys.setPrivateKey('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94', 'base64url')
  const body =
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN'
  const text = decrypt(
    Buffer.from(body, 'base64url'),
    keys,
    Buffer.from('BTBZMqHH6r4Tts7J_aSIgg', 'base64url'),
  )
  assert.equal(text, 'When I grow up, I want to be a watermelon')
})

const bytes = Buffer.alloc(32, 5)
const secret = `whsec_${bytes.toString('base64')}`
const studyId = 'REMIND-1'
/** A zone in which it is about noon now, so that no test runs at night. */
const hoursToNoon = 12 - new Date().getUTCHours()
const zone = `Etc/GMT${hoursToNoon > 0 ? '-' : '+'}${Math.abs(hoursToNoon)}`
/** Two minutes ago there: due, and not yet given up. */
const reminder = Temporal.Now.zonedDateTimeISO(zone)
  .subtract({ minutes: 2 })
  .toPlainTime()
  .toString()
  .slice(0, 5)

/** The demo study under another name, that reminds now, and nobody at another minute. */
const files = (): [string, string][] =>
  studyFiles(demoFolder).map(([name, text]) => [
    name,
    name === 'study.yaml'
      ? text
          .replace('id: MORNING-301', `id: ${studyId}`)
          .replace('reminder: "08:00"', `reminder: "${reminder}"`)
          .replace('spread-minutes: 20', 'spread-minutes: 0')
      : text,
  ])

type Patient = { readonly patientId: string; readonly token: string }

/** A server with ways to remind, and patients of whom nobody can be reached yet. */
async function reminding(count: number, flags: Record<string, string>, options: TrialOptions = {}) {
  const trial = await startTrial({
    ...options,
    patients: 1,
    flags: { pushContact: 'mailto:diary@example.org', pushLoopback: 'true', ...flags },
  })
  const act = <R>(action: object) => trial.control.act(action as never, 'test') as Promise<R>
  await act({ do: 'publish', files: files() })
  const today = Temporal.Now.plainDateISO(zone)
  const patientIds = Array.from({ length: count }, (_, n) => `R-${String(n).padStart(3, '0')}`)
  const patients = patientIds.map((patientId) => ({
    ...{ patientId, siteId: trial.people[0].siteId, arm: trial.people[0].arm, zone, language: 'zh-CN' },
    enrolledOn: today.subtract({ days: 10 }).toString(),
  }))
  await act({ do: 'create-patients', studyId, patients })
  const issue = { do: 'issue-tokens', studyId, patientIds, limit: count, label: 'phone', replace: false }
  const { issued } = await act<ActionResults['issue-tokens']>(issue)
  const people = issued.map(({ device, token }): Patient => ({ patientId: device.patientId, token }))
  return { trial, people }
}

const call = async (trial: RunningTrial, { token }: Patient, method: string, path: string, body?: unknown) =>
  fetch(`${trial.http}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const subscribe = async (trial: RunningTrial, person: Patient, subscription: PhoneSubscription) =>
  assert.equal((await call(trial, person, 'PUT', '/v1/device/push', subscription)).status, 204)

/** The reminder of today of each patient, as the log has it. */
async function logOf(trial: RunningTrial): Promise<Map<string, Record<string, unknown>>> {
  const due = 'SELECT * FROM reminders WHERE study_id = ? AND nth = 0 AND planned_for < ?'
  return new Map((await trial.rows(due, [studyId, Date.now()])).map((row) => [String(row.patient_id), row]))
}

async function logged(trial: RunningTrial, patientId: string, state: string) {
  const last = Date.now() + 15_000
  for (;;) {
    const row = (await logOf(trial)).get(patientId)
    if (row?.state === state) return row
    if (Date.now() > last) throw new Error(`${patientId} is ${JSON.stringify(row)}, not ${state}`)
    await sleep(50)
  }
}

/** Waits until an attempt has ended so and another one is planned. */
async function waiting(trial: RunningTrial, patientId: string, outcome: string): Promise<void> {
  for (const last = Date.now() + 15_000; Date.now() < last; await sleep(50)) {
    const [row] = await trial.rows('SELECT * FROM reminders WHERE patient_id = ? AND outcome = ?', [
      patientId,
      outcome,
    ])
    if (row === undefined) continue
    assert.deepEqual([row.state, row.attempts], ['planned', 1])
    return assert.ok(Number(row.next_at) > Date.now(), 'later')
  }
  throw new Error(`no attempt of ${patientId} ended with ${outcome}`)
}

/** What phones of this server subscribe for. */
const pushKeyOf = ({ folder }: RunningTrial): string =>
  reminderKeysOf(readFileSync(join(folder, 'keys', 'receipt-key.pem'), 'utf8')).push.publicKey

/** A mail server; `refuse` answers the recipient with 550. */
async function startMail(refuse: (to: string) => boolean) {
  const mails: { to: string; text: string }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _, done) =>
      done(refuse(address) ? Object.assign(new Error('no such box'), { responseCode: 550 }) : null),
    async onData(stream, session, done) {
      const parts: Buffer[] = []
      for await (const part of stream) parts.push(part as Buffer)
      const [to] = session.envelope.rcptTo
      mails.push({ to: String(to?.address), text: Buffer.concat(parts).toString('utf8') })
      done()
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    mails,
    url: `smtp://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** A server with all ways to remind, six patients, and whoever receives. */
type Scene = {
  readonly trial: RunningTrial
  readonly people: readonly Patient[]
  readonly push: PushService
  readonly mails: readonly { to: string; text: string }[]
  readonly catcher: Awaited<ReturnType<typeof startCatcher>>
}

test('a push, else an e-mail, else an SMS; none tells of the study; a phone that is gone is forgotten', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'levee-remind-'))
  await writeFile(join(folder, 'secrets'), `${secret}\n`, { mode: 0o600 })
  await using mail = await startMail((to) => to === 'gone@example.org')
  await using catcher = await startCatcher(secret)
  const { trial, people } = await reminding(6, {
    publicUrl: 'https://diary.example',
    ...{ smtpUrl: mail.url, mailFrom: 'Diary <diary@example.org>' },
    ...{ smsUrl: catcher.url, smsSecrets: join(folder, 'secrets') },
  })
  await using _ = trial
  await using push = await startPushService(() => pushKeyOf(trial))
  const scene = { trial, people, push, mails: mail.mails, catcher }
  await pushedAndOpened(scene)
  await mailedAndTexted(scene)
  await busyAndGone(scene)
  const all = [
    push.pushed.map(({ text }) => text),
    mail.mails.map(({ text }) => text),
    catcher.caught.map((c) => c.body),
  ]
  for (const word of [studyId, 'MORNING', 'R-00']) assert.ok(!all.flat().join().includes(word), word)
  await rm(folder, { recursive: true })
})

/** What comes is encrypted for the phone and says that there is something to do; the log knows until it is opened. */
async function pushedAndOpened({ trial, people, push }: Scene): Promise<void> {
  const [pushed, gone] = people as [Patient, Patient]
  await subscribe(trial, pushed, push.subscribe('pushed'))
  await push.until(() => push.pushed.length > 0)
  const [first] = push.pushed as [(typeof push.pushed)[0]]
  assert.deepEqual(first.faults, [])
  assert.equal(first.subject, 'mailto:diary@example.org')
  assert.deepEqual([first.headers.urgency, first.headers['content-encoding']], ['normal', 'aes128gcm'])
  const ttl = Number(first.headers.ttl)
  assert.ok(ttl > 0 && ttl <= 86_400, 'until the window closes')
  assert.ok(first.body.length < 3072)
  const told = JSON.parse(first.text) as Record<string, string>
  const row = await logged(trial, pushed.patientId, 'sent')
  assert.deepEqual(told, {
    ...{ id: row.reminder_id, key: `daily-diary/${row.occasion}` },
    ...{ title: '提醒', body: '您的研究应用中有一项待办事项。' },
    ...{ url: `/app/#/reminder/${row.reminder_id}`, tag: first.headers.topic },
  })
  assert.deepEqual([row.channel, row.outcome, row.attempts], ['push', '201', 1])
  const at = '2026-11-22T12:00:00+08:00[Asia/Shanghai]'
  const note = (who: Patient, event: string) =>
    call(trial, who, 'POST', `/v1/device/reminders/${row.reminder_id}`, { event, at })
  assert.equal((await note(gone, 'shown')).status, 404, "another patient's reminder is not there")
  assert.equal((await note(pushed, 'read')).status, 400)
  assert.deepEqual(await (await note(pushed, 'opened')).json(), { key: told.key })
  assert.equal((await logOf(trial)).get(pushed.patientId)?.opened_at, Date.parse('2026-11-22T04:00:00Z'))
}

/** Who has no phone gets an e-mail; whose address is refused, or who has none, gets an SMS. */
async function mailedAndTexted({ trial, people, mails, catcher }: Scene): Promise<void> {
  const [, gone, texted, bounced] = people as [Patient, Patient, Patient, Patient]
  const contact = (one: Patient, kind: 'email' | 'phone', value: string) =>
    trial.control.contact({ studyId, patientId: one.patientId, kind, value }, 'asked for it')
  await contact(gone, 'email', 'gina@example.org')
  await logged(trial, gone.patientId, 'sent')
  assert.equal(mails[0]?.to, 'gina@example.org')
  assert.match(mails[0]!.text, /Auto-Submitted: auto-generated/i)
  await contact(texted, 'phone', '+493055501200')
  await contact(bounced, 'email', 'gone@example.org')
  await contact(bounced, 'phone', '+493055501201')
  const byText = [
    await logged(trial, texted.patientId, 'sent'),
    await logged(trial, bounced.patientId, 'sent'),
  ]
  assert.deepEqual(
    byText.map(({ channel }) => channel),
    ['sms', 'sms'],
  )
  assert.ok(catcher.caught.every(({ verified }) => verified))
  assert.deepEqual(catcher.caught[0]?.event.data, {
    to: '+493055501200',
    text: `您的研究应用中有一项待办事项。 https://diary.example/app/#/reminder/${byText[0]?.reminder_id}`,
  })
}

/** A service that is busy is asked again; one that says "gone" is believed. */
async function busyAndGone({ trial, people, push }: Scene): Promise<void> {
  const [failing, done] = people.slice(4) as [Patient, Patient]
  await subscribe(
    trial,
    failing,
    push.subscribe('failing', () => 503),
  )
  await push.until(() => push.pushed.some(({ phone }) => phone === 'failing'))
  await waiting(trial, failing.patientId, '503')
  await subscribe(
    trial,
    done,
    push.subscribe('done', () => 410),
  )
  const lost = await logged(trial, done.patientId, 'failed')
  assert.deepEqual([lost.channel, lost.outcome], ['push', 'gone'])
  // The writer drops right after it has settled.
  await sleep(300)
  const dropped = await trial.rows(
    'SELECT sealed, dropped_because FROM push_subscriptions WHERE patient_id = ?',
    [done.patientId],
  )
  assert.deepEqual({ ...dropped[0] }, { sealed: null, dropped_because: 'gone' })
}

test('a phone can name no address but that of a public push service', async () => {
  const refused = [
    'http://push.example/a',
    'https://127.0.0.1/a',
    'https://10.0.0.1/a',
    'https://[::1]/a',
    'https://169.254.169.254/latest/meta-data',
    'https://push.example:8443/a',
    'https://user:secret@push.example/a',
    `https://push.example/${'a'.repeat(1100)}`,
  ]
  for (const endpoint of refused) assert.throws(() => readEndpoint(endpoint, false), endpoint)
  assert.equal(readEndpoint('https://push.example/a', false).reach, 'public')
  const { trial, people } = await reminding(1, { pushLoopback: 'false' })
  await using _ = trial
  const keys = { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) }
  const status = async (body: unknown) =>
    (await call(trial, people[0]!, 'PUT', '/v1/device/push', body)).status
  for (const endpoint of refused) assert.equal(await status({ endpoint, keys }), 400, endpoint)
  assert.equal(await status({ endpoint: 'https://push.example/a', keys, more: 1 }), 400)
  assert.equal(await status({ endpoint: 'https://push.example/a', keys: { ...keys, auth: 'short' } }), 400)
  const quiet = (from: string, to: string) =>
    call(trial, people[0]!, 'PUT', '/v1/device/reminders', { enabled: true, quiet: { from, to } })
  assert.equal((await quiet('22:00', '06:30')).status, 204)
  assert.equal((await quiet('22:00', '22:00')).status, 400)
  assert.equal((await quiet('25:00', '06:30')).status, 400)
  assert.deepEqual(await trial.rows('SELECT device_id FROM push_subscriptions'), [])
})

test('what a phone says again is not written, and what it says far too often is refused for a while', async () => {
  const { trial, people } = await reminding(2, {})
  await using _ = trial
  const [one, two] = people as [Patient, Patient]
  const written = async () =>
    (await trial.rows("SELECT leaf FROM audit_entries WHERE leaf LIKE '%device:%'")).length
  const push = (who: Patient, auth: string) =>
    call(trial, who, 'PUT', '/v1/device/push', {
      endpoint: 'https://push.example/a',
      keys: { p256dh: `B${'A'.repeat(86)}`, auth },
    })
  const before = await written()
  for (let n = 0; n < 5; n++) assert.equal((await push(one, 'A'.repeat(22))).status, 204)
  assert.equal(await written(), before + 1, 'the same endpoint is known')
  assert.equal((await push(one, `${'A'.repeat(21)}Q`)).status, 204)
  assert.equal(await written(), before + 2, 'control: another key is not')
  const flood = (n: number) => [
    push(one, `${String(n).padStart(21, '0')}A`),
    call(trial, one, 'PUT', '/v1/device/reminders', { enabled: n % 2 === 0, quiet: null }),
    call(trial, one, 'POST', '/v1/device/held', { held: [], check: [] }),
  ]
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => flood(n)).flat())
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length >= 80 && refused.length <= 100, `${refused.length} of 150 were refused`)
  assert.ok(answers.every(({ status }) => [200, 204, 429].includes(status)))
  assert.ok(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1))
  assert.equal(((await refused[0]!.json()) as { code: string }).code, 'device.too-many')
  assert.equal((await push(two, 'A'.repeat(22))).status, 204, 'another phone is not concerned')
})

test('two nodes of a cluster remind each patient once', async () => {
  const { trial, people } = await reminding(30, {}, { engine: 'postgres' })
  await using _ = trial
  const folder = await mkdtemp(join(tmpdir(), 'levee-second-'))
  await cp(join(trial.folder, 'keys'), join(folder, 'keys'), { recursive: true })
  const flags = { database: trial.database!, copies: 'one', node: 'second', data: folder, log: 'silent' }
  const push = { pushContact: 'mailto:diary@example.org', pushLoopback: 'true' }
  const second = await startLevee(readConfig({ port: '0', grpcPort: '0', ...flags, ...push }, {}))
  try {
    await using service = await startPushService(() => pushKeyOf(trial))
    await Promise.all(people.map((one) => subscribe(trial, one, service.subscribe(one.patientId))))
    await service.until(() => service.pushed.length >= people.length)
    await sleep(1500)
    assert.deepEqual(
      service.pushed.map(({ phone }) => phone).sort(),
      people.map(({ patientId }) => patientId),
    )
    assert.deepEqual(
      service.pushed.flatMap(({ faults }) => faults),
      [],
      'both nodes have one key',
    )
  } finally {
    await second.stop()
    await rm(folder, { recursive: true })
  }
})
