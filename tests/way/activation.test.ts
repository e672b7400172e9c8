// Activation as a phone lives it, through the HTTP door on both engines: a code of `levee patient activate`, a wrong
// one, too many, a new phone, a lost answer, a tablet of the site.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { newCode } from '../../src/identity/activation-code.ts'
import { doorsOf } from '../contract/doors.ts'
import { deviceHeaders, diary } from '../support/diary.ts'
import { engineNames, type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'

const run = promisify(execFile)
const cli = fileURLToPath(new URL('../../src/cli/levee.ts', import.meta.url))

const newKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ type: 'spki', format: 'der' })
    .toString('base64')

/** Each caller its own address, so that one test's refusals do not limit the next. */
let caller = 0
const nextAddress = (): string => `198.51.100.${++caller}`

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
type Answer = { status: number; headers: Headers; body: any }

function phonesOf(trial: () => RunningTrial) {
  const activate = async (
    code: string,
    { publicKey = newKey(), address = nextAddress(), language = 'en', ...more }: Record<string, string> = {},
  ): Promise<Answer> => {
    const answer = await fetch(`${trial().http}/v1/activation`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'accept-language': language,
        'x-forwarded-for': `203.0.113.7, ${address}`,
      },
      body: JSON.stringify({ code, publicKey, app: { name: 'levee-web', version: '1.0.0' }, ...more }),
    })
    return { status: answer.status, headers: answer.headers, body: await answer.json() }
  }
  return {
    activate,
    async codeFor(patientId: string): Promise<string> {
      const wanted = { studyId: trial().studyId, patientIds: [patientId], validMs: 3_600_000 }
      const [issued] = await trial().control.codes(wanted, 'test')
      return issued!.code
    },
    async send(person: Person, token: string, changes = {}): Promise<Answer> {
      const body = JSON.stringify(diary(person, changes))
      const sent = { method: 'POST', headers: deviceHeaders(token), body }
      const answer = await fetch(`${trial().http}/v1/submissions`, sent)
      return { status: answer.status, headers: answer.headers, body: await answer.json() }
    },
    async read(token: string, path = `/v1/submissions/${crypto.randomUUID()}`): Promise<number> {
      const answer = await fetch(`${trial().http}${path}`, { headers: { authorization: `Bearer ${token}` } })
      await answer.text()
      return answer.status
    },
  }
}

