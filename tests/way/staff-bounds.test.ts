// What a member of the staff may send and gets refused, the same on both engines: texts and numbers that one engine keeps
// and the other does not, instants that would keep the server busy, signatures over what does not count.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceHeaders, diary } from '../support/diary.ts'
import { memberWith, staffTrial } from '../support/staff.ts'
import { engineNames, startTrial } from '../support/start-trial.ts'

for (const engine of engineNames)
  test(`${engine}: what cannot be kept or computed is refused by name, not an error of the server`, async () => {
    await using trial = await startTrial({ engine, patients: 1 })
    const { people, member } = await staffTrial(trial, 24)
    const [person] = people
    const { patientId, token } = person!
    const investigator = await member('ines', 'principal-investigator', null)
    const manager = await member('dana', 'data-manager', null)
    const sent = await fetch(`${trial.http}/v1/submissions`, {
      method: 'POST',
      headers: deviceHeaders(token),
      body: JSON.stringify(diary(person!)),
    })
    const { position } = ((await sent.json()) as { receipt: { position: number } }).receipt
    await trial.settle()
    const nul = 'a\0b'
    const huge = 1e20
    const signing = { patientId, positions: [position], meaning: 'reviewed' }
    const wanted = { position, answers: { pain: 1 }, source: 'note', reason: 'slip' }
    for (const [answer, name] of [
      [await investigator.get('/patients/a%00b'), 'path'],
      [await investigator.get('/patients/a%00b/compliance'), 'path'],
      [await manager.post('/queries', { patientId: nul, note: 'x' }), 'patientId'],
      [await manager.post('/queries', { patientId, note: nul }), 'note'],
      [await manager.post('/queries', { patientId, item: nul, note: 'x' }), 'item'],
      [await manager.post('/queries', { patientId, position: huge, note: 'x' }), 'position'],
      [await investigator.post('/signatures', { ...signing, positions: [huge] }), 'positions'],
      [await investigator.post('/change-requests', { ...wanted, position: huge }), 'position'],
      [await investigator.post('/change-requests', { ...wanted, answers: { pain: nul } }), 'answers'],
      [await investigator.post('/change-requests', { ...wanted, source: nul }), 'source'],
      [await investigator.post(`/responses/${position}/void`, { reason: nul }, 0), 'reason'],
      [await investigator.post(`/patients/${patientId}/withdrawal`, { reason: nul }), 'reason'],
      [await investigator.get(`/patients/${patientId}/compliance?at=9999-01-01T00:00Z`), '"at"'],
      [await investigator.get(`/patients/${patientId}/adherence?at=-271000-01-01T00:00Z`), '"at"'],
      [
        await investigator.get(`/patients/${patientId}/compliance/derivation?at=%2B275000-01-01T00:00Z`),
        '"at"',
      ],
    ] as const) {
      assert.deepEqual([answer.status, answer.body.code], [400, 'request.invalid'], name)
      assert.match(answer.body.detail, new RegExp(name))
      assert.doesNotMatch(JSON.stringify(answer.body), /a\\u0000b/)
    }
    // The same calls with what can be kept.
    const at = new Date().toISOString()
    assert.equal((await investigator.get(`/patients/${patientId}/compliance?at=${at}`)).status, 200)
    assert.equal((await manager.post('/queries', { patientId, item: 'pain', note: 'a\tb' })).status, 201)
    assert.equal((await memberWith(trial, 'device', token).get('/alerts')).body.code, 'staff.token-unknown')

    assert.equal((await investigator.post('/signatures', signing)).status, 201)
    const path = `/responses/${position}`
    assert.equal((await investigator.post(`${path}/void`, { reason: 'entered for another' }, 0)).status, 200)
    const over = await investigator.post('/signatures', signing)
    assert.deepEqual([over.status, over.body.code], [409, 'state.not-allowed'], 'what is void is not signed')
    assert.equal((await investigator.post(`${path}/restore`, { reason: 'it was not' }, 1)).status, 200)
    assert.equal((await investigator.post('/signatures', signing)).status, 201)
  })
