// Reads study.yaml and says for every fault in which line it is.
import { type LineOf, readYaml } from './read-yaml.ts'
import type { Faults } from './study-invalid.ts'
import { type StudyFile, studySchema } from './study-schema.ts'

/** The study file and the line of any of its members, e.g. `lineOf(['sites', 0, 'zone'])`. */
export type StudySource = { readonly file: string; readonly study: StudyFile; readonly lineOf: LineOf }

/** The study file, or null with faults added where it is not YAML 1.2 or not of the right shape. */
export function readStudyYaml(file: string, text: string, faults: Faults): StudySource | null {
  const read = readYaml(file, text, studySchema, faults)
  return read === null ? null : { file, study: read.value, lineOf: read.lineOf }
}
