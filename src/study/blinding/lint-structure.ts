// What differs by arm in shape: forms, items and rules that some arms have only, and doses prescribed by arm.
import type { FormPlan, StudyPlan } from '../plan.ts'
import type { StudySource } from '../read-study-yaml.ts'
import type { Leaks } from './leak.ts'
import { yamlPlace } from './place-of.ts'

/** Forms that not every arm is given, and each way in which that shows. */
export function lintFormsByArm(plan: StudyPlan, source: StudySource, leaks: Leaks): void {
  const { study } = source
  const arms = study.arms.map(({ code }) => code)
  for (const [form, given] of Object.entries(study.restricted.forms ?? {})) {
    if (arms.every((arm) => given.includes(arm))) continue
    const place = yamlPlace(source, ['restricted', 'forms', form])
    const plans = [...plan.forms.values()].filter((one) => one.id === form)
    leaks.add('form-for-some-arms', place, `form ${form} is given to some arms only`)
    leaks.add('answer-by-arm', place, `an entry of form ${form} is taken otherwise in the other arms`)
    if (isDue(plan, source, form))
      leaks.add('schedule-by-arm', place, `form ${form} is due, and reminds, in some arms only`)
    const bytes = plans.reduce((sum, one) => sum + JSON.stringify(one.definition).length, 0)
    leaks.add('size-by-arm', place, `what a device loads differs by the ${bytes} bytes of form ${form}`)
    const columns = columnsOf(plans).filter((column) => !columnsOf(othersThan(plan, form)).includes(column))
    if (columns.length > 0)
      leaks.add(
        'columns-by-arm',
        place,
        `${columns.length} columns are filled in some arms only, such as ${columns[0]}`,
      )
    for (const one of plans)
      for (const rule of one.rules)
        leaks.add('alert-by-arm', place, `${rule.kind} rule ${rule.id} can hold in some arms only`)
  }
}

/** Whether any schedule of the form makes it due, rather than events alone. */
function isDue(plan: StudyPlan, { study }: StudySource, id: string): boolean {
  return [...plan.forms.values()].some(
    (form, index) =>
      form.id === id && [study.forms[index]?.schedule].flat().some((schedule) => schedule?.every !== 'event'),
  )
}

const columnsOf = (forms: readonly FormPlan[]): string[] =>
  forms.flatMap((form) => [...form.items.map(({ linkId }) => linkId), ...form.scores.map(({ id }) => id)])

const othersThan = (plan: StudyPlan, id: string): FormPlan[] =>
  [...plan.forms.values()].filter((form) => form.id !== id)

type Timeline = { regimens?: unknown[]; levels?: Record<string, object>; 'start-level'?: string }

/** Doses that an arm is prescribed otherwise: at other times or days, more or fewer, or in other amounts. */
export function lintDosesByArm(source: StudySource, leaks: Leaks): void {
  const study = source.study as unknown as {
    arms: readonly { code: string }[]
    dose?: Timeline & { id: string }
    doses?: readonly (Timeline & { id: string })[]
    restricted: { doses?: Readonly<Record<string, Readonly<Record<string, Timeline>>>> }
  }
  const byArm = study.restricted.doses
  if (byArm === undefined) return
  const ids = new Set(Object.values(byArm).flatMap((doses) => Object.keys(doses)))
  for (const id of ids) {
    const common = [...(study.doses ?? []), ...(study.dose === undefined ? [] : [study.dose])].find(
      (dose) => dose.id === id,
    )
    const timelines = study.arms.map(({ code }) => byArm[code]?.[id] ?? common ?? {})
    const [shapes, wholes] = [
      new Set(timelines.map(shapeOf)),
      new Set(timelines.map((one) => canonical(timelineOf(one)))),
    ]
    const place = yamlPlace(source, ['restricted', 'doses'])
    const at = { ...place, where: `${place.where}.${id}` }
    if (shapes.size > 1)
      leaks.add('dose-by-arm', at, `dose ${id} is prescribed at other times or in another number by arm`)
    else if (wholes.size > 1)
      leaks.add('amount-by-arm', at, `dose ${id} is prescribed in other amounts by arm`)
  }
}

const timelineOf = ({ regimens, levels, 'start-level': start }: Timeline) => ({ regimens, levels, start })

/** Everything but amounts and titles. */
const shapeOf = (timeline: Timeline): string => canonical(timelineOf(timeline), new Set(['amount', 'title']))

/** JSON with members in order, so that equal timelines are equal texts. */
function canonical(value: unknown, without: ReadonlySet<string> = new Set()): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([name]) => !without.has(name))
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  )
}
