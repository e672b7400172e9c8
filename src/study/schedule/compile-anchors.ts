// Compiles the anchors and visits of a study.
import type { StudySource } from '../read-study-yaml.ts'
import type { Faults } from '../study-invalid.ts'
import { type AnchorPlan, enrolled, type VisitPlan } from './schedule-plan.ts'

/** Anchors by id, `enrolled` among them. */
export function compileAnchors(source: StudySource, faults: Faults): Map<string, AnchorPlan> {
  const anchors = new Map<string, AnchorPlan>([[enrolled.id, enrolled]])
  source.study.anchors?.forEach((written, index) => {
    const { id, title, repeats = false, ends = false } = written
    const line = source.lineOf(['anchors', index, 'id'])
    if (id === enrolled.id) faults.add(source.file, line, 'enrolled is built in; remove it from anchors')
    else if (anchors.has(id)) faults.add(source.file, line, `anchor ${id} is listed twice`)
    if (repeats && ends)
      faults.add(
        source.file,
        line,
        `anchor ${id}: what ends the schedules has one date; remove repeats or ends`,
      )
    const everyDays = written['every-days'] ?? null
    if (everyDays !== null && !repeats)
      faults.add(
        source.file,
        source.lineOf(['anchors', index, 'every-days']),
        `anchor ${id}: every-days is for an anchor that repeats; add repeats: true, or name expected-day`,
      )
    anchors.set(id, { id, title, repeats, ends, expectedDay: written['expected-day'] ?? null, everyDays })
  })
  return anchors
}

/** Visits by id; one whose anchor does not exist is left out with a fault. */
export function compileVisits(
  source: StudySource,
  anchors: ReadonlyMap<string, AnchorPlan>,
  faults: Faults,
): Map<string, VisitPlan> {
  const visits = new Map<string, VisitPlan>()
  source.study.visits?.forEach(({ id, title, anchor: name = enrolled.id, day, window }, index) => {
    const line = source.lineOf(['visits', index, 'id'])
    if (visits.has(id)) faults.add(source.file, line, `visit ${id} is listed twice`)
    // An occasion named by a device is either a date or a visit.
    if (/^\d{4}-\d\d-\d\d$/.test(id))
      faults.add(source.file, line, `visit ${id}: a visit's id must not be a date`)
    const anchor = anchors.get(name)
    if (anchor === undefined)
      faults.add(source.file, source.lineOf(['visits', index, 'anchor']), noAnchor(name, anchors))
    else visits.set(id, { id, title, anchor, day, daysBefore: window.before, daysAfter: window.after })
  })
  return visits
}

/** What to do about an anchor that does not exist. */
export const noAnchor = (name: string, anchors: ReadonlyMap<string, AnchorPlan>): string =>
  `${name}: the study has no such anchor; it has ${[...anchors.keys()].join(', ')}`
