// The blinding linter (P10): one study for each way to leak, each the sound study with one thing changed, is refused
// with the right code at the right line; the sound study, its relabelled twin and look-alike words pass.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileStudy } from '../compile-study.ts'
import { readStudyYaml, type StudySource } from '../read-study-yaml.ts'
import { StudyInvalid } from '../study-invalid.ts'
import { demoFiles } from '../testing/demo-plan.ts'
import { item, option, smallFiles, zh } from '../testing/small-study.ts'
import { type Leak, type LeakCode, leakText } from './leak.ts'
import { lintBlinding, lintFiles, refuseLeaks } from './lint-study.ts'

const items = [
  item('pain', 'integer'),
  item('bladder-control', 'choice', {
    text: 'How is your bladder control?',
    answerOption: [option('good'), option('poor')],
  }),
  item('pack', 'string'),
  item('code', 'string'),
  item('why', 'text', { enableWhen: [{ question: 'pain', operator: '>', answerInteger: 3 }] }),
]

const more = `  packs:
    A: ["14543", "27189", "41880", "50635", "70167", "81017", "92056", "95409"]
    B: ["12077", "14913", "31358", "38783", "51905", "68799", "82901", "89737"]
  drug-codes:
    LV-1: study-drug
    PC-2: rescue
  deviations:
    - id: wrong-pack
      version: "1"
      form: small
      item: pack
      when: arm_role == "control" && arm_of_pack(answers.pack) == "A"
      severity: major
      text: { en: A pack of the other arm., zh: 另一组的药盒。 }
    - id: wrong-drug
      version: "1"
      form: small
      item: code
      when: arm_role == "control" && kind_of_drug(answers.code) == "study-drug"
      severity: major
      text: { en: The other drug., zh: 另一种药。 }
  # more restricted
roles:
  site-nurse: { blinded: true }
  site-investigator: { blinded: true }
  unblinded-pharmacist: { blinded: false }
checks:
  - id: pain-check
    version: "1"
    form: small
    item: pain
    when: answers.pain > 10
    text: { en: Please check., zh: 请核对。 }
alerts:
  - id: worst-pain
    version: "1"
    form: small
    when: answers.pain == 10
    severity: medium
    audience: [site-nurse, unblinded-pharmacist]
    acknowledge-within-hours: 24
    text: { en: Please call the patient., zh: 请致电患者。 }
    patient-message: { en: Thank you., zh: 谢谢。 }
scores:
  - id: pain-sum
    version: "1"
    form: small
    title: { en: Pain sum, zh: 疼痛总分 }
    method: sum
    items: [pain]
    missing: all-required
    source: made up
dose:
  id: capsule
  version: "1"
  form: small
  taken-item: taken
  doses-per-day: 1
  window: { opens: "04:00", closes: "12:00" }
`

const daily =
  '{ every: day, window: { opens: "00:00", closes: "24:00", closes-days-later: 0 }, locks-after-days: 2 }'
const sound = (): Map<string, string> => smallFiles([...items, item('taken', 'boolean')], more, daily)

type Change = (files: Map<string, string>) => void
/** Replaces what stands exactly once in a file. */
const put =
  (find: string, replacement: string, file = 'study.yaml'): Change =>
  (files) => {
    const text = files.get(file) as string
    assert.equal(text.split(find).length, 2, `${find} stands once in ${file}`)
    files.set(
      file,
      text.replace(find, () => replacement),
    )
  }
const inForm = (find: string, replacement: string): Change => put(find, replacement, 'forms/small.json')

function leaksOf(...changes: Change[]): readonly Leak[] {
  const files = sound()
  for (const change of changes) change(files)
  return lintFiles(compileStudy(files), files)
}
const telling = (leaks: readonly Leak[]): readonly Leak[] => leaks.filter((leak) => leak.severity !== 'note')

const addAlert = (id: string, when: string, text = '{ en: Please look., zh: 请查看。 }'): Change =>
  put(
    'alerts:\n',
    `alerts:\n  - { id: ${id}, version: "1", form: small, when: ${when}, severity: low, audience: [site-nurse], acknowledge-within-hours: 24, text: ${text} }\n`,
  )
