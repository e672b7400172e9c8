// The device's FHIRPath against the full engine: on everything the subset can parse both give the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4/index.js'
import { anyExpression, anyMomentComparison, anyResponse } from '../testing/fhirpath-arbitraries.ts'
import { evaluateNode } from './evaluate.ts'
import { ExpressionFailed, fromJson } from './items.ts'
import { BeyondSubset, parseExpression } from './syntax.ts'

type Json = Record<string, unknown>

/** The values as JSON, or `failed`. */
function ours(expression: string, response: Json): string {
  const resource = fromJson(response)
  try {
    const found = evaluateNode(parseExpression(expression), resource, { resource, context: resource })
    return JSON.stringify(found.map((item) => item.value))
  } catch (error) {
    assert.ok(error instanceof ExpressionFailed, String(error))
    return 'failed'
  }
}

function theirs(expression: string, response: Json): string {
  try {
    const found = fhirpath.evaluate(response, expression, { resource: response }, r4) as unknown[]
    return JSON.stringify(found.map((value) => (isMoment(value) ? value.asStr : value)))
  } catch {
    return 'failed'
  }
}

const isMoment = (value: unknown): value is { asStr: string } =>
  typeof value === 'object' && value !== null && 'asStr' in value

test('law: what the full engine evaluates, the subset evaluates to the same', () => {
  let evaluated = 0
  fc.assert(
    fc.property(anyExpression, anyResponse, (expression, response) => {
      const expected = theirs(expression, response)
      // The engine ends some expressions with an error where FHIRPath has an empty result; such say nothing.
      if (expected === 'failed') return
      evaluated += 1
      assert.equal(ours(expression, response), expected)
    }),
    { numRuns: 3000 },
  )
  assert.ok(evaluated > 1000, `only ${evaluated} expressions were evaluated`)
})

test('law: dates, moments and times of any precision compare as in the full engine', () => {
  fc.assert(
    fc.property(anyMomentComparison, ({ expression, response }) => {
      assert.equal(ours(expression, response), theirs(expression, response))
    }),
    { numRuns: 1000 },
  )
})

test('what is beyond the subset is refused by the parser, at its place', () => {
  const beyond: [string, number][] = [
    ['item.answer.value.ofType(Coding)', 18],
    ['today() > @2026-01-01', 0],
    ["5 'mg' > 4 'mg'", 2],
    ['item where', 5],
    ['a ~ b', 2],
    ['(1', 2],
    ["'open", 0],
    ['$index = 1', 0],
    ['item.where()', 6],
  ]
  for (const [expression, position] of beyond)
    assert.throws(
      () => parseExpression(expression),
      (error) => error instanceof BeyondSubset && error.position >= position,
      expression,
    )
})

test('precedence, escapes, comments and indexes read as FHIRPath says', () => {
  const response = { resourceType: 'QuestionnaireResponse', item: [{ linkId: "it's" }, { linkId: 'b' }] }
  const cases: [string, unknown[]][] = [
    ['1 + 2 * 3', [7]],
    ['(1 + 2) * 3', [9]],
    ['true or false and false', [true]],
    ['1 < 2 = true', [true]],
    ["item.where(linkId = 'it\\'s').exists() // a comment", [true]],
    ['item[1].linkId', ['b']],
    ['repeat(item).count()', [2]],
    ['(item | item).count()', [2]],
    ['QuestionnaireResponse.item.count()', [2]],
    ['`item`.count() /* all */ + 1', [3]],
    ['-2 + 3', [1]],
    ['{} = 1', []],
    ['(1 | 2 | 1).count()', [2]],
    ['false implies {}', [true]],
  ]
  for (const [expression, expected] of cases)
    assert.equal(ours(expression, response), JSON.stringify(expected), expression)
})
