// The timeline of one virtual patient, for the appendix of the report: short enough to be read, with what is special.
import type { Planned } from './planned.ts'
import type { Told } from './simulate.ts'
import type { Sample, TimelineRow, WeekCount } from './tally.ts'
import type { VirtualPatient } from './virtual-patient.ts'
import { deviceTime, type ZoneClocks } from './zone-clock.ts'

/** Rows at most, and how many of them may be ordinary. */
const mostRows = 14
const mostOrdinary = 8

/** The timeline of a patient whose entries were evaluated; `outcomes` by due occasion. */
export function sampleOf(
  label: Sample['label'],
  patient: VirtualPatient,
  planned: ReadonlyMap<string, readonly Planned[]>,
  told: readonly Told[],
  outcomes: ReadonlyMap<Planned, keyof WeekCount>,
  clocks: ZoneClocks,
): Sample {
  const first = new Map<Planned, Told>()
  for (const one of told) {
    const { planned: occasion } = one.entry
    if (occasion !== null && !first.has(occasion)) first.set(occasion, one)
  }
  const all = [...planned.values()].flat().sort((a, b) => a.opensMs - b.opensMs)
  const rows: TimelineRow[] = []
  let ordinary = 0
  for (const occasion of all) {
    const outcome = outcomes.get(occasion)
    if (outcome === 'due' || outcome === undefined) continue
    const answer = first.get(occasion)
    const isOrdinary =
      outcome === 'onTime' &&
      answer?.evaluated.placed?.lateReceipt !== true &&
      occasion.due.zone === patient.zone
    if (isOrdinary && ++ordinary > mostOrdinary) continue
    rows.push(rowOf(occasion, answer, outcome, clocks))
    if (rows.length === mostRows) break
  }
  return {
    label,
    patientId: patient.patientId,
    siteId: patient.siteId,
    enrolledOn: patient.enrolledOn,
    zones: [...new Set(patient.stays.map(({ zone }) => zone))],
    rows,
  }
}

function rowOf(
  { due, opensMs, closesMs }: Planned,
  answer: Told | undefined,
  outcome: keyof WeekCount,
  clocks: ZoneClocks,
): TimelineRow {
  const clock = clocks(due.zone)
  const own = outcome === 'onTime' ? 'on-time' : outcome === 'notEvaluable' ? 'travel' : outcome
  return {
    form: due.form,
    occasion: due.occasion,
    zone: due.zone,
    opensAt: deviceTime(clock, opensMs),
    closesAt: deviceTime(clock, closesMs),
    completedAt:
      answer === undefined ? null : deviceTime(clocks(answer.entry.zone), answer.entry.completedDeviceMs),
    receivedAt: answer === undefined ? null : new Date(answer.entry.receivedMs).toISOString(),
    outcome:
      answer?.evaluated.quarantine ?? (answer?.evaluated.placed?.lateReceipt === true ? 'late-receipt' : own),
  }
}