const addItem =
  (element: Record<string, unknown>): Change =>
  (files) =>
    files.set(
      'forms/small.json',
      smallFiles([...items, item('taken', 'boolean'), element]).get('forms/small.json') as string,
    )

const packs = (a: string[], b: string[]): Change[] => [
  put(/A: \["14543".*\]/.exec(more)?.[0] as string, `A: ${JSON.stringify(a)}`),
  put(/B: \["12077".*\]/.exec(more)?.[0] as string, `B: ${JSON.stringify(b)}`),
]
const numbered = (from: number, step: number): string[] =>
  Array.from({ length: 12 }, (_, index) => String(from + index * step))
const restricted = (member: string): Change => put('  # more restricted\n', `${member}\n`)
/** Other codes for both arms, in everything that names them. */
const codes =
  (a: string, b: string): Change =>
  (files) => {
    const text = files.get('study.yaml') as string
    files.set(
      'study.yaml',
      text
        .replace('[{ code: A }, { code: B }]', `[{ code: "${a}" }, { code: "${b}" }]`)
        .replace(/^ {4}A:/gm, `    "${a}":`)
        .replace(/^ {4}B:/gm, `    "${b}":`)
        .replace('== "A"', `== "${a}"`),
    )
  }

/** [way to leak, code, words of the line it is found in, changes] */
const ways: readonly [string, LeakCode, RegExp, ...Change[]][] = [
  ['id of an alert', 'id-tells', /placebo-fell/, addAlert('placebo-fell', 'answers.pain == 9')],
  [
    'id of an alert, by its arm',
    'id-tells',
    /control-report/,
    addAlert('control-report', 'answers.pain == 9'),
  ],
  ['id of a check', 'id-tells', /drugPbo/, put('id: pain-check', 'id: drugPbo')],
  ['id of a score', 'id-tells', /control-group-sum/, put('id: pain-sum', 'id: control-group-sum')],
  ['id of a dose', 'id-tells', /placebo-capsule/, put('id: capsule', 'id: placebo-capsule')],
  ['linkId', 'id-tells', /placebo-felt/, addItem(item('placebo-felt', 'boolean'))],
  [
    'code of an option',
    'id-tells',
    /active-drug/,
    addItem(item('guess', 'choice', { answerOption: [option('x'), option('active-drug')] })),
  ],
  [
    'form id',
    'id-tells',
    /Questionnaire\/placebo/,
    inForm('Questionnaire/small', 'Questionnaire/placebo-small'),
    (files) =>
      files.set(
        'study.yaml',
        (files.get('study.yaml') as string).replaceAll('form: small', 'form: placebo-small'),
      ),
  ],
  [
    'text of an item',
    'text-tells',
    /Placebo/,
    addItem(item('felt', 'boolean', { text: 'Did the Placebo help?' })),
  ],
  [
    'translation of an item',
    'text-tells',
    /安慰剂/,
    addItem(item('felt', 'boolean', { _text: zh('安慰剂有效吗？') })),
  ],
  [
    'Chinese word for an arm',
    'text-tells',
    /对照组/,
    addItem(item('felt', 'boolean', { _text: zh('对照组的问题') })),
  ],
  [
    'title of a form',
    'text-tells',
    /"title"/,
    inForm('"title": "Small"', '"title": "Diary of the control group"'),
  ],
  [
    'text of an option',
    'text-tells',
    /Placebo/,
    addItem(
      item('guess', 'choice', {
        answerOption: [{ valueCoding: { code: 'x', display: 'Placebo', _display: zh('甲') } }],
      }),
    ),
  ],
  [
    'description in a form',
    'text-tells',
    /description/,
    inForm('"status": "active"', '"status": "active", "description": "for patients on placebo"'),
  ],
  [
    'text of an alert',
    'text-tells',
    /control arm/,
    put('Please call the patient.', 'A patient of the control arm needs a call.'),
  ],
  ['message to the patient', 'text-tells', /谢谢/, put('zh: 谢谢。', 'zh: 谢谢您服用安慰剂。')],
  [
    'text of an edit check',
    'text-tells',
    /placebo/,
    put('en: Please check.', 'en: The placebo patient must check.'),
  ],
  ['title of a score', 'text-tells', /疼痛总分/, put('zh: 疼痛总分', 'zh: 对照组疼痛总分')],
  [
    'drug name',
    'text-tells',
    /Levadrine/,
    put('en: Drug,', 'en: Levadrine 40 mg,'),
    addItem(item('felt', 'boolean', { text: 'Did Levadrine help?' })),
  ],
  [
    'strength',
    'text-tells',
    /40mg/,
    put('en: Drug,', 'en: Levadrine 40 mg,'),
    addItem(item('felt', 'boolean', { text: 'Did you take 40mg today?' })),
  ],
  [
    'Chinese drug name',
    'text-tells',
    /左伐君/,
    put('zh: 药 }', 'zh: 左伐君 40 mg }'),
    addItem(item('felt', 'boolean', { _text: zh('左伐君有效吗？') })),
  ],
  [
    'role of an arm in two words',
    'id-tells',
    /high-dose-diary/,
    put('role: treatment', 'role: high-dose'),
    addAlert('high-dose-diary', 'answers.pain == 9'),
  ],
  ['literal of a condition', 'id-tells', /placebo/, addAlert('odd', '\'answers.code == "placebo"\'')],
  [
    'file name',
    'file-name-tells',
    /placebo/,
    put('file: forms/small.json', 'file: forms/placebo.json'),
    (files) => files.set('forms/placebo.json', files.get('forms/small.json') as string),
    (files) => files.delete('forms/small.json'),
  ],
  [
    'name of a file nothing uses',
    'file-name-tells',
    /resourceType|\{/,
    (files) => files.set('forms/control-diary.json', '{}'),
  ],
  ['arm code with a word', 'arm-code-tells', /A-active/, codes('A-active', 'B-other')],
  ['arm codes that abbreviate', 'arm-code-tells', /PBO/, codes('XYZ', 'PBO')],
  ['arm codes that are initials', 'arm-code-tells', /"T"/, codes('T', 'C')],
  [
    'arm code with its strength',
    'arm-code-tells',
    /G40/,
    put('en: Drug,', 'en: Levadrine 40 mg,'),
    codes('G40', 'G41'),
  ],
  ['arm codes of two shapes', 'arm-code-shape', /X9y/, codes('X9y', 'X10')],
  [
    'arm code in an id',
    'arm-code-outside',
    /extra-G2/,
    codes('G1', 'G2'),
    addAlert('extra-G2', 'answers.pain == 9'),
  ],
  ['one-letter arm code in an id', 'arm-code-outside', /arm-b/, addAlert('arm-b', 'answers.pain == 9')],
  ['arm code in a text', 'arm-code-outside', /group B/, put('en: Please check.', 'en: Only for group B.')],
  [
    'arm code in a form',
    'arm-code-outside',
    /A组/,
    addItem(item('felt', 'boolean', { _text: zh('A组的问题') })),
  ],
  [
    'ids that differ by arm codes alone',
    'arm-code-outside',
    /pain-b/,
    addAlert('pain-a', 'answers.pain == 8'),
    addAlert('pain-b', 'answers.pain == 9'),
  ],
  [
    'a common word of a meaning, with its group',
    'id-tells',
    /drug-arm-pain/,
    addAlert('drug-arm-pain', 'answers.pain == 9'),
  ],
  ['title of a few words', 'text-tells', /"title"/, inForm('"title": "Small"', '"title": "Control diary"')],
  ['few packs with letters', 'pack-numbers-tell', /packs|A:/, ...packs(['V1', 'V9', 'V4'], ['P2', 'P8'])],
  [
    'packs in two ranges',
    'pack-numbers-tell',
    /packs|A:/,
    ...packs(numbered(10_003, 731), numbered(30_001, 713)),
  ],
  [
    'packs with a prefix',
    'pack-numbers-tell',
    /packs|A:/,
    ...packs(
      numbered(10_003, 731).map((n) => `K${n}`),
      numbered(10_501, 713).map((n) => `L${n}`),
    ),
  ],
  [
    'packs by parity',
    'pack-numbers-tell',
    /packs|A:/,
    ...packs(numbered(10_002, 732), numbered(10_501, 714)),
  ],
  ['packs by length', 'pack-numbers-tell', /packs|A:/, ...packs(numbered(1002, 731), numbered(10_501, 713))],
  [
    'packs by one digit',
    'pack-numbers-tell',
    /packs|A:/,
    ...packs(
      ['11403', '28415', '30421', '47437', '52403', '61419', '79425', '83431'],
      ['12707', '29719', '31725', '48731', '53707', '62713', '70729', '84735'],
    ),
  ],
  [
    'pack number in a text',
    'pack-outside',
    /14543/,
    addItem(item('hint', 'boolean', { text: 'Is it pack 14543?' })),
  ],
  ['pack number in a rule', 'pack-outside', /12077/, addAlert('odd', '\'answers.pack == "12077"\'')],
  [
    'option list of packs',
    'pack-outside',
    /"14543"/,
    addItem(item('which', 'choice', { answerOption: [option('14543'), option('99999')] })),
  ],
  [
    'pattern that takes the packs of one arm',
    'pack-limits',
    /"pack"/,
    (files) =>
      files.set(
        'forms/small.json',
        smallFiles([
          ...items.filter((one) => one.linkId !== 'pack'),
          item('taken', 'boolean'),
          item('pack', 'string', {
            extension: [
              { url: 'http://hl7.org/fhir/StructureDefinition/regex', valueString: '.*(3|9|0|5|7|6)' },
            ],
          }),
        ]).get('forms/small.json') as string,
      ),
  ],
  [
    'question that depends on the pack',
    'pack-branch',
    /"more"/,
    addItem(
      item('more', 'boolean', { enableWhen: [{ question: 'pack', operator: '>', answerString: '40000' }] }),
    ),
  ],
  [
    'rule on a prefix of packs',
    'rule-of-one-arm',
    /odd/,
    addAlert('odd', '\'answers.pack.startsWith("9")\''),
  ],
  [
    'rule on the size of packs',
    'rule-of-one-arm',
    /odd/,
    addAlert('odd', "'double(answers.pack) > 90000.0'"),
  ],
  [
    'drug codes as options',
    'drug-code-outside',
    /LV-1/,
    addItem(item('which', 'choice', { answerOption: [option('LV-1'), option('PC-2')] })),
  ],
  ['drug code in a rule', 'drug-code-outside', /LV-1/, addAlert('odd', '\'answers.code == "LV-1"\'')],
  ['form of some arms', 'form-for-some-arms', /small/, restricted('  forms: { small: [A] }')],
  ['form of some arms, its schedule', 'schedule-by-arm', /small/, restricted('  forms: { small: [A] }')],
  ['form of some arms, its size', 'size-by-arm', /small/, restricted('  forms: { small: [A] }')],
  ['form of some arms, its columns', 'columns-by-arm', /small/, restricted('  forms: { small: [B] }')],
  ['form of some arms, its findings', 'answer-by-arm', /small/, restricted('  forms: { small: [B] }')],
  ['form of some arms, its alerts', 'alert-by-arm', /small/, restricted('  forms: { small: [B] }')],
  [
    'doses by arm',
    'dose-by-arm',
    /doses|capsule/,
    restricted('  doses: { A: { capsule: { regimens: [{ per-day: 2 }] } } }'),
  ],
  [
    'amounts by arm',
    'amount-by-arm',
    /doses|capsule/,
    restricted(
      '  doses: { A: { capsule: { regimens: [{ per-day: 1, amount: 2 }] } }, B: { capsule: { regimens: [{ per-day: 1, amount: 1 }] } } }',
    ),
  ],
  [
    'nobody blinded',
    'roles-none-blinded',
    /site-nurse/,
    put('site-nurse: { blinded: true }', 'site-nurse: { blinded: false }'),
    put('site-investigator: { blinded: true }', 'site-investigator: { blinded: false }'),
  ],
  [
    'restricted condition outside',
    'restricted-repeated',
    /odd/,
    put('when: arm_role == "control" && arm_of_pack(answers.pack) == "A"', 'when: answers.pain == 7'),
    addAlert('odd', 'answers.pain  ==  7'),
  ],
  [
    'restricted text outside',
    'restricted-repeated',
    /odd/,
    addAlert('odd', 'answers.pain == 7', '{ en: A pack of the other arm., zh: 药盒。 }'),
  ],
  [
    'id of a restricted rule outside',
    'restricted-repeated',
    /wrong-pack/,
    put('id: pain-sum', 'id: pain-sum'),
    (files) => {
      files.set(
        'forms/other.json',
        (files.get('forms/small.json') as string).replace('Questionnaire/small', 'Questionnaire/other'),
      )
      put('forms: [', 'forms: [{ file: forms/other.json, schedule: { every: event } }, ')(files)
      put(
        'checks:\n',
        'checks:\n  - { id: wrong-pack, version: "1", form: other, when: answers.pain == 7, text: { en: Look., zh: 看。 } }\n',
      )(files)
    },
  ],
  [
    'allowance for nothing',
    'allow-unused',
    /nowhere/,
    put('roles:\n', 'blinding-allow: [{ where: nowhere, reason: none }]\nroles:\n'),
  ],
]

for (const [way, code, at, ...changes] of ways)
  test(`P10: a study that leaks by: ${way} (${code})`, () => {
    const files = sound()
    for (const change of changes) change(files)
    const found = lintFiles(compileStudy(files), files)
    const leak = found.find((one) => one.code === code)
    assert.ok(leak, `${code} among ${telling(found).map((one) => one.code)}`)
    assert.ok(leak.line !== undefined, 'a line is known')
    assert.match((files.get(leak.file) as string).split('\n')[leak.line - 1] as string, at)
    const words = leakText(leak)
    for (const part of [leak.where, leak.how, leak.who, leak.remedy]) assert.ok(words.includes(part))
  })

test('control: the study from which all these are made passes, and so do its arms relabelled and the demo study', () => {
  assert.deepEqual(telling(leaksOf()), [])
  assert.deepEqual(telling(leaksOf(codes('B1', 'B2'))), [])
  const swapped: Change = (files) => {
    const text = files.get('study.yaml') as string
    const flip = (line: string) =>
      line.replace(/^ {4}([AB]):/, (_, code) => `    ${code === 'A' ? 'B' : 'A'}:`)
    files.set('study.yaml', text.split('\n').map(flip).join('\n').replace('== "A"', '== "B"'))
  }
  assert.deepEqual(telling(leaksOf(swapped)), [])
  assert.deepEqual(telling(lintFiles(compileStudy(demoFiles()), demoFiles())), [])
})

test('words that look like an arm and are none pass', () => {
  const harmless = [
    'How well could you control your asthma?',
    'Do you take birth control pills?',
    'Was your pain control medication enough?',
    'How satisfied are you with the treatment?',
    'Did you take the study medicine?',
    'How many minutes were you active?',
    'Did you take ibuprofen 400 mg?',
    'Was the drug hard to swallow?',
  ]
  const harmlessChinese = ['请对照说明书回答', '您如何控制哮喘？', '您对治疗满意吗？']
  for (const text of harmless)
    assert.deepEqual(telling(leaksOf(addItem(item('felt', 'boolean', { text })))), [], text)
  for (const text of harmlessChinese)
    assert.deepEqual(telling(leaksOf(addItem(item('felt', 'boolean', { _text: zh(text) })))), [], text)
  for (const id of [
    'sleep-control',
    'end-of-treatment',
    'act-1',
    'a',
    'control-of-bladder',
    'physically-active',
  ])
    assert.deepEqual(telling(leaksOf(addItem(item(id, 'boolean')))), [], id)
})

test('a word of every arm tells nothing', () => {
  const doses = [put('en: Drug,', 'en: Levadrine 40 mg,'), put('en: Placebo,', 'en: Levadrine 20 mg,')]
  assert.deepEqual(
    telling(leaksOf(...doses, addItem(item('felt', 'boolean', { text: 'Did Levadrine help?' })))),
    [],
  )
  const strength = leaksOf(...doses, addItem(item('felt', 'boolean', { text: 'Did Levadrine 20 mg help?' })))
  assert.deepEqual(
    telling(strength).map((leak) => leak.code),
    ['text-tells'],
  )
})

test('an allowed leak is a note with its reason; what no wording can mend is not allowed', () => {
  const felt = addItem(item('guess', 'boolean', { text: 'Do you think you had placebo?' }))
  const allow = (where: string) =>
    put('roles:\n', `blinding-allow: [{ where: ${where}, reason: blinding is asked about }]\nroles:\n`)
  for (const where of ['guess', '"forms/small.json#guess"', 'forms/small.json']) {
    const found = leaksOf(felt, allow(where))
    assert.deepEqual(telling(found), [], where)
    assert.deepEqual(
      found
        .filter((leak) => leak.allowed !== undefined)
        .map((leak) => [leak.code, leak.severity, leak.allowed]),
      [['text-tells', 'note', 'blinding is asked about']],
    )
  }
  assert.deepEqual(
    telling(leaksOf(felt, allow('other')))
      .map((leak) => leak.code)
      .sort(),
    ['allow-unused', 'text-tells'],
  )
  const structure = leaksOf(restricted('  forms: { small: [A] }'), allow('restricted'))
  assert.ok(structure.some((leak) => leak.code === 'form-for-some-arms' && leak.severity === 'error'))
})

test('an open-label study has notes only, and publishing refuses errors with file, line and remedy', () => {
  const leak = [
    addItem(item('felt', 'boolean', { text: 'Did the placebo help?' })),
    restricted('  forms: { small: [A] }'),
  ]
  const open = leaksOf(...leak, put('roles:\n', 'open-label: true\nroles:\n'))
  assert.deepEqual(telling(open), [])
  assert.ok(
    open.some((one) => one.code === 'text-tells') && open.some((one) => one.code === 'form-for-some-arms'),
  )
  const files = sound()
  refuseLeaks(compileStudy(files), files)
  for (const change of leak) change(files)
  assert.throws(
    () => refuseLeaks(compileStudy(files), files),
    (error) =>
      error instanceof StudyInvalid &&
      error.faults.length >= 2 &&
      error.faults.some(
        (fault) => fault.file === 'forms/small.json' && /text-tells.*felt/.test(fault.message),
      ),
  )
})

test('a blinded role among those who are told of a deviation is a leak, an unblinded one is not', () => {
  const files = sound()
  const plan = compileStudy(files)
  const source = readStudyYaml('study.yaml', files.get('study.yaml') as string, { add() {} }) as StudySource
  const told = (role: string): readonly string[] => {
    const [first, ...rest] = source.study.restricted.deviations ?? []
    const deviations = [{ ...first, audience: [role] }, ...rest] as typeof rest
    const study = { ...source.study, restricted: { ...source.study.restricted, deviations } }
    return telling(lintBlinding(plan, { ...source, study }, files)).map((leak) => leak.code)
  }
  assert.deepEqual(told('site-nurse'), ['audience-blinded'])
  assert.deepEqual(told('statistician'), ['audience-blinded'], 'a role the study does not use')
  assert.deepEqual(told('unblinded-pharmacist'), [])
})

test('unknown forms and arms under restricted.forms are faults', () => {
  const files = sound()
  restricted('  forms: { nosuch: [A], small: [Z] }')(files)
  assert.throws(() => compileStudy(files), /nosuch: the study has no such form[\s\S]*Z is not an arm/)
})
