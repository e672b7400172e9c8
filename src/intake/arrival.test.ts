import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Arrival,
  packArrivals,
  packVerdicts,
  unpackArrivals,
  unpackVerdicts,
  type Verdict,
} from './arrival.ts'

const line = fc.string({ unit: 'binary' }).map((s) => s.replaceAll('\n', ' ').toWellFormed())
const arrival: fc.Arbitrary<Arrival> = fc.record({
  studyId: line,
  patientId: line,
  deviceId: fc.nat(),
  submissionId: fc.uuid(),
  receivedAt: fc.nat(),
  head: fc.jsonValue().map((v) => JSON.stringify(v)),
  body: fc.uint8Array({ maxLength: 2000 }),
})

test('law: arrivals come out of a block as they went in, bodies to the byte', () => {
  fc.assert(
    fc.property(fc.array(arrival, { minLength: 1, maxLength: 20 }), (arrivals) => {
      const out = unpackArrivals(packArrivals(arrivals))
      assert.deepEqual(
        out.map((a) => ({ ...a, body: [...a.body] })),
        arrivals.map((a) => ({ ...a, body: [...a.body] })),
      )
    }),
  )
})

test('law: verdicts come out as they went in', () => {
  const receipt = fc.record({ receivedAt: fc.nat(), receipt: fc.jsonValue().map((v) => JSON.stringify(v)) })
  const verdict: fc.Arbitrary<Verdict> = fc.oneof(
    receipt.map((r) => ({ kind: 'received' as const, ...r })),
    receipt.map((r) => ({ kind: 'duplicate' as const, ...r })),
    fc.constant({ kind: 'conflict' as const }),
    fc
      .constantFrom('full', 'io', 'stopping', 'overloaded')
      .map((why) => ({ kind: 'failed', why }) as Verdict),
  )
  fc.assert(
    fc.property(fc.array(verdict, { minLength: 1 }), (verdicts) => {
      assert.deepEqual(unpackVerdicts(packVerdicts(verdicts)), verdicts)
    }),
  )
})
