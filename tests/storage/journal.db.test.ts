// What the doors and the records rely on of a journal, on both engines.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engines } from '../support/engines.ts'
import { appendAll, arrivalOf, idOf, kindsOf, openJournal, receiptOf } from './journal-ground.ts'

for (const engine of engines) {
  const { name } = engine

  test(`${name}: P2: a duplicate gets the original receipt, at once, later, and after a restart`, async () => {
    await using ground = await openJournal(engine)
    const first = arrivalOf(1)
    const burst = [first, { ...first, receivedAt: first.receivedAt + 5 }, arrivalOf(2), arrivalOf(3)]
    const verdicts = await appendAll(ground.journal, burst)
    assert.deepEqual(kindsOf(verdicts), ['received', 'duplicate', 'received', 'received'])
    for (const [i, verdict] of verdicts.entries()) receiptOf(burst[i]!, verdict)
    const original = { ...verdicts[0]!, kind: 'duplicate' }
    assert.deepEqual(verdicts[1], original)
    const later = { ...first, receivedAt: first.receivedAt + 60_000 }
    const mixed = await appendAll(ground.journal, [arrivalOf(4), later])
    assert.equal(mixed[0]?.kind, 'received')
    assert.deepEqual(mixed[1], original)
    await ground.restart()
    assert.deepEqual(await ground.journal.append(later), original)
    assert.deepEqual(
      (await ground.reader.find('S-1', 'P-1', idOf(1)))?.receivedAt,
      first.receivedAt,
      'the first moment stands',
    )
  })

  test(`${name}: P2: the receipt of every member of a group is rebuilt to the byte`, async () => {
    await using ground = await openJournal(engine)
    const arrivals = Array.from({ length: 700 }, (_, n) => arrivalOf(n, { patientId: `P-${n % 9}` }))
    const verdicts = await appendAll(ground.journal, arrivals)
    assert.deepEqual(new Set(kindsOf(verdicts)), new Set(['received']))
    const receipts = arrivals.map((a, i) => receiptOf(a, verdicts[i]))
    assert.equal(new Set(receipts.map((r) => r.position)).size, 700)
    if (name === 'postgres')
      assert.ok(
        receipts.every((r) => r.group[1] <= 500),
        'a group owns 512 positions',
      )
    await ground.restart()
    const mixed = [...arrivals.toReversed(), arrivalOf(9999)]
    const again = await appendAll(ground.journal, mixed)
    assert.equal(again.pop()?.kind, 'received')
    assert.deepEqual(
      again.toReversed(),
      verdicts.map((v) => ({ ...v, kind: 'duplicate' })),
    )
  })

  test(`${name}: P2: other content under a known id is a conflict and is kept as evidence, to the byte`, async () => {
    await using ground = await openJournal(engine)
    const first = arrivalOf(1, { body: '{"pain":4,"sentAt":"a"}' })
    const other = arrivalOf(1, {
      body: ' {"pain":9, "note":"痛 \\u0000"}',
      deviceId: 8,
      head: '{"door":"grpc"}',
    })
    const respelt = arrivalOf(1, { body: '{"sentAt":"b", "pain":4}' })
    const verdicts = await appendAll(ground.journal, [first, other, respelt])
    assert.deepEqual(kindsOf(verdicts), ['received', 'conflict', 'duplicate'])
    const later = await appendAll(ground.journal, [other, respelt, arrivalOf(2), other])
    assert.deepEqual(kindsOf(later), ['conflict', 'duplicate', 'received', 'conflict'])
    assert.deepEqual(receiptOf(first, later[1]), receiptOf(first, verdicts[0]))
    const evidence = await Promise.all([1, 2, 3, 4, 5, 6].map((id) => ground.reader.evidence(id)))
    const kept = evidence.filter((e) => e !== undefined)
    assert.equal(kept.length, 2, 'the same bytes are kept once')
    const { position } = receiptOf(first, verdicts[0])
    const found = kept.find((e) => e.deviceId === 8)!
    assert.deepEqual(
      { ...found, body: found.body.toString() },
      {
        position,
        deviceId: 8,
        receivedAt: other.receivedAt,
        sha256: found.sha256,
        head: other.head,
        body: Buffer.from(other.body).toString(),
      },
    )
    assert.match(found.sha256, /^[0-9a-f]{64}$/)
  })

  test(`${name}: an id belongs to the patient within the study: others may use the same one`, async () => {
    await using ground = await openJournal(engine)
    const arrivals = [
      arrivalOf(1),
      arrivalOf(1, { patientId: 'P-2', body: '{"x":1}' }),
      arrivalOf(1, { studyId: 'S-2', body: '{"x":1}' }),
    ]
    const verdicts = await appendAll(ground.journal, arrivals)
    assert.deepEqual(kindsOf(verdicts), ['received', 'received', 'received'])
    const { reader } = ground
    assert.deepEqual([...(await reader.totals())].sort(), [
      ['S-1', 2],
      ['S-2', 1],
    ])
    for (const [i, a] of arrivals.entries()) {
      const { position, logIndex } = receiptOf(a, verdicts[i])
      assert.deepEqual(
        { ...(await reader.find(a.studyId, a.patientId, idOf(1))) },
        { position, logIndex, receivedAt: a.receivedAt },
      )
    }
    assert.equal(await reader.find('S-2', 'P-2', idOf(1)), undefined)
    assert.equal(await reader.find('S-1', 'P-1', idOf(2)), undefined)
  })

  test(`${name}: P1: an entry is kept whole and to the byte, however it is spelt`, async () => {
    await using ground = await openJournal(engine)
    const bodies = [
      `  {"answers":{"__proto__":1},"note":"漢字 \\ud800 ${' '.repeat(1000)}"}\n`,
      '{"a":"\\\\x00","b":"{},\\"NULL\\",\'; DROP TABLE entries; --"}',
      `{"long":"${'\u{1F600}'.repeat(50_000)}"}`,
      '{}',
    ]
    const strange = {
      studyId: `{"S"},'1' \\`,
      patientId: 'P NULL\t"é",{}',
      head: '{"userAgent":"a\\n\\\\\\u0000\'"}',
    }
    const arrivals = bodies.map((body, n) => arrivalOf(n, { ...strange, body, deviceId: 2 ** 40 + n }))
    const verdicts = await appendAll(ground.journal, arrivals)
    for (const [i, a] of arrivals.entries()) {
      const { position, logIndex, sha256 } = receiptOf(a, verdicts[i])
      assert.deepEqual(await ground.reader.entryAt(position), { ...a, position, logIndex, sha256 })
    }
    const last = await ground.reader.lastPosition()
    assert.equal(last, Math.max(...arrivals.map((a, i) => receiptOf(a, verdicts[i]).position)))
    assert.equal(await ground.reader.entryAt(last + 1), undefined)
    assert.equal(await ground.reader.evidence(1), undefined)
    assert.deepEqual([...(await ground.reader.totals())], [[strange.studyId, bodies.length]])
  })

  test(`${name}: a new journal holds nothing, and no id is refused with an error`, async () => {
    await using ground = await openJournal(engine)
    assert.equal(await ground.reader.lastPosition(), 0)
    assert.deepEqual([...(await ground.reader.totals())], [])
    for (const id of ['', 'x', `${idOf(1)}x`, "'; --", idOf(1).toUpperCase()])
      assert.equal(await ground.reader.find('S-1', 'P-1', id), undefined)
  })

  test(`${name}: more bytes than a group should have are kept all the same`, async () => {
    await using ground = await openJournal(engine)
    const arrivals = Array.from({ length: 9 }, (_, n) =>
      arrivalOf(n, { body: `{"x":"${'x'.repeat(2 ** 20)}"}` }),
    )
    const verdicts = await appendAll(ground.journal, arrivals)
    for (const [i, a] of arrivals.entries()) receiptOf(a, verdicts[i])
  })

  test(`${name}: what was sent after an answer has a higher position`, async () => {
    await using ground = await openJournal(engine)
    let last = 0
    for (let n = 0; n < 50; n++) {
      const arrival = arrivalOf(n)
      const { position } = receiptOf(arrival, await ground.journal.append(arrival))
      assert.ok(position > last)
      last = position
    }
    assert.equal(ground.journal.figures().position, last)
  })

  test(`${name}: a stop answers what waits, refuses what comes, and the next start knows of it`, async () => {
    await using ground = await openJournal(engine)
    assert.equal(ground.journal.figures().previousStop, 'first')
    const { journal } = ground
    const waiting = appendAll(journal, [arrivalOf(1), arrivalOf(2)])
    const restarted = ground.restart()
    assert.deepEqual(await journal.append(arrivalOf(3)), { kind: 'failed', why: 'stopping' })
    assert.deepEqual(kindsOf(await waiting), ['received', 'received'])
    await restarted
    assert.deepEqual(
      [ground.journal.figures().previousStop, ground.journal.figures().position],
      ['clean', await ground.reader.lastPosition()],
    )
  })
}
