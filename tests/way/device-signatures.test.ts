// What a phone signs is checked after it was applied, on both engines: what verifies, what does not and why, what is on
// record of it, and that nothing of it changes a record. And what a submission says of how it came about.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRecords } from '../../src/cli/records-source.ts'
import { prove } from '../../src/cli/study-recompute.ts'
import { deviceHeaders, diary } from '../support/diary.ts'
import { activatePhone } from '../support/phone.ts'
import { engineNames, type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'

type Checked = { state: string; code: string | null; deviceId: number }

/** Waits until nothing waits to be checked; by position. */
async function checks(trial: RunningTrial): Promise<Map<number, Checked>> {
  await trial.settle()
  for (let tries = 0; tries < 200; tries++) {
    const rows = await trial.rows('SELECT * FROM device_signatures ORDER BY position')
    if (rows.length > 0 && rows.every((row) => row.state !== 'waiting'))
      return new Map(
        rows.map((row) => [
          Number(row.position),
          { state: String(row.state), code: row.code as string | null, deviceId: Number(row.device_id) },
        ]),
      )
    await sleep(50)
  }
  throw new Error('signatures still wait')
}

/** The position of a receipt. */
async function position(answer: Response, status = 202): Promise<number> {
  assert.equal(answer.status, status, await answer.clone().text())
  return ((await answer.json()) as { receipt: { position: number } }).receipt.position
}

/** How many responses there are, all of which must follow from what was received (P11). */
async function proved(trial: RunningTrial): Promise<number> {
  await using records = await openRecords({ data: trial.folder, database: trial.database ?? '' })
  const report = await prove(records, trial.studyId, {})
  assert.deepEqual([report.identical, report.differences], [report.responses, []])
  return report.responses
}

for (const engine of engineNames) {
  test(`${engine}: signatures are checked, failures are on record, records do not change`, async () => {
    await using trial = await startTrial({ engine, patients: 2 })
    const [one, two] = trial.people as unknown as [Person, Person]
    const phone = await activatePhone(trial, one.patientId)
    const other = await activatePhone(trial, two.patientId)
    const good = diary(one)
    const goodAt = await position(await phone.send(good))
    const bytes = new TextEncoder().encode(JSON.stringify(good))
    assert.equal(await position(await phone.send(good, await phone.sign(bytes)), 200), goodAt, 'signed anew')
    const flipped = diary(one, { deviceSequence: 42 })
    const flippedAt = await position(
      await phone.send(flipped, await phone.sign(new TextEncoder().encode(`${JSON.stringify(flipped)} `))),
    )
    const foreign = diary(one, { deviceSequence: 43 })
    const foreignAt = await position(
      await phone.send(foreign, await other.sign(new TextEncoder().encode(JSON.stringify(foreign)))),
    )
    const malformedAt = await position(
      await phone.send(diary(one), `${'x'.repeat(40)}"}',<script>${'y'.repeat(400)}`),
    )
    const missingAt = await position(await phone.send(diary(one), null))
    const plain = (signature?: string) =>
      fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers: {
          ...deviceHeaders(two.token),
          ...(signature === undefined ? {} : { 'levee-signature': signature }),
        },
        body: JSON.stringify(diary(two)),
      })
    const noKeyAt = await position(await plain('A'.repeat(86)))
    const unsignedAt = await position(await plain())
    const found = await checks(trial)
    const codes = Object.fromEntries([...found].map(([at, { state, code }]) => [at, code ?? state]))
    assert.deepEqual(codes, {
      [goodAt]: 'verified',
      [flippedAt]: 'mismatch',
      [foreignAt]: 'mismatch',
      [malformedAt]: 'malformed',
      [missingAt]: 'missing',
      [noKeyAt]: 'no-key',
    })
    assert.equal(found.get(goodAt)?.deviceId, phone.deviceId)
    assert.deepEqual(Object.keys((await trial.entry(unsignedAt)).head), ['door', 'contentType', 'userAgent'])
    const { malformed } = (await trial.entry(malformedAt)).head as { malformed?: string }
    assert.equal(malformed?.length, 128)
    const ledger = await trial.settle()
    assert.deepEqual([ledger.balanced, ledger.studies[0]!.applied], [true, 7])
    const leaves = (await trial.rows('SELECT leaf FROM audit_entries ORDER BY leaf_index')).map(
      (row) => JSON.parse(String(row.leaf)) as { action: string; record: string; reason?: string },
    )
    const failures = leaves.filter(({ action }) => action === 'signature.failed')
    assert.deepEqual(
      failures.map(({ record, reason }) => `${record} ${reason}`).sort(),
      [...found].flatMap(([at, { code }]) => (code === null ? [] : [`entry:${at} ${code}`])).sort(),
    )
    const status = await trial.control.status()
    assert.deepEqual(status.signatures, { waiting: 0, verified: 1, failed: 5 })
    const shown = await trial.control.get<{ signature: Checked | null }>(`/entries/${flippedAt}`)
    assert.equal(shown.signature?.code, 'mismatch')
    assert.match(await (await fetch(`${trial.http}/metrics`)).text(), /levee_signatures\{state="failed"\} 5/)
    const forged = { do: 'note-signatures', studyId: trial.studyId, checks: [] }
    await assert.rejects(trial.control.act(forged as never, 'a forgery'), /staff token/)
    assert.equal(await proved(trial), 7)
  })

  test(`${engine}: who answered, a changed clock and a replaced phone are findings that recompute`, async () => {
    await using trial = await startTrial({ engine, patients: 1 })
    const [one] = trial.people
    const old = await activatePhone(trial, one.patientId)
    const before = await position(await old.send(diary(one)))
    const phone = await activatePhone(trial, one.patientId)
    await sleep(1100)
    const late = await position(await old.send(diary(one)))
    const earlier = Temporal.Now.zonedDateTimeISO(one.zone).subtract({ minutes: 30 }).toString()
    const inTime = await position(await old.send(diary(one, { completedAt: earlier, startedAt: earlier })))
    const originator = { kind: 'proxy', relationship: 'daughter', reason: 'a shaky hand' }
    const proxy = await position(await phone.send(diary(one, { originator })))
    const own = await position(
      await phone.send(diary(one, { originator: { kind: 'patient' }, elapsedMs: 1000, answerTrail: [] })),
    )
    const jump = await position(await phone.send(diary(one, { elapsedMs: 3_600_000 })))
    await trial.settle()
    const record = async (at: number) => {
      const [row] = await trial.rows('SELECT effect FROM responses WHERE position = ?', [at])
      return JSON.parse(String(row!.effect)) as { findings: { code: string }[]; originator?: unknown }
    }
    const codes = async (at: number) =>
      (await record(at)).findings.map(({ code }) => code).filter((c) => c !== 'duplicate-candidate')
    assert.deepEqual(await codes(before), [])
    assert.deepEqual(await codes(late), ['device-replaced'])
    assert.deepEqual((await codes(inTime)).includes('device-replaced'), false, 'completed before')
    assert.deepEqual(await codes(proxy), ['answered-by-other'])
    assert.deepEqual((await record(proxy)).originator, originator)
    assert.deepEqual([await codes(own), (await record(own)).originator], [[], undefined])
    assert.deepEqual(await codes(jump), ['clock-jump'])
    assert.equal((await checks(trial)).get(late)?.state, 'verified', 'a replaced phone signs as before')
    assert.equal(await proved(trial), 6)
  })

  test(`${engine}: what phones hold is in the ledger until it arrives, and settles with a checkpoint`, async () => {
    await using trial = await startTrial({ engine, patients: 1 })
    const [one] = trial.people
    const phone = await activatePhone(trial, one.patientId)
    const [first, second] = [diary(one), diary(one, { form: 'no-such-form' })]
    const entryOf = ({ submissionId, form, occasion, completedAt }: Record<string, unknown>, n: number) => ({
      submissionId,
      form,
      occasion,
      completedAt,
      sequence: n,
    })
    const both = [entryOf(first, 1), entryOf(second, 2)]
    const states = async (answer: Response) => {
      assert.equal(answer.status, 200, await answer.clone().text())
      return ((await answer.json()) as { states: Record<string, string> }).states
    }
    const [a, b] = [first.submissionId, second.submissionId]
    assert.deepEqual(await states(await phone.held(both)), { [a]: 'unknown', [b]: 'unknown' })
    const study = async () => (await trial.ledger()).studies.find((s) => s.studyId === trial.studyId)!
    /** The count rests for a moment where counting was slow. */
    const declares = async (count: number) => {
      for (let tries = 0; (await study()).declared !== count; tries++) {
        assert.ok(tries < 100, `${(await study()).declared} are declared, not ${count}`)
        await sleep(50)
      }
    }
    await declares(2)
    assert.equal((await study()).balanced, true)
    const declared = async () =>
      (await trial.rows("SELECT leaf FROM audit_entries WHERE leaf LIKE '%device.declared%'")).length
    assert.equal(await declared(), 1)
    await states(await phone.held(both))
    assert.equal(await declared(), 1, 'the same again is not written')
    const shown = await trial.control.get<{ held: { entries: { submissionId: string }[] }[] }>(
      `/patients/${trial.studyId}/${one.patientId}`,
    )
    assert.deepEqual(
      shown.held.map(({ entries }) => entries.map(({ submissionId }) => submissionId)),
      [[a, b]],
    )
    for (const body of [first, second]) await position(await phone.send(body))
    // Arrived, whatever the phone said.
    await declares(0)
    await trial.settle()
    for (let tries = 0; ; tries++) {
      const now = await states(await phone.held([], [a, b]))
      if (now[a] === 'settled' && now[b] === 'settled') break
      assert.ok(tries < 40, JSON.stringify(now))
      await sleep(250)
    }
    assert.equal(await declared(), 2, 'that it holds nothing any more is new')
    const bad = [
      { held: [{ submissionId: 'x' }], check: [] },
      { held: [] },
      { held: Array(201).fill(both[0]), check: [] },
    ]
    for (const body of bad) {
      const answer = await fetch(`${trial.http}/v1/device/held`, {
        method: 'POST',
        headers: deviceHeaders(phone.token),
        body: JSON.stringify(body),
      })
      assert.equal(answer.status, 400)
    }
  })
}

test('what was not noted when the process ended is checked after the next start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'levee-signatures-'))
  try {
    await using first = await startTrial({ folder, patients: 1 })
    const phone = await activatePhone(first, first.people[0].patientId)
    await position(await phone.send(diary(first.people[0])))
    assert.equal((await checks(first)).get(1)?.state, 'verified')
    await first[Symbol.asyncDispose]()
    // As a death between the entry's commit and the checker's leaves it.
    const db = new DatabaseSync(join(folder, 'trial.db'))
    db.exec("UPDATE device_signatures SET state = 'waiting', checked_at = NULL; DELETE FROM signature_totals")
    db.close()
    await using again = await startTrial({ folder, patients: 1 })
    assert.equal((await checks(again)).get(1)?.state, 'verified')
    assert.deepEqual((await again.control.status()).signatures, { waiting: 0, verified: 1, failed: 0 })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
