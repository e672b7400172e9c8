// Reads prescriptions and events written in a test, refusing faults, so that a test says only what it is about.
import assert from 'node:assert/strict'
import { type Prescription, readPrescriptions } from '../adherence/prescription.ts'
import { readEventRows, readEvents } from '../adherence/read-events.ts'
import { type AdherenceReport, adherenceReport } from '../adherence/report.ts'

/** One prescription from YAML; id, version and zone are given where the text does not. */
export function prescribe(yaml: string): Prescription {
  const faults: string[] = []
  const head = `id: m\nversion: "1"\n${/^zone:/m.test(yaml) ? '' : 'zone: Europe/Berlin\n'}`
  const read = readPrescriptions('p.yaml', head + yaml, {
    add: (_, line, message) => faults.push(`${line}: ${message}`),
  })
  assert.deepEqual(faults, [])
  return read?.[0] as Prescription
}

/** The report of events written as CSV. */
export function report(yaml: string, csv: string): AdherenceReport {
  const prescription = prescribe(yaml)
  const rows = readEventRows(csv)
  assert.ok('rows' in rows, JSON.stringify(rows))
  const { events, faults } = readEvents(rows.rows, prescription)
  assert.deepEqual(faults, [])
  const made = adherenceReport(prescription, events, null)
  assert.ok(made !== null)
  return made
}

/** Numerator, denominator and percent of one measure. */
export function of(
  made: AdherenceReport,
  measure: string,
): [number | null, number | undefined, number | null] {
  const one = made.measures[measure]
  return [one?.numerator ?? null, one?.denominator, one?.percent ?? null]
}
