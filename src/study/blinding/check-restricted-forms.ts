// Forms that only some arms are given must be forms of the study, and the arms its arms.
import type { StudySource } from '../read-study-yaml.ts'
import type { Faults } from '../study-invalid.ts'

/** Adds a fault for each form or arm of `restricted.forms` that the study has not. */
export function checkRestrictedForms(source: StudySource, known: ReadonlySet<string>, faults: Faults): void {
  const arms = new Set(source.study.arms.map(({ code }) => code))
  for (const [form, given] of Object.entries(source.study.restricted.forms ?? {})) {
    const path = ['restricted', 'forms', form]
    if (!known.has(form)) faults.add(source.file, source.lineOf(path), `${form}: the study has no such form`)
    given.forEach((arm, index) => {
      if (!arms.has(arm))
        faults.add(source.file, source.lineOf([...path, index]), `${arm} is not an arm of the study`)
    })
  }
}
