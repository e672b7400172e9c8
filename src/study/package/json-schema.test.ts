// The JSON Schemas for editors: every member is described, and they take and refuse what the compiler does.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { scoringJsonSchema, studyJsonSchema } from './json-schema.ts'
import { memberWords } from './member-words.ts'

const { schema, silent, used } = studyJsonSchema()
const scoring = scoringJsonSchema()
const demo = () =>
  parse(readFileSync(new URL('../../../studies/morning-301/study.yaml', import.meta.url), 'utf8'))

test('every member is described, and nothing is described that is not there', () => {
  assert.deepEqual(silent, [])
  assert.deepEqual(scoring.silent, [])
  const all = used.union(scoring.used)
  assert.deepEqual(
    Object.keys(memberWords).filter((key) => !all.has(key)),
    [],
  )
})

test('the demo study fits the schema; a misspelt or a wrong member does not', () => {
  assert.ok(Value.Check(schema as TSchema, demo()))
  assert.ok(!Value.Check(schema as TSchema, { ...demo(), titel: {} }))
  const wrong = demo()
  wrong.forms[0].schedule['locks-after-days'] = 'two'
  assert.ok(!Value.Check(schema as TSchema, wrong))
})

test('the schema is plain JSON that names its draft', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema)
  assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#')
  const text = JSON.stringify(schema)
  assert.match(text, /"locks-after-days":\{"description":"From so many calendar days/)
})
