// What a phone asks for: today and its forms, told of what was received, cached by what they are, compressed on the way.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { get } from 'node:http'
import { after, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { deviceHeaders, diary } from '../support/diary.ts'
import { activateBy, activatePhone } from '../support/phone.ts'
import { engineNames, type Person, startTrial } from '../support/start-trial.ts'

type Named = { form: string; formVersion: string }
type Today = {
  serverTime: string
  patient: { id: string; status: string }
  due: (Named & { key: string; occasion: string; state: string; submittedAt: string | null })[]
  events: Named[]
  forms: (Named & { sha256: string; url: string; title: string })[]
  receiptKeys: { id: string; spki: string }[]
}

for (const engine of engineNames)
  describe(engine, async () => {
    const trial = await startTrial({ patients: 12, engine })
    after(() => trial[Symbol.asyncDispose]())

    const ask = (person: Person, path: string, headers: Record<string, string> = {}) =>
      fetch(`${trial.http}${path}`, { headers: { authorization: `Bearer ${person.token}`, ...headers } })
    const today = async (person: Person, language = 'en') => {
      const answer = await ask(person, `/v1/device/today?language=${language}`)
      assert.equal(answer.status, 200)
      return { body: (await answer.json()) as Today, tag: answer.headers.get('etag') ?? '' }
    }

    test(`${engine}: the open diary is due, and submitted once its entry was applied; the tag changes with it alone`, async () => {
      const [person, other] = trial.people as readonly Person[] as [Person, Person]
      const before = await today(person)
      const open = before.body.due.filter(({ form, state }) => form === 'daily-diary' && state === 'open')
      const sent = diary(person)
      assert.deepEqual(
        open.map(({ occasion }) => occasion),
        [sent.occasion],
      )
      const again = await ask(person, '/v1/device/today?language=en', { 'if-none-match': before.tag })
      assert.deepEqual([again.status, await again.text(), again.headers.get('etag')], [304, '', before.tag])
      assert.ok(again.headers.get('date') !== null, 'the time is told with a 304 too')
      const answer = await fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers: deviceHeaders(person.token),
        body: JSON.stringify(sent),
      })
      assert.equal(answer.status, 202)
      await trial.settle()
      const changed = await ask(person, '/v1/device/today?language=en', { 'if-none-match': before.tag })
      assert.equal(changed.status, 200)
      const due = ((await changed.json()) as Today).due.find(
        ({ key }) => key === `daily-diary/${String(sent.occasion)}`,
      )
      assert.equal(due?.state, 'submitted')
      assert.ok(Math.abs(Date.parse(due?.submittedAt ?? '') - Date.now()) < 60_000)
      // Control: whoever sent nothing still has it open.
      const others = (await today(other)).body.due.filter(({ state }) => state === 'submitted')
      assert.deepEqual(others, [])
    })

    test(`${engine}: each form that is named can be fetched, its bytes have the hash, in the language asked for`, async () => {
      const person = trial.people[2] as Person
      const { body } = await today(person, 'zh-CN')
      assert.equal(body.forms.length, 3)
      for (const { url, sha256, form, formVersion, title } of body.forms) {
        const answer = await ask(person, url, { 'accept-encoding': 'identity' })
        const text = await answer.text()
        assert.equal(hash('sha256', text, 'hex'), sha256)
        const plan = JSON.parse(text) as Named & { language: string; title: string }
        assert.deepEqual([plan.form, plan.formVersion, plan.title], [form, formVersion, title])
        assert.equal(plan.language, 'zh')
        assert.match(answer.headers.get('cache-control') ?? '', /immutable/)
        assert.equal(answer.headers.get('etag'), `"${sha256}"`)
        const again = await ask(person, url, { 'if-none-match': `"${sha256}"` })
        assert.equal(again.status, 304)
      }
      const english = (await today(person, 'en')).body.forms
      assert.notEqual(english[0]?.sha256, body.forms[0]?.sha256)
    })

    test(`${engine}: an answer is compressed where the phone takes it`, async () => {
      const person = trial.people[2] as Person
      const raw = await new Promise<{ encoding: string | undefined; bytes: Buffer }>((resolve, reject) => {
        const headers = { authorization: `Bearer ${person.token}`, 'accept-encoding': 'gzip' }
        get(`${trial.http}/v1/device/today`, { headers }, async (answer) => {
          const bytes = Buffer.concat(await answer.toArray())
          resolve({ encoding: answer.headers['content-encoding'], bytes })
        }).on('error', reject)
      })
      assert.equal(raw.encoding, 'gzip')
      assert.equal((JSON.parse(gunzipSync(raw.bytes).toString()) as Today).patient.id, person.patientId)
      assert.ok(raw.bytes.length < 6_000, `${raw.bytes.length} bytes`)
    })

    test(`${engine}: a form in another version, another hash or none is not found; without a hash nothing is immutable`, async () => {
      const person = trial.people[2] as Person
      const status = async (path: string) => {
        const answer = await ask(person, path)
        return [answer.status, ((await answer.json()) as { code?: string }).code]
      }
      const missing = [404, 'record.not-found']
      assert.deepEqual(await status('/v1/device/forms/daily-diary/9'), missing)
      assert.deepEqual(await status('/v1/device/forms/nothing/1'), missing)
      assert.deepEqual(await status('/v1/device/forms/__proto__/1'), missing)
      assert.deepEqual(await status('/v1/device/forms/daily-diary/1?plan=0000000000000000'), missing)
      assert.equal((await status('/v1/device/forms/daily-diary/1?plan=x'))[0], 400)
      const answer = await ask(person, '/v1/device/forms/daily-diary/1')
      assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'private, no-cache'])
    })

    test(`${engine}: P12: without a token, with an unknown or a revoked one there is no answer`, async () => {
      const revoked = trial.people[3] as Person
      assert.equal((await ask(revoked, '/v1/device/today')).status, 200, 'control')
      await trial.revoke(revoked.patientId)
      for (const path of ['/v1/device/today', '/v1/device/forms/daily-diary/1']) {
        assert.equal((await fetch(`${trial.http}${path}`)).status, 401)
        assert.equal((await ask({ ...revoked, token: 'nobody' }, path)).status, 401)
        assert.equal((await ask(revoked, path)).status, 401)
      }
    })

    test(`${engine}: a phone that was replaced is told so, here as anywhere`, async () => {
      const person = trial.people[11] as Person
      const old = { ...person, token: (await activatePhone(trial, person.patientId)).token }
      assert.equal((await ask(old, '/v1/device/today')).status, 200, 'control')
      const now = { ...person, token: (await activatePhone(trial, person.patientId)).token }
      for (const path of ['/v1/device/today', '/v1/device/forms/daily-diary/1']) {
        const answer = await ask(old, path)
        const { code } = (await answer.json()) as { code: string }
        assert.deepEqual([answer.status, code], [410, 'device.replaced'])
        assert.equal((await ask(now, path)).status, 200)
      }
    })

    test(`${engine}: a tablet handed over for one form is told of that form alone`, async () => {
      const person = trial.people[10] as Person
      const staff = { studyId: trial.studyId, staffId: 'nurse', name: 'N', role: 'site-nurse', sites: null }
      const nurse = (await trial.control.act({ do: 'create-staff', ...staff } as never, 'test')) as {
        token: string
      }
      const url = `${trial.http}/v1/studies/${trial.studyId}/patients/${person.patientId}/handover`
      const answer = await fetch(url, {
        method: 'POST',
        headers: deviceHeaders(nurse.token),
        body: JSON.stringify({ form: 'phq-9' }),
      })
      const { code } = (await answer.json()) as { code: string }
      const tablet = { ...person, token: (await activateBy(trial, code)).token }
      const { body } = await today(tablet)
      assert.deepEqual(new Set(body.due.map(({ form }) => form)), new Set(['phq-9']))
      assert.deepEqual([body.events, body.forms.map(({ form }) => form)], [[], ['phq-9']])
      assert.equal((await ask(tablet, '/v1/device/forms/phq-9/1')).status, 200)
      assert.equal((await ask(tablet, '/v1/device/forms/daily-diary/1')).status, 404)
    })

    test(`${engine}: P10: patients of both arms at one site are told the same but for their id`, async () => {
      const people = trial.people.slice(4)
      const [one] = people as [Person]
      const twin = people.find(({ siteId, arm }) => siteId === one.siteId && arm !== one.arm)
      assert.ok(twin !== undefined, 'two arms at the site')
      const told = async (person: Person) => {
        const { serverTime: _, ...rest } = (await today(person)).body
        // Weekly forms count from the enrolment, which differs from patient to patient.
        const due = rest.due.filter(({ form }) => form !== 'phq-9')
        return JSON.stringify({ ...rest, due }).replaceAll(person.patientId, 'P')
      }
      assert.equal(await told(one), await told(twin))
    })

    test(`${engine}: the key that is given verifies the receipts of this server`, async () => {
      const { receiptKeys } = (await today(trial.people[2] as Person)).body
      const spki = trial.receiptKey.export({ type: 'spki', format: 'der' }).toString('base64')
      assert.deepEqual(
        receiptKeys.map((key) => key.spki),
        [spki],
      )
    })
  })
