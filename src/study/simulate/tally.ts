// What a run counts. Plain numbers and lists, so that it goes between threads and sums of parts are the whole.
import { type AnomalyCode, mergeSightings, type NoteCode, type SightingLog, sightingLog } from './anomaly.ts'
import type { Behaviour } from './virtual-patient.ts'

const minutesPerDay = 1440
/** Days after the span whose arrivals are still counted: what was offline comes late. */
const daysAfter = 14

/** Occasions and entries of one week of the span, by the week of the due date. */
export type WeekCount = { due: number; onTime: number; late: number; missed: number; notEvaluable: number }

/** One row in the timeline of a sample patient; times as the device or the server wrote them. */
export type TimelineRow = {
  readonly form: string
  readonly occasion: string
  readonly zone: string
  readonly opensAt: string
  readonly closesAt: string
  readonly completedAt: string | null
  readonly receivedAt: string | null
  /** `on-time`, `late`, `early`, `missed`, `travel`, or a quarantine code. */
  readonly outcome: string
}

/** A patient shown in the appendix; `label` is why this one. */
export type Sample = {
  readonly label: Behaviour | 'traveller' | 'withdrawn' | 'ended-early'
  readonly patientId: string
  readonly siteId: string
  readonly enrolledOn: string
  readonly zones: readonly string[]
  readonly rows: readonly TimelineRow[]
}

/** All counts of one span. */
export type Tally = {
  patients: number
  due: number
  entries: number
  events: number
  onTime: number
  late: number
  early: number
  missed: number
  notEvaluable: number
  lateReceipts: number
  quarantined: number
  secondEntries: number
  withFindings: number
  scores: number
  alerts: number
  remindersChecked: number
  armComparisons: number
  readonly byBehaviour: Map<Behaviour, number>
  travellers: number
  withdrawn: number
  endedEarly: number
  readonly byVersion: Map<string, number>
  /** Due occasions by form. */
  readonly byForm: Map<string, number>
  readonly findings: Map<string, number>
  /** Entries received, by minute since the span's first midnight UTC, one day early. */
  readonly load: Uint32Array
  readonly weeks: WeekCount[]
  readonly anomalies: SightingLog<AnomalyCode>
  readonly notes: SightingLog<NoteCode>
  readonly samples: Map<Sample['label'], Sample>
}

/** Zero of everything, for a span of so many days. */
export const emptyTally = (days: number): Tally => ({
  patients: 0,
  due: 0,
  entries: 0,
  events: 0,
  onTime: 0,
  late: 0,
  early: 0,
  missed: 0,
  notEvaluable: 0,
  lateReceipts: 0,
  quarantined: 0,
  secondEntries: 0,
  withFindings: 0,
  scores: 0,
  alerts: 0,
  remindersChecked: 0,
  armComparisons: 0,
  byBehaviour: new Map(),
  travellers: 0,
  withdrawn: 0,
  endedEarly: 0,
  byVersion: new Map(),
  byForm: new Map(),
  findings: new Map(),
  load: new Uint32Array((days + 1 + daysAfter) * minutesPerDay),
  weeks: Array.from({ length: Math.ceil(days / 7) }, () => ({
    due: 0,
    onTime: 0,
    late: 0,
    missed: 0,
    notEvaluable: 0,
  })),
  anomalies: sightingLog(),
  notes: sightingLog(),
  samples: new Map(),
})

/** Adds the counts of later patients. */
export function mergeTally(into: Tally, from: Tally): void {
  for (const name of Object.keys(from) as (keyof Tally)[]) {
    const value = from[name]
    if (typeof value === 'number') (into as Record<string, unknown>)[name] = (into[name] as number) + value
  }
  for (const [behaviour, count] of from.byBehaviour) bump(into.byBehaviour, behaviour, count)
  for (const [version, count] of from.byVersion) bump(into.byVersion, version, count)
  for (const [form, count] of from.byForm) bump(into.byForm, form, count)
  for (const [code, count] of from.findings) bump(into.findings, code, count)
  for (let i = 0; i < into.load.length; i++) into.load[i]! += from.load[i]!
  for (const [i, week] of into.weeks.entries()) {
    const other = from.weeks[i] as WeekCount
    for (const name of Object.keys(week) as (keyof WeekCount)[]) week[name] += other[name]
  }
  mergeSightings(into.anomalies, from.anomalies)
  mergeSightings(into.notes, from.notes)
  for (const [label, sample] of from.samples) if (!into.samples.has(label)) into.samples.set(label, sample)
}

/** Counts one more, or `by` more, under a name. */
export const bump = <K>(counts: Map<K, number>, name: K, by = 1): void => {
  counts.set(name, (counts.get(name) ?? 0) + by)
}
