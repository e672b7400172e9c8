// What a device downloads for a form stays small: at most 10 kB gzipped for the forms of the demo study.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { demoPlan } from '../testing/demo-plan.ts'

for (const form of demoPlan().forms.values())
  test(`the plan of ${form.id} has at most 10 kB`, () => {
    const bytes = gzipSync(JSON.stringify(form.definition), { level: 9 }).length
    assert.ok(bytes <= 10_000, `${bytes} bytes`)
  })
