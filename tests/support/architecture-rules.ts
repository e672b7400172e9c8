// The rules of ARCHITECTURE.md as functions from sources to complaints in words. They know no folder of this
// repository, so that the architecture test can hold planted sources against them as well.
import { dirname, join, normalize } from 'node:path/posix'
import type { ParsedSource, Source } from './parsed-source.ts'

/** Who may import whom: the name of a folder or file of src/, and the names it may import from. */
export type ImportTable = ReadonlyMap<string, ReadonlySet<string>>

const tableHead = '| folder or file | one sentence | may import | may never |'

/** Reads the import table out of ARCHITECTURE.md. Throws where it is missing or a row is not as agreed. */
export function importTable(architecture: string): ImportTable {
  const lines = architecture.split('\n')
  const head = lines.indexOf(tableHead)
  if (head < 0) throw new Error('ARCHITECTURE.md has no import table')
  const table = new Map<string, Set<string>>()
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith('|')) break
    const [, name = '', , may = ''] = line.split('|').map((cell) => cell.trim())
    const names = namesIn(may)
    if (namesIn(name).length !== 1 || (names.length === 0 && may !== 'nothing'))
      throw new Error(`not a row of the import table: ${line}`)
    table.set(namesIn(name)[0]!, new Set(names))
  }
  return table
}

const namesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1]!)

/** The part of src/ a file belongs to: its folder there, or its own name. Undefined outside src/. */
function partOf(path: string): string | undefined {
  const [top, part] = path.split('/')
  return top === 'src' ? part : undefined
}

/** Imports between parts of src/ that the table does not allow; parts that it does not know. */
export function wrongImports(sources: readonly ParsedSource[], table: ImportTable): string[] {
  return sources.flatMap((source) => {
    const part = partOf(source.path)
    if (part === undefined) return []
    const allowed = table.get(part)
    if (allowed === undefined) return [`${source.path}: "${part}" is not in the import table`]
    const targets = source.imports.filter((i) => i.startsWith('.')).map((i) => importedPart(source.path, i))
    return targets
      .filter((to) => to !== part && !allowed.has(to))
      .map((to) => `${source.path} imports ${to}, which "${part}" may not`)
  })
}

const importedPart = (from: string, specifier: string): string => {
  const path = normalize(join(dirname(from), specifier))
  return partOf(path) ?? path
}

/** Ways round in a circle, such as `a → b → a`, that the table itself would allow. */
export function circles(table: ImportTable): string[] {
  const found: string[] = []
  const walk = (name: string, way: readonly string[]) => {
    if (way.includes(name)) found.push([...way.slice(way.indexOf(name)), name].join(' → '))
    else for (const next of table.get(name) ?? []) walk(next, [...way, name])
  }
  for (const name of table.keys()) walk(name, [])
  return found
}

/** Node's modules in src/study/, which also runs in browsers. */
export function nodeInStudy(sources: readonly ParsedSource[]): string[] {
  return sources
    .filter(({ path }) => path.startsWith('src/study/') && !isTestCode(path))
    .flatMap(({ path, imports }) =>
      imports.filter((i) => i.startsWith('node:')).map((i) => `${path} imports ${i}`),
    )
}

const isTestCode = (path: string): boolean => path.endsWith('.test.ts') || path.includes('/testing/')

const statement =
  /^\s*(?:SELECT|INSERT|REPLACE|UPDATE|DELETE|CREATE|ALTER|DROP|WITH|VACUUM|PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|ATTACH)\b/

/** SQL in src/ outside stores and storage: literals that begin like a statement, and calls of `.prepare`. */
export function strayStatements(sources: readonly ParsedSource[]): string[] {
  const mayNot = ({ path }: Source) =>
    path.startsWith('src/') &&
    !path.startsWith('src/storage/') &&
    !/-store(?:\.sqlite|\.postgres)?\.ts$/.test(path) &&
    !path.endsWith('.test.ts')
  return sources.filter(mayNot).flatMap(({ path, literals, prepares }) => {
    const lines = literals.filter((l) => statement.test(l.text)).map((l) => l.line)
    return [...new Set([...lines, ...prepares])].map((line) => `${path}:${line} holds SQL`)
  })
}

/** Lines of a file, and own lines of a function, at most. */
export const limits = { file: 400, testFile: 600, function: 60 }

