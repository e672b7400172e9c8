// Random responses and random expressions of the FHIRPath subset, for tests against the full engine.
import fc from 'fast-check'

const answer = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((value) => ({ valueInteger: value })),
  fc.constantFrom(0, 0.5, 1.25, -2.5).map((value) => ({ valueDecimal: value })),
  fc.boolean().map((value) => ({ valueBoolean: value })),
  fc.constantFrom('x', 'y', 'xy', 'Y').map((value) => ({ valueString: value })),
)

const coding = fc
  .constantFrom('x', 'y')
  .map((code) => ({ valueCoding: { system: 'urn:s', code, display: `The ${code}` } }))

const dates = ['2026', '2026-02', '2026-02-03', '2025-12-31']
const moments = ['2026-02-03T10:00:00Z', '2026-02-03T11:00:00+01:00', '2026-02-03T09:30:00.5Z', '2026-02-03']
const times = ['08:00:00', '08:30:00', '23:59:59', '08:30:00.25']
const sign = fc.constantFrom('=', '!=', '<', '>', '<=', '>=')

/** An expression that compares one date, moment or time of a response with another, and that response. */
export const anyMomentComparison = fc
  .oneof(
    fc.tuple(fc.constant('valueDate'), fc.constantFrom(...dates), fc.constantFrom(...dates)),
    fc.tuple(fc.constant('valueDateTime'), fc.constantFrom(...moments), fc.constantFrom(...moments)),
    fc.tuple(fc.constant('valueTime'), fc.constantFrom(...times), fc.constantFrom(...times)),
  )
  .chain(([type, left, right]) =>
    sign.map((operator) => {
      const literal = type === 'valueTime' ? `@T${right}` : `@${right}`
      const item = [{ linkId: 'a', answer: [{ [type]: left }] }]
      return {
        expression: `%resource.item.where(linkId='a').answer.value ${operator} ${literal}`,
        response: { resourceType: 'QuestionnaireResponse', status: 'completed', item },
      }
    }),
  )

type Item = { linkId: string; answer?: object[]; item?: Item[] }

const some = { minLength: 1, maxLength: 3 }
/** `d` alone is answered with codes: codes have no order, and engines differ in what they say of that. */
const question: fc.Arbitrary<Item> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ linkId: fc.constantFrom('a', 'b', 'c'), answer: fc.array(answer, some) }),
  },
  { weight: 1, arbitrary: fc.record({ linkId: fc.constant('d'), answer: fc.array(coding, some) }) },
  { weight: 1, arbitrary: fc.record({ linkId: fc.constantFrom('a', 'b', 'c', 'd') }) },
)
const group: fc.Arbitrary<Item> = fc.record({
  linkId: fc.constant('g'),
  item: fc.array(question, { minLength: 1, maxLength: 3 }),
})

/** A QuestionnaireResponse with answers of every simple type, in groups and outside. */
export const anyResponse = fc
  .array(fc.oneof(question, question, group), { minLength: 1, maxLength: 6 })
  .map((item) => ({ resourceType: 'QuestionnaireResponse', status: 'completed', item }))

const literal = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((value) => (value < 0 ? `(${value})` : String(value))),
  fc.constantFrom('0.5', '1.25', 'true', 'false', "'x'", "'y'", '{}'),
)
const path = fc
  .tuple(
    fc.constantFrom('%resource.item', '%resource.item.item', '%resource.descendants()', 'item'),
    fc.oneof(
      fc.tuple(
        fc.constantFrom('a', 'b', 'c', 'g'),
        fc.constantFrom(
          '.answer.value',
          '.answer.value.first()',
          '.linkId',
          '.answer[0].value',
          '.answer.count()',
        ),
      ),
      fc.tuple(
        fc.constant('d'),
        fc.constantFrom('.answer.value.code', '.answer.value.system', '.answer.exists()'),
      ),
    ),
  )
  .map(([root, [linkId, tail]]) => `${root}.where(linkId='${linkId}')${tail}`)

const arithmetic = ['+', '-', '*', '/', 'div', 'mod', '&']
const comparison = ['=', '!=', '<', '>', '<=', '>=', 'in', 'contains']
const logical = ['and', 'or', 'xor', 'implies']
const suffix = [
  '.exists()',
  '.empty()',
  '.not()',
  '.count()',
  // Texts have no sum; engines that give them one do not agree on its order.
  '.where($this * 1 >= 0).sum()',
  '.first()',
  '.last()',
  '.distinct()',
  '.distinct().count()',
  '.hasValue()',
  '.abs()',
  '.round(1)',
  '.length()',
  '.upper()',
  '.lower()',
  '.toInteger()',
  ".startsWith('x')",
  ".endsWith('y')",
  ".contains('x')",
  '.all($this = 1)',
  '.exists($this > 1)',
  '.select($this)',
  '.where($this = 2)',
  '.allTrue()',
  '.anyTrue()',
]

/** An expression of the subset as text; many of them fail or are empty, as authors' do. */
export const anyExpression: fc.Arbitrary<string> = fc.letrec<{ expression: string; leaf: string }>((tie) => ({
  leaf: fc.oneof({ weight: 3, arbitrary: path }, { weight: 2, arbitrary: literal }),
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom(...arithmetic, ...comparison, ...logical, '|'),
        tie('expression'),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc.tuple(tie('expression'), fc.constantFrom(...suffix)).map(([on, end]) => `${on}${end}`),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('.exists()', '.empty()', ' = 1'),
        tie('expression'),
        tie('expression'),
      )
      .map(([test, end, yes, no]) => `iif((${test})${end}, ${yes}, ${no})`),
  ),
})).expression
