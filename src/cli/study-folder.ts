// A study's folder on disk: which of its files belong to the study, read byte for byte, and written back the same.
import {
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'

/** What a study is made of, and the notes that people read beside it: licences, what was changed and why. */
const belongs = /\.(yaml|json|md|svg)$/
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A study is words. More than this is something else that lies in its folder: scans, exports, another project. */
export const mostMebibytes = 32
const mostBytes = mostMebibytes * 1024 * 1024

/**
 * The study's files by their name within the folder, with `/` between parts: YAML, JSON, Markdown and SVG, hidden ones
 * left out. Throws where the folder is no study's, where something in it is a link (another machine would read another
 * file), where it is larger than `mostMebibytes`, or where a file is not UTF-8 and could not be given back as it was.
 */
export function readStudyFolder(folder: string): Map<string, string> {
  if (!existsSync(join(folder, 'study.yaml')))
    throw new Error(
      existsSync(join(folder, 'study.yml'))
        ? `${join(folder, 'study.yml')} must be called study.yaml; rename it`
        : `${folder} holds no study.yaml. Name the folder of a study, such as studies/morning-301`,
    )
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' }).filter(
    (entry) => !isHidden(nameOf(folder, entry)),
  )
  const link = entries.find((entry) => entry.isSymbolicLink())
  if (link !== undefined)
    throw new Error(
      `${join(link.parentPath, link.name)} is a link; put the file itself into the study's folder, so that it is read and kept with the study`,
    )
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => nameOf(folder, entry))
    .filter((name) => belongs.test(name))
    .sort()
  refuseLarge(folder, names)
  return new Map(names.map((name) => [name.split(sep).join('/'), readText(folder, name)]))
}

const nameOf = (folder: string, entry: Dirent): string => relative(folder, join(entry.parentPath, entry.name))

const isHidden = (name: string): boolean => name.split(sep).some((part) => part.startsWith('.'))

function refuseLarge(folder: string, names: readonly string[]): void {
  const sizes = names.map((name) => ({ name, bytes: statSync(join(folder, name)).size }))
  const bytes = sizes.reduce((sum, one) => sum + one.bytes, 0)
  if (bytes <= mostBytes) return
  const largest = sizes.reduce((most, one) => (one.bytes > most.bytes ? one : most))
  throw new Error(
    `the files of ${folder} are ${mebibytes(bytes)} MiB together; a study has ${mostMebibytes} MiB at most. The largest is ${largest.name} (${mebibytes(largest.bytes)} MiB); move what does not belong to the study out of its folder`,
  )
}

const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)

function readText(folder: string, name: string): string {
  try {
    return text.decode(readFileSync(join(folder, name)))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Error(`${join(folder, name)} is not UTF-8; save it as UTF-8`)
  }
}

/** Writes files into a folder that is new or empty. Throws where it is neither, or where a name leads out of it. */
export function writeStudyFolder(folder: string, files: readonly (readonly [string, string])[]): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty; name a new folder with --files`)
  for (const [name, content] of files) {
    const path = normalize(join(folder, name))
    if (!path.startsWith(normalize(folder + sep))) throw new Error(`${name} leads out of the folder`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
}
