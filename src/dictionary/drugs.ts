// The drug dictionary: loaded once, whoever asks first, then looked up in memory.
import { readFile } from 'node:fs/promises'
import { once } from '../system/once.ts'

export type Drug = { readonly code: string; readonly name: string }
export type Drugs = {
  /** The drug of a code, or undefined. The first call loads; callers meanwhile share that load. */
  find(code: string): Promise<Drug | undefined>
  /** As {@link find} without waiting: `loading` until the dictionary is in memory. */
  findNow(code: string): Drug | undefined | 'loading'
}

/** The sample in dictionaries/: a few codes to try things out with, not a dictionary. */
export const sampleFile = new URL('../../dictionaries/sample-drugs.csv', import.meta.url)

/**
 * A dictionary over a loader that yields code and name. A load that fails is tried again by the next caller.
 */
export function drugDictionary(load: () => Promise<Iterable<Drug>>): Drugs {
  let byCode: ReadonlyMap<string, Drug> | undefined
  const loadOnce = once(async () => {
    byCode = new Map([...(await load())].map((drug) => [drug.code, drug]))
    return byCode
  })
  return {
    find: async (code) => (byCode ?? (await loadOnce())).get(code),
    findNow: (code) => (byCode === undefined ? 'loading' : byCode.get(code)),
  }
}

/** Reads a CSV file (RFC 4180, header `code,name`, lines starting with # are comments). */
export async function readDrugs(file: string | URL): Promise<Drug[]> {
  const lines = (await readFile(file, 'utf8'))
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (lines.shift()?.trim() !== 'code,name')
    throw new Error(`${String(file)}: the first line must be code,name`)
  return lines.map((line, i) => {
    const match = /^([^,"]+),(?:"((?:[^"]|"")*)"|([^",]*))$/.exec(line)
    if (match === null) throw new Error(`${String(file)}: entry ${i + 1} is not code,name`)
    return { code: match[1]!.trim(), name: (match[2]?.replaceAll('""', '"') ?? match[3] ?? '').trim() }
  })
}
