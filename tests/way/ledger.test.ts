import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceHeaders, diary } from '../support/diary.ts'
import { engineNames, startTrial } from '../support/start-trial.ts'

for (const engine of engineNames) {
  test(`${engine}: P4: the ledger is balanced at every look while hundreds arrive, and at the end all are applied once (P3)`, async () => {
    await using trial = await startTrial({ patients: 12, engine })
    let looks = 0
    let done = false
    const looking = (async () => {
      while (!done) {
        const view = await trial.ledger()
        assert.equal(view.balanced, true, JSON.stringify(view))
        looks += 1
      }
    })()
    const total = 600
    const bodies = Array.from({ length: total }, (_, i) => {
      const person = trial.people[i % trial.people.length]!
      const answers = { 'rescue-time': '08:15', amount: 1, 'amount-unit': 'tablet', reason: 'pain' }
      return { person, body: JSON.stringify(diary(person, { form: 'rescue-medication', answers })) }
    })
    const post = ({ person, body }: (typeof bodies)[number]) =>
      fetch(`${trial.http}/v1/submissions`, { method: 'POST', headers: deviceHeaders(person.token), body })
    const first = await Promise.all(bodies.map(post))
    const again = await Promise.all(bodies.map(post))
    assert.deepEqual(
      [new Set(first.map((a) => a.status)), new Set(again.map((a) => a.status))],
      [new Set([202]), new Set([200])],
    )
    for (let i = 0; i < total; i += 97) assert.equal(await first[i]!.text(), await again[i]!.text())
    const view = await trial.settle()
    done = true
    await looking
    assert.ok(looks > 3)
    const { received, applied, inFlight, quarantined, dead } = view.studies[0]!
    assert.deepEqual(
      { received, applied, inFlight, quarantined, dead },
      { received: total, applied: total, inFlight: 0, quarantined: 0, dead: 0 },
    )
    const [rows] = await trial.rows('SELECT COUNT(*) AS n, COUNT(DISTINCT position) AS d FROM responses')
    assert.deepEqual([rows?.n, rows?.d], [total, total])
  })
}
