// Value sets of FHIR R4 itself that hospitals' forms name without containing them, and whose full list is short and
// free (FHIR is CC0). All others must be contained in the form. Source: hl7.fhir.r4.core 4.0.1.
import type { Json } from '../fhir-json.ts'

type Concept = readonly [code: string, display: string]

const fhir = 'http://hl7.org/fhir/'
const terminology = 'http://terminology.hl7.org/CodeSystem/'
const yesNo: readonly Concept[] = [
  ['Y', 'Yes'],
  ['N', 'No'],
]

const lists: Readonly<Record<string, readonly (readonly [system: string, concepts: readonly Concept[]])[]>> =
  {
    yesnodontknow: [
      [`${terminology}v2-0136`, yesNo],
      [`${terminology}data-absent-reason`, [['asked-unknown', "Don't know"]]],
    ],
    'administrative-gender': [
      [
        `${fhir}administrative-gender`,
        [
          ['male', 'Male'],
          ['female', 'Female'],
          ['other', 'Other'],
          ['unknown', 'Unknown'],
        ],
      ],
    ],
  }

/** The members of a known value set (`|version` is ignored), or undefined where it is not known here. */
export function knownValueSet(canonical: string): readonly Json[] | undefined {
  const [url = ''] = canonical.split('|')
  const name = url.startsWith(`${fhir}ValueSet/`) ? url.slice(`${fhir}ValueSet/`.length) : ''
  const list = Object.hasOwn(lists, name) ? lists[name] : undefined
  return list?.flatMap(([system, concepts]) => concepts.map(([code, display]) => ({ system, code, display })))
}
