// The proof finds any change of a stored text, and none where nothing was changed: over random entries of the demo study.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JournalEntry } from '../intake/journal-store.ts'
import { commitment } from '../records/commitment.ts'
import type { Patient } from '../records/patient-store.ts'
import type { RecomputeStore, StoredForProof } from '../records/recompute-store.ts'
import { emptyCourse } from '../study/course.ts'
import { noHistory } from '../study/rules/history.ts'
import { singleVersion } from '../study/study-versions.ts'
import { demoPlan } from '../study/testing/demo-plan.ts'
import { evaluateEntry } from './decide.ts'
import { effectText, restrictedText } from './effect.ts'
import { differenceOf, membersThatDiffer } from './recompute.ts'
import type { AppliedEntry } from './recompute-walk.ts'

const versions = singleVersion(demoPlan())
const patient: Patient = {
  studyId: 'MORNING-301',
  patientId: 'P-1',
  siteId: '201',
  arm: 'G2',
  zone: 'Europe/Berlin',
  language: 'en',
  status: 'active',
  enrolledOn: '2026-11-01',
  withdrawnAt: undefined,
  course: emptyCourse,
}
const asOf = { versions: () => versions, patient: () => patient, history: () => noHistory }
/** Nobody chose anything. */
const store = { wasChosen: async () => false } as unknown as RecomputeStore

/** Answers that are right, odd or missing, from a pack of either arm. */
const answers = fc.record(
  {
    pain: fc.oneof(fc.nat(12), fc.constant('much')),
    fatigue: fc.nat(10),
    nausea: fc.constantFrom('none', 'mild', 'no-such-code'),
    'dose-taken': fc.boolean(),
    'dose-time': fc.constantFrom('07:45', '13:10', 'early'),
    'pack-number': fc.constantFrom('14543', '12077', '1'),
    'rescue-taken': fc.boolean(),
  },
  { requiredKeys: [] },
)
const entries = fc.record({ answers, day: fc.integer({ min: 2, max: 20 }), hour: fc.nat(23) }).map(entryOf)

function entryOf({
  answers: given,
  day,
  hour,
}: {
  answers: object
  day: number
  hour: number
}): JournalEntry {
  const two = (n: number) => String(n).padStart(2, '0')
  const completedAt = `2026-11-${two(day)}T${two(hour)}:30:00+01:00[Europe/Berlin]`
  const body = JSON.stringify({
    submissionId: '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001',
    studyId: patient.studyId,
    patientId: patient.patientId,
    form: 'daily-diary',
    formVersion: '1',
    occasion: '2026-11-10',
    completedAt,
    answers: given,
  })
  const receivedAt = Date.parse('2026-11-21T00:00:00Z')
  const { studyId, patientId } = patient
  return { position: 5, studyId, patientId, logIndex: 4, deviceId: 1, receivedAt, sha256: sha256(body), body }
}

const sha256 = (text: string): string => hash('sha256', text, 'hex')

/** The entry as it is stored when it is applied. */
function applied(entry: JournalEntry): AppliedEntry & { response: StoredForProof } {
  const result = evaluateEntry(entry, asOf)
  assert.ok(result.kind === 'apply')
  const effect = effectText(result.effect, result.effect.findings)
  const restricted = restrictedText(result.effect)
  const salt = 'salt'
  const response: StoredForProof = {
    position: 5,
    studyId: patient.studyId,
    patientId: patient.patientId,
    form: 'daily-diary',
    formVersion: '1',
    occasion: '2026-11-10',
    leafIndex: 3,
    salt,
    effect,
    restricted,
    filler: 5,
    fillerLeaf: 3,
    wasChanged: false,
  }
  const leaf = {
    action: 'submission.applied',
    record: 'response:5',
    patient: 'P-1',
    entry: { position: 5, sha256: entry.sha256 },
    after: commitment(salt, effect, restricted),
  }
  const scores = result.effect.scores.map(({ id, value, band }) => ({ name: id, value, band }))
  return { leafIndex: 3, leaf, position: 5, response, entry, scores, asOf }
}

test('P11: law: what was applied follows; any character of it changed does not', async () => {
  const changes = fc.tuple(entries, fc.nat(), fc.constantFrom('x', '7', ' '))
  await fc.assert(
    fc.asyncProperty(changes, async ([entry, at, to]) => {
      const sound = applied(entry)
      assert.equal(await differenceOf(sound, store), null)
      const { effect } = sound.response
      const index = at % effect.length
      const forged = effect.slice(0, index) + (effect[index] === to ? 'y' : to) + effect.slice(index + 1)
      // Somebody who also forges the commitment is found by the steps themselves.
      const after = commitment('salt', forged, sound.response.restricted)
      for (const leaf of [sound.leaf, { ...sound.leaf, after }]) {
        const difference = await differenceOf(
          { ...sound, leaf, response: { ...sound.response, effect: forged } },
          store,
        )
        assert.ok((difference?.members.length ?? 0) > 0, `${index} of ${forged}`)
      }
    }),
    { numRuns: 150 },
  )
})

test('P11: other bytes in the journal, another restricted part, a lost row of scores or response: each is told', async () => {
  const [entry] = fc.sample(entries, { numRuns: 1, seed: 1 }) as [JournalEntry]
  const sound = applied(entry)
  const { response } = sound
  const told = async (change: Partial<AppliedEntry>) =>
    (await differenceOf({ ...sound, ...change }, store))?.members
  assert.deepEqual(await told({ entry: { ...entry, body: entry.body.replace('daily', 'dully') } }), [
    'journal',
  ])
  assert.deepEqual(await told({ entry: undefined }), ['journal'])
  assert.deepEqual(await told({ response: undefined }), ['response'])
  assert.deepEqual(await told({ response: { ...response, restricted: '{}' } }), ['commitment', 'restricted'])
  assert.deepEqual(await told({ scores: [{ name: 'phq-9-total', value: 1, band: null }] }), ['scores'])
  assert.deepEqual(await told({ asOf: { ...asOf, patient: () => undefined } }), ['outcome'])
})

test('a second entry for an occasion is told by the order of the log', async () => {
  const [entry] = fc.sample(entries, { numRuns: 1, seed: 2 }) as [JournalEntry]
  const sound = applied(entry)
  const second = { ...sound.response, filler: 2, fillerLeaf: 1 }
  const difference = await differenceOf({ ...sound, response: second }, store)
  assert.deepEqual(difference?.members, ['record.findings'])
  // The entry that fills it came later: this one was first.
  assert.equal(await differenceOf({ ...sound, response: { ...second, fillerLeaf: 9 } }, store), null)
})

test('members that differ are named, and texts that are no record', () => {
  assert.deepEqual(membersThatDiffer('{"a":1,"b":2}', '{"a":1,"b":3,"c":4}'), ['record.b', 'record.c'])
  assert.deepEqual(membersThatDiffer('{"a":1', '{"a":1}'), ['record'])
  assert.deepEqual(membersThatDiffer('{"a": 1}', '{"a":1}'), ['record'])
})
