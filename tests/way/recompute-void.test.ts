// P11 where staff decide between two evaluations: with one diary a day across zones, an occasion whose entry was changed
// or declared void is what it was then, when everything is evaluated again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoFolder, studyFiles } from '../../src/cli/demo-study.ts'
import { openRecords } from '../../src/cli/records-source.ts'
import { prove } from '../../src/cli/study-recompute.ts'
import { deviceHeaders, diary } from '../support/diary.ts'
import { memberWith, staffStudyId as studyId } from '../support/staff.ts'
import { engineNames, startTrial } from '../support/start-trial.ts'

for (const engine of engineNames)
  test(`${engine}: P11: what staff changed and declared void in between, the proof takes as it was then`, async () => {
    await using trial = await startTrial({ engine, patients: 1 })
    const act = (action: object) => trial.control.act(action as never, 'test') as Promise<unknown>
    const files = studyFiles(demoFolder).map(([name, text]) => [
      name,
      name === 'study.yaml' ? text.replace(/^id: .*$/m, `id: ${studyId}\ntravel: once-a-day`) : text,
    ])
    await act({ do: 'publish', files })
    const one = { ...trial.people[0], studyId }
    await act({ do: 'create-patients', studyId, patients: [one] })
    const issue = { studyId, patientIds: [one.patientId], limit: 1, label: 'test', replace: true }
    const { issued } = (await act({ do: 'issue-tokens', ...issue })) as { issued: { token: string }[] }
    const person = { ...one, token: issued[0]!.token }
    const wanted = { staffId: 'ines', name: 'Ines', role: 'principal-investigator', sites: null }
    const { token } = (await act({ do: 'create-staff', studyId, ...wanted })) as { token: string }
    const investigator = memberWith(trial, 'ines', token)

    const evening = Temporal.Now.instant()
      .subtract({ hours: 72 })
      .toZonedDateTimeISO('Asia/Shanghai')
      .with({ hour: 21, minute: 0, second: 0, millisecond: 0, microsecond: 0, nanosecond: 0 })
    const send = async (hours: number, zone: string): Promise<number> => {
      const completedAt = evening.add({ hours }).withTimeZone(zone).toString()
      const times = { completedAt, startedAt: undefined, sentAt: undefined, occasion: undefined }
      const answer = await fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers: deviceHeaders(person.token),
        body: JSON.stringify(diary(person, times)),
      })
      assert.equal(answer.status, 202)
      await trial.settle()
      return ((await answer.json()) as { receipt: { position: number } }).receipt.position
    }
    const occasionOf = async (position: number) => (await investigator.get(`/responses/${position}`)).body
    const prepare = async (position: number, pain: number) => {
      const asked = { position, answers: { pain }, source: 'note', reason: 'slip' }
      const { id } = (await investigator.post('/change-requests', asked)).body
      await investigator.post(`/change-requests/${id}/submit`, undefined, 1)
      assert.equal((await investigator.post(`/change-requests/${id}/approve`, undefined, 2)).status, 200)
    }

    const home = await send(0, 'Asia/Shanghai')
    await prepare(home, 2)
    const { revision, occasion } = await occasionOf(home)
    assert.equal((await investigator.post(`/responses/${home}/void`, { reason: 'x' }, revision)).status, 200)
    const abroad = await send(15, 'America/Los_Angeles')
    assert.equal((await occasionOf(abroad)).occasion, occasion, 'the day is free again, and filled abroad')
    assert.equal((await investigator.post(`/responses/${abroad}/choose`, { reason: 'x' }, 0)).status, 200)
    await prepare(abroad, 3)
    const next = await send(20, 'America/Los_Angeles')
    assert.notEqual((await occasionOf(next)).occasion, occasion)

    await using records = await openRecords({ data: trial.folder, database: trial.database ?? '' })
    const report = await prove(records, studyId, {})
    assert.deepEqual([report.responses, report.changesByStaff, report.differences], [3, 2, []])
  })
