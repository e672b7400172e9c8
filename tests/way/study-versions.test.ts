// An amendment on its way: published, taken by one of two sites from a date on, and entries around that date, on time,
// late and from a device that has the old form, each judged by the version that held where and when it was due.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoFolder, studyFiles } from '../../src/cli/demo-study.ts'
import { deviceHeaders, diary } from '../support/diary.ts'
import { engineNames, type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'

/** Version 2 of the demo study: pain from 3 on is an alert, and the diary has its second version. */
function amended(): [string, string][] {
  return studyFiles(demoFolder).map(([name, text]) => {
    if (name === 'study.yaml')
      return [
        name,
        text.replace('version: "1"', 'version: "2"').replace('answers.pain == 10', 'answers.pain >= 3'),
      ]
    if (name !== 'forms/daily-diary.json') return [name, text]
    return [name, text.replace('"version": "1"', '"version": "2"')]
  })
}

/** Sends a morning diary completed at 08:00 where the patient is; returns the id it was sent under. */
async function send(
  trial: RunningTrial,
  person: Person,
  date: string,
  changes: object = {},
): Promise<string> {
  const at = Temporal.PlainDateTime.from(`${date}T08:00`).toZonedDateTime(person.zone).toString()
  const sent = diary(person, {
    occasion: date,
    startedAt: at,
    completedAt: at,
    sentAt: undefined,
    ...changes,
  })
  const answer = await fetch(`${trial.http}/v1/submissions`, {
    method: 'POST',
    headers: deviceHeaders(person.token),
    body: JSON.stringify(sent),
  })
  assert.equal(answer.status, 202)
  return sent.submissionId
}

/** What an entry was judged by, and what was said of its form's version. */
async function judged(trial: RunningTrial, submissionId: string): Promise<string> {
  const [row] = await trial.rows("SELECT effect FROM responses WHERE effect LIKE '%' || ? || '%'", [
    submissionId,
  ])
  const effect = JSON.parse(String(row?.effect)) as {
    studyVersion: string
    formVersion: string
    alerts: { rule: string }[]
    findings: { code: string }[]
  }
  const alert = effect.alerts.some(({ rule }) => rule === 'worst-pain') ? ', alert' : ''
  const other = effect.findings.some(({ code }) => code === 'other-form-version') ? ', other form' : ''
  return `study ${effect.studyVersion}, form ${effect.formVersion}${alert}${other}`
}

for (const engine of engineNames) {
  test(`${engine}: P11: an amendment holds where and from when a site takes it, for what is due from then on`, async () => {
    await using trial = await startTrial({ patients: 2, engine })
    const [near, far] = trial.people as unknown as [Person, Person]
    assert.notEqual(near.siteId, far.siteId)
    const day = (ago: number) => Temporal.Now.plainDateISO(near.zone).subtract({ days: ago }).toString()
    const from = day(3)
    const act = trial.control.act as (action: object, reason: string) => Promise<Record<string, unknown>>
    // Before anything is published, as a device that was offline has it.
    const first = await send(trial, near, day(4))
    await trial.settle()
    assert.equal((await act({ do: 'publish', files: amended() }, 'amendment 1')).isNew, true)
    const taking = { do: 'adopt-version', studyId: trial.studyId, version: '2', from, sites: [near.siteId] }
    assert.deepEqual((await act(taking, 'amendment 1')).sites, [near.siteId])

    const sent = {
      first,
      'at the other site': await send(trial, far, from),
      'on the day': await send(trial, near, from, { formVersion: '2' }),
      'the day before, completed late': await send(trial, near, day(5), {
        completedAt: Temporal.PlainDateTime.from(`${day(2)}T09:00`)
          .toZonedDateTime(near.zone)
          .toString(),
        startedAt: undefined,
      }),
      'from a device with the old form': await send(trial, near, day(2)),
      'from a device that was ahead': await send(trial, far, day(2), { formVersion: '2' }),
    }
    await trial.settle()
    const found: Record<string, string> = {}
    for (const [name, id] of Object.entries(sent)) found[name] = await judged(trial, id)
    assert.deepEqual(found, {
      first: 'study 1, form 1',
      'at the other site': 'study 1, form 1',
      'on the day': 'study 2, form 2, alert',
      'the day before, completed late': 'study 1, form 1',
      'from a device with the old form': 'study 1, form 1, other form',
      'from a device that was ahead': 'study 2, form 2, alert, other form',
    })
    const view = await trial.control.get<{ sites: { id: string; version: string; taken: unknown }[] }>(
      `/studies/${trial.studyId}`,
    )
    const held = new Map(view.sites.map((site) => [site.id, site]))
    assert.deepEqual(held.get(near.siteId)?.taken, [{ version: '2', from }])
    assert.deepEqual([held.get(near.siteId)?.version, held.get(far.siteId)?.version], ['2', '1'])

    const back = { ...taking, version: '1', from: day(2) }
    await assert.rejects(act(back, 'undone'), /applied by another version/)
  })
}
