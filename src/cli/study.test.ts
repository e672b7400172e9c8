// `levee study check` and `levee study diff` on folders, as a person calls them: what is printed, and the exit codes.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { item, smallFiles } from '../study/testing/small-study.ts'
import { WronglyCalled } from './failures.ts'
import { mostMebibytes, readStudyFolder, writeStudyFolder } from './study-folder.ts'
import { type TakingFlags, takingOf } from './study-taking.ts'

const program = fileURLToPath(new URL('levee.ts', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'levee-study-'))
after(() => rmSync(home, { recursive: true }))

type Run = { readonly code: number; readonly out: string; readonly err: string }

function levee(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, 'study', ...args], { cwd: home }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

const daily = '{ every: day, window: { opens: "00:00", closes: "24:00" } }'

/** A folder with the small study; `edit` changes its study.yaml. */
function folder(name: string, edit: (study: string) => string = (study) => study): string {
  const files = smallFiles([item('a', 'boolean')], '', daily)
  files.set('study.yaml', edit(files.get('study.yaml')!))
  writeStudyFolder(join(home, name), [...files])
  return name
}

test('a good study: 0, and the numbers', async () => {
  const good = folder('good')
  const said = await levee('check', good)
  assert.equal(said.code, 0, said.err)
  assert.match(
    said.out,
    /small +1 +1 +0\.\d kB +365\n[\s\S]*small +each day from day 0 after enrolled, 00:00 to 24:00/,
  )
  assert.match(said.out, /levee study publish good --reason/)
  const json = JSON.parse((await levee('check', good, '--json')).out)
  assert.deepEqual([json.valid, json.faults, json.warnings], [true, [], []])
  assert.match(json.summary.sha256, /^[0-9a-f]{64}$/)
})

test('a study with faults: 1, each with file and line; a leak is one', async () => {
  const bad = folder('bad', (study) => study.replace('zone: Europe/Berlin', 'zone: Berlin'))
  const said = await levee('check', bad, '--json')
  assert.equal(said.code, 1)
  const json = JSON.parse(said.out)
  assert.deepEqual([json.valid, json.faults[0].file, json.faults[0].line], [false, 'study.yaml', 5])
  const check =
    'checks: [{ id: c, version: "1", form: small, when: answers.a, text: { en: On placebo, zh: 请问 } }]'
  const leaky = folder('leaky', (study) => `${study}${check}\n`)
  const leak = await levee('check', leaky)
  assert.equal(leak.code, 1)
  assert.match(leak.out, /leaky\/study\.yaml:12: \[text-tells\]/)
})

test('a folder without a study', async () => {
  mkdirSync(join(home, 'empty'))
  const empty = await levee('check', 'empty')
  assert.equal(empty.code, 1)
  assert.match(empty.err, /empty holds no study\.yaml/)
})

test('a diff of two folders: what changed, and what falls due otherwise', async () => {
  const [older, newer] = [
    folder('older'),
    folder('newer', (study) =>
      study.replace('version: "1"', 'version: "2"').replace('opens: "00:00"', 'opens: "06:00"'),
    ),
  ]
  const said = await levee('diff', older, newer, '--data', join(home, 'nothing'))
  assert.equal(said.code, 0, said.err)
  assert.match(said.out, /^SMALL version 1 → 2: 2 changes\n/)
  assert.match(said.out, /~ form small: schedule\.window\.opens: "00:00" → "06:00"/)
  assert.match(said.out, /small +365 +365 +0 +0 +365 +2026-01-05/)
  const same = await levee('diff', older, older, '--json', '--data', join(home, 'nothing'))
  const { changes, due, touched } = JSON.parse(same.out)
  assert.deepEqual([changes, due, touched], [[], [], null])
  const nowhere = await levee('diff', older, 'nowhere')
  assert.equal(nowhere.code, 2)
  assert.match(nowhere.err, /neither a folder nor STUDY@VERSION/)
})

