// P11 as staff see it: from diaries sent to figures with their derivations, over the API and by the command line, the
// same on both engines; nobody of another site, and nothing of an arm (P10).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivationsFrom, openRecords } from '../../src/cli/records-source.ts'
import { deviceHeaders, diary } from '../support/diary.ts'
import { staffStudyId, staffTrial } from '../support/staff.ts'
import { engineNames, type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'

/** Sends a form completed at 08:00 some days ago where the patient is, and settles. Returns its position. */
async function send(
  trial: RunningTrial,
  person: Person,
  daysAgo: number,
  changes: object = {},
): Promise<number> {
  const today = Temporal.Now.zonedDateTimeISO(person.zone)
  const at = today.subtract({ days: daysAgo }).withPlainTime('08:00').toString()
  const times = { startedAt: at, completedAt: at, sentAt: undefined, occasion: at.slice(0, 10) }
  const answer = await fetch(`${trial.http}/v1/submissions`, {
    method: 'POST',
    headers: deviceHeaders(person.token),
    body: JSON.stringify(diary(person, { ...times, ...changes })),
  })
  assert.equal(answer.status, 202)
  const { receipt } = (await answer.json()) as { receipt: { position: number } }
  await trial.settle()
  return receipt.position
}

const answersOf = (outcome: string) => ({
  pain: 4,
  fatigue: 3,
  nausea: 'mild',
  'dose-taken': outcome !== 'missed',
  ...(outcome === 'missed' ? {} : { 'dose-time': outcome }),
  'rescue-taken': false,
})

/** Five days of a patient: in the window, outside it, missed, held, and a day in hospital. */
async function fiveDays(trial: RunningTrial, patient: Person): Promise<{ day: (ago: number) => string }> {
  const of = { studyId: staffStudyId, patientId: patient.patientId }
  for (const [daysAgo, outcome] of [
    [5, '07:45'],
    [4, '13:00'],
    [3, 'missed'],
    [2, '07:45'],
  ] as const)
    await send(trial, patient, daysAgo, { answers: answersOf(outcome) })
  const day = (ago: number) =>
    Temporal.Now.zonedDateTimeISO(patient.zone).subtract({ days: ago }).toPlainDate().toString()
  const hold = { dose: 'study-medicine', from: day(2), to: day(2), cause: 'low neutrophil count' }
  await trial.control.act({ do: 'hold-dose', ...of, ...hold }, 'test')
  const hospital = { from: day(1), to: day(1), cause: 'hospital' }
  await trial.control.act({ do: 'mark-not-evaluable', ...of, ...hospital }, 'test')
  return { day }
}

for (const engine of engineNames) {
  test(`${engine}: P11: compliance and adherence of a patient, with what was left out`, async () => {
    await using trial = await startTrial({ engine, patients: 1 })
    const { people, member } = await staffTrial(trial, 24)
    const patient = people[0]!
    const nurse = await member('nurse', 'site-nurse', [patient.siteId])
    const stranger = await member('stranger', 'site-nurse', [people[1]!.siteId])
    const { day } = await fiveDays(trial, patient)
    const base = `/patients/${patient.patientId}`
    const compliance = (await nurse.get(`${base}/compliance`)).body
    const { numerator, denominator, withNotEvaluable, exclusions } = compliance.byForm['daily-diary']
    // The first entry proves a device: 4 days are due, the fifth was in hospital, today is open.
    assert.deepEqual([numerator, denominator, withNotEvaluable.denominator], [4, 4, 5])
    const left = Object.fromEntries(
      exclusions.map((one: { reason: string; count: number }) => [one.reason, one.count]),
    )
    assert.deepEqual([left['not-evaluable: hospital'], left['still-open']], [1, 1])
    assert.deepEqual(Object.keys(compliance.byPhase), ['enrolled'])

    const { measures } = (await nurse.get(`${base}/adherence`)).body.doses[0].report
    assert.deepEqual([measures.taking.numerator, measures.window.numerator], [2, 1])
    assert.deepEqual(
      measures.taking.exclusions.map(({ date, reason }: { date: string; reason: string }) => [date, reason]),
      [
        [day(2), 'held: low neutrophil count'],
        [day(2), 'taken-while-held'],
        [day(1), 'not-evaluable: hospital'],
      ],
    )
    const derivations = (await nurse.get(`${base}/adherence/study-medicine/derivation`)).body.items
    const derived = derivations.find((one: { id: string }) => one.id === 'study-medicine/taking')
    assert.match(derived.calculation, /^2 \/ \d+ × 100 = /)
    assert.equal(derived.inputs.filter((one: { used: unknown }) => one.used === 1).length, 2)
    await agrees(
      trial,
      patient,
      compliance,
      (await nurse.get(`${base}/compliance/derivation?at=${compliance.at}`)).body,
    )
    for (const path of [
      '/compliance',
      '/adherence',
      '/compliance/derivation',
      '/adherence/study-medicine/derivation',
    ])
      assert.equal((await stranger.get(base + path)).status, 404, path)
    assert.equal((await nurse.get(`${base}/adherence/other/derivation`)).status, 404)
    assert.equal((await nurse.get(`${base}/compliance?at=yesterday`)).status, 400)
  })
}

/** The command line, which reads the databases itself, gives what the API gave. */
async function agrees(
  trial: RunningTrial,
  { patientId }: Person,
  compliance: { at: string },
  derivations: { items: unknown },
): Promise<void> {
  await using records = await openRecords({ data: trial.folder, database: trial.database ?? '' })
  const at = Date.parse(compliance.at)
  const read = derivationsFrom(records)
  assert.deepEqual(await read.compliance(staffStudyId, patientId, at), compliance)
  const again = await read.complianceDerivations(staffStudyId, patientId, at)
  assert.deepEqual(JSON.parse(JSON.stringify(again)), derivations.items)
}

test('P11: a score and an alert are explained from the stored answers; P10: the arm is in no derivation', async () => {
  await using trial = await startTrial({ patients: 1 })
  const { people, member } = await staffTrial(trial, 24)
  const [patient] = people as [Person]
  const nurse = await member('nurse', 'site-nurse', [patient.siteId])
  const items = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`phq9-${i + 1}`, 'several-days']))
  const answers = { ...items, 'phq9-10': 'somewhat-difficult' }
  const position = await send(trial, patient, 1, { form: 'phq-9', answers, occasion: undefined })
  const all = (await nurse.get(`/responses/${position}/derivation`)).body.items
  assert.deepEqual(
    all.map(({ kind, id }: { kind: string; id: string }) => `${kind} ${id}`),
    ['score phq-9-total', 'alert phq-9-item-9'],
  )
  const [score, alert] = all
  assert.deepEqual([score.value, score.calculation], [9, '1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 = 9'])
  assert.equal(score.details.sameAsStored, true)
  assert.match(score.study.sha256, /^[0-9a-f]{64}$/)
  assert.match(score.inputsSha256, /^[0-9a-f]{64}$/)
  assert.deepEqual(
    alert.inputs.map(({ item, raw }: { item: string; raw: unknown }) => [item, raw]),
    [['phq9-9', 'several-days']],
  )
  const one = await nurse.get(`/responses/${position}/derivation/phq-9-total`)
  assert.deepEqual(one.body.items, [score])
  assert.equal((await nurse.get(`/responses/${position}/derivation/no-such-value`)).status, 404)
  assert.doesNotMatch(JSON.stringify(all), /G1|G2|treatment|placebo/)
})
