// Facts of patients that a study's scores need besides the answers, such as sex for item 4 of the PHQ-15: declared in
// study.yaml, given when a patient is enrolled. Never answers.
import { type Static, Type } from 'typebox'
import { closed, id, text } from '../file-schema.ts'
import type { StudySource } from '../read-study-yaml.ts'
import type { Faults } from '../study-invalid.ts'

/** `facts: { sex: { text, values: { female: { text }, male: { text } } } }`. */
export const factsSchema = Type.Record(
  id,
  Type.Object({ text, values: Type.Record(id, Type.Object({ text }, closed)) }, closed),
)

/** The values of each fact. */
export function factsOf(facts: Static<typeof factsSchema> = {}): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(Object.entries(facts).map(([fact, { values }]) => [fact, new Set(Object.keys(values))]))
}

/** Adds a fault where an instrument needs a fact that the study does not declare, or another value of it. */
export function checkFacts(
  source: StudySource,
  instrument: number,
  needed: Readonly<Record<string, ReadonlySet<string>>>,
  faults: Faults,
): void {
  const declared = factsOf(source.study.facts)
  const line = source.lineOf(['instruments', instrument, 'scoring'])
  for (const [fact, values] of Object.entries(needed)) {
    const known = declared.get(fact)
    if (known === undefined)
      faults.add(
        source.file,
        line,
        `the instrument needs the fact ${fact} of each patient; declare it under facts with the values ${[...values].join(', ')}, and give it when patients are enrolled (--fact ${fact}=…)`,
      )
    else
      for (const value of known)
        if (!values.has(value))
          faults.add(
            source.file,
            source.lineOf(['facts', fact, 'values', value]),
            `fact ${fact}: the instrument knows ${[...values].join(', ')}; not ${value}`,
          )
  }
}
