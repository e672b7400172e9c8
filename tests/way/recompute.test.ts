// P11: whatever was stored follows from the bytes received and the state of then, on both engines: through
// duplicates, travel, holds, withdrawals and an amendment. One flipped byte is found, wherever it is.
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { demoFolder, studyFiles } from '../../src/cli/demo-study.ts'
import { createDiaries } from '../../src/cli/load/diaries.ts'
import { derivationsFrom, openRecords } from '../../src/cli/records-source.ts'
import { prove as proveStudy, type RecomputeReport, whatWouldChange } from '../../src/cli/study-recompute.ts'
import { openPostgres } from '../../src/storage/postgres.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { type Diary, deviceHeaders, diary } from '../support/diary.ts'
import { staffStudyId, staffTrial } from '../support/staff.ts'
import { engineNames, type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'

async function send(trial: RunningTrial, person: Person, bodies: readonly unknown[]): Promise<void> {
  const answer = await fetch(`${trial.http}/v1/submissions/batch`, {
    method: 'POST',
    headers: deviceHeaders(person.token),
    body: JSON.stringify(bodies),
  })
  assert.equal(answer.status, 200)
  for (const one of (await answer.json()) as { status: number }[]) assert.equal(one.status, 202)
}

/** The demo study with another version, stricter pain alert and a later dose window. */
function amended(): [string, string][] {
  return studyFiles(demoFolder).map(([name, text]) =>
    name === 'study.yaml'
      ? [
          name,
          text
            .replace('version: "1"', 'version: "2"')
            .replace('answers.pain == 10', 'answers.pain >= 3')
            .replace('closes: "12:00"', 'closes: "07:00"'),
        ]
      : [name, text],
  )
}

/** Everything that may make an evaluation depend on the past. */
async function liveALittle(trial: RunningTrial): Promise<number> {
  const { studyId, people, control } = trial
  const maker = createDiaries({ patients: people, studyId, seed: 7, nowMs: Date.now() })
  const take = (patient: number, count: number): Record<string, unknown>[] =>
    Array.from({ length: count }, () => JSON.parse(maker.take(patient).body.toString()))
  let sent = 0
  const round = async (count: number) => {
    for (const [i, person] of people.entries()) {
      await send(trial, person, take(i, count))
      sent += count
    }
    await trial.settle()
  }
  await round(20)
  const [first, second, third] = people as readonly [Person, Person, Person]
  // The same occasion twice, and answers outside the form.
  const again: Diary[] = [diary(first), diary(first, { answers: { pain: 99, nausea: 'nobody-knows' } })]
  // A zone the patient was not in before.
  const now = Temporal.Now.zonedDateTimeISO('Pacific/Auckland').round({
    smallestUnit: 'second',
    roundingMode: 'floor',
  })
  const abroad = diary(second, { completedAt: now.toString(), startedAt: undefined, occasion: undefined })
  await send(trial, first, again)
  await send(trial, second, [abroad])
  sent += 3
  await trial.settle()
  const reason = 'because of a test'
  const of = (person: Person) => ({ studyId, patientId: person.patientId })
  const hold = { dose: 'study-medicine', from: '2026-01-01', to: null, cause: 'neutropenia' }
  await control.act({ do: 'hold-dose', ...of(first), ...hold } as never, reason)
  await round(3)
  await control.act(
    { do: 'resume-dose', ...of(first), dose: 'study-medicine', on: '2026-02-01' } as never,
    reason,
  )
  const taking = { sites: [second.siteId], from: '2026-01-01', retroactive: true }
  await control.act({ do: 'publish', files: amended(), taking } as never, reason)
  await round(3)
  await control.act({ do: 'withdraw', ...of(third) } as never, reason)
  return sent
}

async function proof(trial: RunningTrial, folder = trial.folder, patient?: string): Promise<RecomputeReport> {
  await using records = await openRecords({ data: folder, database: trial.database ?? '' })
  return await proveStudy(records, trial.studyId, patient === undefined ? {} : { patient })
}

const fault = 'UPDATE responses SET effect = ? WHERE position = ?'

for (const engine of engineNames)
  test(`${engine}: P11: every stored result is recomputed byte for byte, and a changed byte is found`, async () => {
    await using trial = await startTrial({ engine, patients: 4 })
    const sent = await liveALittle(trial)
    const whole = await proof(trial)
    assert.deepEqual(whole.differences, [])
    assert.equal(whole.responses, sent)
    assert.equal(whole.identical, sent)
    const judged = await trial.rows('SELECT COUNT(*) AS n FROM responses WHERE effect LIKE ?', [
      '%"studyVersion":"2"%',
    ])
    assert.ok(Number(judged[0]?.n) > 0, 'the amendment judged some')
    const held = await trial.rows('SELECT COUNT(*) AS n FROM responses WHERE effect LIKE ?', ['%while-held%'])
    assert.ok(Number(held[0]?.n) > 0, 'the hold judged some')

    const one = await proof(trial, trial.folder, trial.people[0].patientId)
    assert.ok(one.responses > 0 && one.responses < sent)
    assert.deepEqual(one.differences, [])

    await using changed = await tamperable(trial)
    const [row] = await trial.rows(
      'SELECT position, effect FROM responses ORDER BY position LIMIT 1 OFFSET 5',
    )
    const position = Number(row?.position)
    await changed.run(fault, [
      String(row?.effect).replace('"status":"on-time"', '"status":"on-tims"'),
      position,
    ])
    const found = await proof(trial, changed.folder)
    assert.deepEqual(
      found.differences.map((difference) => [difference.position, difference.members]),
      [[position, ['commitment', 'record.status']]],
    )
    assert.equal(found.identical, sent - 1)
    await changed.run(fault, [String(row?.effect), position])
    assert.deepEqual((await proof(trial, changed.folder)).differences, [], 'put back, nothing differs')
    await changed.inJournal(position)
    const source = await proof(trial, changed.folder)
    assert.deepEqual(
      source.differences.map((difference) => [difference.position, difference.members]),
      [[position, ['journal']]],
    )
  })

for (const engine of engineNames)
  test(`${engine}: P11: a change by staff follows from the bytes received and the answers asked for`, async () => {
    await using trial = await startTrial({ engine, patients: 1 })
    const { people, member } = await staffTrial(trial, 24)
    const [person] = people as [Person]
    const nurse = await member('nurse', 'site-nurse', [person.siteId])
    const investigator = await member('investigator', 'site-investigator', [person.siteId])
    await send(trial, person, [diary(person)])
    await trial.settle()
    const [row] = await trial.rows('SELECT position FROM responses')
    const position = Number(row?.position)
    const wanted = { position, answers: { pain: 6, fatigue: null }, source: 'phone note', reason: 'slip' }
    const drafted = await nurse.post('/change-requests', wanted)
    const path = `/change-requests/${drafted.body.id}`
    await nurse.post(`${path}/submit`, undefined, 1)
    assert.equal((await investigator.post(`${path}/approve`, undefined, 2)).status, 200)
    const prove = async () => {
      await using records = await openRecords({ data: trial.folder, database: trial.database ?? '' })
      return await proveStudy(records, staffStudyId, {})
    }
    const report = await prove()
    assert.deepEqual([report.changesByStaff, report.identical, report.differences], [1, 2, []])
    if (trial.database === undefined) return
    // Another answer in the request than the one that took effect.
    await using changed = await tamperable(trial)
    await changed.run('UPDATE change_requests SET answers = ? WHERE position = ?', [
      '{"pain":1,"fatigue":null}',
      position,
    ])
    assert.deepEqual(
      (await prove()).differences.map((difference) => [difference.position, difference.members]),
      [[position, ['record.answers']]],
    )
  })

/** The demo study under another id, with one diary a day whatever the zone, and a rule that looks back. */
function travelling(): [string, string][] {
  const rule = `  - id: pain-stays
    version: "1"
    form: daily-diary
    looks-back: { days: 3 }
    when: answers.pain >= 3 && earlier.pain.filter(e, e.value >= 3).size() >= 2
    severity: low
    audience: [site-nurse]
    acknowledge-within-hours: 24
    text: { en: Pain stays. Please call., zh: 疼痛持续。请致电。 }
`
  return studyFiles(demoFolder).map(([name, text]) =>
    name === 'study.yaml'
      ? [
          name,
          text
            .replace(/^id: .*$/m, 'id: TRAVEL-301\ntravel: once-a-day')
            .replace(/^alerts:\n/m, `alerts:\n${rule}`),
        ]
      : [name, text],
  )
}

for (const engine of engineNames)
  test(`${engine}: P11: with one diary a day across zones, and rules that look back, all the same`, async () => {
    await using trial = await startTrial({ engine, patients: 1 })
    const studyId = 'TRAVEL-301'
    await trial.control.act({ do: 'publish', files: travelling() }, 'test')
    const [one] = trial.people
    const patient = { ...one, studyId }
    await trial.control.act({ do: 'create-patients', studyId, patients: [patient] } as never, 'test')
    const asked = { studyId, patientIds: [one.patientId], limit: 1, label: 'test', replace: true }
    const { issued } = await trial.control.act({ do: 'issue-tokens', ...asked }, 'test')
    const person = { ...patient, token: issued[0]!.token }
    const zones = [
      'Asia/Shanghai',
      'America/Los_Angeles',
      'Asia/Shanghai',
      'Pacific/Auckland',
      'Pacific/Honolulu',
    ]
    const start = Temporal.Now.instant()
      .subtract({ hours: 24 * 6 })
      .round('second')
    const entries = Array.from({ length: 16 }, (_, i) => {
      const at = start
        .add({ hours: 9 * i })
        .toZonedDateTimeISO(zones[i % 5]!)
        .toString()
      return diary(person, { completedAt: at, startedAt: undefined, sentAt: undefined, occasion: undefined })
    })
    // Some in one batch, some alone; the last ones late and out of order.
    await send(trial, person, entries.slice(0, 6))
    await trial.settle()
    for (const entry of [...entries.slice(6, 10), ...entries.slice(10).reverse()])
      await send(trial, person, [entry])
    await trial.settle()
    await using records = await openRecords({ data: trial.folder, database: trial.database ?? '' })
    const report = await proveStudy(records, studyId, {})
    assert.deepEqual(report.differences, [])
    assert.ok(report.responses >= 12, `${report.responses} were applied`)
    const [alert] = await trial.rows("SELECT alert_id, position FROM alerts WHERE rule = 'pain-stays'")
    assert.ok(alert !== undefined, 'the rule that looks back held')
    const read = derivationsFrom(records)
    const { position } = await read.alert(studyId, Number(alert.alert_id))
    const explained = (await read.ofResponse(studyId, position)).find(({ id }) => id === 'pain-stays')
    const earlier = explained?.inputs.filter(({ position: from }) => from !== position && from !== null) ?? []
    assert.ok(
      earlier.filter(({ item, used }) => item === 'pain' && used === 4).length >= 2,
      'what it looked back on',
    )
  })

test('what an amendment would change is told before anybody adopts it, without answers', async () => {
  await using trial = await startTrial({ patients: 2 })
  const [person] = trial.people
  await send(trial, person, [diary(person)])
  await trial.settle()
  await using records = await openRecords({ data: trial.folder })
  const same = compileStudy(new Map(studyFiles(demoFolder)))
  assert.deepEqual((await whatWouldChange(records, same, {})).changed, [])
  const report = await whatWouldChange(records, compileStudy(new Map(amended())), {})
  assert.deepEqual([report.responses, report.unchanged], [1, 0])
  assert.deepEqual(report.changed[0]?.changes, ['alert worst-pain added', 'dose study-medicine'])
  assert.doesNotMatch(JSON.stringify(report), /mild|07:45/)
})

/** A copy that may be damaged: of the folder, or the database itself. */
async function tamperable(trial: RunningTrial): Promise<
  AsyncDisposable & {
    readonly folder: string
    run(statement: string, values: (string | number)[]): Promise<void>
    /** Another answer in the bytes of one entry. */
    inJournal(position: number): Promise<void>
  }
> {
  const otherAnswer = (body: Uint8Array) =>
    Buffer.from(
      Buffer.from(body)
        .toString()
        .replace(/"pain":\d+/, '"pain":7.5'),
    )
  if (trial.database !== undefined) {
    const db = await openPostgres(trial.database, { copies: 'one', name: 'tamper', connections: 1 })
    return {
      folder: trial.folder,
      async run(statement, values) {
        let n = 0
        await db.pool.query(
          statement.replaceAll('?', () => `$${++n}`),
          values,
        )
      },
      async inJournal(position) {
        const { rows } = await db.pool.query('SELECT body FROM entries WHERE position = $1', [position])
        await db.pool.query('ALTER TABLE entries DISABLE TRIGGER USER')
        await db.pool.query('UPDATE entries SET body = $1 WHERE position = $2', [
          otherAnswer(rows[0].body),
          position,
        ])
      },
      [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
    }
  }
  const folder = await mkdtemp(`${trial.folder}-copy-`)
  await cp(trial.folder, folder, { recursive: true, filter: (name) => !name.endsWith('.sock') })
  const change = (file: string, statement: string, values: (string | number | Uint8Array)[]) => {
    const db = new DatabaseSync(join(folder, file))
    db.prepare(statement).run(...values)
    db.close()
  }
  return {
    folder,
    run: async (statement, values) => change('trial.db', statement, values),
    async inJournal(position) {
      const db = new DatabaseSync(join(folder, 'journal.db'))
      for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all())
        db.exec(`DROP TRIGGER ${name}`)
      const body = db.prepare('SELECT body FROM entries WHERE position = ?').get(position)?.body as Uint8Array
      db.prepare('UPDATE entries SET body = ? WHERE position = ?').run(otherAnswer(body), position)
      db.close()
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
