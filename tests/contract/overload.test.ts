// P7 at the doors: with a queue of one, a burst is answered at once by acknowledgements and by 503 with
// Retry-After, and what was acknowledged, and nothing else, is in the journal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { PatientDataService } from '../../src/api/grpc/generated/levee/v1/patient_data_pb.ts'
import { diary } from '../support/diary.ts'
import { startTrial } from '../support/start-trial.ts'
import { type Answer, doorsOf, requestOf } from './doors.ts'

const burst = 200
const isOverload = (a: Answer) =>
  a.kind === 'problem' && a.code === 'server.overloaded' && a.status === 503 && a.retryAfter! >= 1

for (const door of ['http', 'grpc', 'http-batch'] as const) {
  test(`a burst through ${door}`, async () => {
    await using trial = await startTrial({ flags: { queue: '1' } })
    const [person] = trial.people
    const send = doorsOf(trial.http, trial.grpc)[door]
    const answers = await Promise.all(
      Array.from({ length: burst }, () => send(`Bearer ${person.token}`, JSON.stringify(diary(person)))),
    )
    const acknowledged = answers.filter((a) => a.kind === 'received').length
    const refused = answers.filter(isOverload).length
    assert.equal(acknowledged + refused, burst)
    assert.ok(refused > 0 && acknowledged > 0, `${acknowledged} acknowledged, ${refused} refused`)
    assert.equal((await trial.settle()).studies[0]?.received, acknowledged)
    const again = await send(`Bearer ${person.token}`, JSON.stringify(diary(person)))
    assert.equal(again.kind, 'received', 'once the burst is over the door is open')
  })
}

test('a burst through one stream: each refusal is an answer, and the stream goes on', async () => {
  await using trial = await startTrial({ flags: { queue: '1' } })
  const [person] = trial.people
  const client = createClient(PatientDataService, createGrpcTransport({ baseUrl: `http://${trial.grpc}` }))
  const many = async function* () {
    for (let i = 0; i < burst; i++) yield { submission: requestOf(JSON.stringify(diary(person))) }
  }
  let [acknowledged, refused] = [0, 0]
  for await (const { result } of client.submitPatientDataStream(many(), {
    headers: { authorization: `Bearer ${person.token}` },
  })) {
    if (result.case === 'acknowledgement') acknowledged += 1
    else if (
      result.case === 'problem' &&
      result.value.code === 'server.overloaded' &&
      result.value.retryAfterSeconds! >= 1
    )
      refused += 1
  }
  assert.equal(acknowledged + refused, burst)
  assert.ok(refused > 0 && acknowledged > 0, `${acknowledged} acknowledged, ${refused} refused`)
  assert.equal((await trial.settle()).studies[0]?.received, acknowledged)
})
