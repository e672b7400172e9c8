// Finds an instrument for the command line: one that ships with Levee, a folder with a scoring file, or such a file.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileScoring, type Scoring } from '../study/scoring/compile-scoring.ts'
import { plainName } from '../study/scoring/item-names.ts'
import { faultLine, type StudyFault } from '../study/study-invalid.ts'
import { WronglyCalled } from './failures.ts'

export const instrumentsFolder = fileURLToPath(new URL('../../instruments/', import.meta.url))

/** Ids of the instruments that ship with Levee, in order. */
export function shippedInstruments(): string[] {
  return readdirSync(instrumentsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(instrumentsFolder, entry.name, 'scoring.yaml')))
    .map((entry) => entry.name)
    .sort()
}

/** The rules of an instrument besides its standard one: `scoring-prorated.yaml` is the rule `prorated`. */
export function otherRules(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => /^scoring-(.+)\.(?:yaml|json)$/.exec(name)?.[1] ?? [])
}

/**
 * The instrument that `name` means: an id such as `phq-9` (also `PHQ9`), a folder or a scoring file; `rule` chooses
 * another rule than the standard one. Throws WronglyCalled with every fault of the file, or with what there is.
 */
export function openInstrument(name: string, rule?: string): Scoring {
  const file = scoringFile(name, rule)
  const faults: StudyFault[] = []
  const text = readText(file)
  const scoring = compileScoring(file, text, {
    add: (at, line, message) => faults.push({ file: at, message, ...(line === undefined ? {} : { line }) }),
  })
  if (scoring !== null) return scoring
  if (/"resourceType"/.test(text))
    throw new WronglyCalled(
      `${file} is a FHIR resource, not a scoring file. Write one (see instruments/README.md) and name that, or give the id of an instrument that ships: ${shippedInstruments().join(', ')}`,
    )
  throw new WronglyCalled(
    `the scoring file needs ${faults.length} correction(s):\n${faults.map(faultLine).join('\n')}`,
  )
}

function scoringFile(name: string, rule: string | undefined): string {
  const shipped = shippedInstruments().find((id) => plainName(id) === plainName(name))
  const path = existsSync(name) ? name : shipped === undefined ? undefined : join(instrumentsFolder, shipped)
  if (path === undefined) {
    const what = /[/\\.]/.test(name)
      ? `there is no file or folder ${name}`
      : `no instrument ${name} ships with Levee`
    throw new WronglyCalled(
      `${what}. Give a scoring file, a folder with one, or one of: ${shippedInstruments().join(', ')}`,
    )
  }
  if (!statSync(path).isDirectory()) {
    if (rule !== undefined) throw new WronglyCalled('--rule goes with an id or a folder, not with a file')
    return path
  }
  const wanted = rule === undefined ? 'scoring' : `scoring-${rule}`
  const found = [`${wanted}.yaml`, `${wanted}.json`].find((one) => existsSync(join(path, one)))
  if (found !== undefined) return join(path, found)
  const rules = otherRules(path)
  throw new WronglyCalled(
    rule === undefined
      ? `${path} holds no scoring.yaml`
      : `${basename(path)} has no rule ${rule}${rules.length === 0 ? '' : `; it has ${rules.join(', ')}`}`,
  )
}

/** A file as text. Throws WronglyCalled where it cannot be read; `-` is standard input. */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder' : 'cannot be read'
    throw new WronglyCalled(`${path} ${why}`)
  }
}
