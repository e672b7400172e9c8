// P10 at run time: two trials that differ in one patient's arm alone look alike, byte for byte, to everybody without a
// right to the restricted part; servers with a planted leak do not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { castOf, differences, seenWith } from '../support/blinding-twins.ts'
import { engineNames } from '../support/start-trial.ts'

const steps = castOf()

for (const engine of engineNames)
  test(`${engine}: P10: whatever a blinded role, a device or a receiver can see is the same for both arms`, async () => {
    const one = await seenWith(steps, { engine, arms: ['G1', 'G2'] })
    const other = await seenWith(steps, { engine, arms: ['G2', 'G1'] })
    assert.deepEqual(differences(one, other), [])
  })

test('control: servers with planted leaks are caught at every place where they leak', async () => {
  const mutants = ['leak-finding', 'leak-audit', 'leak-message', 'leak-list'] as const
  const one = await seenWith(steps, { engine: 'sqlite', arms: ['G1', 'G2'], mutants })
  const other = await seenWith(steps, { engine: 'sqlite', arms: ['G2', 'G1'], mutants })
  const places = differences(one, other).map(({ place }) => place)
  const leaking = [
    /pack of the study drug: status/,
    /table audit_entries/,
    /sent outside/,
    /table outbox/,
    /staff \/patients/,
  ]
  for (const place of leaking)
    assert.ok(
      places.some((found) => place.test(found)),
      `${place} among ${places.join('; ')}`,
    )
})
