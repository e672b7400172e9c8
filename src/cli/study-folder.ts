// A study's folder on disk: which of its files belong to the study, read byte for byte, and written back the same.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'

const belongs = /\.(yaml|json)$/
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The study's files by their name within the folder, with `/` between parts: YAML and JSON, hidden ones left out. Throws
 * where the folder is no study's, or where a file is not UTF-8 and could not be given back as it was.
 */
export function readStudyFolder(folder: string): Map<string, string> {
  if (!existsSync(join(folder, 'study.yaml'))) {
    throw new Error(`${folder} holds no study.yaml. Name the folder of a study, such as studies/morning-301`)
  }
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => belongs.test(name) && !name.split(sep).some((part) => part.startsWith('.')))
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
  return new Map(names.map((name) => [name.split(sep).join('/'), readText(folder, name)]))
}

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
