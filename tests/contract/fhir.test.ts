// The FHIR door: the same promises as every door, its own table of cases, and what it gives back, on both engines.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type Receipt, verifyReceipt } from '../../src/intake/receipt.ts'
import { checkResponse } from '../../src/study/form/check-response.ts'
import { createExpressions } from '../../src/study/form/expressions.ts'
import { importQuestionnaire } from '../../src/study/form/import-questionnaire.ts'
import { kinds } from '../../src/system/problem.ts'
import { type ProblemCode, problems } from '../../src/system/problems.ts'
import { diary } from '../support/diary.ts'
import { fhirDiary } from '../support/fhir-diary.ts'
import { r4Faults } from '../support/r4-shape.ts'
import { engineNames, type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'
import { marker, type Outcome } from './cases.ts'
import { acceptedResponses, type FhirCase, refusedResponses } from './fhir-cases.ts'

type Json = Record<string, unknown>
type Acknowledged = { submissionId: string; receivedAt: string; receipt: Receipt; message: string }
const form = readFileSync(new URL('../../studies/morning-301/forms/daily-diary.json', import.meta.url))
const expressions = createExpressions(null)
const fhirJson = 'application/fhir+json'

let trial: RunningTrial
let nextPerson = 0
const somebody = (): Person => trial.people[nextPerson++ % trial.people.length]!
const bearer = (person: Person) => `Bearer ${person.token}`
const post = (
  authorization: string | undefined,
  body: string | Buffer,
  headers: Record<string, string> = {},
) =>
  fetch(`${trial.http}/fhir/QuestionnaireResponse`, {
    method: 'POST',
    headers: {
      'content-type': fhirJson,
      ...(authorization === undefined ? {} : { authorization }),
      ...headers,
    },
    body,
  })
const get = (person: Person, path: string) =>
  fetch(`${trial.http}${path}`, { headers: { authorization: bearer(person), accept: fhirJson } })
const bodyOf = (c: FhirCase, person: Person): string | Buffer => {
  const body = c.body(person, trial.people[0])
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
}
const received = async (): Promise<number> => (await trial.ledger()).studies[0]?.received ?? 0

async function refused(c: FhirCase): Promise<void> {
  const person = somebody()
  const kept = await received()
  const { problem, member } = c.expect as { problem: ProblemCode; member?: string }
  const { status } = kinds[problems[problem].kind]
  const authorization = c.authorization === undefined ? bearer(person) : c.authorization(person)
  const body = bodyOf(c, person)

  const plain = await post(authorization, body)
  const document = (await plain.json()) as { code: string; member?: string; detail: string }
  assert.equal(plain.headers.get('content-type'), 'application/problem+json; charset=utf-8')
  assert.deepEqual([plain.status, document.code, document.member], [status, problem, member])

  const asked = await post(authorization, body, { accept: fhirJson })
  const text = await asked.text()
  const outcome = JSON.parse(text) as {
    issue: { details: { coding: { code: string }[] }; expression?: string[] }[]
  }
  assert.equal(asked.headers.get('content-type'), `${fhirJson}; charset=utf-8`)
  assert.deepEqual([asked.status, outcome.issue[0]?.details.coding[0]?.code], [status, problem])
  assert.deepEqual(
    outcome.issue[0]?.expression,
    member === undefined ? undefined : [`QuestionnaireResponse.${member}`],
  )
  assert.deepEqual(r4Faults(outcome), [])
  assert.ok(!text.includes(marker) && !document.detail.includes(marker), 'a problem repeats no answer')
  assert.equal(await received(), kept, 'nothing is stored')
}

async function acceptedAndKept(c: FhirCase): Promise<void> {
  const person = somebody()
  const body = bodyOf(c, person)
  const first = await post(bearer(person), body)
  const ack = (await first.json()) as Acknowledged
  assert.equal(first.status, 202, JSON.stringify(ack))
  assert.equal(first.headers.get('location'), `/fhir/QuestionnaireResponse/${ack.submissionId}`)
  const { submissionId, receipt } = ack
  const facts = {
    studyId: person.studyId,
    patientId: person.patientId,
    submissionId,
    receivedAt: Date.parse(ack.receivedAt),
  }
  assert.ok(verifyReceipt(facts, receipt, trial.receiptKey), 'the receipt verifies')

  const again = await post(bearer(person), body)
  assert.deepEqual([again.status, await again.json()], [200, ack])

  const entry = await trial.entry(receipt.position)
  assert.deepEqual(
    [entry.head.door, entry.head.contentType, entry.sha256],
    ['fhir', fhirJson, receipt.sha256],
  )
  assert.equal(entry.body.toString(), String(body), 'byte for byte')

  await trial.settle()
  const status = (await (await get(person, `/v1/submissions/${submissionId}`)).json()) as {
    status: string
    code?: string
    findings: { code: string }[]
  }
  const { status: state, code, findings = [] } = c.expect as Outcome
  const found = [...new Set(status.findings.map((one) => one.code))].sort()
  assert.deepEqual(
    { status: status.status, code: status.code, findings: found },
    { status: state, code, findings },
  )
  const read = await get(person, `/fhir/QuestionnaireResponse/${submissionId}`)
  assert.equal(read.status, state === 'applied' ? 200 : 404)
  if (state === 'applied') assert.deepEqual(r4Faults((await read.json()) as Json), [])
}

for (const engine of engineNames)
  describe(engine, () => {
    before(async () => {
      trial = await startTrial({ asChild: true, patients: 60, engine })
      nextPerson = 0
    })
    after(() => trial[Symbol.asyncDispose]())

    for (const c of refusedResponses) test(`refused: ${c.name}`, () => refused(c))
    for (const c of acceptedResponses) test(`accepted: ${c.name}`, () => acceptedAndKept(c))

    test('application/json is read as well; another type is not, and other routes do not take FHIR', async () => {
      const person = somebody()
      const body = JSON.stringify(fhirDiary(person))
      assert.equal((await post(bearer(person), body, { 'content-type': 'application/json' })).status, 202)
      for (const type of ['application/fhir+xml', 'application/x-ndjson', 'text/plain']) {
        const answer = await post(bearer(person), body, { 'content-type': type })
        const { code, accepted } = (await answer.json()) as { code: string; accepted: string }
        assert.deepEqual(
          [answer.status, code, accepted],
          [415, 'body.unsupported-media', `${fhirJson} or application/json`],
        )
      }
      const other = await fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers: { authorization: bearer(person), 'content-type': fhirJson },
        body,
      })
      assert.equal(other.status, 415)
    })

    test('the same id with other content is a conflict, whichever door the first came by', async () => {
      const person = somebody()
      const first = fhirDiary(person)
      const ack = (await (await post(bearer(person), JSON.stringify(first))).json()) as Acknowledged
      const other = await post(bearer(person), JSON.stringify({ ...first, item: [] }))
      assert.deepEqual([other.status, ((await other.json()) as Json).code], [409, 'submission.conflict'])
      const byJson = await fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers: { authorization: bearer(person), 'content-type': 'application/json' },
        body: JSON.stringify(diary(person, { submissionId: ack.submissionId })),
      })
      assert.equal(byJson.status, 409)
      const reordered = Object.fromEntries(Object.entries(first).reverse())
      const again = await post(bearer(person), JSON.stringify(reordered))
      assert.deepEqual([again.status, await again.json()], [200, ack])
    })

    test('both doors leave the same record: answers, scores, occasion, times', async () => {
      const [one, two] = [somebody(), somebody()]
      const plain = diary(one)
      await fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers: { authorization: bearer(one), 'content-type': 'application/json' },
        body: JSON.stringify(plain),
      })
      await post(bearer(two), JSON.stringify(fhirDiary(two)))
      await trial.settle()
      const effects = await Promise.all(
        [one, two].map(async ({ patientId }) => {
          const rows = await trial.rows(
            'SELECT effect FROM responses WHERE patient_id = ? ORDER BY position DESC',
            [patientId],
          )
          const { answers, scores, status, dose, form, formVersion } = JSON.parse(
            String(rows[0]?.effect),
          ) as Json
          return { answers, scores, status, dose: dose === null ? null : typeof dose, form, formVersion }
        }),
      )
      const [json, fhir] = effects
      // FHIR's time has seconds.
      assert.deepEqual(fhir, { ...json, answers: { ...(json?.answers as Json), 'dose-time': '07:45:00' } })
    })

    test('a response given back fits its form, is R4, and is in the language of the patient', async () => {
      const person = somebody()
      const { submissionId, completedAt } = diary(person) as never as {
        submissionId: string
        completedAt: string
      }
      const sent = diary(person, { submissionId, completedAt })
      await fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers: { authorization: bearer(person), 'content-type': 'application/json' },
        body: JSON.stringify(sent),
      })
      await trial.settle()
      const response = (await (
        await get(person, `/fhir/QuestionnaireResponse/${submissionId}`)
      ).json()) as Json
      const { form: definition } = importQuestionnaire(JSON.parse(form.toString()), expressions.check)
      assert.deepEqual(checkResponse(definition!, response, expressions).findings, [])
      assert.deepEqual(r4Faults(response), [])
      assert.equal(response.language, 'zh-CN')
      assert.match(JSON.stringify(response.item), /疼痛|恶心/)
      assert.equal(`${response.authored}[${person.zone}]`, completedAt)
      // It goes back in: what is read is what the door understands.
      const zone = (response._authored as { extension: { valueCode: string }[] }).extension[0]?.valueCode
      assert.equal(zone, person.zone)
      const back = await post(
        bearer(person),
        JSON.stringify({ ...response, identifier: { value: crypto.randomUUID() } }),
      )
      assert.equal(back.status, 202)
    })

    test('nobody reads what another device sent', async () => {
      const [mine, other] = [somebody(), somebody()]
      const { submissionId } = (await (
        await post(bearer(mine), JSON.stringify(fhirDiary(mine)))
      ).json()) as Acknowledged
      await trial.settle()
      assert.equal((await get(mine, `/fhir/QuestionnaireResponse/${submissionId}`)).status, 200)
      assert.equal((await get(other, `/fhir/QuestionnaireResponse/${submissionId}`)).status, 404)
      assert.equal((await fetch(`${trial.http}/fhir/QuestionnaireResponse/${submissionId}`)).status, 401)
    })

    test('a Questionnaire comes byte for byte as published, or not at all', async () => {
      const person = somebody()
      for (const path of ['/fhir/Questionnaire/daily-diary', '/fhir/Questionnaire/daily-diary?version=1']) {
        const answer = await get(person, path)
        assert.equal(answer.headers.get('content-type'), `${fhirJson}; charset=utf-8`)
        assert.deepEqual(Buffer.from(await answer.arrayBuffer()), form)
      }
      for (const path of ['daily-diary?version=99', 'no-such-form', '..%2f..%2fetc', 'x'.repeat(200)])
        assert.equal((await get(person, `/fhir/Questionnaire/${path}`)).status, 404, path)
      assert.equal((await fetch(`${trial.http}/fhir/Questionnaire/daily-diary`)).status, 401)
    })

    test('the CapabilityStatement is R4 and names what there is', async () => {
      const answer = await fetch(`${trial.http}/fhir/metadata`)
      const statement = (await answer.json()) as {
        fhirVersion: string
        rest: { resource: { type: string }[] }[]
      }
      assert.equal(statement.fhirVersion, '4.0.1')
      assert.deepEqual(r4Faults(statement), [])
      assert.deepEqual(
        statement.rest[0]?.resource.map((one) => one.type),
        ['QuestionnaireResponse', 'Questionnaire'],
      )
    })

    test('afterwards every entry is accounted for, and no answer or token stands in the log', async () => {
      const ledger = await trial.settle()
      assert.ok(ledger.balanced)
      const { received, applied, quarantined } = ledger.studies[0]!
      assert.equal(applied + quarantined, received)
      const log = trial.log()
      assert.match(log, /"msg":"ready"/)
      assert.ok(!log.includes(marker) && !log.includes('internal error'), log)
      for (const { token } of trial.people) assert.ok(!log.includes(token))
    })
  })
