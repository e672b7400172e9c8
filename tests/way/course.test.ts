// A device that travels: processing keeps the zone it was seen in, once for each change, on record with the entry that
// told of it; on both engines, within one batch and across batches.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newSubmissionId } from '../../src/cli/load/submission-id.ts'
import type { ActionResults } from '../../src/processing/staff-actions.ts'
import type { Patient } from '../../src/records/patient-store.ts'
import { item, smallFiles } from '../../src/study/testing/small-study.ts'
import { deviceHeaders, diary } from '../support/diary.ts'
import { engineNames, startTrial } from '../support/start-trial.ts'

for (const engine of engineNames)
  test(`${engine}: a change of zone is kept once and is in the audit log`, async () => {
    await using trial = await startTrial({ engine, patients: 1 })
    const [person] = trial.people
    const today = Temporal.Now.zonedDateTimeISO(person.zone).round({
      smallestUnit: 'second',
      roundingMode: 'floor',
    })
    const at = (minutesAgo: number, zone: string) =>
      today.subtract({ minutes: minutesAgo }).withTimeZone(zone).toString()
    const send = async (...times: string[]) => {
      const bodies = times.map((completedAt) => ({
        ...diary(person, { completedAt }),
        startedAt: undefined,
        occasion: undefined,
      }))
      const sent = await fetch(`${trial.http}/v1/submissions/batch`, {
        method: 'POST',
        headers: deviceHeaders(person.token),
        body: JSON.stringify(bodies),
      })
      assert.equal(sent.status, 200, await sent.text())
      await trial.settle()
    }
    const known = async () =>
      (await trial.control.get<Patient>(`/patients/${trial.studyId}/${person.patientId}`)).course.zones
    await send(at(60, person.zone), at(59, person.zone))
    assert.deepEqual(await known(), [])
    const offsetOnly = at(58, 'America/New_York').replace(/\[.*$/, '')
    await send(at(50, 'America/New_York'), at(49, 'America/New_York'), at(48, 'Europe/Berlin'), offsetOnly)
    await send(at(40, 'Europe/Berlin'))
    const zones = await known()
    assert.deepEqual(
      zones.map(({ zone }) => zone),
      ['America/New_York', 'Europe/Berlin'],
    )
    assert.equal(zones[0]!.from, new Date(today.subtract({ minutes: 50 }).epochMilliseconds).toISOString())
    const leaves = await trial.rows(
      "SELECT leaf FROM audit_entries WHERE leaf LIKE '%zone-changed%' ORDER BY leaf_index",
    )
    const facts = leaves.map(({ leaf }) => JSON.parse(String(leaf)))
    assert.equal(facts.length, 2)
    const positions = await trial.rows('SELECT position FROM entries ORDER BY position', [], 'journal.db')
    assert.equal(facts[0].entry.position, positions[2]!.position)
    assert.deepEqual(JSON.parse(facts[1].before).zones, zones.slice(0, 1))
    assert.deepEqual(JSON.parse(facts[1].after).zones, zones)
  })

const daily = '{ every: day, travel: once-a-day, window: { opens: "00:00", closes: "24:00" } }'

for (const engine of engineNames)
  test(`${engine}: once a day, a flight west fills the next date and not the same one twice`, async () => {
    await using trial = await startTrial({ engine, patients: 1 })
    const by = 'protocol 1'
    const studyId = 'SMALL'
    await trial.control.act({ do: 'publish', files: [...smallFiles([item('a', 'boolean')], '', daily)] }, by)
    const noon = Temporal.Now.zonedDateTimeISO('Europe/Berlin').subtract({ days: 4 }).with({
      hour: 12,
      minute: 0,
      second: 0,
      millisecond: 0,
      microsecond: 0,
      nanosecond: 0,
    })
    const patient = {
      patientId: 'P',
      siteId: '1',
      arm: 'A',
      zone: 'Europe/Berlin',
      language: 'en',
      enrolledOn: noon.subtract({ days: 5 }).toPlainDate().toString(),
    }
    await trial.control.act({ do: 'create-patients', studyId, patients: [patient] }, by)
    const asked = {
      do: 'issue-tokens',
      studyId,
      patientIds: ['P'],
      limit: 1,
      label: 'x',
      replace: false,
    } as const
    const { issued }: ActionResults['issue-tokens'] = await trial.control.act(asked, by)
    const evening = noon.add({ hours: 14 }).withTimeZone('America/New_York')
    const bodies = [noon, evening, evening.add({ hours: 1 })].map((at) => ({
      submissionId: newSubmissionId(Date.now()),
      studyId,
      patientId: 'P',
      form: 'small',
      formVersion: '1',
      completedAt: at.toString(),
      answers: { a: true },
    }))
    const sent = await fetch(`${trial.http}/v1/submissions/batch`, {
      method: 'POST',
      headers: deviceHeaders(issued[0]!.token),
      body: JSON.stringify(bodies),
    })
    assert.equal(sent.status, 200)
    await trial.settle()
    const rows = await trial.rows(
      "SELECT occasion, effect FROM responses WHERE study_id = 'SMALL' ORDER BY position",
    )
    const [first, next] = [0, 1].map((days) => noon.add({ days }).toPlainDate().toString())
    // 18:00 in New York is still the first date there, which has its entry; at home it is the next one already.
    assert.equal(evening.toPlainDate().toString(), first)
    assert.deepEqual(
      rows.map(({ occasion, effect }) => {
        const { placed, findings, zone } = JSON.parse(String(effect))
        return [occasion, placed, zone, findings.map(({ code }: { code: string }) => code)]
      }),
      [
        [first, { by: 'window' }, 'Europe/Berlin', []],
        [
          next,
          { by: 'window', zoneOf: 'previous', deviceZone: 'America/New_York', passedOver: [first] },
          'Europe/Berlin',
          [],
        ],
        [first, { by: 'window' }, 'America/New_York', ['duplicate-candidate']],
      ],
    )
  })
