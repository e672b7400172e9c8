// Runs one and the same trial twice, differing in nothing but one patient's arm, and gathers everything that anybody
// without a right to the restricted part can see: answers of the doors with headers, what staff read, metrics, the
// log, what is sent outside, and every column of every table but the restricted ones (P10).
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ControlClient, controlClient } from '../../src/cli/control-client.ts'
import { demoFolder, demoStudyId, studyFiles } from '../../src/cli/demo-study.ts'
import { newSubmissionId } from '../../src/cli/load/submission-id.ts'
import type { ActionResults } from '../../src/processing/staff-actions.ts'
import { openPostgres } from '../../src/storage/postgres.ts'
import { logLines, replaced, shown, steady, tablesOf } from './blinding-seen.ts'
import { noteStaff } from './blinding-staff.ts'
import { startServer, tempFolder } from './crash-server.ts'
import { type Diary, deviceHeaders, diary } from './diary.ts'
import type { Mutant } from './fault-mutants.ts'
import { sharedPostgres } from './postgres-server.ts'
import { type Row, readRows } from './records.ts'
import type { EngineName, Person } from './start-trial.ts'
import { startCatcher } from './webhook-catcher.ts'

/** What was seen: the place → its text, with ids, times and hashes replaced by tokens of their length. */
export type Seen = ReadonlyMap<string, string>

/** One thing a device does; the same bodies serve both runs. */
export type Step = { readonly name: string; readonly body: string; readonly patient: string }

/** Read once: both runs publish the same bytes. */
const files = studyFiles(demoFolder)
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const zone = 'Europe/Berlin'
const patients = ['P-00001', 'P-00002']

/** What both patients do, made once: diaries in all their fates, some of which deviate in one arm only. */
export function castOf(): readonly Step[] {
  const steps: Step[] = []
  const now = Temporal.Now.zonedDateTimeISO(zone).round({ smallestUnit: 'second', roundingMode: 'floor' })
  const items = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`phq9-${i + 1}`, 'several-days']))
  for (const patientId of patients) {
    const person = { patientId, studyId: demoStudyId, zone } as Person
    const day = (
      ago: number,
      answers: Record<string, unknown>,
      rest: Record<string, unknown> = {},
    ): Diary => {
      const sent = diary(person, rest)
      const at = now.subtract({ days: ago }).toString()
      const date = now.subtract({ days: ago }).toPlainDate().toString()
      const times = { startedAt: at, completedAt: at, sentAt: at, occasion: date }
      return { ...sent, ...times, ...rest, answers: { ...sent.answers, ...answers } }
    }
    const add = (name: string, body: Diary) =>
      steps.push({ name, body: JSON.stringify(body), patient: patientId })
    // The pack and the code are those of the study drug: a deviation for the control arm, nothing for the other.
    add('pack of the study drug', day(3, { 'pack-number': '14543' }))
    add('unknown pack', day(2, { 'pack-number': '00000' }))
    add('worst pain', day(1, { pain: 10, 'pack-number': '95409' }))
    add('second entry of a day', day(1, { pain: 2, 'pack-number': '95409' }))
    add('odd answers', day(0, { pain: 77, nausea: 'none-such', unknown: 1, 'rescue-taken': true }))
    const rescue = { 'drug-code': 'MB-301', amount: 1, 'taken-at': now.toString({ timeZoneName: 'never' }) }
    add('study drug as rescue', {
      ...diary(person, { form: 'rescue-medication' }),
      occasion: undefined,
      answers: rescue,
    } as Diary)
    add(
      'item 9',
      day(
        0,
        {},
        {
          form: 'phq-9',
          answers: { ...items, 'phq9-9': 'nearly-every-day', 'phq9-10': 'somewhat-difficult' },
        },
      ),
    )
    add('unknown form', day(0, {}, { form: 'none-such' }))
    add('old version', day(0, {}, { formVersion: '99' }))
    add('clock ahead', day(-2, {}))
  }
  const again = steps[0] as Step
  steps.push({ ...again, name: 'again' })
  const other = { ...(JSON.parse(again.body) as Diary), answers: { pain: 1, 'pack-number': '14543' } }
  steps.push({ ...again, name: 'same id, other content', body: JSON.stringify(other) })
  steps.push({ ...again, name: 'malformed', body: '{' })
  steps.push({
    ...again,
    name: 'of another patient',
    body: JSON.stringify({ ...other, submissionId: newSubmissionId(Date.now()), patientId: 'P-00002' }),
  })
  return steps
}

