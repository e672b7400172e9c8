// The negative controls are the real code with a few texts replaced (fault-mutants.ts). Each must still fit the code,
// else a control would fail for the wrong reason.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Mutant, mutants, mutated } from '../support/fault-mutants.ts'

for (const name of Object.keys(mutants) as Mutant[]) {
  test(`the mutant "${name}" fits the code`, () => {
    for (const { file } of mutants[name]) {
      const path = new URL(`../../src/${file}`, import.meta.url)
      const source = readFileSync(path, 'utf8')
      assert.notEqual(mutated(path.pathname, source, [name]), source)
    }
  })
}
