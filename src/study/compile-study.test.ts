// Faults of study files are found when the study is compiled, with file, line and what to do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileStudy } from './compile-study.ts'
import { findForm } from './plan.ts'
import { StudyInvalid } from './study-invalid.ts'
import { demoFiles, demoPlan } from './testing/demo-plan.ts'
import { item, smallFiles } from './testing/small-study.ts'

test('the demo study compiles to what its files say', () => {
  const plan = demoPlan()
  assert.equal(plan.id, 'MORNING-301')
  assert.deepEqual([...plan.forms.keys()], ['daily-diary@1', 'phq-9@1', 'rescue-medication@1'])
  assert.equal(plan.clockToleranceMs, 600_000)
  const diary = findForm(plan, 'daily-diary', '1')
  assert.deepEqual(
    diary?.items.map((one) => one.linkId),
    [
      'pain',
      'fatigue',
      'nausea',
      'dose-taken',
      'dose-time',
      'not-taken-why',
      'pack-number',
      'rescue-taken',
      'sleep-hours',
    ],
  )
  assert.deepEqual([diary?.itemById.get('pain')?.min, diary?.itemById.get('pain')?.max], [0, 10])
  assert.equal(findForm(plan, 'daily-diary', '2'), undefined)
  assert.equal(findForm(plan, 'phq-9', '1')?.items[0]?.text.en, 'Little interest or pleasure in doing things')
})

function faultsOf(files: Map<string, string>): readonly { file: string; line?: number; message: string }[] {
  try {
    compileStudy(files)
  } catch (error) {
    assert.ok(error instanceof StudyInvalid, String(error))
    return error.faults
  }
  return []
}

/** [what is wrong, file, text to replace, replacement, the fault's words] */
const cases: readonly [string, string, string, string, RegExp][] = [
  [
    'unknown item in a rule',
    'study.yaml',
    'answers.sleep_hours > 18',
    'answers.sleep > 18',
    /has no answers\.sleep; did you mean answers\.sleep_hours\?/,
  ],
  [
    'unknown item in has()',
    'study.yaml',
    'answers.sleep_hours > 18',
    'has(answers.sleep)',
    /has no answers\.sleep/,
  ],
  ['type error', 'study.yaml', 'answers.sleep_hours > 18', 'answers.nausea > 18', /no such overload/],
  ['not a condition', 'study.yaml', 'answers.sleep_hours > 18', 'answers.sleep_hours + 1', /true or false/],
  [
    'syntax error',
    'study.yaml',
    'answers.sleep_hours > 18',
    'answers.sleep_hours >',
    /rule sleep-very-long: when/,
  ],
  ['unknown item of a rule', 'study.yaml', 'item: sleep-hours', 'item: sleeping', /no item sleeping/],
  [
    'arm outside the restricted part',
    'study.yaml',
    'answers.sleep_hours > 18',
    'arm == "G1"',
    /Unknown variable: arm/,
  ],
  [
    'unknown score',
    'study.yaml',
    'scores.phq_9_total >= 20',
    'scores.total >= 20',
    /has no scores\.total; did you mean scores\.phq_9_total\?/,
  ],
  [
    'unknown form of a rule',
    'study.yaml',
    'id: worst-pain\n    version: "1"\n    form: daily-diary',
    'id: worst-pain\n    version: "1"\n    form: diary',
    /diary: the study has no such form/,
  ],
  [
    'unknown zone',
    'study.yaml',
    'zone: Europe/Berlin',
    'zone: Europe/Bonn',
    /Europe\/Bonn: use an IANA time zone/,
  ],
  ['misspelt member', 'study.yaml', 'reminder: "08:00"', 'remider: "08:00"', /remider/],
  ['number where a text is needed', 'study.yaml', 'id: "101"', 'id: 101', /sites\.0\.id.*quotes/],
  ['YAML error', 'study.yaml', 'id: MORNING-301', 'id: [MORNING-301', /correct the YAML/],
  ['arm without meaning', 'study.yaml', '- code: G2', '- code: G2\n  - code: G3', /say what arm G3 is/],
  ['pack of both arms', 'study.yaml', 'G2: ["', 'G2: ["11122", "11122", "', /pack 11122 is listed twice/],
  [
    'score of an item without number',
    'study.yaml',
    'items: [phq9-1,',
    'items: [phq9-10,',
    /phq9-10 has neither/,
  ],
  [
    'dose reported by another type',
    'study.yaml',
    'taken-item: dose-taken',
    'taken-item: pain',
    /no boolean item pain/,
  ],
  ['missing form file', 'study.yaml', 'forms/phq-9.json', 'forms/phq.json', /add the file forms\/phq\.json/],
  ['JSON error', 'forms/phq-9.json', '"item": [', '"item": ', /correct the JSON/],
  ['missing translation', 'forms/phq-9.json', '感到心情低落、沮丧或绝望', ' ', /item phq9-2: .*translation/],
  [
    'linkId twice',
    'forms/daily-diary.json',
    '"linkId": "fatigue"',
    '"linkId": "pain"',
    /item pain: linkId.* must be unique/,
  ],
  [
    'unknown type',
    'forms/daily-diary.json',
    '"type": "time"',
    '"type": "attachment"',
    /item dose-time: type "attachment"/,
  ],
  [
    'enableWhen that can never hold',
    'forms/daily-diary.json',
    '"question": "dose-taken"',
    '"question": "sleep-hours"',
    /not of a type its question can have/,
  ],
  [
    'names that rules cannot tell apart',
    'forms/daily-diary.json',
    '"linkId": "fatigue"',
    '"linkId": "dose_taken"',
    /cannot tell/,
  ],
]

