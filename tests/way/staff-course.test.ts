// What staff decide outside the records of the workflow, over HTTP and on both engines: held entries and conflicts, days
// that cannot be judged, dates, dose levels and holds, and the emergency unblinding; each is in the audit log.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { socketPath } from '../../src/api/control/socket-path.ts'
import { deviceHeaders, diary } from '../support/diary.ts'
import { type Member, staffStudyId, staffTrial } from '../support/staff.ts'
import { engineNames, startTrial } from '../support/start-trial.ts'

/** What the demo study has not: an anchor that repeats, and levels of its dose. */
const withCourse = (yaml: string): string =>
  yaml
    .replace(/^arms:/m, 'anchors:\n  - { id: cycle, title: { en: Cycle, zh: 周期 }, repeats: true }\n\n$&')
    .replace(
      /^ {2}doses-per-day: 1$/m,
      '$&\n  levels: { full: { amount: 2 }, half: { amount: 1 } }\n  start-level: full',
    )

/** Waits for what follows by itself within moments. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, 'it never came to be')
    await sleep(10)
  }
}

/** The status with which the control socket answers an action, whatever actor it names. */
async function actAs(folder: string, action: object): Promise<number | undefined> {
  const path = socketPath(join(folder, 'levee.sock'))
  const headers = { 'content-type': 'application/json' }
  const sent = request({ socketPath: path, method: 'POST', path: '/actions', headers, agent: false })
  sent.end(JSON.stringify(action))
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}

