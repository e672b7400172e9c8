// Rules over repeating groups: macros, missing answers, nested groups, what is refused at publish, and the bound on work.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanAnswers } from '../clean-answers.ts'
import { compileStudy } from '../compile-study.ts'
import { judge } from '../judge.ts'
import type { Placed } from '../place.ts'
import { StudyInvalid } from '../study-invalid.ts'
import { item, small, smallFiles } from '../testing/small-study.ts'

const placed = {
  placed: true,
  occasion: 'x',
  status: 'on-time',
  lateReceipt: false,
  localDate: '2026-11-22',
  dueDate: null,
  zone: 'Europe/Berlin',
  completedAtMs: 0,
} as unknown as Placed

const most = (value: number) => ({
  extension: [
    { url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs', valueInteger: value },
  ],
})
const form = [
  item('pain', 'integer'),
  item('note', 'text'),
  item('places', 'string', { repeats: true }),
  item('medications', 'group', {
    repeats: true,
    item: [
      item('name', 'string'),
      item('dose', 'decimal'),
      item('times', 'group', { repeats: true, item: [item('hour', 'integer'), item('amount', 'decimal')] }),
    ],
  }),
]
const check = (when: string): string =>
  `checks: [{ id: c, version: "1", form: small, when: ${JSON.stringify(when)}, text: { en: x, zh: x } }]\n`

function outcome(when: string, answers: Record<string, unknown>, items: readonly object[] = form) {
  const { plan, form: compiled } = small(items as never, check(when))
  const { findings } = judge(plan, {
    form: compiled,
    answers: cleanAnswers(compiled, answers),
    placed,
    scores: [],
    dose: null,
    patient: { id: 'P', arm: 'A', site: '1' },
  })
  return findings.map(({ code }) => (code === 'edit-check' ? 'holds' : code)).join() || 'no'
}

function faultsOf(when: string, items: readonly object[] = form): string {
  try {
    compileStudy(smallFiles(items as never, check(when)))
    return ''
  } catch (error) {
    assert.ok(error instanceof StudyInvalid)
    for (const fault of error.faults) assert.deepEqual([fault.file, fault.line], ['study.yaml', 12])
    return error.faults.map(({ message }) => message).join('\n')
  }
}

const two = {
  medications: [
    { name: 'a', dose: 5 },
    { name: 'b', dose: 20 },
  ],
}
const partly = { medications: [{ name: 'a' }, { name: 'b', dose: 20 }, { dose: 3 }] }
const cases: readonly [when: string, answers: Record<string, unknown>, expected: string][] = [
  ['answers.medications.exists(m, m.dose > 10)', two, 'holds'],
  ['answers.medications.exists(m, m.dose > 30)', two, 'no'],
  ['answers.medications.filter(m, m.dose > 1).size() == 2', two, 'holds'],
  ['sum(answers.medications.map(m, m.dose)) == 25', two, 'holds'],
  ['answers.medications.exists_one(m, m.name == "b")', two, 'holds'],
  // A repetition without an answer that the macro reads is passed over.
  ['answers.medications.exists(m, m.dose > 10)', partly, 'holds'],
  ['answers.medications.all(m, m.dose > 1)', partly, 'holds'],
  ['sum(answers.medications.map(m, m.dose)) == 23', partly, 'holds'],
  ['answers.medications.exists(m, m.name == "a" && m.dose > 0)', partly, 'no'],
  ['answers.medications.exists(m, m.name == "a" && !has(m.dose))', partly, 'holds'],
  ['answers.medications.filter(m, has(m.name)).size() == 2', partly, 'holds'],
  ['answers.medications.size() == 3', partly, 'holds'],
  // No repetition is an empty list, not a missing answer.
  ['answers.medications.size() == 0', {}, 'holds'],
  ['answers.medications.exists(m, m.dose > 0)', {}, 'no'],
  ['answers.medications.all(m, m.dose > 0)', {}, 'holds'],
  ['answers.medications.size() == 0 && answers.pain > 3', {}, 'no'],
  // A missing answer outside a group: the rule does not apply, unless it asks.
  ['answers.pain > 3 || true', {}, 'no'],
  ['!has(answers.pain)', {}, 'holds'],
  ['has(answers.pain) && answers.pain in [1, 2]', { pain: 2 }, 'holds'],
  ['1 + answers.pain == 3', { pain: 2 }, 'holds'],
  ['"knee" in answers.places', { places: ['back', 'knee'] }, 'holds'],
  ['"knee" in answers.places', {}, 'no'],
  ['answers.places.exists(p, p.startsWith("b"))', { places: ['knee', 'back'] }, 'holds'],
  // Nested groups.
  [
    'answers.medications.exists(m, m.times.exists(t, t.hour < 6))',
    { medications: [{ name: 'a', times: [{ hour: 8 }, { amount: 1 }, { hour: 5 }] }, { name: 'b' }] },
    'holds',
  ],
  [
    'answers.medications.exists(m, m.times.exists(t, t.amount > m.dose))',
    { medications: [{ times: [{ amount: 9 }] }, { dose: 3, times: [{ amount: 4 }] }] },
    'holds',
  ],
  ['answers.medications.exists(m, m.times.size() > 1)', two, 'no'],
  ['answers.note.matches("(fell|fall)")', { note: 'I fell down' }, 'holds'],
]
for (const [when, answers, expected] of cases)
  test(`${when} on ${JSON.stringify(answers)}: ${expected}`, () => {
    assert.equal(outcome(when, answers), expected)
  })

const refused: readonly [when: string, fault: RegExp][] = [
  [
    'answers.medications.exists(m, m.doze > 10)',
    /m\.doze: group medications has no doze; did you mean m\.dose\?/,
  ],
  ['answers.medications.exists(m, has(m.doze))', /did you mean m\.dose\?/],
  ['answers.medications.exists(m, m.times.exists(t, t.our < 6))', /did you mean t\.hour\?/],
  ['answers.medications.exists(m, m.dose > "10")', /no such overload: double > string/],
  ['answers.medication.exists(m, m.dose > 10)', /did you mean answers\.medications\?/],
  ['answers.dose > 10', /stands in a repeating group: answers\.medications\.exists\(x, x\.dose …\)/],
  ['answer.pain > 10', /Unknown variable: answer; did you mean answers\?/],
  ['answers.medications[0].dose > 10', /repetitions have no numbers/],
  ['has(answers.medications)', /is always true; ask answers\.medications\.size\(\) > 0/],
  ['answers.medications.dose > 10', /a list has no members/],
  ['answers.medications.map(m, m).size() > 1', /name a member of m/],
  ['answers.pain.exists(x, x > 1)', /runs over repetitions/],
  ['cel.bind(x, answers.pain, x > 1)', /cel\.bind is not available/],
  ['answers.note.matches(answers.note)', /write the pattern as a text in quotes/],
  ['answers.note.matches("(a+)+$")', /may take too long/],
  ['answers.note.matches("a*b*c*$")', /may take too long/],
  ['answers.pain', /must be true or false, not double/],
  ['answers == answers', /name a member of answers/],
  ['earlier.pain.size() > 1', /say how far it looks back, e\.g\. looks-back: \{ hours: 24 \}/],
  ['answers.pain >', /Unexpected/],
]
for (const [when, fault] of refused)
  test(`refused with its line: ${when}`, () => assert.match(faultsOf(when), fault))

const nested =
  'answers.medications.exists(m, answers.medications.exists(n, answers.medications.exists(o, m.dose + n.dose == o.dose)))'
test('more work than a rule may be is refused at publish, unless the form bounds its groups', () => {
  assert.match(faultsOf(nested), /may take [\d,]+ steps, more than 200,000; give the repeating groups/)
  const bounded = form.map((one) => (one.linkId === 'medications' ? { ...one, ...most(10) } : one))
  assert.equal(faultsOf(nested, bounded), '')
})

test('a hostile submission of 200 kB fails the rule, at once, and says so', () => {
  const bounded = form.map((one) => (one.linkId === 'medications' ? { ...one, ...most(10) } : one))
  const few = Array.from({ length: 10 }, (_, i) => ({ dose: 2 ** i + 0.5, name: 'x' }))
  const many = Array.from({ length: 100 }, (_, i) => ({ dose: 2 ** (i % 30) + 0.5, name: 'x'.repeat(2000) }))
  assert.ok(JSON.stringify(many).length > 200_000)
  assert.equal(outcome(nested, { medications: few }, bounded), 'no')
  const begun = performance.now()
  assert.equal(outcome(nested, { medications: many }, bounded), 'rule-failed')
  assert.ok(performance.now() - begun < 2000)
})

test('a text too long for a rule fails it; a rule that does not read it goes on', () => {
  const note = 'a'.repeat(15_000)
  assert.equal(outcome('answers.note.contains("b")', { note }), 'rule-failed')
  assert.equal(outcome('answers.note.contains("b")', { note: 'abc' }), 'holds')
  assert.equal(outcome('answers.pain > 3', { note, pain: 4 }), 'holds')
  assert.equal(outcome('answers.note.matches("a*b")', { note: 'a'.repeat(3000) }), 'rule-failed')
})
