// `levee form …` as a person calls it: what is printed, and the exit codes 0, 1 and 2.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { visibleItems } from '../study/form/visible-items.ts'
import { readForm } from './form-files.ts'

const program = fileURLToPath(new URL('levee.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'levee-form-'))
after(() => rmSync(folder, { recursive: true }))

type Run = { readonly code: number; readonly out: string; readonly err: string }

function levee(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, 'form', ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const when = { enableWhen: [{ question: 'pain', operator: '>', answerInteger: 3 }] }
const fhirPath = {
  url: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression',
  valueExpression: {
    language: 'text/fhirpath',
    expression: '%resource.item.answer.value.ofType(integer).first() > 3',
  },
}
const questionnaire = file('q.json', {
  resourceType: 'Questionnaire',
  url: 'urn:q',
  status: 'active',
  item: [
    { linkId: 'pain', type: 'integer', text: 'Pain', required: true },
    { linkId: 'why', type: 'string', text: 'Why', ...when },
    { linkId: 'server', type: 'string', text: 'Asked by FHIRPath', extension: [fhirPath] },
  ],
})
const responseOf = (name: string, ...item: object[]) =>
  file(name, { resourceType: 'QuestionnaireResponse', questionnaire: 'urn:q', status: 'completed', item })
const bad = responseOf('bad.json', { linkId: 'pain', answer: [{ valueInteger: 5 }] })
const low = responseOf(
  'low.json',
  { linkId: 'pain', answer: [{ valueInteger: 1 }] },
  { linkId: 'why', answer: [{ valueString: 'secretword' }] },
)

test('form check: 0 without findings, 1 with errors; JSON and table name no answer', async () => {
  const fine = await levee('check', questionnaire, bad, '--json')
  assert.equal(fine.code, 0, fine.err)
  assert.deepEqual(JSON.parse(fine.out), {
    valid: true,
    counts: { error: 0, warning: 0, information: 0 },
    findings: [],
  })
  const found = await levee('check', questionnaire, low, '--json')
  assert.equal(found.code, 1)
  const [finding] = JSON.parse(found.out).findings
  assert.deepEqual([finding.code, finding.severity, finding.linkId], ['hidden-answered', 'error', 'why'])
  assert.equal(finding.path, 'QuestionnaireResponse.item[1]')
  assert.deepEqual(Object.keys(finding.message), ['en', 'zh'])
  const table = await levee('check', questionnaire, low)
  assert.match(table.out, /hidden-answered +why/)
  assert.doesNotMatch(found.out + table.out, /secretword/)
})

test('form visible: linkIds in order; --why gives the reason; FHIRPath beyond the subset is evaluated here', async () => {
  assert.deepEqual(JSON.parse((await levee('visible', questionnaire, bad, '--json')).out).enabled, [
    'pain',
    'why',
    'server',
  ])
  const { code, out } = await levee('visible', questionnaire, low, '--json', '--why')
  assert.equal(code, 0)
  const { enabled, disabled, why } = JSON.parse(out)
  assert.deepEqual([enabled, disabled], [['pain'], ['why', 'server']])
  assert.match(why[0].reason, /pain > 3 does not hold/)
  assert.equal((await levee('visible', questionnaire, bad)).out, 'pain\nwhy\nserver\n')
})

test('weight() and ordinal() find the numbers of the choices, on the option and on its code', async () => {
  const ordinal = {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/ordinalValue', valueDecimal: 3 }],
  }
  const read = await readForm(
    file('weights.json', {
      resourceType: 'Questionnaire',
      status: 'active',
      item: [
        {
          linkId: 'a',
          type: 'choice',
          answerOption: [{ valueCoding: { system: 'urn:s', code: 'x', ...ordinal } }],
        },
        {
          linkId: 'b',
          type: 'choice',
          answerOption: [{ valueCoding: { system: 'urn:s', code: 'x' }, ...ordinal }],
        },
        ...['weight', 'ordinal'].map((name) => ({
          linkId: name,
          type: 'display',
          extension: [
            {
              ...fhirPath,
              valueExpression: {
                language: 'text/fhirpath',
                expression: `%resource.item.answer.value.${name}().sum() = 6`,
              },
            },
          ],
        })),
      ],
    }),
  )
  const response = {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    item: ['a', 'b'].map((linkId) => ({ linkId, answer: [{ valueCoding: { system: 'urn:s', code: 'x' } }] })),
  }
  assert.ok(read.form !== null)
  assert.deepEqual(visibleItems(read.form, response, read.expressions).disabled, [])
})

test('form import: the report; 1 where something is refused, and what cannot be used at all is 2 for the others', async () => {
  const { code, out } = await levee('import', questionnaire, '--json')
  const report = JSON.parse(out)
  assert.deepEqual([code, report.outcome, report.counts.refused], [1, 'checkable', 1])
  const taken = file('taken.json', {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [{ linkId: 'a', type: 'boolean' }],
  })
  assert.equal((await levee('import', taken)).code, 0)
  const circle = file('circle.json', {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [
      { linkId: 'a', type: 'boolean', enableWhen: [{ question: 'a', operator: '=', answerBoolean: true }] },
    ],
  })
  assert.equal((await levee('import', circle)).code, 1)
  const refused = await levee('check', circle, bad, '--json')
  assert.equal(refused.code, 2)
  assert.equal(JSON.parse(refused.out).refused[0].reason, 'enable-circle')
  assert.match(refused.err, /depends on itself/)
})

test('a long report reaches a pipe whole, also when the exit code is 1', async () => {
  const item = Array.from({ length: 2000 }, (_, i) => ({ linkId: `x${i}`, answer: [{ valueInteger: i }] }))
  const { code, out } = await levee('check', questionnaire, responseOf('long.json', ...item), '--json')
  assert.equal(code, 1)
  assert.equal(JSON.parse(out).counts.error, 2001)
})

test('a wrong call is 2 and says what is wrong, without a line of the file', async () => {
  const calls: [string[], RegExp][] = [
    [['check', questionnaire], /missing required argument/],
    [['check', questionnaire, join(folder, 'none.json')], /no such file/],
    [['check', questionnaire, file('broken.json', '{\n"answer": "secretword" x')], /is not JSON/],
    [['check', questionnaire, questionnaire], /not a FHIR QuestionnaireResponse/],
    [['check', bad, bad], /cannot be used/],
    [['visible', folder, bad], /it is a folder/],
  ]
  for (const [args, words] of calls) {
    const { code, err } = await levee(...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(err, words)
    assert.doesNotMatch(err, /secretword/)
  }
})
