// `levee study schedule`: every occasion that falls due for a patient with given dates, with its window in the
// patient's zone and in UTC. Needs no server; the same code places the entries of a real patient.
import type { Command } from 'commander'
import { dayNumber } from '../study/calendar-date.ts'
import { compileStudy } from '../study/compile-study.ts'
import { emptyCourse } from '../study/course.ts'
import type { StudyPlan } from '../study/plan.ts'
import { type Due, dueOccasions, type SchedulePatient } from '../study/schedule/due-occasions.ts'
import { WronglyCalled } from './failures.ts'
import { print } from './form-files.ts'
import { readStudyFolder } from './study-folder.ts'
import { tableText } from './tables.ts'

type Flags = {
  anchor: string[]
  zone?: string
  zoneChange: string[]
  withdrawn?: string
  from?: string
  to?: string
  form?: string
  json?: true
}

/** Days shown where no end is named. */
const standardDays = 28

export function scheduleCommand(study: Command): void {
  const gather = (value: string, before: string[]) => [...before, value]
  study
    .command('schedule <folder>')
    .description('list what falls due for a patient with given dates, and when each window opens and closes')
    .option('--anchor <id=dates>', 'date of an anchor, or dates separated by commas; repeatable', gather, [])
    .option('--zone <zone>', "the patient's home zone (standard: that of the first site)")
    .option('--zone-change <time=zone>', 'the device is in another zone from then on; repeatable', gather, [])
    .option('--withdrawn <time>', 'nothing opens after this time')
    .option('--from <date>', 'first due date shown (standard: the enrolment)')
    .option('--to <date>', `last due date shown (standard: ${standardDays} days)`)
    .option('--form <id>', 'this form only')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Without --anchor enrolled=DATE the patient is enrolled on --from, or today. A time of --zone-change is a date (its
midnight in the new zone) or RFC 3339.

Examples:
  levee study schedule studies/morning-301 --anchor enrolled=2026-03-16 --zone Europe/Berlin
  levee study schedule my-study --anchor enrolled=2026-01-05 --anchor cycle=2026-01-05,2026-01-27 --form diary --json
  levee study schedule my-study --anchor enrolled=2026-02-23 --zone-change 2026-03-01=Asia/Tokyo

Exit codes: 0 listed, 1 the study has faults, 2 wrongly called.`,
    )
    .action(async (folder: string, flags: Flags) => {
      const plan = compileStudy(readStudyFolder(folder))
      const { patient, span } = patientOf(plan, flags)
      if (flags.form !== undefined && !plan.formIds.has(flags.form))
        throw new WronglyCalled(
          `--form ${flags.form}: the study has no such form; it has ${[...plan.formIds].join(', ')}`,
        )
      const due = dueOccasions(plan, patient, span)
        .filter(({ form }) => flags.form === undefined || form === flags.form)
        .map(described)
      await print(flags.json === true ? JSON.stringify(due, null, 2) : scheduleText(plan, patient, due, span))
    })
}

/** The patient that the flags describe. @throws WronglyCalled naming the flag. */
function patientOf(
  plan: StudyPlan,
  flags: Flags,
): { patient: SchedulePatient; span: { from: string; to: string } } {
  const zone = zoneOf('--zone', flags.zone ?? plan.sites[0]?.zone ?? 'UTC', plan)
  const dates = new Map(flags.anchor.map((text) => anchorOf(plan, text)))
  const from = flags.from === undefined ? undefined : dateOf('--from', flags.from)
  const enrolledOn = dates.get('enrolled')?.[0] ?? from ?? Temporal.Now.plainDateISO(zone).toString()
  dates.delete('enrolled')
  const first = from ?? enrolledOn
  const last =
    flags.to === undefined
      ? Temporal.PlainDate.from(first)
          .add({ days: standardDays - 1 })
          .toString()
      : dateOf('--to', flags.to)
  if (last < first) throw new WronglyCalled(`--to ${last} lies before ${first}`)
  const zones = flags.zoneChange
    .map((text) => zoneChangeOf(plan, text))
    .sort((a, b) => (a.from < b.from ? -1 : 1))
  const course = { ...emptyCourse, anchors: Object.fromEntries(dates), zones }
  const withdrawnAt = flags.withdrawn === undefined ? null : instantOf('--withdrawn', flags.withdrawn, zone)
  return { patient: { zone, enrolledOn, withdrawnAt, course }, span: { from: first, to: last } }
}

function anchorOf(plan: StudyPlan, text: string): [string, readonly string[]] {
  const [id = '', list = ''] = splitAt(text, '--anchor', 'enrolled=2026-01-05')
  const anchor = plan.anchors.get(id)
  if (anchor === undefined)
    throw new WronglyCalled(
      `--anchor ${id}: the study has no such anchor; it has ${[...plan.anchors.keys()].join(', ')}`,
    )
  const dates = list.split(',').map((date) => dateOf(`--anchor ${id}`, date.trim()))
  if (!anchor.repeats && dates.length > 1)
    throw new WronglyCalled(`--anchor ${id} takes one date; it does not repeat`)
  if (dates.some((date, at) => at > 0 && date <= (dates[at - 1] as string)))
    throw new WronglyCalled(`--anchor ${id}: give the dates in their order, each once`)
  return [id, dates]
}

function zoneChangeOf(plan: StudyPlan, text: string): { from: string; zone: string } {
  const [time = '', name = ''] = splitAt(text, '--zone-change', '2026-03-01=Asia/Tokyo')
  const zone = zoneOf('--zone-change', name, plan)
  return { from: instantOf('--zone-change', time, zone), zone }
}

function splitAt(text: string, flag: string, example: string): string[] {
  const at = text.indexOf('=')
  if (at < 1) throw new WronglyCalled(`${flag} ${text}: write it as ${example}`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function dateOf(flag: string, text: string): string {
  if (Number.isNaN(dayNumber(text)))
    throw new WronglyCalled(`${flag} takes a date that exists, such as 2026-01-05; not ${text}`)
  return text
}

function zoneOf(flag: string, name: string, plan: StudyPlan): string {
  const zone = plan.zones.canonical(name)
  if (zone === null)
    throw new WronglyCalled(`${flag} takes an IANA time zone, such as Europe/Berlin; not ${name}`)
  return zone
}

/** A date is its midnight in the zone. */
function instantOf(flag: string, text: string, zone: string): string {
  try {
    const { epochMilliseconds } = Number.isNaN(dayNumber(text))
      ? Temporal.Instant.from(text)
      : Temporal.PlainDate.from(text).toZonedDateTime(zone)
    return new Date(epochMilliseconds).toISOString()
  } catch {
    throw new WronglyCalled(`${flag} takes a date or a time such as 2026-03-01T08:00Z; not ${text}`)
  }
}

/** An occasion with what a person needs to see of its window. */
type Described = Due & {
  /** RFC 9557, in the zone of the window. */
  readonly opensLocal: string
  readonly closesLocal: string
  /** Real hours, and by the clocks on the wall; they differ where clocks change inside the window. */
  readonly windowHours: number
  readonly wallClockHours: number
}

function described(due: Due): Described {
  const at = (instant: string) => Temporal.Instant.from(instant).toZonedDateTimeISO(due.zone)
  const [opens, closes] = [at(due.opensAt), at(due.closesAt)]
  const wall = opens.toPlainDateTime().until(closes.toPlainDateTime(), { largestUnit: 'hours' })
  return {
    ...due,
    opensLocal: opens.toString({ smallestUnit: 'minute' }),
    closesLocal: closes.toString({ smallestUnit: 'minute' }),
    windowHours: (closes.epochMilliseconds - opens.epochMilliseconds) / 3_600_000,
    wallClockHours: wall.total({ unit: 'hours' }),
  }
}

function scheduleText(
  plan: StudyPlan,
  patient: SchedulePatient,
  due: readonly Described[],
  span: { from: string; to: string },
): string {
  const missing = [...plan.anchors.values()].filter(
    ({ id, ends }) => id !== 'enrolled' && !ends && patient.course.anchors[id] === undefined,
  )
  const head = [
    `${plan.id} version ${plan.version}: enrolled on ${patient.enrolledOn} in ${patient.zone}; due from ${span.from} to ${span.to}`,
    ...missing.map(
      ({ id }) => `No date for ${id}: nothing that counts from it is due. Give one with --anchor ${id}=…`,
    ),
  ]
  if (due.length === 0) return [...head, '', 'Nothing is due in this span.'].join('\n')
  const zones = new Set(due.map(({ zone }) => zone))
  const rows = due.map((one) => [
    one.form,
    one.cycle === null || one.visit !== null ? one.occasion : `${one.occasion} (cycle ${one.cycle})`,
    one.visit === null ? '' : one.dueDate,
    clockText(one.opensLocal),
    clockText(one.closesLocal),
    one.opensAt.slice(0, 16),
    one.closesAt.slice(0, 16),
    hoursText(one),
    zones.size > 1 ? one.zone : '',
  ])
  const table = tableText(
    [
      'form',
      'occasion',
      due.some(({ visit }) => visit !== null) ? 'target' : '',
      'opens',
      'closes before',
      'opens, UTC',
      'closes, UTC',
      { head: 'hours', right: true },
      zones.size > 1 ? 'zone' : '',
    ],
    rows,
  )
  const changes = due.filter(clocksChange).length
  const note = changes === 0 ? [] : ['', `* clocks change inside the window (${changes})`]
  return [...head, '', table, ...note].join('\n')
}

const clocksChange = ({ windowHours, wallClockHours }: Described): boolean => windowHours !== wallClockHours

/** `2026-03-29 18:00 +02:00` of an RFC 9557 time. */
const clockText = (time: string): string =>
  time
    .replace(/\[.*$/, '')
    .replace('T', ' ')
    .replace(/([+-]\d\d:\d\d)$/, ' $1')

const hoursText = (one: Described): string =>
  `${Math.round(one.windowHours * 100) / 100}${clocksChange(one) ? '*' : ' '}`