/** Files with too many lines, of any language. */
export function longFiles(sources: readonly Source[]): string[] {
  return sources
    .map(({ path, text }) => {
      const most = path.startsWith('tests/') || path.endsWith('.test.ts') ? limits.testFile : limits.file
      return { path, most, lines: text.replace(/\n$/, '').split('\n').length }
    })
    .filter(({ lines, most }) => lines > most)
    .map(({ path, lines, most }) => `${path} has ${lines} lines; ${most} are the limit`)
}

/** Functions with too many lines of their own. */
export function longFunctions(sources: readonly ParsedSource[]): string[] {
  return sources.flatMap(({ path, functions }) =>
    functions
      .filter((f) => f.ownLines > limits.function)
      .map((f) => `${path}:${f.line} ${f.name} has ${f.ownLines} lines; ${limits.function} are the limit`),
  )
}

/** The promises of design §2. */
export const promises = Array.from({ length: 12 }, (_, i) => `P${i + 1}`)
const promiseName = /\bP(?:1[0-2]|[1-9])\b/g

/** The promises that a test's title cites. A control shows that a test can fail; it proves nothing by itself. */
export function provenPromises(sources: readonly ParsedSource[]): Set<string> {
  const titles = sources.filter(({ path }) => path.endsWith('.test.ts')).flatMap((s) => s.testTitles)
  const proofs = titles.filter((title) => !/^['"`]control\b/.test(title))
  return new Set(proofs.flatMap((title) => title.match(promiseName) ?? []))
}

/** The promises listed under "Not yet proven" in docs/promises.md: one bullet each, beginning with its name. */
export function unprovenPromises(page: string): Set<string> {
  const section = /\n## Not yet proven\n(.*?)(?:\n## |$)/s.exec(page)?.[1]
  if (section === undefined) throw new Error('docs/promises.md has no section "Not yet proven"')
  return new Set([...section.matchAll(/^- \*\*(P\d+)\*\*/gm)].map((m) => m[1]!))
}

/** Promises without a test that are not listed as such, and listed ones that have a test. */
export function promiseFaults(proven: ReadonlySet<string>, listed: ReadonlySet<string>): string[] {
  return promises.flatMap((p) => {
    if (proven.has(p) && listed.has(p)) return [`${p} has a test but is listed as not yet proven`]
    return proven.has(p) || listed.has(p)
      ? []
      : [`no test's title cites ${p}, and it is not listed as unproven`]
  })
}

/** Files that docs/promises.md names as a promise's proof although no title in them cites it; rows without any. */
export function emptyProofs(page: string, sources: readonly ParsedSource[]): string[] {
  const rows = [...page.matchAll(/^\| \*\*(P\d+)\*\* \|.*$/gm)]
  const faults = promises.filter((p) => !rows.some((row) => row[1] === p)).map((p) => `${p} has no row`)
  for (const [row, promise = ''] of rows) {
    for (const path of namesIn(row).filter((name) => name.endsWith('.test.ts'))) {
      const cited = provenPromises(sources.filter((s) => s.path === path))
      if (!cited.has(promise)) faults.push(`${path} is named as a proof of ${promise} and does not cite it`)
    }
  }
  return faults
}

/** U1 to U22, the rules of how a patient is asked: docs/patient-rules.md. */
export const patientRules = Array.from({ length: 22 }, (_, i) => `U${i + 1}`)

/** Rules that no test cites, that have no row in docs/patient-rules.md, or whose row names a test that does not cite them. */
export function patientRuleFaults(page: string, sources: readonly ParsedSource[]): string[] {
  const titles = (path?: string) =>
    sources
      .filter((s) => s.path.endsWith('.test.ts') && (path === undefined || s.path === path))
      .flatMap((s) => s.testTitles)
      .filter((title) => !/^['"`]control\b/.test(title))
  const cites = (rule: string, path?: string) =>
    titles(path).some((title) => new RegExp(`\\b${rule}\\b`).test(title))
  const rows = new Map(
    [...page.matchAll(/^\| \*\*(U\d+)\*\* \|.*$/gm)].map(([row, rule]) => [rule, row] as const),
  )
  return patientRules.flatMap((rule) => {
    const row = rows.get(rule)
    if (row === undefined) return [`${rule} has no row`]
    const named = namesIn(row).filter((name) => name.endsWith('.test.ts'))
    return [
      ...(cites(rule) ? [] : [`no test's title cites ${rule}`]),
      ...(named.length > 0 ? [] : [`the row of ${rule} names no test`]),
      ...named
        .filter((path) => !cites(rule, path))
        .map((path) => `${path} is named for ${rule} and does not cite it`),
    ]
  })
}
