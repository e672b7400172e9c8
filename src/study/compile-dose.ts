// Compiles the doses a study prescribes: the items that report them, what is prescribed when, and the window.
import { minuteOf } from './clock.ts'
import type { CompiledForm } from './compile-form.ts'
import type { DoseFile, DoseRegimenFile, DoseTimelineFile } from './dose-file.ts'
import type { DosePlan, DoseRegimen, DoseReport, DoseTimeline } from './dose-plan.ts'
import { pictureOf } from './picture.ts'
import type { AnswerKind } from './plan.ts'
import type { StudySource } from './read-study-yaml.ts'
import type { Faults } from './study-invalid.ts'

type Path = readonly (string | number)[]
type Complain = (path: Path, message: string) => void

/** The doses in the order written; faults are added for what does not fit the forms, the anchors or itself. */
export function compileDoses(
  source: StudySource,
  forms: readonly CompiledForm[],
  anchors: ReadonlySet<string>,
  files: ReadonlyMap<string, string>,
  faults: Faults,
): DosePlan[] {
  const { study } = source
  if (study.dose !== undefined && study.doses !== undefined)
    faults.add(source.file, source.lineOf(['doses']), 'doses: give either dose or doses')
  const one = study.dose === undefined ? [] : [{ written: study.dose, path: ['dose'] as Path }]
  const all = [...one, ...(study.doses ?? []).map((written, i) => ({ written, path: ['doses', i] as Path }))]
  const ids = new Set<string>()
  return all.map(({ written, path }) => {
    const complain: Complain = (inner, message) =>
      faults.add(source.file, source.lineOf([...path, ...inner]), message)
    if (ids.has(written.id)) complain(['id'], `dose ${written.id} is listed twice`)
    ids.add(written.id)
    return compileDose(written, forms, anchors, files, complain)
  })
}

/** By arm and dose, what the arm is prescribed instead. Restricted (P10). */
export function compileRestrictedDoses(
  source: StudySource,
  doses: readonly DosePlan[],
  anchors: ReadonlySet<string>,
  faults: Faults,
): Map<string, ReadonlyMap<string, DoseTimeline>> {
  const { arms, restricted } = source.study
  const byArm = new Map<string, ReadonlyMap<string, DoseTimeline>>()
  for (const [arm, ofArm] of Object.entries(restricted.doses ?? {})) {
    const at = (path: Path): number | undefined => source.lineOf(['restricted', 'doses', arm, ...path])
    if (!arms.some(({ code }) => code === arm))
      faults.add(source.file, at([]), `${arm} is not an arm of the study`)
    const timelines = new Map<string, DoseTimeline>()
    for (const [dose, written] of Object.entries(ofArm)) {
      if (!doses.some(({ id }) => id === dose))
        faults.add(source.file, at([dose]), `${dose}: doses lists no such dose`)
      const complain: Complain = (path, message) => faults.add(source.file, at([dose, ...path]), message)
      timelines.set(dose, timelineOf(written, anchors, complain))
    }
    byArm.set(arm, timelines)
  }
  return byArm
}

function compileDose(
  written: DoseFile,
  forms: readonly CompiledForm[],
  anchors: ReadonlySet<string>,
  files: ReadonlyMap<string, string>,
  complain: Complain,
): DosePlan {
  const timeline = timelineOf(written, anchors, complain)
  const [low, high] = (written.band ?? [80, 120]) as [number, number]
  if (low >= high) complain(['band'], 'band: give the lower bound first')
  const reasons = written['hold-reasons']
  return {
    id: written.id,
    version: written.version,
    title: written.title ?? null,
    picture: pictureOf(written.picture, files, (message) => complain(['picture'], message)),
    unit: written.unit ?? 'dose',
    formId: written.form,
    reports: reportsOf(written, forms, complain),
    timeline,
    window: windowOf(written, timeline, complain),
    tolerance: written['timing-tolerance'] ?? 0.25,
    holidayHours: written['holiday-hours'] ?? 72,
    dayStarts: minuteOf(written['day-starts'] ?? '00:00'),
    // A diary that was not filled in says nothing; only monitors make silence mean "not taken".
    unrecorded: written.unrecorded ?? 'unknown',
    band: [low, high],
    holdReasons: reasons === undefined ? null : new Map(reasons.map(({ id, title }) => [id, title])),
  }
}

const kinds: Readonly<Record<keyof DoseReport, readonly AnswerKind[]>> = {
  taken: ['boolean'],
  time: ['time', 'dateTime'],
  amount: ['integer', 'decimal'],
  count: ['integer'],
}

