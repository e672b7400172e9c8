// Holds the repository against ARCHITECTURE.md: who imports whom, where SQL stands, how long things are, which
// promises have tests, whether the pages name what exists. Every rule is also shown a planted violation.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  circles,
  emptyProofs,
  importTable,
  limits,
  longFiles,
  longFunctions,
  nodeInStudy,
  patientRuleFaults,
  patientRules,
  promiseFaults,
  promises,
  provenPromises,
  strayStatements,
  unprovenPromises,
  wrongImports,
} from './support/architecture-rules.ts'
import { deadPaths, knownPaths, machinePlaces } from './support/document-rules.ts'
import { parseSources, type Source } from './support/parsed-source.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const generated = /^src\/api\/grpc\/generated\//
const code = /\.(?:ts|mjs|js)$/
const page = /^(?:[^/]+|docs\/.*|studies\/.*|dictionaries\/.*)\.md$/
const binary = /\.(?:png|jpg|woff2?|gz|db)$/

/** What is tracked, or will be with the next commit. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
  cwd: root,
})
  .toString()
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(root, path)))
  .sort()
const read = (path: string): Source => ({ path, text: readFileSync(join(root, path), 'utf8') })
const written = files.filter((path) => code.test(path) && !generated.test(path)).map(read)
const sources = parseSources(written.filter(({ path }) => path.endsWith('.ts')))
const table = importTable(read('ARCHITECTURE.md').text)
const none: string[] = []

const planted = (path: string, text: string) => parseSources([{ path, text }])

test('imports follow the table of ARCHITECTURE.md, and every part of src/ has its row', () => {
  assert.deepEqual(wrongImports(sources, table), none)
  const parts = new Set(
    sources
      .map((s) => s.path.split('/'))
      .filter(([top]) => top === 'src')
      .map((p) => p[1]),
  )
  assert.deepEqual(
    [...table.keys()].filter((part) => !parts.has(part)),
    none,
    'rows for what is not there',
  )
})

test('control: an import against the table is found, however it is written', () => {
  const ways = [
    "import { x } from '../processing/worker.ts'",
    "import type { X } from '../processing/worker.ts'",
    "export { x } from '../processing/worker.ts'",
    "type X = import('../processing/worker.ts').X",
    "const x = await import('../processing/worker.ts')",
    "import { x } from '../main.ts'",
    "import { x } from '../../tests/support/diary.ts'",
  ]
  for (const way of ways) assert.equal(wrongImports(planted('src/intake/a.ts', way), table).length, 1, way)
  assert.equal(wrongImports(planted('src/elsewhere/a.ts', ''), table).length, 1)
  assert.deepEqual(
    wrongImports(planted('src/intake/a.ts', "import '../system/once.ts'\nimport './b.ts'"), table),
    none,
  )
})

test('the table has no circles', () => {
  assert.deepEqual(circles(table), none)
  assert.deepEqual(
    circles(
      new Map([
        ['a', new Set(['b'])],
        ['b', new Set(['a'])],
      ]),
    )[0],
    'a → b → a',
  )
})

test('study/ uses nothing of Node', () => {
  assert.deepEqual(nodeInStudy(sources), none)
  assert.equal(nodeInStudy(planted('src/study/a.ts', "import { readFileSync } from 'node:fs'")).length, 1)
})

test('SQL stands in stores, in storage/ and in migrations only', () => {
  assert.deepEqual(strayStatements(sources), none)
})

test('control: SQL elsewhere is found as a text, a template and a call', () => {
  const ways = [
    "const s = 'SELECT 1 FROM entries'",
    'const s = `\n  UPDATE held SET state = $' + '{x}`',
    "db.exec('PRAGMA wal_checkpoint')",
    'db.prepare(s).run()',
  ]
  for (const way of ways) {
    assert.equal(strayStatements(planted('src/intake/a.ts', way)).length, 1, way)
    assert.deepEqual(strayStatements(planted('src/intake/a-store.sqlite.ts', way)), none)
  }
  assert.deepEqual(
    strayStatements(planted('src/intake/a.ts', "// SELECT 1\nconst s = 'Select a study'")),
    none,
  )
})

test('files and functions fit their limits', () => {
  assert.deepEqual(longFiles(written), none)
  assert.deepEqual(longFunctions(sources), none)
})

test('control: a line too many is found; a function inside another counts for itself', () => {
  const lines = (n: number) => '0\n'.repeat(n)
  assert.equal(longFiles([{ path: 'src/a.ts', text: lines(limits.file + 1) }]).length, 1)
  assert.deepEqual(longFiles([{ path: 'src/a.ts', text: lines(limits.file) }]), none)
  assert.equal(longFiles([{ path: 'tests/a.ts', text: lines(limits.testFile + 1) }]).length, 1)
  const body = lines(limits.function - 2)
  assert.deepEqual(longFunctions(planted('src/a.ts', `function f() {\n${body}}`)), none)
  for (const head of ['function f() {\n', 'const f = () => {\n', 'const o = { f() {\n']) {
    const tail = head.includes('o =') ? '} }' : '}'
    assert.equal(longFunctions(planted('src/a.ts', `${head}0\n${body}${tail}`)).length, 1, head)
  }
  const twice = `function f() {\n${lines(30)}const g = () => {\n${lines(40)}}\n}`
  assert.deepEqual(longFunctions(planted('src/a.ts', twice)), none)
})

test('every promise is cited by a test, or listed as not yet proven', () => {
  const { text } = read('docs/promises.md')
  assert.deepEqual(promiseFaults(provenPromises(sources), unprovenPromises(text)), none)
  assert.deepEqual(emptyProofs(text, sources), none)
})

test('control: a promise without a test, and a list that is behind, are found', () => {
  const cited = provenPromises(
    planted('tests/a.test.ts', "test('P1 P12: kept', f)\ntest(`P2: a`, f)\ntest('control: P3', f)\nf('P4')"),
  )
  assert.deepEqual([...cited], ['P1', 'P12', 'P2'])
  assert.deepEqual(provenPromises(planted('src/a.ts', "test('P1', f)")), new Set())
  const all = new Set(promises)
  assert.deepEqual(promiseFaults(all, new Set()), none)
  assert.equal(promiseFaults(all, new Set(['P7'])).length, 1)
  all.delete('P9')
  assert.equal(promiseFaults(all, new Set()).length, 1)
  assert.deepEqual(promiseFaults(all, unprovenPromises('# P\n\n## Not yet proven\n\n- **P9** soon\n')), none)
  const rows = promises.map((p) => `| **${p}** | words | \`tests/a.test.ts\` | |`).join('\n')
  const test = planted(
    'tests/a.test.ts',
    promises
      .slice(1)
      .map((p) => `test('${p}', f)`)
      .join('\n'),
  )
  assert.deepEqual(emptyProofs(rows, test), [
    'tests/a.test.ts is named as a proof of P1 and does not cite it',
  ])
  assert.deepEqual(emptyProofs(rows.replace('**P12**', '**P11**'), test).at(0), 'P12 has no row')
})

test('every rule of the patient app is cited by a test and has its row in docs/patient-rules.md', () => {
  assert.deepEqual(patientRuleFaults(read('docs/patient-rules.md').text, sources), none)
})

test('control: a rule without a test, without a row, or with the wrong test is found', () => {
  const row = (rule: string, path = 'tests/a.test.ts') => `| **${rule}** | words | code | \`${path}\` |`
  const page = patientRules.map((rule) => row(rule)).join('\n')
  const tests = (rules: readonly string[]) =>
    planted('tests/a.test.ts', rules.map((rule) => `test('${rule}: kept', f)`).join('\n'))
  assert.deepEqual(patientRuleFaults(page, tests(patientRules)), none)
  assert.deepEqual(patientRuleFaults(page.replace(row('U2'), ''), tests(patientRules)), ['U2 has no row'])
  assert.equal(patientRuleFaults(page.replace(row('U2'), row('U2', 'no')), tests(patientRules)).length, 1)
  assert.match(patientRuleFaults(page, tests(patientRules.slice(1)))[0]!, /^no test's title cites U1$/)
  const control = planted('tests/a.test.ts', "test('control U1: x', f)")
  assert.match(patientRuleFaults(page, [...tests(patientRules.slice(1)), ...control])[0]!, /cites U1$/)
  const elsewhere = page.replace(row('U9'), row('U9', 'tests/b.test.ts'))
  assert.deepEqual(patientRuleFaults(elsewhere, tests(patientRules)), [
    'tests/b.test.ts is named for U9 and does not cite it',
  ])
})

test('what the pages name exists', () => {
  const known = knownPaths(files)
  assert.deepEqual(
    files.filter((path) => page.test(path)).flatMap((path) => deadPaths(read(path), known)),
    none,
  )
})

test('control: a path that leads nowhere is found; code blocks and patterns are passed over', () => {
  const known = knownPaths(['src/main.ts', 'docs/cli.md'])
  const dead = (text: string) => deadPaths({ path: 'docs/a.md', text }, known).length
  for (const text of ['`src/gone.ts`', '`gone.ts`', '[a](gone.md)', '[a](../gone.md#b)', '`docs/gone/`'])
    assert.equal(dead(text), 1, text)
  for (const text of [
    '`src/main.ts`',
    '`src/`',
    '`main.ts`',
    '[a](cli.md#b)',
    '[a](https://gone.example/x.md)',
  ])
    assert.equal(dead(text), 0, text)
  assert.equal(dead('```\n`src/gone.ts`\n```\n`src/*.test.ts` `/v1/submissions` `keys/log-key.pem`'), 0)
})

test('no file names a place that only one machine or network has', () => {
  const texts = files.filter((path) => !binary.test(path)).map(read)
  assert.deepEqual(texts.flatMap(machinePlaces), none)
})

test('control: paths of a machine and registries are found', () => {
  const found = (text: string) => machinePlaces({ path: 'a.md', text }).length
  const [slash, dot] = ['/', '.']
  for (const place of ['home/me/x', 'root/x', 'work/main', 'Users/me'])
    assert.equal(found(`see ${slash}${place}`), 1)
  assert.equal(found(`https:${slash}/registry${dot}example${dot}org/a`), 1)
  assert.equal(found(`https:${slash}/packages${dot}my-artifactory${dot}example${dot}org`), 1)
  for (const text of ['src/home/a.ts', '../work/b', 'https://example.org/home/me', './data'])
    assert.equal(found(text), 0, text)
})
