// The section patient-app, telephone numbers and pictures of study.yaml: standards, faults with a remedy, no telling words.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lintFiles } from './blinding/lint-study.ts'
import { compileStudy } from './compile-study.ts'
import { readPackage } from './package/check-package.ts'
import { diffStudies } from './package/diff-study.ts'
import { StudyInvalid } from './study-invalid.ts'
import { demoFiles } from './testing/demo-plan.ts'
import { item, small } from './testing/small-study.ts'

const picture = 'pictures/blister-pack.svg'

/** The demo study with study.yaml or another file changed. */
function edited(from: string, to: string, file = 'study.yaml'): Map<string, string> {
  const files = demoFiles()
  const text = files.get(file) as string
  assert.ok(text.includes(from), from)
  return files.set(file, text.replace(from, to))
}

function faults(files: ReadonlyMap<string, string>): string[] {
  try {
    compileStudy(files)
    return []
  } catch (error) {
    assert.ok(error instanceof StudyInvalid)
    return error.faults.map(({ message }) => message)
  }
}

test('a study that says nothing has the standard values', () => {
  const { plan } = small([item('one', 'boolean')])
  assert.deepEqual(plan.patientApp, {
    help: null,
    proxy: false,
    graceMinutes: 30,
    reminders: { spreadMinutes: 20, againAfterMinutes: [120], quiet: { from: '22:00', to: '07:00' } },
  })
  assert.equal(plan.sites[0]?.phone, undefined)
})

test('what a study says is in its plan; reminders again are in order', () => {
  const plan = compileStudy(edited('again-after-minutes: [120]', 'again-after-minutes: [240, 60]'))
  assert.deepEqual(plan.patientApp.reminders.againAfterMinutes, [60, 240])
  assert.match(plan.patientApp.help?.zh ?? '', /急救电话/)
  assert.equal(plan.sites[0]?.phone, '+86 21 5550 0101')
  assert.deepEqual(plan.doses[0]?.title, { en: 'Study medicine', zh: '研究药物' })
  assert.match(plan.doses[0]?.picture ?? '', /^<svg/)
})

for (const [what, files, said] of [
  [
    'a help text without a language',
    edited('    zh: 如果您感到非常不适', '    de: 如果您感到非常不适'),
    /patient-app\.help: add the translation to zh/,
  ],
  ['a telephone number that is none', edited('"+49 30 5550 0201"', '"call us"'), /sites\.2\.phone/],
  ['a grace beyond a day', edited('grace-minutes: 30', 'grace-minutes: 1441'), /grace-minutes/],
  ['quiet hours that are no times', edited('from: "22:00"', 'from: "25:00"'), /quiet\.from.*HH:MM/],
  [
    'a misspelt member',
    edited('  proxy: false', '  proxi: false'),
    /proxi is not known here; did you mean proxy/,
  ],
  ['a picture that is not there', edited(picture, 'pictures/none.svg'), /add the file pictures\/none\.svg/],
  ['a picture that runs', edited('<title>', '<script>1</script><title>', picture), /take out scripts/],
  ['a picture that listens', edited('<title>', '<g onload="x()"/><title>', picture), /take out scripts/],
  [
    'a picture that reaches out',
    edited('<title>', '<image href="https://a.example/b"/><title>', picture),
    /take out scripts/,
  ],
  ['a picture too large', edited('<title>', `<title>${'x'.repeat(4_100)}`, picture), /4096 at most/],
  ['a picture with a declaration', edited('<svg', '<?xml version="1.0"?><svg', picture), /begins with <svg/],
] as const)
  test(`refused with what to do: ${what}`, () => {
    const found = faults(files)
    assert.match(found[0] ?? 'nothing was refused', said)
  })

test('P10: the linter reads the help text, the dose’s title and the picture', () => {
  const leaks = (files: ReadonlyMap<string, string>) =>
    lintFiles(compileStudy(files), files)
      .filter(({ severity }) => severity === 'error')
      .map(({ file, where }) => `${file} ${where}`)
  assert.deepEqual(leaks(demoFiles()), [], 'control')
  assert.deepEqual(leaks(edited('en: If you feel very unwell', 'en: If placebo makes you unwell')), [
    'study.yaml patient-app.help.en',
  ])
  assert.deepEqual(leaks(edited('en: Study medicine', 'en: Levadrine 40 mg')), ['study.yaml dose.title.en'])
  assert.deepEqual(leaks(edited('Blister pack', 'Matching placebo', picture)), [`${picture} ${picture}`])
})

test('changes of the section, of numbers and of pictures are told', () => {
  const changes = (files: ReadonlyMap<string, string>) =>
    diffStudies(readPackage(demoFiles()), readPackage(files)).map(({ kind, path, member }) =>
      [kind, ...path, member].filter((one) => one !== undefined).join(' '),
    )
  assert.deepEqual(changes(demoFiles()), [], 'control')
  assert.deepEqual(changes(edited('proxy: false', 'proxy: true')), ['changed patient-app.proxy'])
  assert.deepEqual(changes(edited('+49 30 5550 0201', '+49 30 5550 0299')), ['changed site 201 phone'])
  assert.deepEqual(changes(edited('en: If you feel very unwell', 'en: If you feel unwell')), [
    'text patient-app.help',
    'translation-to-review patient-app.help',
  ])
  assert.deepEqual(changes(edited('#dfe5ea', '#ffffff', picture)), [`note ${picture}`])
})