for (const engine of engineNames)
  suite(engine, () => {
    let trial: RunningTrial
    const { activate, codeFor, send, read } = phonesOf(() => trial)
    before(async () => {
      // Behind a proxy, as in earnest: the address that counts is the one the proxy wrote.
      trial = await startTrial({ engine, flags: { behindTls: 'true' } })
    })
    after(() => trial[Symbol.asyncDispose]())

    test('a code, however it is written, makes a phone that sends at once', async () => {
      const [person] = trial.people
      const code = await codeFor(person.patientId)
      const typed = `  ${code.slice(0, 5).toLowerCase()} - ${code.slice(5)} `
      const { status, body, headers } = await activate(typed)
      assert.equal(status, 201)
      assert.equal(headers.get('cache-control'), 'no-store')
      const { token, deviceId, ...rest } = body
      assert.deepEqual(rest, { studyId: trial.studyId, patientId: person.patientId, kind: 'own', form: null })
      assert.match(token, /^lvd_/)
      assert.ok(Number.isInteger(deviceId))
      assert.equal((await send(person, token)).status, 202)
      const rows = await trial.rows('SELECT kind, app FROM devices WHERE device_id = ?', [deviceId])
      assert.deepEqual({ ...rows[0] }, { kind: 'own', app: 'levee-web 1.0.0' })
    })

    test('P12: every wrong code has the same answer, and the database holds no code', async () => {
      const [, person] = trial.people
      const used = await codeFor(person!.patientId)
      assert.equal((await activate(used)).status, 201)
      const misspelt = used.slice(0, 9) + (used.endsWith('3') ? '4' : '3')
      const answers = [
        await activate(used),
        await activate(newCode()),
        await activate(misspelt),
        await activate(''),
      ]
      const texts = answers.map(({ status, body }) => JSON.stringify([status, body]))
      assert.deepEqual(new Set(texts).size, 1, texts.join('\n'))
      assert.deepEqual([answers[0]!.status, answers[0]!.body.code], [403, 'activation.refused'])
      const zh = await activate(newCode(), { language: 'zh-CN' })
      assert.match(zh.body.detail, /激活码/)
      const rows = await trial.rows('SELECT * FROM activation_codes')
      assert.ok(rows.length > 0)
      assert.doesNotMatch(JSON.stringify(rows), new RegExp(used))
    })

    test('one key wrong, one body too large: refused before a code is looked at', async () => {
      const [person] = trial.people
      const code = await codeFor(person.patientId)
      const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey
      for (const publicKey of [
        '',
        'AAAA',
        other.export({ type: 'spki', format: 'der' }).toString('base64'),
      ]) {
        const { status, body } = await activate(code, { publicKey })
        assert.deepEqual([status, body.member], [400, 'publicKey'])
      }
      assert.equal((await activate(code, { padding: 'x'.repeat(5000) })).status, 413)
      assert.equal((await activate(code, { unsentElsewhere: 'maybe' })).body.member, 'unsentElsewhere')
      assert.equal((await activate(code)).status, 201)
    })

    test('after ten refusals an address must wait; the last hop is the address, not what the caller says', async () => {
      const [person] = trial.people
      const address = nextAddress()
      for (let i = 0; i < 10; i++) assert.equal((await activate(newCode(), { address })).status, 403)
      const code = await codeFor(person.patientId)
      const { status, body, headers } = await activate(code, { address })
      assert.deepEqual([status, body.code], [429, 'activation.too-many'])
      assert.ok(Number(headers.get('retry-after')) > 0)
      assert.equal((await activate(code)).status, 201)
    })

    test('a code has five wrong tries from anywhere, at once or one by one', async () => {
      const code = newCode()
      const answers = await Promise.all(Array.from({ length: 8 }, () => activate(code)))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [403, 403, 403, 403, 403, 429, 429, 429])
    })

    test('two phones with one code: exactly one wins', async () => {
      const [, , person] = trial.people
      const code = await codeFor(person!.patientId)
      const answers = await Promise.all([activate(code), activate(code), activate(code)])
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 403, 403])
    })

    test('a replaced phone hands in what it holds and has nothing else; a revoked one has nothing', async () => {
      const [, , , person] = trial.people
      const old = (await activate(await codeFor(person!.patientId))).body.token
      assert.equal(await read(old), 404)
      const present = (await activate(await codeFor(person!.patientId))).body.token
      assert.equal((await send(person!, old)).status, 202)
      assert.equal(await read(old), 410)
      for (const path of ['/v1/device/today', '/fhir/Questionnaire/daily-diary'])
        assert.equal(await read(old, path), 410, path)
      assert.equal(await read(present), 404)
      assert.equal(await read(present, '/v1/device/today'), 200)
      await trial.revoke(person!.patientId)
      for (const token of [old, present]) {
        assert.equal((await send(person!, token)).status, 401)
        assert.equal(await read(token), 401)
      }
    })

    test('a phone that sends hundreds in a second is held back; a token of the command line is not', async () => {
      const person = trial.people[4]!
      const { token } = (await activate(await codeFor(person.patientId))).body
      const body = JSON.stringify(Array.from({ length: 400 }, () => diary(person)))
      const results = async (bearer: string) => {
        const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
        const answer = await fetch(`${trial.http}/v1/submissions/batch`, { method: 'POST', headers, body })
        return (await answer.json()) as { status: number; code?: string; retryAfter?: number }[]
      }
      const phone = await results(token)
      assert.deepEqual(
        [...Map.groupBy(phone, ({ status }) => status)].map(([status, all]) => [status, all.length]),
        [
          [202, 300],
          [429, 100],
        ],
      )
      assert.equal(phone.at(-1)?.code, 'device.too-many')
      const next = await send(person, token)
      assert.ok(next.status === 429 ? Number(next.headers.get('retry-after')) >= 1 : next.status === 202)
      for (const door of ['http', 'grpc', 'grpc-stream'] as const) {
        const call = doorsOf(trial.http, trial.grpc)[door]
        const tries = Array.from({ length: 60 }, () => call(`Bearer ${token}`, JSON.stringify(diary(person))))
        const held = (await Promise.all(tries)).filter(
          (a) => a.kind === 'problem' && a.code === 'device.too-many',
        )
        assert.ok(held.length > 0, door)
      }
      assert.ok((await results(person.token)).every(({ status }) => status === 200 || status === 202))
    })

    test('a lost answer: the same phone asks again and only its new token counts', async () => {
      const [, , , , person] = trial.people
      const code = await codeFor(person!.patientId)
      const publicKey = newKey()
      const [lost, got] = [await activate(code, { publicKey }), await activate(code, { publicKey })]
      assert.deepEqual([lost.status, got.status], [201, 201])
      assert.equal(got.body.deviceId, lost.body.deviceId)
      assert.equal(await read(lost.body.token), 401)
      assert.equal((await send(person!, got.body.token)).status, 202)
    })

    test('a tablet sends its one form, once, and reads nothing of the patient', async () => {
      const [, , , , , person] = trial.people
      const staff = (await trial.control.act(
        {
          do: 'create-staff',
          studyId: trial.studyId,
          staffId: 'nurse',
          name: 'N',
          role: 'site-nurse',
          sites: null,
        },
        'test',
      )) as { token: string }
      const url = `${trial.http}/v1/studies/${trial.studyId}/patients/${person!.patientId}/handover`
      const headers = { authorization: `Bearer ${staff.token}`, 'content-type': 'application/json' }
      const post = (body: object) => fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
      assert.equal((await post({ form: 'none-such' })).status, 400)
      const answer = await post({ form: 'daily-diary' })
      assert.equal(answer.status, 201)
      const handed = (await answer.json()) as { code: string; url: string; expiresAt: string }
      assert.equal(handed.url, `/app/#/activate?code=${handed.code}`)
      assert.ok(Date.parse(handed.expiresAt) > Date.now())
      const { body } = await activate(handed.code)
      assert.deepEqual(
        [body.kind, body.form],
        ['clinic', { form: 'daily-diary', formVersion: '1', occasion: null }],
      )
      assert.equal((await send(person!, body.token, { form: 'phq-9' })).body.code, 'token.other-form')
      const once = diary(person!)
      const { submissionId } = once
      assert.equal((await send(person!, body.token, once)).status, 202)
      assert.equal((await send(person!, body.token, once)).status, 200)
      assert.equal((await send(person!, body.token)).status, 403)
      assert.equal(await read(body.token, `/v1/submissions/${submissionId}`), 403)
    })
  })