test('flags that do not go together are wrongly called', async () => {
  const from = '2026-12-01'
  assert.equal(takingOf({}), undefined)
  assert.deepEqual(takingOf({ from, site: ['1'] }), { from, sites: ['1'] })
  assert.deepEqual(takingOf({ from, allSites: true }), { from, sites: 'all' })
  const wrong: TakingFlags[] = [
    { site: ['1'] },
    { allSites: true },
    { from },
    { from, site: ['1'], allSites: true },
  ]
  for (const flags of wrong) assert.throws(() => takingOf(flags), WronglyCalled)
  const adopt = await levee('adopt', '2', '--reason', 'x')
  assert.equal(adopt.code, 2)
  assert.match(adopt.err, /--from is missing/)
})

test('files are read and written back byte for byte, and nothing is written over or outside', () => {
  const from = folder('bytes')
  const odd = '\ufeff{ "a": "\r\n\u2028" }'
  writeFileSync(join(home, from, 'forms', 'odd.json'), odd)
  writeFileSync(join(home, from, '.hidden.json'), '{}')
  writeFileSync(join(home, from, 'LICENCES.md'), 'who allows what')
  writeFileSync(join(home, from, 'protocol.pdf'), 'not a part of it')
  const files = readStudyFolder(join(home, from))
  assert.deepEqual([...files.keys()], ['LICENCES.md', 'forms/odd.json', 'forms/small.json', 'study.yaml'])
  writeStudyFolder(join(home, 'back'), [...files])
  assert.equal(readFileSync(join(home, 'back', 'forms', 'odd.json'), 'utf8'), odd)
  assert.throws(() => writeStudyFolder(join(home, 'back'), [...files]), /not empty/)
  assert.throws(() => writeStudyFolder(join(home, 'out'), [['../x.json', '{}']]), /leads out of the folder/)
  writeFileSync(join(home, from, 'latin.json'), Buffer.from([0x7b, 0xe4, 0x7d]))
  assert.throws(() => readStudyFolder(join(home, from)), /latin\.json is not UTF-8/)
})

test('links, a study under another name and a folder too large are refused, with the remedy', () => {
  const linked = join(home, folder('linked'))
  symlinkSync(join(home, 'elsewhere'), join(linked, 'forms', '.hidden'))
  assert.equal(readStudyFolder(linked).size, 2)
  symlinkSync(linked, join(linked, 'scoring'))
  assert.throws(() => readStudyFolder(linked), /linked\/scoring is a link; put the file itself/)
  const large = join(home, folder('large'))
  writeFileSync(join(large, 'export.json'), '')
  truncateSync(join(large, 'export.json'), mostMebibytes * 1024 * 1024 - 10_000)
  assert.equal(readStudyFolder(large).size, 3)
  truncateSync(join(large, 'export.json'), mostMebibytes * 1024 * 1024)
  assert.throws(() => readStudyFolder(large), /32\.0 MiB together.*largest is export\.json/)
  mkdirSync(join(home, 'yml'))
  writeFileSync(join(home, 'yml', 'study.yml'), '')
  assert.throws(() => readStudyFolder(join(home, 'yml')), /must be called study\.yaml; rename it/)
})

test('notes are published with a study, and neither linted nor compared', async () => {
  const noted = folder('noted')
  writeFileSync(join(home, noted, 'LICENCES.md'), 'A is the drug, B the placebo.')
  const said = await levee('check', noted)
  assert.equal(said.code, 0, said.out)
  assert.doesNotMatch(said.out, /LICENCES/)
  const older = folder('unnoted')
  const differs = await levee('diff', older, noted)
  assert.match(differs.out, /Notes \(1\)\n {2}\+ LICENCES\.md is new/)
  assert.doesNotMatch(differs.out, /placebo/)
  writeFileSync(join(home, older, 'LICENCES.md'), 'Other words.')
  assert.match((await levee('diff', older, noted)).out, /~ LICENCES\.md was rewritten/)
})

test('the smallest study of the handbook is a study', async () => {
  const handbook = readFileSync(new URL('../../docs/study-package.md', import.meta.url), 'utf8')
  const form = /```json\n([\s\S]*?)```/.exec(handbook)?.[1] ?? ''
  writeStudyFolder(join(home, 'smallest'), [
    ['study.yaml', handbook.slice(handbook.indexOf('# study.yaml\n')).split('```')[0]!],
    ['forms/night.json', form],
  ])
  const said = await levee('check', 'smallest')
  assert.equal(said.code, 0, said.out)
  assert.doesNotMatch(said.out, /Warnings/)
  assert.match(said.out, /night +1 +1 .* 28\n/)
})
