// Reads study.yaml and says for every fault in which line it is.
import { isAbout } from './read-around.ts'
import { type LineOf, readYaml, readYamlAround } from './read-yaml.ts'
import type { Faults } from './study-invalid.ts'
import { type StudyFile, studySchema } from './study-schema.ts'

/** The study file and the line of any of its members, e.g. `lineOf(['sites', 0, 'zone'])`. */
export type StudySource = { readonly file: string; readonly study: StudyFile; readonly lineOf: LineOf }

/** The study file, or null with faults added where it is not YAML 1.2 or not of the right shape. */
export function readStudyYaml(file: string, text: string, faults: Faults): StudySource | null {
  const read = readYaml(file, text, studySchema, faults)
  return read === null ? null : { file, study: read.value, lineOf: read.lineOf }
}

/**
 * As {@link readStudyYaml}, and where the shape has faults, what can be read of it, so that the faults of its meaning are
 * told in the same run: add those through `faults`, which drops what speaks of a part that could not be read.
 */
export function readStudyAround(
  file: string,
  text: string,
  faults: Faults,
): { readonly source: StudySource; readonly faults: Faults } | null {
  const read = readYamlAround(file, text, studySchema, faults)
  if (read === null) return null
  const source = { file, study: read.value, lineOf: read.lineOf }
  const { without } = read
  if (without === null) return { source, faults }
  return {
    source,
    faults: {
      add(where, line, message) {
        if (!isAbout(message, without)) faults.add(where, line, message)
      },
    },
  }
}
