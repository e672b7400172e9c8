// Laws: rules made at random, on answers made at random, agree with a naive evaluator that walks the same condition as
// data and knows the semantics of missing answers from docs/rules.md alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cleanAnswers } from '../clean-answers.ts'
import { judge } from '../judge.ts'
import type { Placed } from '../place.ts'
import { item, small } from '../testing/small-study.ts'

/** A condition as data; `of` is the group's variable or null for the form itself. */
type Condition =
  | {
      readonly is: 'compare'
      readonly of: string | null
      readonly name: string
      readonly op: string
      readonly to: number
    }
  | { readonly is: 'has'; readonly of: string | null; readonly name: string }
  | { readonly is: 'and'; readonly left: Condition; readonly right: Condition }
  | { readonly is: 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly is: 'not'; readonly one: Condition }
  | { readonly is: 'exists'; readonly as: string; readonly body: Condition }
  | { readonly is: 'all'; readonly as: string; readonly body: Condition }
  | { readonly is: 'count'; readonly as: string; readonly body: Condition; readonly atLeast: number }

const names = ['a', 'b']
const compare = (of: string | null): fc.Arbitrary<Condition> =>
  fc.record({
    is: fc.constant('compare' as const),
    of: fc.constant(of),
    name: fc.constantFrom(...names),
    op: fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
    to: fc.integer({ min: 0, max: 4 }),
  })
const asks = (of: string | null): fc.Arbitrary<Condition> =>
  fc.record({ is: fc.constant('has' as const), of: fc.constant(of), name: fc.constantFrom(...names) })

function conditions(of: string | null, deep: number): fc.Arbitrary<Condition> {
  const leaf = fc.oneof({ weight: 3, arbitrary: compare(of) }, { weight: 1, arbitrary: asks(of) })
  if (deep === 0) return leaf
  const inner = conditions(of, deep - 1)
  const joined = fc.record({ is: fc.constantFrom('and' as const, 'or' as const), left: inner, right: inner })
  const not = fc.record({ is: fc.constant('not' as const), one: inner })
  if (of !== null) return fc.oneof(leaf, joined, not)
  const body = conditions('m', 1)
  const quantified = fc.record({
    is: fc.constantFrom('exists' as const, 'all' as const),
    as: fc.constant('m'),
    body,
  })
  const count = fc.record({
    is: fc.constant('count' as const),
    as: fc.constant('m'),
    body,
    atLeast: fc.integer({ min: 0, max: 3 }),
  })
  return fc.oneof(leaf, joined, not, quantified, count)
}

function cel(c: Condition): string {
  if (c.is === 'compare') return `${c.of ?? 'answers'}.${c.name} ${c.op} ${c.to}`
  if (c.is === 'has') return `has(${c.of ?? 'answers'}.${c.name})`
  if (c.is === 'and' || c.is === 'or')
    return `(${cel(c.left)} ${c.is === 'and' ? '&&' : '||'} ${cel(c.right)})`
  if (c.is === 'not') return `!(${cel(c.one)})`
  // The group's own names differ from the form's, so that a reader of one cannot take the other's.
  const body = cel(c.body)
  return c.is === 'count'
    ? `answers.g.filter(${c.as}, ${body}).size() >= ${c.atLeast}`
    : `answers.g.${c.is}(${c.as}, ${body})`
}

type Values = Readonly<Record<string, unknown>>
type Verdict = boolean | 'error'

/** Names read of `of` outside has(), less those that stand in a has(). */
function needed(c: Condition, of: string | null): Set<string> {
  const reads = new Set<string>()
  const asked = new Set<string>()
  const walk = (one: Condition): void => {
    if (one.is === 'compare' && one.of === of) reads.add(one.name)
    else if (one.is === 'has' && one.of === of) asked.add(one.name)
    else if (one.is === 'not') walk(one.one)
    else if (one.is === 'and' || one.is === 'or') [one.left, one.right].forEach(walk)
    else if ('body' in one) walk(one.body)
  }
  walk(c)
  return new Set([...reads].filter((name) => !asked.has(name)))
}

