// `levee adherence compute`: medication adherence from a file of events and a prescription, without a server.
import type { Command } from 'commander'
import { type Prescription, readPrescriptions } from '../study/adherence/prescription.ts'
import { type EventRow, readEventRows, readEvents } from '../study/adherence/read-events.ts'
import { type AdherenceReport, adherenceReport } from '../study/adherence/report.ts'
import { faultLine, type StudyFault } from '../study/study-invalid.ts'
import { WronglyCalled } from './failures.ts'
import { readText } from './instruments.ts'
import { tableText } from './tables.ts'

type Flags = { prescription: string; patient?: string; json?: true }

export function adherenceCommand(program: Command): void {
  const adherence = program.command('adherence').description('medication adherence from files')
  adherence
    .command('compute <events>')
    .description('every measure that the data allow, with numerator, denominator and exclusions')
    .requiredOption('--prescription <file>', 'what was prescribed (YAML or JSON; docs/adherence.md)')
    .option('--patient <id>', 'only this patient')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
events: a CSV file or - for standard input; columns patient, event, datetime (or date and time), quantity, pack,
        days_supply, zone. Without a column event every row is a dose taken.

Example:
  levee adherence compute docs/adherence-example.csv --prescription docs/adherence-example.yaml`,
    )
    .action((events: string, flags: Flags) => {
      const reports = compute(events, flags)
      if (flags.json) console.log(JSON.stringify({ patients: reports }, null, 2))
      else console.log(reports.map(reportText).join('\n\n'))
    })
}

function compute(path: string, flags: Flags): AdherenceReport[] {
  const prescriptions = openPrescriptions(flags.prescription)
  const read = readEventRows(readText(path))
  if ('fault' in read) throw new WronglyCalled(faultLine({ file: path, ...read.fault }))
  const byPatient = Map.groupBy(read.rows, (row) => row.values.patient ?? null)
  for (const { patient } of prescriptions)
    if (patient !== null && !byPatient.has(patient)) byPatient.set(patient, [])
  if (byPatient.size === 0) byPatient.set(null, [])
  const wanted = [...byPatient].filter(
    ([patient]) => flags.patient === undefined || patient === flags.patient,
  )
  if (wanted.length === 0)
    throw new WronglyCalled(
      `--patient ${flags.patient}: ${path} has no such patient${byPatient.has(null) ? ' (rows without one are there)' : ''}`,
    )
  const faults: StudyFault[] = []
  const reports = wanted.flatMap(([patient, rows]) => {
    const prescription = prescriptionFor(prescriptions, patient)
    if (prescription !== undefined) return reportOf(path, patient, rows, prescription, faults)
    const message = `${flags.prescription} prescribes nothing for this patient`
    faults.push({ file: path, line: rows[0]?.line ?? 1, message })
    return []
  })
  if (faults.length === 0) return reports
  throw new WronglyCalled(
    `${path} needs ${faults.length} correction(s):\n${faults.map(faultLine).join('\n')}`,
  )
}

function reportOf(
  path: string,
  patient: string | null,
  rows: readonly EventRow[],
  prescription: Prescription,
  faults: StudyFault[],
): AdherenceReport[] {
  const { events, faults: found } = readEvents(rows, prescription)
  faults.push(...found.map((fault) => ({ file: path, ...fault })))
  if (found.length > 0) return []
  const report = adherenceReport(prescription, events, patient)
  if (report !== null) return [report]
  faults.push({
    file: path,
    line: rows[0]?.line ?? 1,
    message: 'the period cannot be told: give period.from and period.to in the prescription',
  })
  return []
}

function openPrescriptions(path: string): Prescription[] {
  const faults: StudyFault[] = []
  const prescriptions = readPrescriptions(path, readText(path), {
    add: (file, line, message) => faults.push({ file, message, ...(line === undefined ? {} : { line }) }),
  })
  if (prescriptions !== null) return prescriptions
  throw new WronglyCalled(
    `the prescription needs ${faults.length} correction(s):\n${faults.map(faultLine).join('\n')}`,
  )
}

/** The patient's own, else the one for everybody. */
const prescriptionFor = (all: readonly Prescription[], patient: string | null): Prescription | undefined =>
  all.find((one) => patient !== null && one.patient === patient) ??
  all.find((one) => one.patient === null || patient === null)

function reportText(report: AdherenceReport): string {
  const { patient, period, prescription, measures } = report
  const rows = Object.values(measures).map((one) => [
    one.measure,
    one.percent !== null ? `${one.percent.toFixed(1)} %` : one.reason === null ? String(one.numerator) : '–',
    one.numerator === null ? '' : `${one.numerator} / ${one.denominator}`,
    one.bounds === null ? '' : `${one.bounds.low.toFixed(1)}–${one.bounds.high.toFixed(1)} %`,
    one.reason ?? '',
    one.exclusions.length === 0 ? '' : `${one.exclusions.reduce((sum, e) => sum + e.count, 0)} left out`,
  ])
  const right = (head: string) => ({ head, right: true }) as const
  const heads = ['measure', right('result'), right('of'), right('bounds'), '', '']
  const who = patient === null ? '' : `patient ${patient}, `
  const over = report.overdoses.map(
    (one) => `${one.date} (${one.taken} for ${one.prescribed}${one.held ? ', held' : ''})`,
  )
  return [
    `${who}${prescription.id} version ${prescription.version}, ${period.from} to ${period.to} (${period.days} days, ${period.zone})\n`,
    tableText(heads, rows),
    ...(over.length === 0 ? [] : [`\nMore taken than prescribed: ${over.join(', ')}`]),
    ...(report.difference === null
      ? []
      : [`\nReported less counted: ${report.difference.points.toFixed(1)} points`]),
  ].join('\n')
}
