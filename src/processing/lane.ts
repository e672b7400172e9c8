// Lanes: entries of one patient, form and occasion take effect in the order received; nothing else waits for
// them (P5). A lane is closed while one of its entries is being retried.
import type { Submission } from '../intake/submission-schema.ts'

/** The lane of a submission. The parts cannot contain the separator: they are length-bounded JSON texts. */
export const laneOf = (s: Pick<Submission, 'studyId' | 'patientId' | 'form' | 'occasion'>): string =>
  JSON.stringify([s.studyId, s.patientId, s.form, s.occasion ?? ''])

export type Lanes = {
  /** The earliest entry that is being retried in this lane, if any. */
  closedBy(lane: string): number | undefined
  /** The earliest entry being retried in this lane once `leaving` is gone, if any. */
  nextIn(lane: string, leaving: number): number | undefined
  close(lane: string, position: number): void
  open(lane: string, position: number): void
  readonly size: number
}

/** Which lanes are closed, and by which entries; starts from what is on record. */
export function openLanes(retrying: Iterable<{ lane: string; position: number }>): Lanes {
  const closed = new Map<string, Set<number>>()
  const lanes: Lanes = {
    closedBy(lane) {
      const positions = closed.get(lane)
      return positions === undefined ? undefined : Math.min(...positions)
    },
    nextIn(lane, leaving) {
      const others = [...(closed.get(lane) ?? [])].filter((position) => position !== leaving)
      return others.length === 0 ? undefined : Math.min(...others)
    },
    close(lane, position) {
      const positions = closed.get(lane)
      if (positions === undefined) closed.set(lane, new Set([position]))
      else positions.add(position)
    },
    open(lane, position) {
      const positions = closed.get(lane)
      if (positions?.delete(position) && positions.size === 0) closed.delete(lane)
    },
    get size() {
      return closed.size
    },
  }
  for (const { lane, position } of retrying) lanes.close(lane, position)
  return lanes
}