/** The items of each report; every version of the form must have them. */
function reportsOf(written: DoseFile, forms: readonly CompiledForm[], complain: Complain): DoseReport[] {
  const short = {
    taken: written['taken-item'],
    time: written['time-item'],
    amount: written['amount-item'],
    count: written['count-item'],
  }
  const named = Object.values(short).some((item) => item !== undefined)
  if (named === (written.reports !== undefined))
    complain([], `dose ${written.id}: say which items report it, by taken-item and the like or by reports`)
  const reports = (written.reports ?? [short]).map(({ taken, time, amount, count }) => ({
    taken: taken ?? null,
    time: time ?? null,
    amount: amount ?? null,
    count: count ?? null,
  }))
  const versions = forms.filter((form) => form.id === written.form)
  if (versions.length === 0) complain(['form'], `${written.form}: the study has no such form`)
  for (const [i, report] of reports.entries())
    for (const member of ['taken', 'time', 'amount', 'count'] as const) {
      const item = report[member]
      const path = written.reports === undefined ? [`${member}-item`] : ['reports', i, member]
      for (const form of item === null ? [] : versions) {
        const kind = form.itemById.get(item as string)?.kind
        if (kind === undefined || !kinds[member].includes(kind))
          complain(path, `form ${form.id} has no ${kinds[member].join(' or ')} item ${item}`)
      }
    }
  return reports
}

/** Without regimens: the doses of each day from enrolment on, as many as are reported. */
function timelineOf(
  written: DoseTimelineFile & { 'doses-per-day'?: number; reports?: DoseFile['reports'] },
  anchors: ReadonlySet<string>,
  complain: Complain,
): DoseTimeline {
  if (written.regimens !== undefined && written['doses-per-day'] !== undefined)
    complain(['doses-per-day'], 'doses-per-day: write per-day in the regimens instead')
  const perDay = written['doses-per-day'] ?? written.reports?.length ?? 1
  const levels = new Map(
    Object.entries(written.levels ?? {}).map(([id, level]) => [
      id,
      {
        title: level.title ?? null,
        amount: level.amount ?? null,
        minutes: level.times?.map(minuteOf).sort((a, b) => a - b) ?? null,
        perDay: level.times?.length ?? level['per-day'] ?? null,
      },
    ]),
  )
  for (const [id, level] of Object.entries(written.levels ?? {}))
    if (level.times !== undefined && level['per-day'] !== undefined)
      complain(['levels', id], 'give either times (a list of HH:MM) or per-day (a number)')
  const start = written['start-level'] ?? levels.keys().next().value ?? null
  if (start !== null && !levels.has(start)) complain(['start-level'], `levels has no level ${start}`)
  const regimens = written.regimens?.map((one, i) =>
    regimenOf(one, anchors, (path, message) => complain(['regimens', i, ...path], message)),
  )
  return { regimens: regimens ?? [everyDay(perDay)], levels, startLevel: start }
}

const everyDay = (perDay: number): DoseRegimen => ({
  anchor: 'enrolled',
  fromDay: 0,
  toDay: null,
  minutes: null,
  perDay,
  amount: null,
  everyDays: 1,
  weekdays: null,
})

const weekdayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

function regimenOf(written: DoseRegimenFile, anchors: ReadonlySet<string>, complain: Complain): DoseRegimen {
  const { anchor = 'enrolled', times, weekdays } = written
  const everyDays = written['every-days'] ?? 1
  const fromDay = written['from-day'] ?? 0
  const toDay = written['to-day'] ?? null
  if (!anchors.has(anchor)) complain(['anchor'], `${anchor}: anchors lists no such anchor`)
  if (times !== undefined && written['per-day'] !== undefined)
    complain([], 'give either times (a list of HH:MM) or per-day (a number)')
  if (everyDays > 1 && weekdays !== undefined) complain([], 'give either every-days or weekdays')
  if (toDay !== null && toDay < fromDay)
    complain(['to-day'], `to-day: ends (${toDay}) before it begins (${fromDay})`)
  const minutes = times?.map(minuteOf).sort((a, b) => a - b) ?? null
  if (minutes !== null && new Set(minutes).size < minutes.length)
    complain(['times'], 'a time is given twice; use amount for several units at once')
  return {
    anchor,
    fromDay,
    toDay,
    minutes,
    perDay: minutes?.length ?? written['per-day'] ?? 1,
    amount: written.amount ?? null,
    everyDays,
    weekdays: weekdays === undefined ? null : new Set(weekdays.map((day) => weekdayNames.indexOf(day) + 1)),
  }
}

function windowOf(
  { window }: DoseFile,
  { regimens, levels }: DoseTimeline,
  complain: Complain,
): DosePlan['window'] {
  if (window === undefined) return null
  const { opens, closes, 'minutes-before': before, 'minutes-after': after } = window
  const byClock = opens !== undefined && closes !== undefined
  if (byClock === (before !== undefined && after !== undefined)) {
    complain(['window'], 'give either minutes-before and minutes-after, or opens and closes')
    return null
  }
  const steps = [...regimens, ...levels.values()]
  if (!byClock && regimens.some(({ minutes }) => minutes === null))
    complain(['window'], 'minutes-before and minutes-after need regimens with times')
  if (byClock && steps.some(({ perDay }) => (perDay ?? 1) > 1))
    complain(['window'], 'opens and closes fit one dose a day; use minutes-before and minutes-after')
  return byClock
    ? { kind: 'clock', opens: minuteOf(opens), closes: minuteOf(closes) }
    : { kind: 'around', before: before ?? 0, after: after ?? 0 }
}
