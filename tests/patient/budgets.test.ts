// The built app keeps its budgets (interface.md §10). `npm test` builds it before.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { broken, measure } from '../../tools/check-budgets.ts'

const dist = fileURLToPath(new URL('../../web/patient/dist', import.meta.url))

const lines = measure(dist)
const isKept = ({ what }: { what: string }) => /^(?:all that is|what is) kept/.test(what)

test('the first screen, each language and the scanner are within their budgets', () => {
  assert.deepEqual(broken(lines.filter((line) => !isKept(line))), [])
  assert.equal(
    lines.filter(({ what }) => /\b(?:form-|rest-)?(?:en|zh|ar)-/.test(what)).length,
    9,
    'every language is measured',
  )
  assert.ok(lines.some(({ what }) => what === 'scanner'))
})

test('what is kept for offline, at once and afterwards, is within its budgets', () => {
  assert.equal(lines.filter(isKept).length, 2)
  assert.deepEqual(broken(lines.filter(isKept)), [])
})

test('control: a file over its budget is told', () => {
  assert.deepEqual(broken([{ what: 'a', kB: 4.04, limit: 4 }]), ['a: 4.0 kB; 4 kB are the limit'])
  assert.deepEqual(broken([{ what: 'a', kB: 4, limit: 4 }]), [])
})
