// What falls due for one virtual patient over all versions of the study, each occasion under the version that its site
// works by on its due date; and what does not add up between the versions.
import { dateOfDay } from '../calendar-date.ts'
import { type FormPlan, findForm } from '../plan.ts'
import type { Due } from '../schedule/due-occasions.ts'
import type { DatedSchedule } from '../schedule/schedule-plan.ts'
import { type Engine, type VersionInUse, versionAt } from './engine.ts'
import { type ExpectedOfForm, expectedDays } from './expected-days.ts'
import type { Report } from './report-sighting.ts'
import type { Span, VirtualPatient } from './virtual-patient.ts'
import { instantOfWall, localDate, type ZoneClocks } from './zone-clock.ts'

/** One due occasion with everything that the checks look at; instants in ms since 1970 (UTC). */
export type Planned = {
  readonly due: Due
  readonly version: VersionInUse
  readonly form: FormPlan | undefined
  /** By which it is due; null where nothing in the study file makes it due. */
  readonly schedule: DatedSchedule | null
  readonly opensMs: number
  readonly closesMs: number
  /** Infinity where it is never locked. */
  readonly locksMs: number
  readonly reminderMs: number | null
}

const msPerDay = 86_400_000

/** The patient's due occasions by form, each list by opening. Tells what is lost, doubled or made up. */
export function plannedOccasions(
  versions: readonly VersionInUse[],
  engine: Engine,
  patient: VirtualPatient,
  span: Span,
  clocks: ZoneClocks,
  report: Report,
): Map<string, Planned[]> {
  const byForm = new Map<string, Planned[]>()
  const expected = versions.map(({ plan }) => expectedDays(plan, patient, span))
  for (const [index, version] of versions.entries()) {
    const seen = new Set<string>()
    for (const due of engine.due(version.plan, patient, span)) {
      if (versionAt(versions, patient.siteId, due.dueDate) !== version) continue
      const planned = plan(due, version, expected[index]?.get(due.form))
      checkOccasion(planned, seen, report)
      const list = byForm.get(due.form)
      if (list === undefined) byForm.set(due.form, [planned])
      else list.push(planned)
    }
    for (const [form, occasions] of expected[index] ?? [])
      tellMissing(versions, version, form, occasions, seen, patient, clocks, report)
  }
  if (versions.length > 1) checkVersions(versions, expected, patient, report)
  for (const list of byForm.values()) list.sort((a, b) => a.opensMs - b.opensMs)
  return byForm
}

function plan(due: Due, version: VersionInUse, expected: ExpectedOfForm | undefined): Planned {
  return {
    due,
    version,
    form: findForm(version.plan, due.form, due.formVersion),
    schedule: expected?.get(due.occasion)?.schedule ?? null,
    opensMs: Date.parse(due.opensAt),
    closesMs: Date.parse(due.closesAt),
    locksMs: due.locksAt === null ? Number.POSITIVE_INFINITY : Date.parse(due.locksAt),
    reminderMs: due.reminderAt === null ? null : Date.parse(due.reminderAt),
  }
}

function checkOccasion({ due, form, schedule, version }: Planned, seen: Set<string>, report: Report): void {
  const id = `${due.form}|${due.occasion}`
  if (seen.has(id))
    report.anomaly('double-day', due, {}, `${due.occasion} is due twice`, `${due.occasion} 到期两次`)
  seen.add(id)
  if (schedule === null)
    report.anomaly(
      'day-not-due',
      due,
      {},
      `the study file makes nothing due on ${due.dueDate}`,
      `研究文件未规定 ${due.dueDate} 到期`,
    )
  if (form === undefined)
    report.anomaly(
      'form-version-missing',
      due,
      {},
      `version ${version.plan.version} of the study has no ${due.form} version ${due.formVersion}`,
      `研究版本 ${version.plan.version} 中没有 ${due.form} 的版本 ${due.formVersion}`,
    )
}

/** Tells each occasion that must be due under this version and is not. */
function tellMissing(
  versions: readonly VersionInUse[],
  version: VersionInUse,
  form: string,
  occasions: ExpectedOfForm,
  seen: ReadonlySet<string>,
  patient: VirtualPatient,
  clocks: ZoneClocks,
  report: Report,
): void {
  for (const [occasion, { day, schedule }] of occasions) {
    if (seen.has(`${form}|${occasion}`)) continue
    const dueDate = dateOfDay(day)
    const inForce = versionAt(versions, patient.siteId, dueDate)
    const where = { form, occasion, zone: patient.zone }
    if (inForce === undefined)
      report.anomaly(
        'no-version',
        where,
        {},
        `no version of the study holds at site ${patient.siteId} on ${dueDate}`,
        `${dueDate} 研究中心 ${patient.siteId} 没有有效的研究版本`,
      )
    else if (inForce === version && !isExcused(schedule, day, patient, clocks))
      report.anomaly(
        'missing-day',
        where,
        {},
        `${dueDate} must be due by the study file and is not`,
        `按研究文件 ${dueDate} 应到期，但没有到期`,
      )
  }
}

/** Whether the window opens after the withdrawal only, or the date was never on a calendar where the patient was. */
function isExcused(
  { window, recurrence }: DatedSchedule,
  day: number,
  patient: VirtualPatient,
  clocks: ZoneClocks,
): boolean {
  return patient.stays.some(({ zone }) => {
    const clock = clocks(zone)
    const wallMs = (day - window.opensDaysEarlier) * msPerDay + window.opensMinute * 60_000
    const opensMs = instantOfWall(clock, wallMs, 'earlier')
    if (patient.withdrawnAtMs !== null && opensMs >= patient.withdrawnAtMs) return true
    const daily = recurrence.unit === 'days' && recurrence.step === 1
    return daily && localDate(clock, instantOfWall(clock, day * msPerDay, 'later')) !== dateOfDay(day)
  })
}

/** An occasion that two versions know must be due under exactly one of them, however its date was moved. */
function checkVersions(
  versions: readonly VersionInUse[],
  expected: readonly ReadonlyMap<string, ExpectedOfForm>[],
  patient: VirtualPatient,
  report: Report,
): void {
  for (const [index, forms] of expected.entries())
    for (const [form, occasions] of forms)
      for (const occasion of occasions.keys()) {
        const dates = expected.map((one) => one.get(form)?.get(occasion))
        if (dates.findIndex((one) => one !== undefined) !== index) continue
        const known = dates.flatMap((one, i) => (one === undefined ? [] : [{ ...one, version: versions[i] }]))
        if (known.length < 2) continue
        const due = known.filter(
          ({ day, version }) => versionAt(versions, patient.siteId, dateOfDay(day)) === version,
        )
        if (due.length === 1) continue
        const on = known.map(({ day, version }) => `${version?.plan.version}: ${dateOfDay(day)}`).join(', ')
        report.anomaly(
          due.length === 0 ? 'no-version' : 'two-versions',
          { form, occasion, zone: patient.zone },
          {},
          `due by version ${on}; at site ${patient.siteId} ${due.length === 0 ? 'neither' : 'each'} holds on its date`,
          `按版本到期 ${on}；研究中心 ${patient.siteId} 在相应日期${due.length === 0 ? '均不适用' : '均适用'}`,
        )
      }
}
