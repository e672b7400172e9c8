// P7 at the doors: with a queue of one, a burst is answered at once by acknowledgements and by 503 with
// Retry-After, and what was acknowledged, and nothing else, is in the journal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { PatientDataService } from '../../src/api/grpc/generated/levee/v1/patient_data_pb.ts'
import { diary } from '../support/diary.ts'
import { startTrial } from '../support/start-trial.ts'
import { type Answer, doorsOf, requestOf } from './doors.ts'

const burst = 200
const isOverload = (a: Answer) =>
  a.kind === 'problem' && a.code === 'server.overloaded' && a.status === 503 && a.retryAfter! >= 1

/** The first commit takes this long, so that the burst finds the queue full whatever the machine's speed. */
process.env.FAULT_POINTS = JSON.stringify([{ at: 'journal.before-commit', does: 'wait', hit: 1, ms: 1500 }])
const overrides = { pointsModule: new URL('../support/fault-points.ts', import.meta.url).href }

const declares = async (http: string, token: string) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ held: [], check: [] })
  return (await fetch(`${http}/v1/device/held`, { method: 'POST', headers, body })).status
}

for (const door of ['http', 'grpc', 'http-batch'] as const) {
  test(`P7: a burst through ${door}`, async () => {
    await using trial = await startTrial({ flags: { queue: '1' }, overrides })
    const [person] = trial.people
    const send = () =>
      doorsOf(trial.http, trial.grpc)[door](`Bearer ${person.token}`, JSON.stringify(diary(person)))
    const first = send()
    while (trial.levee!.journal.figures().waiting === 0) await sleep(1)
    assert.equal(await declares(trial.http, person.token), 503, 'declarations wait as well')
    const answers = await Promise.all(Array.from({ length: burst }, send))
    assert.equal(answers.filter(isOverload).length, burst)
    assert.equal((await first).kind, 'received')
    assert.equal((await trial.settle()).studies[0]?.received, 1)
    assert.equal((await send()).kind, 'received', 'once the burst is over the door is open')
    assert.equal(await declares(trial.http, person.token), 200)
  })
}

test('P7: a burst through one stream: each refusal is an answer, and the stream goes on', async () => {
  await using trial = await startTrial({ flags: { queue: '1' }, overrides })
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