for (const engine of engineNames)
  describe(engine, async () => {
    const trial = await startTrial({ engine, patients: 1 })
    after(() => trial[Symbol.asyncDispose]())
    const { people, member } = await staffTrial(trial, 24, withCourse)
    const [patient, elsewhere] = [people[0]!, people[1]!]
    const { patientId } = patient
    const at = `/patients/${patientId}`
    const investigator = await member('ines', 'principal-investigator', [patient.siteId])
    const nurse = await member('nora', 'site-nurse', [patient.siteId])
    const otherManager = await member('otto', 'data-manager', [elsewhere.siteId])
    const manager = await member('dana', 'data-manager', null)
    const inspector = await member('iris', 'inspector', null)
    const pharmacist = await member('uma', 'unblinded-pharmacist', null)

    const send = async (body: object): Promise<number> => {
      const headers = deviceHeaders(patient.token)
      const answer = await fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      const { receipt } = (await answer.json()) as { receipt?: { position: number } }
      await trial.settle()
      return receipt?.position ?? 0
    }
    type Leaf = { action: string; actor: string; reason?: string; before?: string; after?: string }
    const leavesOf = async (record: string): Promise<Leaf[]> =>
      (
        await trial.rows('SELECT leaf FROM audit_entries WHERE study_id = ? ORDER BY leaf_index', [
          staffStudyId,
        ])
      )
        .map(({ leaf }) => JSON.parse(String(leaf)) as Leaf & { record: string })
        .filter((leaf) => leaf.record === record)
    const positionsFor = async (who: Member, query = '') =>
      (await who.get(`/held${query}`)).body.items.map((one: { position: number }) => one.position)
    const day = (ago: number) =>
      Temporal.Now.zonedDateTimeISO(patient.zone).subtract({ days: ago }).toPlainDate().toString()

    test(`${engine}: a quarantined entry is tried again and set aside by a named person, with a reason`, async () => {
      const position = await send(diary(patient, { form: 'none-such' }))
      const path = `/held/${position}`
      const held = await investigator.get(path)
      assert.deepEqual(
        [held.body.state, held.body.siteId, held.body.setAsideAt, held.body.nextAttemptAt],
        ['quarantined', patient.siteId, null, null],
      )
      assert.doesNotMatch(JSON.stringify(held.body), /none-such|answers/)
      const { code } = held.body
      assert.deepEqual(await positionsFor(nurse, `?code=${code}&patient=${patientId}`), [position])
      assert.deepEqual(await positionsFor(nurse, '?code=killer'), [])
      assert.deepEqual(await positionsFor(nurse, '?state=dead,retrying'), [])
      assert.deepEqual(await positionsFor(otherManager), [])
      assert.equal((await otherManager.post(`${path}/retry`, { reason: 'x' })).status, 404)
      assert.equal(
        (await nurse.post(`${path}/retry`, { reason: 'x' })).body.permission,
        'submissions.release',
      )
      assert.equal((await manager.post(`${path}/retry`, { reason: ' ' })).body.member, 'reason')
      const reason = 'The form will be published today.'
      assert.equal((await manager.post(`${path}/retry`, { reason })).status, 201)
      await until(async () => (await manager.get(path)).body.state !== 'retrying')
      const aside = await investigator.post(`${path}/set-aside`, { reason: 'A test device.' })
      assert.deepEqual([aside.status, aside.body.state], [201, 'quarantined'])
      assert.ok(Date.parse(aside.body.setAsideAt) > 0)
      assert.equal((await investigator.post(`${path}/set-aside`, { reason: 'again' })).status, 409)
      assert.deepEqual(await positionsFor(nurse), [])
      assert.deepEqual(await positionsFor(nurse, '?aside=true'), [position])
      const decisions = (await leavesOf(`entry:${position}`)).filter(({ actor }) =>
        actor.startsWith('member:'),
      )
      assert.deepEqual(
        decisions.map(({ action, actor, reason: why }) => [action, actor, why]),
        [
          ['submission.retried', 'member:dana', reason],
          ['submission.set-aside', 'member:ines', 'A test device.'],
        ],
      )
      const applied = await send(diary(patient))
      assert.equal((await manager.get(`/held/${applied}`)).status, 404)
      assert.equal((await manager.post(`/held/${applied}/retry`, { reason: 'x' })).status, 404)
    })

    test(`${engine}: a conflict is set aside once`, async () => {
      const first = diary(patient)
      const position = await send(first)
      await send({ ...first, answers: {} })
      const open = async () => (await investigator.get('/conflicts')).body.items
      await until(async () => (await open()).length > 0)
      const [{ id, position: standing }] = await open()
      assert.equal(standing, position)
      assert.deepEqual((await otherManager.get('/conflicts')).body.items, [])
      assert.equal((await otherManager.post(`/conflicts/${id}/set-aside`, { reason: 'x' })).status, 404)
      assert.equal((await manager.post(`/conflicts/${id}/set-aside`, { reason: 'A replay.' })).status, 201)
      assert.equal((await manager.post(`/conflicts/${id}/set-aside`, { reason: 'again' })).status, 409)
      assert.deepEqual(await open(), [])
      const last = (await leavesOf(`second-body:${id}`)).at(-1)!
      assert.deepEqual(
        [last.action, last.actor, last.reason],
        ['conflict.set-aside', 'member:dana', 'A replay.'],
      )
    })

    test(`${engine}: days that cannot be judged leave compliance`, async () => {
      const dueFor = async () => {
        const { denominator, withNotEvaluable } = (await nurse.get(`${at}/compliance`)).body.byForm[
          'daily-diary'
        ]
        return [denominator, withNotEvaluable.denominator]
      }
      const eightOn = (ago: number) => {
        const times = Temporal.Now.zonedDateTimeISO(patient.zone)
          .subtract({ days: ago })
          .withPlainTime('08:00')
        return { startedAt: times.toString(), completedAt: times.toString(), occasion: day(ago) }
      }
      await send(diary(patient, { ...eightOn(3), sentAt: undefined }))
      assert.deepEqual(await dueFor(), [3, 3])
      const span = { from: day(2), to: day(1), cause: 'hospital', reason: 'Discharge letter.' }
      assert.equal((await manager.post(`${at}/not-evaluable`, span)).body.permission, 'occasions.judge')
      assert.equal((await nurse.post(`${at}/not-evaluable`, { ...span, cause: 'mood' })).body.member, 'cause')
      assert.equal((await nurse.post(`${at}/not-evaluable`, { ...span, to: day(3) })).body.member, 'to')
      const marked = await nurse.post(`${at}/not-evaluable`, span)
      assert.deepEqual(marked.body.course.notEvaluable, [{ from: day(2), to: day(1), reason: 'hospital' }])
      assert.deepEqual(await dueFor(), [1, 3])
    })

    test(`${engine}: dates, dose levels and holds, each with its old and new value in the audit log`, async () => {
      const reason = 'Source note of the visit.'
      const post = async (who: Member, path: string, body: object) => {
        const answer = await who.post(`${at}/${path}`, { reason, ...body })
        return answer.status === 201 ? answer.body.course : [answer.status, answer.body.member]
      }
      assert.deepEqual((await post(nurse, 'anchors/cycle', { date: '2026-03-02' })).anchors, {
        cycle: ['2026-03-02'],
      })
      assert.deepEqual(await post(nurse, 'anchors/cycle', { date: '2026-03-01' }), [400, 'date'])
      const moved = await post(nurse, 'anchors/cycle', { date: '2026-03-03', cycle: 1 })
      assert.deepEqual(moved.anchors.cycle, ['2026-03-03'])
      assert.deepEqual((await post(nurse, 'anchors/cycle', { date: null })).anchors, {})
      assert.deepEqual(await post(nurse, 'anchors/enrolled', { date: '2026-03-03' }), [400, 'anchor'])

      const dose = 'doses/study-medicine'
      const half = { level: 'half', from: '2026-03-05' }
      assert.deepEqual(await post(nurse, `${dose}/level`, half), [403, undefined])
      assert.deepEqual(await post(investigator, `${dose}/level`, { ...half, level: 'double' }), [
        400,
        'level',
      ])
      const levels = [{ dose: 'study-medicine', level: 'half', from: '2026-03-05' }]
      assert.deepEqual((await post(investigator, `${dose}/level`, half)).doseLevels, levels)
      const hold = { from: '2026-03-08', cause: 'Side effect' }
      assert.equal((await post(investigator, `${dose}/hold`, hold)).holds[0].to, null)
      assert.deepEqual(await post(investigator, 'doses/other/hold', hold), [400, 'dose'])
      const resumed = await post(investigator, `${dose}/resume`, { on: '2026-03-12' })
      assert.deepEqual(resumed.holds, [
        { dose: 'study-medicine', from: '2026-03-08', to: '2026-03-11', reason: 'Side effect' },
      ])
      assert.deepEqual((await inspector.get(at)).body.course, resumed)
      const leaves = (await leavesOf(`patient:${patientId}`)).filter((leaf) => leaf.reason === reason)
      assert.deepEqual(
        leaves.map(({ action, actor }) => `${action} ${actor}`),
        [
          ...Array(3).fill('patient.anchor-set member:nora'),
          'patient.dose-level-set member:ines',
          'patient.dose-held member:ines',
          'patient.dose-resumed member:ines',
        ],
      )
      assert.deepEqual(
        [leaves[1]!.before, leaves[1]!.after],
        ['{"anchors":{"cycle":["2026-03-02"]}}', '{"anchors":{"cycle":["2026-03-03"]}}'],
      )
    })

    test(`${engine}: P10: an arm is told in an emergency, on record before it is told, and stands nowhere else`, async () => {
      const reason = 'Anaphylaxis in the emergency room.'
      const arm = patient.arm
      for (const refused of [nurse, manager, inspector])
        assert.equal((await refused.post(`${at}/unblinding`, { reason })).body.permission, 'patients.unblind')
      assert.equal((await investigator.post(`${at}/unblinding`, { reason: '' })).status, 400)
      const asked = async () =>
        (await leavesOf(`patient:${patientId}`)).filter(({ action }) => action === 'patient.unblinded')
      assert.deepEqual(await asked(), [])
      const told = await investigator.post(`${at}/unblinding`, { reason })
      assert.deepEqual([told.status, told.body.arm], [201, arm])
      assert.ok(told.body.meaning.role.length > 0 && told.body.meaning.text.en.length > 0)
      assert.equal((await pharmacist.post(`${at}/unblinding`, { reason: 'Kit check' })).body.arm, arm)
      const leaves = await asked()
      assert.deepEqual(
        leaves.map((leaf) => [leaf.actor, leaf.reason]),
        [
          ['member:ines', reason],
          ['member:uma', 'Kit check'],
        ],
      )
      assert.doesNotMatch(JSON.stringify(leaves), new RegExp(`"${arm}"`))
      assert.doesNotMatch(JSON.stringify((await investigator.get(at)).body), new RegExp(`"${arm}"`))
    })

    test(`${engine}: nobody acts in the name of a member at the control socket`, async () => {
      const forged = {
        do: 'unblind',
        studyId: staffStudyId,
        patientId,
        by: { actor: 'member:ines', reason: 'x' },
      }
      const status = (actor: string) => actAs(trial.folder, { ...forged, by: { ...forged.by, actor } })
      assert.equal(await status('member:ines'), 403)
      // Control: the same action in the machine's name is let in.
      assert.equal(await status('staff:root'), 200)
    })
  })
