// Why an item has no answer: the codes of FHIR's data-absent-reason that fit a patient's diary
// (http://terminology.hl7.org/CodeSystem/data-absent-reason). One frozen object for each, shared by all entries.
import type { Skip } from './plan.ts'

const codes = [
  'unknown',
  'asked-unknown',
  'temp-unknown',
  'not-asked',
  'asked-declined',
  'not-applicable',
  'unsupported',
  'error',
]

const skips = new Map<unknown, Skip>(codes.map((code) => [code, Object.freeze({ skipped: code })]))

/** The shared skip of this reason, or undefined where the reason is not a known code. */
export function skipFor(reason: unknown): Skip | undefined {
  return skips.get(reason)
}

/** Whether a cleaned answer says that the patient left the item out. */
export function isSkip(answer: unknown): answer is Skip {
  return typeof answer === 'object' && answer !== null && !Array.isArray(answer)
}