export type TwinOptions = {
  readonly engine: EngineName
  readonly arms: readonly [string, string]
  readonly mutants?: readonly Mutant[]
}

/** Runs the cast with these arms of the two patients, and tells what was seen. */
export async function seenWith(
  steps: readonly Step[],
  { engine, arms, mutants = [] }: TwinOptions,
): Promise<Seen> {
  using folder = tempFolder()
  await using catcher = await startCatcher(secret)
  await using database = engine === 'postgres' ? await openDatabase() : undefined
  const secrets = join(folder.path, 'secrets')
  await writeFile(secrets, `${secret}\n`, { mode: 0o600 })
  const config = { webhookUrl: catcher.url, webhookSecrets: secrets, log: 'info', ...database?.flags }
  const data = join(folder.path, 'data')
  const seen = new Map<string, string>()
  const note = (place: string, text: string) => void seen.set(place, replaced(text))
  await using server = await startServer({ data, mutants, config })
  const control = controlClient(data)
  const tokens = await enrol(control, arms)
  const rows = database?.rows ?? (async (statement: string) => readRows(data, statement))
  const http = `http://127.0.0.1:${server.port}`
  const positions: string[] = []
  for (const [index, step] of steps.entries()) {
    const answer = await sendOne(http, tokens, step)
    note(`${index} ${step.patient} ${step.name}: answer`, answer)
    positions.push(/"position":(\d+)/.exec(answer)?.[1] ?? '0')
    // One after the other: the order of evidence and entries in the audit log would hang on the moment.
    await settled(control)
  }
  await conflictNoticed(control)
  for (const [index, step] of steps.entries())
    if (step.body.length > 1)
      note(`${index} ${step.patient} ${step.name}: status`, await statusOf(http, tokens, step))
  for (const patient of patients) await notePhone(http, tokens.get(patient) as string, patient, note)
  await sentAll(rows)
  // Sets the alerts that were sent to "delivered"; otherwise done once a minute.
  await control.act({ do: 'tend-alerts' } as never, 'test')
  await noteStaff({ control, http, positions }, note)
  // What the staff did told a receiver something too.
  await sentAll(rows)
  await staffViews(control, note)
  note('metrics', await restingMetrics(http))
  note(
    'sent outside',
    catcher.caught
      .map(({ headers, body }) => `${headers['content-length']} ${body}`)
      .sort()
      .join('\n'),
  )
  for (const [table, text] of await tablesOf(rows, engine)) note(`table ${table}`, text)
  await server.stop()
  note('log', logLines(server.errors()))
  return seen
}

/** The places that differ, each with its first difference. */
export function differences(
  one: Seen,
  other: Seen,
): readonly { place: string; one: string; other: string }[] {
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((place) => {
    const [a, b] = [one, other].map((seen) => (seen.get(place) ?? '(nothing)').split('\n')) as [
      string[],
      string[],
    ]
    const line = Array.from({ length: Math.max(a.length, b.length) }).findIndex((_, at) => a[at] !== b[at])
    return line < 0 ? [] : [{ place, ...around(a[line] ?? '(no line)', b[line] ?? '(no line)') }]
  })
}

/** Both texts from a little before where they part. */
function around(one: string, other: string): { one: string; other: string } {
  let at = 0
  while (at < one.length && one[at] === other[at]) at += 1
  const from = Math.max(0, at - 60)
  return { one: one.slice(from, at + 200), other: other.slice(from, at + 200) }
}

async function enrol(control: ControlClient, arms: readonly string[]): Promise<Map<string, string>> {
  const studyId = demoStudyId
  await control.act({ do: 'publish', files } as never, 'test')
  const enrolledOn = Temporal.Now.plainDateISO('UTC').subtract({ days: 30 }).toString()
  const wanted = patients.map((patientId, i) => ({
    patientId,
    siteId: '201',
    arm: arms[i],
    zone,
    language: 'en',
    enrolledOn,
  }))
  await control.act({ do: 'create-patients', studyId, patients: wanted } as never, 'test')
  const issue = { do: 'issue-tokens', studyId, patientIds: patients, limit: 2, label: 'test', replace: true }
  const { issued } = (await control.act(issue as never, 'test')) as ActionResults['issue-tokens']
  return new Map(patients.map((patientId, i) => [patientId, issued[i]?.token as string]))
}