test('postgres: what one node activates counts at the other, and the phone it replaced is replaced there', async () => {
  await using here = await startTrial({ engine: 'postgres', patients: 1, flags: { behindTls: 'true' } })
  const folder = await mkdtemp(join(tmpdir(), 'levee-second-'))
  await cp(join(here.folder, 'keys'), join(folder, 'keys'), { recursive: true })
  try {
    await using there = await startTrial({
      folder,
      patients: 1,
      flags: { database: here.database!, copies: 'one', node: 'second', behindTls: 'true' },
    })
    const [a, b] = [phonesOf(() => here), phonesOf(() => there)]
    const { patientId } = here.people[0]
    const old = (await a.activate(await a.codeFor(patientId))).body.token
    await eventually(async () => (await b.read(old)) === 404)
    // A code of one node is good at the other: the key of the hashes is the same.
    const present = (await b.activate(await a.codeFor(patientId))).body.token
    assert.equal(await b.read(old), 410)
    await eventually(async () => (await a.read(old)) === 410 && (await a.read(present)) === 404)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('levee patient activate: codes and sheets as a user gets them', async () => {
  await using trial = await startTrial({ patients: 6 })
  const sheet = join(trial.folder, 'sheet.html')
  const levee = async (...args: string[]) => {
    const { stdout } = await run(process.execPath, [
      cli,
      'patient',
      'activate',
      ...args,
      '--data',
      trial.folder,
    ])
    return stdout
  }
  const one = await levee('P-00001', '--url', 'https://diary.example', '--sheet', sheet)
  const code = /Code: +([A-Z0-9]{5})-([A-Z0-9]{5}) /.exec(one)!
  assert.match(one, new RegExp(`https://diary.example/app/#/activate\\?code=${code[1]}${code[2]}`))
  assert.match(await readFile(sheet, 'utf8'), new RegExp(`${code[1]}-${code[2]}`))
  assert.equal((await stat(sheet)).mode & 0o777, 0o600)
  const many = JSON.parse(await levee('--site', '101', '--json')) as { patientId: string }[]
  assert.deepEqual(
    many.map(({ patientId }) => patientId),
    trial.people.filter(({ siteId }) => siteId === '101').map(({ patientId }) => patientId),
  )
  await assert.rejects(levee('P-1', '--url', 'http://diary.example'), { code: 2, stderr: /https/ })
  await assert.rejects(levee(), { code: 2, stderr: /--site/ })
  await assert.rejects(levee('P-none'), { code: 1, stderr: /no patient P-none/ })
})

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, 'it never came to be')
    await sleep(10)
  }
}
