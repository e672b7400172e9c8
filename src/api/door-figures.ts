// What the doors count, for the metrics and for `levee status`. Numbers only.
import { LagHistogram } from '../system/lag-histogram.ts'

export class DoorFigures {
  received = 0
  duplicates = 0
  /** Problems given, by code. */
  readonly problems = new Map<string, number>()
  /** Milliseconds from the request's head to the acknowledgement. */
  readonly acknowledged = new LagHistogram()

  /** Counts an acknowledgement. */
  acknowledge(first: boolean, ms: number): void {
    if (first) this.received += 1
    else this.duplicates += 1
    this.acknowledged.add(ms)
  }

  problem(code: string): void {
    this.problems.set(code, (this.problems.get(code) ?? 0) + 1)
  }
}
