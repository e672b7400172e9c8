// How another version changes what falls due for a patient: occasions that are new, gone, or have another window.
import type { StudyPlan } from '../plan.ts'
import { type Due, dueOccasions, type SchedulePatient } from '../schedule/due-occasions.ts'

/** The difference for one form. */
export type DueDifference = {
  readonly form: string
  /** Occasions due in the span, by either version. */
  readonly before: number
  readonly after: number
  readonly added: number
  readonly removed: number
  /** Due by both versions, with another due date, window, lock or reminder. */
  readonly moved: number
  /** ISO date of the first occasion that differs, with its window by either version. */
  readonly first: { readonly date: string; readonly before: string | null; readonly after: string | null }
}

/** One difference for each form that has any, over a span of ISO dates (both inclusive). */
export function diffDue(
  older: StudyPlan,
  newer: StudyPlan,
  patient: SchedulePatient,
  span: { readonly from: string; readonly to: string },
): DueDifference[] {
  const before = Map.groupBy(dueOccasions(older, patient, span), ({ form }) => form)
  const after = Map.groupBy(dueOccasions(newer, patient, span), ({ form }) => form)
  const forms = new Set([...after.keys(), ...before.keys()])
  return [...forms].flatMap((form) => {
    const difference = diffForm(form, before.get(form) ?? [], after.get(form) ?? [])
    return difference === null ? [] : [difference]
  })
}

function diffForm(form: string, before: readonly Due[], after: readonly Due[]): DueDifference | null {
  const old = new Map(before.map((due) => [due.occasion, due]))
  const now = new Map(after.map((due) => [due.occasion, due]))
  const added = after.filter(({ occasion }) => !old.has(occasion))
  const removed = before.filter(({ occasion }) => !now.has(occasion))
  const moved = after.filter((due) => {
    const other = old.get(due.occasion)
    return other !== undefined && timesOf(other) !== timesOf(due)
  })
  const different = [...added, ...removed, ...moved].sort((a, b) => (a.dueDate < b.dueDate ? -1 : 1))
  const [first] = different
  if (first === undefined) return null
  return {
    form,
    before: before.length,
    after: after.length,
    added: added.length,
    removed: removed.length,
    moved: moved.length,
    first: {
      date: first.dueDate,
      before: windowWords(old.get(first.occasion)),
      after: windowWords(now.get(first.occasion)),
    },
  }
}

const timesOf = ({ dueDate, opensAt, closesAt, justifyAt, locksAt, reminderAt }: Due): string =>
  [dueDate, opensAt, closesAt, justifyAt, locksAt, reminderAt].join(' ')

/** All that `timesOf` compares but the due date, as wall-clock times where the patient is. */
function windowWords(due: Due | undefined): string | null {
  if (due === undefined) return null
  const local = (instant: string) =>
    Temporal.Instant.from(instant)
      .toZonedDateTimeISO(due.zone)
      .toPlainDateTime()
      .toString({ smallestUnit: 'minute' })
      .replace('T', ' ')
  const reminder = due.reminderAt === null ? '' : `, reminder ${local(due.reminderAt).slice(11)}`
  const reason = due.justifyAt === null ? '' : `, reason asked from ${local(due.justifyAt)}`
  const lock = due.locksAt === null ? '' : `, locked from ${local(due.locksAt)}`
  return `${local(due.opensAt)} to ${local(due.closesAt)}${reminder}${reason}${lock}`
}
