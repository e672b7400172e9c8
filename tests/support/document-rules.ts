// Rules for pages and for the text of every file: paths that are named exist, and nothing names a place that
// only one machine has.
import { dirname, join, normalize } from 'node:path/posix'
import type { Source } from './parsed-source.ts'

/** What a page may name: every file of the repository and every folder above one. */
export type KnownPaths = ReadonlySet<string>

/** The files and the folders that hold them. */
export function knownPaths(files: readonly string[]): KnownPaths {
  const known = new Set<string>()
  for (const file of files) {
    for (let path = file; path !== '.'; path = dirname(path)) known.add(path)
  }
  return known
}

const withoutFences = (text: string): string =>
  text.replace(/^```.*?^```/gms, (fence) => fence.replace(/[^\n]/g, ''))
const fileName = /^\w[\w.-]*\.(?:ts|mjs|md|sql|proto|svg|sh)$/
const placeholder = /[<>{}*…]|NNNN|YYYY/

/** Paths in backticks and targets of links that lead nowhere, with their lines. Fenced code is not looked at. */
export function deadPaths(page: Source, known: KnownPaths): string[] {
  const tops = new Set([...known].map((path) => path.split('/')[0]!))
  const names = new Set([...known].map((path) => path.split('/').at(-1)!))
  const exists = (path: string) => {
    const bare = path.replace(/[#?].*$/, '').replace(/\/$/, '')
    return [bare, normalize(join(dirname(page.path), bare))].some((p) => p === '.' || known.has(p))
  }
  const dead: string[] = []
  withoutFences(page.text)
    .split('\n')
    .forEach((line, i) => {
      const say = (path: string) => dead.push(`${page.path}:${i + 1} names ${path}, which does not exist`)
      for (const [, code = ''] of line.matchAll(/`([^`\s]+)`/g)) {
        if (placeholder.test(code)) continue
        const inTree = code.includes('/') && tops.has(code.split('/')[0]!)
        if (inTree ? !exists(code) : fileName.test(code) && !names.has(code)) say(code)
      }
      for (const [, target = ''] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (!/^(?:[a-z]+:|#)/.test(target) && !exists(target)) say(target)
      }
    })
  return dead
}

/** Absolute paths below homes and work folders, and addresses of package registries. */
const places = [
  /(?<![\w.~$}*)\]/-])\/(?:home|root|work|Users)\/[\w.-]+/,
  /[A-Z]:\\Users\\/,
  /\/\/[^/\s"'`]*(?:registry|artifactory|nexus|verdaccio|npmmirror|jfrog)[^/\s"'`]*\.[a-z]+/i,
]

/** Lines that name a place only one machine or one network has. */
export function machinePlaces({ path, text }: Source): string[] {
  return text
    .split('\n')
    .flatMap((line, i) =>
      places.some((place) => place.test(line)) ? [`${path}:${i + 1} names a machine's place`] : [],
    )
}
