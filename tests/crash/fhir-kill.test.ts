// P1, P2, P3: kill -9 while FHIR responses come in. Whatever was acknowledged has the same receipt afterwards, and every
// response is applied once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { settle } from '../support/crash-account.ts'
import { seedStudy, studyId } from '../support/crash-seed.ts'
import { startServer, tempFolder } from '../support/crash-server.ts'
import { fhirDiary } from '../support/fhir-diary.ts'
import { readRows } from '../support/records.ts'

type Sent = { readonly token: string; readonly body: string; receipt: string | undefined }

/** Sends a response; undefined where there was no whole answer. */
async function post(
  port: number,
  { token, body }: Sent,
): Promise<{ status: number; text: string } | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/fhir/QuestionnaireResponse`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
      body,
    })
    return { status: answer.status, text: await answer.text() }
  } catch {
    return undefined
  }
}

test('P1 P2 P3: FHIR responses survive kill -9 as every submission does', async () => {
  using folder = tempFolder()
  const first = await startServer({ data: folder.path })
  const patients = await seedStudy(folder.path, 40)
  const sent: Sent[] = []
  let running = true
  const device = async (index: number) => {
    for (let round = 0; running && round < 200; round++) {
      const { patientId, token } = patients[(index + round) % patients.length]!
      const diary = fhirDiary({ patientId, studyId, zone: 'Asia/Shanghai' })
      const one: Sent = { token, body: JSON.stringify(diary), receipt: undefined }
      sent.push(one)
      const answer = await post(first.port, one)
      if (answer === undefined) return
      assert.equal(answer.status, 202, answer.text)
      one.receipt = answer.text
    }
  }
  const devices = Array.from({ length: 8 }, (_, index) => device(index))
  await sleep(400)
  await first.kill()
  running = false
  await Promise.all(devices)
  const acknowledged = sent.filter((one) => one.receipt !== undefined).length
  assert.ok(acknowledged > 20, `only ${acknowledged} were acknowledged before the kill`)
  assert.ok(acknowledged < sent.length, 'the kill hit responses on their way')

  await using second = await startServer({ data: folder.path, port: first.port })
  for (const one of sent) {
    const answer = await post(second.port, one)
    if (one.receipt !== undefined) assert.deepEqual(answer, { status: 200, text: one.receipt })
    else assert.ok(answer?.status === 200 || answer?.status === 202, answer?.text ?? 'no answer')
  }
  await settle(folder.path)
  const rows = readRows(folder.path, 'SELECT position FROM responses')
  assert.equal(rows.length, sent.length, 'each is applied, and once')
  assert.equal(readRows(folder.path, 'SELECT position FROM entries', [], 'journal.db').length, sent.length)
})
