// Arm rules and alerts: seen by those who must act, by nobody who must not know.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { ActionResults } from '../../src/processing/staff-actions.ts'
import { type Diary, deviceHeaders, diary } from '../support/diary.ts'
import { engineNames, type Person, startTrial } from '../support/start-trial.ts'

for (const engine of engineNames)
  describe(engine, async () => {
    const trial = await startTrial({ patients: 12, engine })
    after(() => trial[Symbol.asyncDispose]())
    const control = trial.people.find((p) => p.arm === 'G2')!
    const treated = trial.people.find((p) => p.arm === 'G1')!

    const send = async (person: Person, body: Diary) => {
      const headers = deviceHeaders(person.token)
      const answer = await fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      assert.equal(answer.status, 202)
      await trial.settle()
      return (await fetch(`${trial.http}/v1/submissions/${body.submissionId}`, { headers })).text()
    }
    const withPack = (person: Person, pack: string): Diary => {
      const sent = diary(person)
      return { ...sent, answers: { ...sent.answers, 'pack-number': pack } }
    }

    test(`${engine}: a control patient who reports study drug is a protocol deviation, and P10: only unblinded roles can see it`, async () => {
      const [bad, good] = [
        await send(control, withPack(control, '14543')),
        await send(treated, withPack(treated, '14543')),
      ]
      assert.deepEqual(
        (await trial.rows('SELECT patient_id, rule FROM deviations')).map((r) => ({ ...r })),
        [{ patient_id: control.patientId, rule: 'control-reports-study-drug-pack' }],
      )
      const blinded = (text: string) =>
        text
          .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
          .replace(/"(receivedAt|recordedAt)":"[^"]+"/g, '"T"')
          .replace(/"(position|logIndex|auditIndex)":\d+/g, '"N"')
          .replace(/"occasion":"[^"]+"/, '"O"')
      assert.equal(blinded(bad), blinded(good))
      const leaves = await trial.rows(
        "SELECT leaf FROM audit_entries WHERE leaf LIKE '%submission.applied%' ORDER BY leaf_index",
      )
      const shape = (leaf: unknown) => String(leaf).replace(/:("[^"]*"|\d+)/g, ':_')
      assert.equal(shape(leaves[0]?.leaf), shape(leaves[1]?.leaf))
      assert.equal(
        JSON.parse(String(leaves[0]?.leaf)).after.length,
        JSON.parse(String(leaves[1]?.leaf)).after.length,
      )
      const log = (await trial.rows('SELECT leaf FROM audit_entries')).map((r) => String(r.leaf)).join('\n')
      for (const word of ['"G1"', '"G2"', 'treatment', 'placebo', 'control-reports', 'deviation'])
        assert.doesNotMatch(log, new RegExp(word), word)
      const effects = (await trial.rows('SELECT effect FROM responses'))
        .map((r) => String(r.effect))
        .join('\n')
      assert.doesNotMatch(effects, /deviation|control-reports|"arm"/)
    })

    test(`${engine}: P10: no list of patients tells the arm; unblinding does, and is on record with its reason`, async () => {
      const listed = JSON.stringify(await trial.control.get('/patients?studyId=MORNING-301&limit=50'))
      assert.doesNotMatch(listed, /"arm"|G1|G2/)
      const act = (reason: string) =>
        trial.control.act(
          { do: 'unblind', studyId: trial.studyId, patientId: control.patientId } as never,
          reason,
        )
      await assert.rejects(act('  '), /reason/i)
      const told = (await act('emergency treatment')) as unknown as ActionResults['unblind']
      assert.deepEqual([told.arm, told.meaning?.role], ['G2', 'control'])
      const leaves = await trial.rows("SELECT leaf FROM audit_entries WHERE leaf LIKE '%patient.unblinded%'")
      assert.equal(leaves.length, 1)
      assert.equal(JSON.parse(String(leaves[0]?.leaf)).reason, 'emergency treatment')
    })

    test(`${engine}: any answer but "not at all" to item 9 of the PHQ-9 raises one alert a day, with its deadline and its message`, async () => {
      const person = trial.people[4]!
      const items = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`phq9-${i + 1}`, 'several-days']))
      const phq9 = (item9: string): Diary =>
        diary(person, {
          form: 'phq-9',
          answers: { ...items, 'phq9-9': item9, 'phq9-10': 'somewhat-difficult' },
        })
      await send(person, phq9('not-at-all'))
      assert.equal((await trial.rows('SELECT 1 FROM alerts')).length, 0)
      await send(person, phq9('several-days'))
      await send(person, phq9('nearly-every-day'))
      const alerts = await trial.rows('SELECT rule, severity, state, raised_at, acknowledge_by FROM alerts')
      assert.equal(alerts.length, 1)
      assert.deepEqual(
        [alerts[0]?.rule, alerts[0]?.severity, alerts[0]?.state],
        ['phq-9-item-9', 'high', 'raised'],
      )
      assert.equal(Number(alerts[0]?.acknowledge_by) - Number(alerts[0]?.raised_at), 24 * 3_600_000)
      const outbox = await trial.rows("SELECT kind, payload FROM outbox WHERE kind = 'alert.raised'")
      assert.equal(outbox.length, 1)
      assert.doesNotMatch(String(outbox[0]?.payload), /several|nearly|every-day/)
      const scores = await trial.rows('SELECT value, band FROM scores ORDER BY position')
      assert.deepEqual(
        scores.map((s) => s.value),
        [8, 9, 11],
      )
    })

    test(`${engine}: an alert from a device that was offline says when the entry was completed, and when it came`, async () => {
      const person = trial.people[5]!
      const daysAgo = Temporal.Now.zonedDateTimeISO(person.zone).subtract({ days: 3 })
      const at = daysAgo.round({ smallestUnit: 'second', roundingMode: 'floor' })
      const items = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`phq9-${i + 1}`, 'several-days']))
      const late = { completedAt: at.toString(), startedAt: undefined, occasion: undefined, form: 'phq-9' }
      await send(person, diary(person, { ...late, answers: items }))
      const [alert] = await trial.rows(
        `SELECT completed_at, received_at, day FROM alerts WHERE patient_id = '${person.patientId}' AND rule = 'phq-9-item-9'`,
      )
      assert.deepEqual(
        [Number(alert?.completed_at), alert?.day],
        [at.epochMilliseconds, at.toPlainDate().toString()],
      )
      assert.ok(Number(alert?.received_at) - Number(alert?.completed_at) > 2.9 * 24 * 3_600_000)
      const messages = await trial.rows("SELECT payload FROM outbox WHERE kind = 'alert.raised'")
      const payload = messages
        .map((row) => JSON.parse(String(row.payload)))
        .find((one) => one.patientId === person.patientId)
      assert.equal(payload.completedAt, new Date(at.epochMilliseconds).toISOString())
      assert.equal(Date.parse(payload.receivedAt), Number(alert?.received_at))
    })

    test(`${engine}: FDA Q13: a prompt the device showed is kept with its original answer, and the check says so`, async () => {
      const person = trial.people[6]!
      const prompts = [
        { rule: 'sleep-very-long', at: '2026-11-22T08:11:40Z', before: 21, after: 20, confirmed: true },
      ]
      const sent = diary(person, { prompts })
      const body = { ...sent, answers: { ...sent.answers, 'sleep-hours': 20 } }
      await send(person, body)
      const [row] = await trial.rows(
        `SELECT effect FROM responses WHERE patient_id = '${person.patientId}' AND form = 'daily-diary'`,
      )
      const record = JSON.parse(String(row?.effect))
      assert.deepEqual(record.prompts, prompts)
      const [finding] = record.findings
      assert.deepEqual(
        [finding.code, finding.rule, finding.prompted],
        ['edit-check', 'sleep-very-long', true],
      )
    })
  })