async function sendOne(
  http: string,
  tokens: ReadonlyMap<string, string>,
  { body, patient }: Step,
): Promise<string> {
  const headers = deviceHeaders(tokens.get(patient) as string)
  return shown(await fetch(`${http}/v1/submissions`, { method: 'POST', headers, body }))
}

async function statusOf(
  http: string,
  tokens: ReadonlyMap<string, string>,
  { body, patient }: Step,
): Promise<string> {
  const { submissionId } = JSON.parse(body) as Diary
  return shown(
    await fetch(`${http}/v1/submissions/${submissionId}`, {
      headers: deviceHeaders(tokens.get(patient) as string),
    }),
  )
}

/** What a phone reads: today and its forms. The key that verifies receipts is another one on each server. */
async function notePhone(
  http: string,
  token: string,
  patient: string,
  note: (place: string, text: string) => void,
): Promise<void> {
  const ask = async (path: string) =>
    (await fetch(`${http}${path}`, { headers: { authorization: `Bearer ${token}` } })).json()
  const { receiptKeys: _, ...told } = (await ask('/v1/device/today')) as {
    receiptKeys: unknown
    forms: { url: string }[]
  }
  note(`${patient} today`, JSON.stringify(told))
  for (const { url } of told.forms) note(`${patient} ${url}`, JSON.stringify(await ask(url)))
}

async function staffViews(
  control: ControlClient,
  note: (place: string, text: string) => void,
): Promise<void> {
  const study = `studyId=${demoStudyId}`
  const paths = [
    `/patients?${study}&limit=50`,
    ...patients.map((patient) => `/patients/${demoStudyId}/${patient}`),
    `/held?${study}&all=true`,
    '/studies',
    `/studies/${demoStudyId}`,
  ]
  for (const path of paths) note(`staff ${path}`, await textOf(control, path))
  const history: unknown[] = []
  for await (const line of control.lines('/history?from=1&to=1000')) history.push(line)
  note('staff /history', history.map((line) => JSON.stringify(line)).join('\n'))
  const { ledger, problems } = await control.get<{ ledger: unknown; problems: unknown }>('/status')
  note('staff /status', JSON.stringify({ ledger, problems }))
}

async function textOf(control: ControlClient, path: string): Promise<string> {
  const answer = await control.get<unknown>(path).catch((error: Error) => error.message)
  return typeof answer === 'string' ? answer : JSON.stringify(answer)
}

async function settled(control: ControlClient): Promise<void> {
  type Ledger = { ledger: { studies: readonly { waiting: number }[] } }
  const last = Date.now() + 20_000
  while (!(await control.get<Ledger>('/status')).ledger.studies.every(({ waiting }) => waiting === 0)) {
    if (Date.now() > last) throw new Error('entries still wait')
    await sleep(10)
  }
}

/** The metrics once they have stopped moving. */
async function restingMetrics(http: string): Promise<string> {
  let before = ''
  for (;;) {
    const now = steady(await (await fetch(`${http}/metrics`)).text())
    if (now === before) return now
    before = now
    await sleep(100)
  }
}

async function sentAll(rows: (statement: string) => Promise<Row[]>): Promise<void> {
  const last = Date.now() + 20_000
  while (((await rows('SELECT 1 AS one FROM outbox WHERE sent_at IS NULL')).length ?? 0) > 0) {
    if (Date.now() > last) throw new Error('messages still wait')
    await sleep(20)
  }
}

/** The second body of the cast is looked at after the entries. */
async function conflictNoticed(control: ControlClient): Promise<void> {
  const last = Date.now() + 20_000
  while ((await control.get<{ conflicts: unknown[] }>('/held?all=true')).conflicts.length === 0) {
    if (Date.now() > last) throw new Error('the conflict was not noticed')
    await sleep(10)
  }
}

async function openDatabase() {
  const server = await sharedPostgres()
  const url = await server.freshDatabase()
  const db = await openPostgres(url, { copies: 'one', name: 'test', connections: 1 })
  return {
    flags: { database: url, copies: 'one' },
    rows: async (statement: string) => (await db.pool.query<Row>(statement)).rows,
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]()
      await server.dropDatabase(url)
    },
  }
}