for (const [name, file, from, to, words] of cases)
  test(`a fault is named with its file and line: ${name}`, () => {
    const files = demoFiles()
    const text = files.get(file) as string
    assert.ok(text.includes(from), `the demo file no longer holds ${from}`)
    files.set(file, text.replace(from, to))
    const faults = faultsOf(files)
    const fault = faults.find((one) => words.test(one.message))
    assert.ok(fault !== undefined, JSON.stringify(faults))
    assert.equal(fault.file, file)
    if (name !== 'JSON error') assert.ok(fault.line !== undefined && fault.line >= 1)
  })

test('the line is the line of the member at fault, and all faults are told at once', () => {
  const files = demoFiles()
  const text = (files.get('study.yaml') as string)
    .replace('zone: Europe/Berlin', 'zone: Europe/Bonn')
    .replace('answers.pain == 10', 'answers.pian == 10')
  files.set('study.yaml', text)
  const lineOf = (needle: string) => text.slice(0, text.indexOf(needle)).split('\n').length
  assert.deepEqual(
    faultsOf(files).map((fault) => fault.line),
    [lineOf('Europe/Bonn'), lineOf('answers.pian')],
  )
})

test('a study without study.yaml, and forms that cannot be evaluated exactly, are refused', () => {
  assert.match(faultsOf(new Map())[0]?.message ?? '', /add this file/)
  const refused: [Record<string, unknown>, RegExp][] = [
    [{ modifierExtension: [] }, /modifier/],
    [{ initial: [{ valueInteger: 1 }] }, /initial/],
    [
      {
        extension: [
          { url: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression' },
        ],
      },
      /enableWhenExpression/,
    ],
  ]
  for (const [rest, words] of refused)
    assert.match(faultsOf(smallFiles([item('a', 'integer', rest)]))[0]?.message ?? '', words)
})

test('faults of shape do not hide those of meaning, and what could not be read is not called missing', () => {
  const wrong = (edits: readonly (readonly [string, string])[]) => {
    const files = demoFiles()
    let study = files.get('study.yaml')!
    for (const [from, to] of edits) {
      assert.ok(study.includes(from), from)
      study = study.replace(from, to)
    }
    return faultsOf(files.set('study.yaml', study)).map(({ message }) => message)
  }
  const zone = ['Europe/Berlin', 'Europe/Berlinn'] as const
  const rule = ['answers.sleep_hours > 18', 'answers.sleep_hour > 18'] as const
  const meant = [/Berlinn: use an IANA time zone/, /did you mean answers\.sleep_hours/]
  const shapes = [
    ['every: day', 'every: daily'],
    ['version: "1"', 'version: 1'],
    ['severity: high', 'severity: urgent'],
    ['clock-tolerance-minutes: 10', 'clock-tolerance-minutes: 10\nclok: 1'],
    ['reminder: "08:00"', 'reminder: "8:00"'],
  ] as const
  for (const shape of shapes) {
    const alone = wrong([shape])
    assert.equal(alone.length, 1, `${shape[1]}: ${alone.join(' | ')}`)
    const all = wrong([shape, zone, rule])
    assert.equal(all.length, 3, all.join(' | '))
    for (const words of meant) assert.ok(all.some((message) => words.test(message)))
  }
  // The arm that cannot be read is not called missing, the one that is missing is.
  const arm = wrong([['G1: { role: treatment,', 'G1: {']])
  assert.deepEqual(
    arm.filter((message) => /G1/.test(message)),
    ['restricted.arms.G1: add role'],
  )
})

test('what a member was probably meant to be is said, at its own line', () => {
  const files = demoFiles()
  const study = files.get('study.yaml')!
  const faults = faultsOf(files.set('study.yaml', study.replace('reminder: "08:00"', 'remainder: "08:00"')))
  assert.deepEqual(faults, [
    {
      file: 'study.yaml',
      line: study.slice(0, study.indexOf('reminder:')).split('\n').length,
      message: 'forms.0.schedule: remainder is not known here; did you mean reminder?',
    },
  ])
})

test('an offset is no zone, and a form outside the folder no part of the study', () => {
  const edited = (from: string, to: string) => {
    const files = demoFiles()
    return faultsOf(files.set('study.yaml', files.get('study.yaml')!.replace(from, to)))[0]?.message
  }
  assert.match(edited('Europe/Berlin', '+01:00') ?? '', /use an IANA time zone/)
  assert.match(edited('forms/phq-9.json', '../phq-9.json') ?? '', /lies outside the study's folder/)
  assert.equal(edited('Europe/Berlin', 'Europe/Paris'), undefined)
})
