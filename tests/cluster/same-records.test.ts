// One machine and a cluster lead to the same records: the same requests to both, through their doors, and then every
// table compared to the byte, but for times of the server, places in journal and log, and what is salted at random.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDiaries } from '../../src/cli/load/diaries.ts'
import { when } from '../support/cluster-nodes.ts'
import { deviceHeaders, diary } from '../support/diary.ts'
import type { Row } from '../support/records.ts'
import { type EngineName, type RunningTrial, startTrial } from '../support/start-trial.ts'

type Request = { readonly patient: number; readonly body: string }

/** A believable fortnight, and everything that is not as it should be. */
function requests({ people, studyId }: RunningTrial): Request[] {
  const patients = people.map(({ patientId, token }) => ({ patientId, token }))
  const maker = createDiaries({ patients, studyId, seed: 7, nowMs: Date.now() })
  const usual = Array.from({ length: 14 * people.length }, () => {
    const { patient, body } = maker.next()
    return { patient, body: body.toString() }
  })
  const odd: Request[] = people.flatMap((person, patient) => {
    const first = diary(person)
    const worse = { ...first.answers, pain: 10, 'sleep-hours': 23, 'pack-number': '14543' }
    const bodies = [
      first,
      { ...first, answers: worse },
      diary(person, { answers: worse }),
      diary(person, { occasion: '2026-10-01' }),
      diary(person, { form: 'tea-leaves' }),
      diary(person, { completedAt: '2026-02-30T08:00:00Z' }),
      diary(person, { occasion: 'someday', language: 'zh', extra: { kept: ['疼', 1e21] } }),
      diary(person, { form: 'phq-9', answers: { 'phq9-9': 'nearly-every-day' } }),
    ]
    return bodies.map((body) => ({ patient, body: JSON.stringify(body) }))
  })
  return [...usual, ...odd, ...usual.slice(0, 5)]
}

/** What must not be compared: server times, places, salted commitments. */
const differs =
  /"(receivedAt|recordedAt|raisedAt|acknowledgeBy|at|after|before)":"[^"]*"|"(position|logIndex|auditIndex)":\d+|(response|entry|conflict|device|alert|held):\d+/g
const plain = (value: Row[string]) => (typeof value === 'string' ? value.replace(differs, 'X') : value)

/** What is kept, table by table, each row as one text; sorted, because the rows' own order has no meaning. */
const tables: Record<string, string> = {
  responses: 'SELECT patient_id, form, form_version, occasion, effect, restricted FROM responses',
  occasions: 'SELECT occasion, form, patient_id, status, dose FROM occasions',
  scores:
    'SELECT r.effect, s.name, s.value, s.band FROM scores AS s JOIN responses AS r ON r.position = s.position',
  alerts:
    'SELECT patient_id, rule, day, severity, audience, state, acknowledge_by - raised_at AS within FROM alerts',
  deviations: 'SELECT patient_id, rule FROM deviations',
  held: 'SELECT patient_id, lane, state, code, attempts FROM held',
  conflicts: 'SELECT patient_id FROM conflicts',
  outbox: 'SELECT kind, payload FROM outbox',
  'audit log': 'SELECT leaf FROM audit_entries',
  ledger: 'SELECT * FROM ledger',
}

async function recordsOf(trial: RunningTrial, statement: string): Promise<string[]> {
  const rows = await trial.rows(statement)
  return rows.map((row) => JSON.stringify(Object.values(row).map(plain))).sort()
}

async function send(trial: RunningTrial, { patient, body }: Request): Promise<[number, string]> {
  const headers = deviceHeaders(trial.people[patient]!.token)
  const answer = await fetch(`${trial.http}/v1/submissions`, { method: 'POST', headers, body })
  const { status, code } = (await answer.json()) as { status?: string; code?: string }
  return [answer.status, code ?? status ?? '']
}

test('P11: the same diaries lead to the same records on one machine and on a cluster', async (t) => {
  const start = (engine: EngineName) => startTrial({ patients: 12, engine })
  await using sqlite = await start('sqlite')
  await using postgres = await start('postgres')
  const sent = requests(sqlite)
  let conflicts = 0
  for (const request of sent) {
    const [one, other] = await Promise.all([send(sqlite, request), send(postgres, request)])
    assert.deepEqual(one, other)
    if (one[0] === 409) conflicts++
  }
  for (const trial of [sqlite, postgres]) {
    await trial.settle()
    await when(
      'all conflicts are noticed',
      async () => (await recordsOf(trial, tables.conflicts!)).length === conflicts,
    )
  }
  for (const [name, statement] of Object.entries(tables)) {
    const [one, other] = [await recordsOf(sqlite, statement), await recordsOf(postgres, statement)]
    assert.ok(one.length > 0, `there are ${name} to compare`)
    assert.deepEqual(other, one, name)
    t.diagnostic(`${one.length} ${name}`)
  }
  const more = diary(sqlite.people[0], { occasion: '2026-10-02', answers: {} })
  await send(sqlite, { patient: 0, body: JSON.stringify(more) })
  await sqlite.settle()
  for (const name of ['responses', 'audit log', 'ledger']) {
    const [one, other] = [await recordsOf(sqlite, tables[name]!), await recordsOf(postgres, tables[name]!)]
    assert.notDeepEqual(other, one, `control: one diary more is noticed in ${name}`)
  }
})