/** CEL: an error beside a side that decides is no error. */
const both = (left: Verdict, right: Verdict, decides: boolean): Verdict =>
  left === decides || right === decides ? decides : left === 'error' || right === 'error' ? 'error' : !decides

function naive(c: Condition, form: Values, m: Values | null): Verdict {
  const of = (name: string, variable: string | null) => (variable === null ? form : (m as Values))[name]
  if (c.is === 'has') return of(c.name, c.of) !== undefined
  if (c.is === 'compare') {
    const value = of(c.name, c.of) as number | undefined
    if (value === undefined) return 'error'
    if (c.op === '==') return value === c.to
    if (c.op === '!=') return value !== c.to
    if (c.op === '<') return value < c.to
    if (c.op === '<=') return value <= c.to
    return c.op === '>' ? value > c.to : value >= c.to
  }
  if (c.is === 'not') {
    const one = naive(c.one, form, m)
    return one === 'error' ? one : !one
  }
  if (c.is === 'and' || c.is === 'or')
    return both(naive(c.left, form, m), naive(c.right, form, m), c.is === 'or')
  const needs = needed(c.body, c.as)
  const list = (form.g as Values[]).filter((one) => [...needs].every((name) => one[name] !== undefined))
  const verdicts = list.map((one) => naive(c.body, form, one))
  if (c.is === 'count')
    return verdicts.includes('error') ? 'error' : verdicts.filter((v) => v === true).length >= c.atLeast
  return verdicts.reduce<Verdict>((a, b) => both(a, b, c.is === 'exists'), c.is === 'all')
}

const value = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined })
const repetition = fc.record({ a: value, b: value })
const answersGiven = fc.record({ a: value, b: value, g: fc.array(repetition, { maxLength: 4 }) })

const ofGroup = (one: { a: number | undefined; b: number | undefined }) => ({
  ...(one.a === undefined ? {} : { 'g-a': one.a }),
  ...(one.b === undefined ? {} : { 'g-b': one.b }),
})
const items = [
  item('a', 'integer'),
  item('b', 'integer'),
  item('g', 'group', { repeats: true, item: [item('g-a', 'integer'), item('g-b', 'integer')] }),
]

test('rules and the naive evaluator agree, also where answers are missing', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(conditions(null, 2), fc.array(answersGiven, { minLength: 1, maxLength: 8 }), (c, many) => {
      const when = cel(c).replace(/\bm\.([ab])\b/g, 'm.g_$1')
      const rule = `checks: [{ id: c, version: "1", form: small, when: ${JSON.stringify(when)}, text: { en: x, zh: x } }]\n`
      const { plan, form } = small(items, rule)
      for (const given of many) {
        const sent = {
          ...(given.a === undefined ? {} : { a: given.a }),
          ...(given.b === undefined ? {} : { b: given.b }),
          g: given.g.map(ofGroup),
        }
        const { findings } = judge(plan, {
          form,
          answers: cleanAnswers(form, sent),
          placed: { localDate: '2026-11-22', status: 'on-time', lateReceipt: false } as Placed,
          scores: [],
          dose: null,
          patient: { id: 'P', arm: 'A', site: '1' },
        })
        const applies = [...needed(c, null)].every((name) => given[name as 'a'] !== undefined)
        const verdict = applies ? naive(c, given, null) : false
        const expected = verdict === 'error' ? 'rule-failed' : verdict ? 'edit-check' : undefined
        assert.equal(findings[0]?.code, expected, `${when} on ${JSON.stringify(sent)}`)
        seen.set(String(expected), (seen.get(String(expected)) ?? 0) + 1)
      }
    }),
    { numRuns: 150 },
  )
  // The law has met every verdict, or it would prove little.
  assert.ok(seen.size >= 2 && (seen.get('edit-check') ?? 0) > 20, JSON.stringify([...seen]))
})
