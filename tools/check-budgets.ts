// Holds the built patient app against its budgets (interface.md §10), by gzip -9 of each file: what a cheap phone on a
// slow network must fetch before the first screen, before a diary can be kept without a network (what the service worker
// keeps at its installation, with one language), and in the quiet afterwards for all other screens. Run it after
// `npm run build`; prints a table and ends with 1 where a budget is broken.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** In kB of 1000 bytes. */
export const budgets = { firstScreen: 35, precached: 60, second: 30, locale: 4, scanner: 20 } as const

type Chunk = {
  readonly file: string
  readonly src?: string
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
}
type Manifest = Readonly<Record<string, Chunk>>

/** One line of the table. */
export type Measured = { readonly what: string; readonly kB: number; readonly limit: number }

const languages = ['en', 'zh', 'ar']

/** Measures a built app: its folder with `.vite/manifest.json`, `sw.js` and `index.html`. */
export function measure(dist: string): Measured[] {
  const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Manifest
  const size = (file: string): number => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length / 1000
  const sum = (files: Iterable<string>): number => [...files].reduce((kB, file) => kB + size(file), 0)
  const html = readFileSync(join(dist, 'index.html'), 'utf8')
  const scripts = [...html.matchAll(/<script[^>]* src="\/app\/([^"]+)"/g)].map((match) => match[1]!)
  const entry = Object.keys(manifest).find((name) => scripts.includes(manifest[name]!.file))
  if (entry === undefined) throw new Error('index.html names no script of the manifest')
  const first = new Set([...scripts, ...withImports(manifest, entry)])
  const wordsOf = (language: string): string[] =>
    Object.values(manifest)
      .filter(({ src }) => new RegExp(`/words/(?:form-)?${language}\\.ts$`).test(`/${src ?? ''}`))
      .map(({ file }) => file)
  const words = Math.max(...languages.map((language) => sum(wordsOf(language))))
  const shell = readFileSync(join(dist, 'sw.js'), 'utf8')
  const restWords = languages.map((language) => laterOf(shell, `rest-${language}`))
  const rest = [laterOf(shell, 'rest'), laterOf(shell, 'rest.css')]
  const always = alwaysOf(shell).filter((path) => /\.(?:js|css)$/.test(path))
  const scanner = Object.values(manifest).find(({ src }) => src?.endsWith('/scanner.tsx') === true)
  return [
    {
      what: 'JavaScript of the first screen, with the largest language',
      kB: sum([...first].filter((file) => file.endsWith('.js'))) + words,
      limit: budgets.firstScreen,
    },
    {
      what: 'all that is kept for offline, with the largest language',
      kB: sum([...always, 'sw.js', 'index.html']) + words,
      limit: budgets.precached,
    },
    {
      what: 'what is kept afterwards: all other screens, with the largest language',
      kB: sum(rest) + Math.max(...restWords.map(size)),
      limit: budgets.second,
    },
    ...[...languages.flatMap(wordsOf), ...restWords].map((file) => ({
      what: file,
      kB: size(file),
      limit: budgets.locale,
    })),
    ...(scanner === undefined ? [] : [{ what: 'scanner', kB: size(scanner.file), limit: budgets.scanner }]),
  ]
}

/** Files of a chunk and of all it imports statically. */
function withImports(manifest: Manifest, name: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[name]!
  if (seen.has(chunk.file)) return seen
  seen.add(chunk.file)
  for (const css of chunk.css ?? []) seen.add(css)
  for (const other of chunk.imports ?? []) withImports(manifest, other, seen)
  return seen
}

/** The paths that the service worker keeps from the start, relative to the app. */
function alwaysOf(worker: string): string[] {
  const list = /always:\[([^\]]*)\]/.exec(worker)?.[1]
  if (list === undefined) throw new Error('sw.js has no list of files')
  return [...list.matchAll(/[`"']\/app\/([^`"']*)[`"']/g)].map((match) => match[1]!)
}

/** The path of a part that the service worker keeps later, by its name there. */
function laterOf(worker: string, name: string): string {
  const list = /some:\{([^}]*)\}/.exec(worker)?.[1] ?? ''
  const found = [...list.matchAll(/([\w$]+|"[^"]+"):[`"']\/app\/([^`"']+)[`"']/g)]
  const path = found.find((match) => match[1]!.replaceAll('"', '') === name)?.[2]
  if (path === undefined) throw new Error(`sw.js knows no ${name}`)
  return path
}

/** What breaks its budget, in words. */
export const broken = (lines: readonly Measured[]): string[] =>
  lines
    .filter(({ kB, limit }) => kB > limit)
    .map(({ what, kB, limit }) => `${what}: ${kB.toFixed(1)} kB; ${limit} kB are the limit`)

if (import.meta.main) {
  const dist = fileURLToPath(new URL('../web/patient/dist', import.meta.url))
  if (!existsSync(join(dist, 'sw.js'))) {
    console.error('The app is not built: run npm run build.')
    process.exit(1)
  }
  const lines = measure(dist)
  for (const { what, kB, limit } of lines)
    console.log(`${kB.toFixed(1).padStart(6)} of ${String(limit).padStart(2)} kB  ${what}`)
  const faults = broken(lines)
  for (const fault of faults) console.error(fault)
  process.exit(faults.length === 0 ? 0 : 1)
}
