// The work of staff over HTTP, on both engines, from a patient's answer to a verified audit log: an alert escalated and
// acknowledged, a query, a data-change request that the sponsor cannot decide, a void, a signature broken by a change.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Diary, deviceHeaders, diary } from '../support/diary.ts'
import { staffStudyId, staffTrial } from '../support/staff.ts'
import { engineNames, type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The actions of the audit log on a record, oldest first. */
const actionsOn = async (trial: RunningTrial, record: string): Promise<string[]> =>
  (await trial.rows('SELECT leaf FROM audit_entries WHERE study_id = ? ORDER BY leaf_index', [staffStudyId]))
    .map((row) => JSON.parse(String(row.leaf)) as { action: string; record: string; actor: string })
    .filter((leaf) => leaf.record === record)
    .map((leaf) => `${leaf.action} ${leaf.actor}`)

for (const engine of engineNames)
  describe(engine, async () => {
    const trial = await startTrial({ engine, patients: 1 })
    after(() => trial[Symbol.asyncDispose]())
    const { people, member } = await staffTrial(trial)
    const [patient, elsewhere] = [people[0]!, people[1]!]
    const mine = [patient.siteId]
    const investigator = await member('ines', 'principal-investigator', mine)
    const nurse = await member('nora', 'site-nurse', mine)
    const otherNurse = await member('otto', 'site-nurse', [elsewhere.siteId])
    const monitor = await member('mona', 'sponsor-monitor', null)
    const manager = await member('dana', 'data-manager', null)
    const inspector = await member('iris', 'inspector', null)
    const unblinded = await member('ulla', 'unblinded-statistician', null)

    const send = async (person: Person, submission: Diary): Promise<number> => {
      const response = await fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers: deviceHeaders(person.token),
        body: JSON.stringify(submission),
      })
      assert.equal(response.status, 202)
      const { receipt } = (await response.json()) as { receipt: { position: number } }
      await trial.settle()
      return receipt.position
    }
    const items = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`phq9-${i + 1}`, 'several-days']))
    const phq9 = (person: Person, item9 = 'several-days') =>
      diary(person, {
        form: 'phq-9',
        answers: { ...items, 'phq9-9': item9, 'phq9-10': 'somewhat-difficult' },
      })
    let position = 0

    test(`${engine}: an alert nobody acknowledges is escalated; its site acknowledges and resolves it, another never sees it`, async () => {
      position = await send(patient, phq9(patient))
      const tend = () => trial.control.act({ do: 'tend-alerts' }, '-')
      const deadline = Date.now() + 10_000
      while ((await tend()).escalated === 0) assert.ok(Date.now() < deadline, 'never escalated')
      assert.deepEqual(await tend(), { delivered: 0, escalated: 0 })
      const list = await nurse.get('/alerts?state=raised')
      assert.equal(list.status, 200)
      const [alert] = list.body.items
      assert.deepEqual(
        [alert.rule, alert.level, alert.escalatedTo, alert.patientId, list.body.next],
        ['phq-9-item-9', 1, ['principal-investigator'], patient.patientId, null],
      )
      assert.deepEqual((await otherNurse.get('/alerts')).body.items, [])
      const path = `/alerts/${alert.id}`
      assert.equal((await otherNurse.get(path)).status, 404)
      assert.equal((await otherNurse.post(`${path}/acknowledge`, { note: 'x' }, alert.revision)).status, 404)
      assert.equal((await inspector.post(`${path}/acknowledge`, { note: 'x' }, alert.revision)).status, 403)
      assert.equal((await investigator.post(`${path}/acknowledge`, { note: 'x' })).status, 428)
      assert.equal(
        (await investigator.post(`${path}/acknowledge`, { note: ' ' }, alert.revision)).status,
        400,
      )
      assert.equal((await investigator.post(`${path}/acknowledge`, { note: 'x' }, 99)).status, 412)
      const note = 'Called the patient, who is safe.'
      const done = await investigator.post(`${path}/acknowledge`, { note }, alert.revision)
      assert.deepEqual([done.status, done.body.state, done.etag], [200, 'acknowledged', '"2"'])
      const again = await investigator.post(`${path}/acknowledge`, { note }, 2)
      assert.deepEqual([again.status, again.body.code], [409, 'state.not-allowed'])
      assert.equal((await investigator.post(`${path}/resolve`, { note: 'Seen today.' }, 2)).status, 200)
      assert.deepEqual(
        (await inspector.get(path)).body.history.map((t: { transition: string; said: string }) => t.said),
        [null, note, 'Seen today.'],
      )
      assert.deepEqual(await actionsOn(trial, `alert:${alert.id}`), [
        'alert.escalated system:clock',
        'alert.acknowledged member:ines',
        'alert.resolved member:ines',
      ])
      assert.equal((await tend()).escalated, 0)
      const messages = await trial.rows("SELECT message_id FROM outbox WHERE kind = 'alert.escalated'")
      assert.deepEqual(
        messages.map((m) => m.message_id),
        [`${staffStudyId}:alert:${alert.id}:escalated:1`],
      )
    })

    test(`${engine}: a query goes from the monitor to the site and back; only its author takes it back`, async () => {
      const question = {
        patientId: patient.patientId,
        position,
        item: 'phq9-2',
        note: 'Is this as the patient said?',
      }
      assert.equal((await nurse.post('/queries', question)).status, 403)
      assert.equal((await monitor.post('/queries', { ...question, position: 99_999 })).status, 404)
      const asked = await monitor.post('/queries', question)
      assert.deepEqual([asked.status, asked.body.state, asked.etag], [201, 'open', '"1"'])
      const path = `/queries/${asked.body.id}`
      assert.equal((await otherNurse.get(path)).status, 404)
      assert.equal(
        (await manager.post(`${path}/cancel`, { note: 'no' }, 1)).body.code,
        'permission.not-addressed',
      )
      assert.equal((await nurse.post(`${path}/answer`, { note: 'Yes.' }, 1)).body.state, 'answered')
      assert.equal((await monitor.post(`${path}/reopen`, { note: 'Which day?' }, 2)).body.state, 'reopened')
      assert.equal((await nurse.post(`${path}/answer`, { note: 'Today.' }, 3)).body.state, 'answered')
      const closed = await manager.post(`${path}/close`, undefined, 4)
      assert.equal(closed.body.state, 'closed')
      assert.deepEqual(
        closed.body.history.map((t: { said: string | null }) => t.said),
        [question.note, 'Yes.', 'Which day?', 'Today.', null],
      )
      const log = (await trial.rows('SELECT leaf FROM audit_entries')).map((r) => String(r.leaf)).join('\n')
      assert.doesNotMatch(log, /as the patient said|Which day|who is safe/, 'notes are proven, not told')
    })

    test(`${engine}: an approved change supersedes, breaks the signature and leaves what was sent; the sponsor cannot decide`, async () => {
      const signing = {
        patientId: patient.patientId,
        positions: [position],
        meaning: 'I have reviewed this entry.',
      }
      assert.equal((await nurse.post('/signatures', signing)).status, 403)
      const signed = await investigator.post('/signatures', signing)
      assert.deepEqual([signed.status, signed.body.state, signed.body.name], [201, 'signed', 'Test ines'])
      const wanted = {
        position,
        answers: { 'phq9-1': 'nearly-every-day' },
        source: 'Visit note of the same day',
        reason: 'The patient pressed the wrong button and said so at once.',
      }
      assert.equal((await monitor.post('/change-requests', wanted)).status, 403)
      const stranger = await nurse.post('/change-requests', { ...wanted, answers: { nothing: 1 } })
      assert.deepEqual([stranger.status, stranger.body.member], [400, 'answers'])
      const drafted = await nurse.post('/change-requests', wanted)
      assert.deepEqual([drafted.status, drafted.body.state], [201, 'draft'])
      const path = `/change-requests/${drafted.body.id}`
      assert.equal(
        (await investigator.post(`${path}/approve`, undefined, 1)).status,
        409,
        'not submitted yet',
      )
      assert.equal((await nurse.post(`${path}/submit`, undefined, 1)).body.state, 'submitted')
      for (const sponsor of [monitor, manager, nurse]) {
        const refused = await sponsor.post(`${path}/approve`, undefined, 2)
        assert.deepEqual([refused.status, refused.body.permission], [403, 'changes.decide'])
      }
      assert.equal((await monitor.post(`${path}/comment`, { note: 'Please see the source.' }, 2)).status, 200)
      const before = (await investigator.get(`/responses/${position}`)).body
      assert.deepEqual([before.state, before.version], ['submitted', 1])
      const approved = await investigator.post(`${path}/approve`, undefined, 3)
      assert.deepEqual([approved.status, approved.body.state], [200, 'applied'])
      assert.equal((await manager.post(`${path}/acknowledge`, undefined, approved.body.revision)).status, 200)

      const now = (await inspector.get(`/responses/${position}`)).body
      assert.deepEqual([now.state, now.version, now.versions.length], ['superseded', 2, 2])
      assert.equal(now.record.answers['phq9-1'], 'nearly-every-day')
      assert.deepEqual(now.versions[0].record, before.record, 'the first version stays')
      assert.equal(now.record.scores[0].value, before.record.scores[0].value + 2)
      const [score] = await trial.rows('SELECT value FROM scores WHERE position = ?', [position])
      assert.equal(score?.value, now.record.scores[0].value)
      const [occasion] = await trial.rows('SELECT standing FROM occasions WHERE position = ?', [position])
      assert.equal(occasion?.standing, 'superseded')

      const broken = (await investigator.get('/signatures?state=broken')).body.items
      const brokenIds = broken.map((s: { id: number }) => s.id)
      assert.deepEqual(brokenIds, [signed.body.id])
      const renewed = await investigator.post('/signatures', signing)
      assert.notEqual(renewed.body.sha256, signed.body.sha256)
      assert.equal((await investigator.get(`/signatures/${signed.body.id}`)).body.state, 'replaced')
      assert.deepEqual(await actionsOn(trial, `signature:${signed.body.id}`), [
        'signature.signed member:ines',
        'signature.broken system:processing',
        'signature.replaced system:processing',
      ])
    })

    test(`${engine}: a changed answer that calls somebody raises the alert it would have raised, once`, async () => {
      const person = people[4]!
      const site = await member('sven', 'site-investigator', [person.siteId])
      const quiet = await send(person, phq9(person, 'not-at-all'))
      assert.deepEqual((await site.get('/alerts')).body.items, [])
      const wanted = {
        position: quiet,
        answers: { 'phq9-9': 'several-days' },
        source: 'Telephone note of the same day',
        reason: 'The patient called.',
      }
      const { id } = (await site.post('/change-requests', wanted)).body
      await site.post(`/change-requests/${id}/submit`, undefined, 1)
      assert.equal((await site.post(`/change-requests/${id}/approve`, undefined, 2)).body.state, 'applied')
      const [alert] = (await site.get('/alerts')).body.items
      assert.deepEqual([alert.rule, alert.position, alert.state], ['phq-9-item-9', quiet, 'raised'])
      const { receivedAt } = (await site.get(`/responses/${quiet}`)).body.record
      assert.equal(alert.receivedAt, receivedAt)
      const monitorOfSafety = await member('mark', 'medical-monitor', null)
      const refused = await monitorOfSafety.post(`/alerts/${alert.id}/open`, undefined, alert.revision)
      assert.deepEqual([refused.status, refused.body.code], [403, 'permission.not-addressed'])
      assert.equal((await site.post(`/alerts/${alert.id}/open`, undefined, alert.revision)).status, 200)
      const taken = { ...wanted, answers: { 'phq9-10': null } }
      const second = (await site.post('/change-requests', taken)).body
      await site.post(`/change-requests/${second.id}/submit`, undefined, 1)
      await site.post(`/change-requests/${second.id}/approve`, undefined, 2)
      const { record, version } = (await site.get(`/responses/${quiet}`)).body
      assert.deepEqual(
        [version, record.answers['phq9-9'], 'phq9-10' in record.answers],
        [3, 'several-days', false],
      )
      assert.equal((await site.get('/alerts')).body.items.length, 1)
    })

    test(`${engine}: a response is set aside, counts again, and of two for one occasion the site chooses`, async () => {
      const person = people[0]!
      const first = await send(person, diary(person))
      const second = await send(person, diary(person))
      const at = (p: number) => `/responses/${p}`
      assert.equal((await nurse.get(at(second))).body.state, 'duplicate')
      assert.equal((await nurse.post(`${at(first)}/void`, { reason: 'test' }, 0)).status, 403)
      const gone = await investigator.post(`${at(first)}/void`, { reason: 'sent for a trial run' }, 0)
      assert.deepEqual([gone.status, gone.body.state], [200, 'void'])
      const standing = async (p: number) =>
        (await trial.rows('SELECT standing FROM occasions WHERE position = ?', [p]))[0]?.standing
      assert.equal(await standing(first), 'void')
      const back = await investigator.post(`${at(first)}/restore`, { reason: 'it was not' }, 1)
      assert.equal(back.body.state, 'submitted')
      assert.equal(await standing(first), 'submitted')
      const chosen = await nurse.post(`${at(second)}/choose`, { reason: 'the patient corrected herself' }, 0)
      assert.deepEqual([chosen.status, chosen.body.state, chosen.body.filledBy], [200, 'submitted', second])
      assert.equal((await nurse.get(at(first))).body.state, 'duplicate')
      assert.equal(await standing(first), undefined)
      assert.equal(await standing(second), 'submitted')
      const aside = await investigator.post(`${at(first)}/void`, { reason: 'not the one' }, 3)
      assert.deepEqual([aside.status, aside.body.state], [200, 'void'])
      assert.equal(await standing(second), 'submitted', 'a duplicate leaves the occasion alone')
      const again = await investigator.post(`${at(first)}/restore`, { reason: 'keep it' }, 4)
      assert.equal(again.body.state, 'duplicate')
    })

    test(`${engine}: P10: what is restricted is there for unblinded staff and not for others`, async () => {
      const control = people.find((p) => p.arm === 'G2')!
      const answers = { ...diary(control).answers, 'pack-number': '14543' }
      const at = await send(control, diary(control, { answers }))
      const told = (await unblinded.get(`/responses/${at}`)).body
      assert.equal(told.restricted.deviations[0].rule, 'control-reports-study-drug-pack')
      const hidden = (await inspector.get(`/responses/${at}`)).body
      assert.equal('restricted' in hidden, false)
      const { restricted: _, ...rest } = told
      assert.deepEqual(rest, hidden)
      assert.equal((await unblinded.get('/deviations')).body.items.length, 1)
      assert.deepEqual((await inspector.get('/deviations')).body.code, 'permission.missing')
      for (const path of ['/patients', `/patients/${control.patientId}`, `/responses/${at}`])
        assert.doesNotMatch(JSON.stringify((await inspector.get(path)).body), /"arm"|"G1"|"G2"|deviation/)
    })

    test(`${engine}: a withdrawal counts from the instant the site names`, async () => {
      const patientId = people[3]!.patientId
      const at = `/patients/${patientId}/withdrawal`
      const pi = await member('paul', 'site-investigator', [people[3]!.siteId])
      assert.equal((await investigator.post(at, { reason: 'moved away' })).status, 404)
      const wrong = await pi.post(at, { reason: 'moved away', effectiveAt: 'yesterday' })
      assert.deepEqual([wrong.status, wrong.body.member], [400, 'effectiveAt'])
      const effectiveAt = '2026-11-20T10:00:00+08:00'
      const done = await pi.post(at, { reason: 'moved away', effectiveAt })
      assert.deepEqual(
        [done.status, done.body.status, done.body.withdrawnAt],
        [201, 'withdrawn', '2026-11-20T02:00:00.000Z'],
      )
      assert.equal((await pi.post(at, { reason: 'again' })).status, 409)
    })

    test(`${engine}: who is revoked does nothing more, at once`, async () => {
      const leaving = await member('lea', 'site-nurse', null)
      assert.equal((await leaving.get('/patients')).status, 200)
      await trial.control.act({ do: 'revoke-staff', studyId: staffStudyId, staffId: 'lea' }, 'left')
      const refused = await leaving.get('/patients')
      assert.deepEqual([refused.status, refused.body.code], [401, 'staff.token-unknown'])
    })

    test(`${engine}: P6: all of it is in the audit log, which verifies without Levee`, async () => {
      const grown = async () => {
        const [head] = await trial.rows('SELECT size FROM audit_heads WHERE study_id = ?', [staffStudyId])
        const [signed] = await trial.rows(
          'SELECT MAX(size) AS size FROM audit_checkpoints WHERE study_id = ?',
          [staffStudyId],
        )
        return Number(head?.size) > Number(signed?.size ?? 0)
      }
      const deadline = Date.now() + 10_000
      while (await grown()) {
        assert.ok(Date.now() < deadline, 'no checkpoint')
        await sleep(50)
      }
      const bundle = mkdtempSync(join(tmpdir(), 'levee-bundle-'))
      after(() => rmSync(bundle, { recursive: true, force: true }))
      const levee = (...args: string[]) =>
        JSON.parse(execFileSync(join(root, 'bin/levee'), [...args, '--json'], { encoding: 'utf8' }))
      const database = trial.database === undefined ? [] : ['--database', trial.database]
      levee('audit', 'export', '--data', trial.folder, ...database, '--study', staffStudyId, '--to', bundle)
      const verified = levee('audit', 'verify', bundle)
      assert.equal(verified.ok ?? verified.verified, true, JSON.stringify(verified))
      const leaves = (
        await trial.rows('SELECT leaf FROM audit_entries WHERE study_id = ?', [staffStudyId])
      ).map((row) => JSON.parse(String(row.leaf)) as { action: string })
      const actions = new Set(leaves.map(({ action }) => action))
      for (const action of [
        'staff.created',
        'alert.escalated',
        'alert.acknowledged',
        'query.closed',
        'change.approved',
        'change.applied',
        'response.superseded',
        'response.voided',
        'signature.broken',
        'patient.withdrawn',
        'staff.revoked',
      ])
        assert.ok(actions.has(action), action)
      assert.doesNotMatch(JSON.stringify(leaves), /several-days|nearly-every-day|"G1"|"G2"/)
    })
  })
