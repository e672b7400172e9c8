// Compiles the dose a study prescribes: the items of the form that reports it, and its window.
import { minuteOf } from './clock.ts'
import type { CompiledForm } from './compile-form.ts'
import type { DosePlan } from './plan.ts'
import type { StudySource } from './read-study-yaml.ts'
import type { Faults } from './study-invalid.ts'

/** The dose, or null where the study prescribes none; faults are added for items its form does not have. */
export function compileDose(
  source: StudySource,
  forms: readonly CompiledForm[],
  faults: Faults,
): DosePlan | null {
  const { dose } = source.study
  if (dose === undefined) return null
  const wanted = [
    ['taken-item', 'boolean'],
    ['time-item', 'time'],
  ] as const
  const versions = forms.filter((form) => form.id === dose.form)
  if (versions.length === 0)
    faults.add(source.file, source.lineOf(['dose', 'form']), `${dose.form}: the study has no such form`)
  for (const form of versions)
    for (const [member, kind] of wanted)
      if (form.itemById.get(dose[member])?.kind !== kind)
        faults.add(
          source.file,
          source.lineOf(['dose', member]),
          `form ${form.id} has no ${kind} item ${dose[member]}`,
        )
  return {
    id: dose.id,
    version: dose.version,
    formId: dose.form,
    takenItem: dose['taken-item'],
    timeItem: dose['time-item'],
    dosesPerDay: 1,
    opensMinute: minuteOf(dose.window.opens),
    closesMinute: minuteOf(dose.window.closes),
  }
}
