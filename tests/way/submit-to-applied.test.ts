// The way of a diary: sent, acknowledged, applied, audited, explained.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { demoFolder, studyFiles } from '../../src/cli/demo-study.ts'
import type { Submission } from '../../src/intake/submission-schema.ts'
import { effectText, evaluate, type Outcome } from '../../src/processing/effect.ts'
import { commitment } from '../../src/records/commitment.ts'
import type { Patient } from '../../src/records/patient-store.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { courseOf } from '../../src/study/course.ts'
import { type Diary, deviceHeaders, diary } from '../support/diary.ts'
import { engineNames, type Person, startTrial } from '../support/start-trial.ts'

for (const engine of engineNames)
  describe(engine, async () => {
    const trial = await startTrial({ patients: 12, engine })
    after(() => trial[Symbol.asyncDispose]())

    const send = async (person: Person, body: Diary | string) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const answer = await fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers: deviceHeaders(person.token),
        body: text,
      })
      return { status: answer.status, body: (await answer.json()) as Record<string, never> }
    }
    const statusOf = async (person: Person, id: string) => {
      const answer = await fetch(`${trial.http}/v1/submissions/${id}`, {
        headers: deviceHeaders(person.token),
      })
      return (await answer.json()) as Record<string, never> & { findings: { code: string }[] }
    }

    test(`${engine}: the example of the contract is applied without findings for patients of every site and both arms`, async () => {
      assert.deepEqual(new Set(trial.people.map((p) => p.arm)), new Set(['G1', 'G2']))
      for (const person of trial.people) {
        const sent = diary(person)
        const { status, body } = await send(person, sent)
        assert.equal(status, 202)
        assert.equal(body.status, 'received')
        assert.equal(body.message, 'Received, processing in the background')
        await trial.settle()
        const seen = await statusOf(person, sent.submissionId)
        assert.deepEqual(
          [seen.status, seen.timing, seen.findings],
          ['applied', 'on-time', []],
          `${person.patientId} ${person.zone}`,
        )
      }
    })

    test(`${engine}: P9: device times and the time of receipt are kept as they were stated`, async () => {
      const person = trial.people[1]!
      const sent = diary(person, {
        occasion: '2026-10-01',
        completedAt: '2026-10-01T08:00:00+05:30[Asia/Kolkata]',
        startedAt: 'yesterday',
        sentAt: undefined,
      })
      await send(person, sent)
      await trial.settle()
      const [row] = await trial.rows("SELECT effect FROM responses WHERE effect LIKE '%' || ? || '%'", [
        sent.submissionId,
      ])
      const effect = JSON.parse(String(row?.effect))
      assert.equal(effect.device.completedAt, '2026-10-01T08:00:00+05:30[Asia/Kolkata]')
      assert.equal(effect.device.startedAt, 'yesterday')
      assert.equal(effect.device.uptimeMs, 88_123_456)
      assert.match(effect.receivedAt, /^20\d\d-.*Z$/)
      assert.equal(effect.lateReceipt, true)
      assert.deepEqual(
        effect.findings.map((f: { code: string }) => f.code),
        ['time-unreadable'],
      )
    })

    test(`${engine}: a second diary for the same day is kept, marked, and does not replace the first`, async () => {
      const person = trial.people[2]!
      const again = diary(person, { answers: { ...diary(person).answers, pain: 10 } })
      assert.equal((await send(person, again)).status, 202)
      await trial.settle()
      const seen = await statusOf(person, again.submissionId)
      assert.deepEqual(
        seen.findings.map((f) => f.code),
        ['duplicate-candidate'],
      )
      const [row] = await trial.rows('SELECT COUNT(*) AS n FROM occasions WHERE patient_id = ?', [
        person.patientId,
      ])
      assert.equal(row?.n, 1)
    })

    test(`${engine}: late is a finding; too far ahead of our clock, unknown forms and versions wait for a person`, async () => {
      const person = trial.people[3]!
      const zone = person.zone
      const now = Temporal.Now.zonedDateTimeISO(zone)
      const late = diary(person, { occasion: now.subtract({ days: 1 }).toPlainDate().toString() })
      const table: [Diary, string, string][] = [
        [late, 'applied', 'late'],
        [
          diary(person, { completedAt: now.add({ hours: 2 }).toString(), sentAt: undefined }),
          'quarantined',
          'clock-out-of-tolerance',
        ],
        [diary(person, { completedAt: '2026-02-30T08:00:00Z' }), 'quarantined', 'time-impossible'],
        [diary(person, { form: 'tea-leaves' }), 'quarantined', 'unknown-form'],
        [diary(person, { formVersion: '99' }), 'quarantined', 'unknown-form-version'],
        [diary(person, { occasion: 'someday' }), 'quarantined', 'occasion-invalid'],
      ]
      for (const [sent, status, what] of table) {
        assert.equal((await send(person, sent)).status, 202)
        await trial.settle()
        const seen = await statusOf(person, sent.submissionId)
        assert.equal(seen.status, status, what)
        if (status === 'applied')
          assert.deepEqual(
            seen.findings.map((f) => f.code),
            [what],
          )
        else assert.equal(seen.code, what)
      }
      const { studies, balanced } = await trial.ledger()
      assert.deepEqual([balanced, studies[0]?.quarantined], [true, 5])
    })

    test(`${engine}: P6: every applied entry has one audit leaf, which commits to the stored record`, async () => {
      const rows = await trial.rows(
        `SELECT r.position, r.salt, r.effect, r.restricted, a.leaf FROM responses AS r
     JOIN audit_entries AS a ON a.study_id = r.study_id AND a.leaf_index = r.leaf_index`,
      )
      assert.equal(rows.length, (await trial.ledger()).studies[0]?.applied)
      for (const row of rows) {
        const leaf = JSON.parse(String(row.leaf))
        assert.equal(leaf.record, `response:${row.position}`)
        assert.equal(
          leaf.after,
          commitment(String(row.salt), String(row.effect), row.restricted as string | null),
        )
        assert.notEqual(
          leaf.after,
          commitment(String(row.salt), `${row.effect} `, row.restricted as string | null),
        )
        const entry = await trial.entry(Number(row.position))
        assert.equal(leaf.entry.sha256, hash('sha256', entry.body, 'hex'))
      }
    })

    test(`${engine}: P11: every stored record is computed again from the raw entry, byte for byte`, async () => {
      const plan = compileStudy(new Map(studyFiles(demoFolder)))
      const rows = await trial.rows('SELECT position, effect FROM responses')
      assert.ok(rows.length > 10)
      for (const row of rows) {
        const [raw] = await trial.rows(
          'SELECT patient_id, received_at, body FROM entries WHERE position = ?',
          [row.position!],
          'journal.db',
        )
        const [p] = await trial.rows('SELECT * FROM patients WHERE patient_id = ?', [raw!.patient_id!])
        const patient = {
          patientId: p!.patient_id,
          arm: p!.arm,
          siteId: p!.site_id,
          zone: p!.zone,
          status: p!.status,
          enrolledOn: p!.enrolled_on,
          course: courseOf(String(p!.course)),
        } as unknown as Patient
        const submission = JSON.parse(
          Buffer.from(raw!.body as unknown as Uint8Array).toString(),
        ) as Submission
        const outcome: Outcome = evaluate({ plan, patient, receivedAt: Number(raw!.received_at), submission })
        assert.ok(outcome.kind === 'apply')
        const stored = JSON.parse(String(row.effect)) as { findings: { code: string }[] }
        const twice = stored.findings.some((f) => f.code === 'duplicate-candidate')
        const findings = twice
          ? [...outcome.effect.findings, { code: 'duplicate-candidate' as const }]
          : outcome.effect.findings
        assert.equal(effectText(outcome.effect, findings), row.effect)
      }
    })
  })
