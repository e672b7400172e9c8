// The time machine: virtual patients live through a span of the study, their entries go through the study's own
// steps, and every check looks on. Pure: the same study, span and seed give the same tally, whoever computes which part.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import { courseDays, type ExpectedAnchor, expectedCourse } from '../package/expected-course.ts'
import type { StudyPlan } from '../plan.ts'
import { checkPlacing } from './check-placing.ts'
import { checkWindows } from './check-windows.ts'
import type { Engine, Evaluated, EvaluateNext, VersionInUse, VirtualSubmission } from './engine.ts'
import { type Planned, plannedOccasions } from './planned.ts'
import { randomOf } from './random.ts'
import { type Report, reportOn } from './report-sighting.ts'
import { sampleOf } from './sample.ts'
import { bump, emptyTally, type Sample, type Tally, type WeekCount } from './tally.ts'
import { answerPool } from './virtual-answers.ts'
import { type AnswerPools, stayWithin, type VirtualEntry, virtualEntries } from './virtual-entries.ts'
import { type Span, type VirtualPatient, virtualPatient } from './virtual-patient.ts'
import { deviceTime, type ZoneClocks, zoneClocks } from './zone-clock.ts'

/** Everything a run needs; made once for a study and a span. */
export type Simulation = {
  readonly versions: readonly VersionInUse[]
  readonly engine: Engine
  readonly span: Span
  readonly seed: number
  /** The seed mixed with the span's first day: each span has patients of its own. */
  readonly stream: number
  readonly habits: readonly ExpectedAnchor[]
  /** Days from the enrolment to the end of what study.yaml bounds. */
  readonly courseDays: number
  readonly pools: AnswerPools
  readonly clocks: ZoneClocks
  /** First instant after the span everywhere on earth, ms since 1970 (UTC). */
  readonly lastMs: number
  /** Minute 0 of the load: a day before the span, 00:00 UTC, in ms since 1970. */
  readonly loadFromMs: number
}

/** What came of one occasion; entries in the order received. */
export type Told = { readonly entry: VirtualEntry; readonly evaluated: Evaluated }

const msPerDay = 86_400_000
const msPerMinute = 60_000
/** Of so many patients one is asked what would be due in every other arm. */
const armsEvery = 16

/** Prepares a run over versions in the order of their publication, the first of which holds everywhere at first. */
export function simulation(
  versions: readonly VersionInUse[],
  engine: Engine,
  span: Span,
  seed: number,
): Simulation {
  const fromMs = dayNumber(span.from) * msPerDay
  const lastMs = (dayNumber(span.to) + 1) * msPerDay + 12 * 3_600_000
  const plans = versions.map(({ plan }) => plan)
  const habits = expectedCourse(plans)
  const pools = new Map<string, ReturnType<typeof answerPool>>()
  for (const { plan } of versions)
    for (const [key, form] of plan.forms)
      if (!pools.has(key)) pools.set(key, answerPool(form, seed, pools.size))
  return {
    versions,
    engine,
    span,
    seed,
    stream: Math.imul(seed + 1, 0x01000193) ^ dayNumber(span.from),
    pools,
    habits,
    courseDays: courseDays(plans, habits),
    clocks: zoneClocks(fromMs - 60 * msPerDay, lastMs + 400 * msPerDay),
    lastMs,
    loadFromMs: fromMs - msPerDay,
  }
}

/** Simulates the patients from one number to another, the last one exclusive. */
export function simulatePatients(run: Simulation, from: number, to: number): Tally {
  const days = dayNumber(run.span.to) - dayNumber(run.span.from) + 1
  const tally = emptyTally(days)
  for (let number = from; number < to; number++) simulateOne(run, number, tally)
  return tally
}

function simulateOne(run: Simulation, number: number, tally: Tally): void {
  const { versions, engine, span, stream, clocks, pools, lastMs } = run
  const first = versions[0]?.plan
  if (first === undefined) throw new Error('a simulation needs at least one version of the study')
  const patient = virtualPatient(first, run, span, stream, number, clocks)
  const report = reportOn(patient, tally.anomalies, tally.notes)
  const planned = plannedOccasions(versions, engine, patient, span, clocks, report)
  for (const list of planned.values()) checkWindows(list, patient, clocks, report)
  if (number % armsEvery === 0) compareArms(run, patient, report, tally)
  const random = randomOf(stream, 4, number)
  const entries = virtualEntries(versions, patient, planned, lastMs, pools, clocks, random)
  const told = send(run, patient, entries, planned, report, tally)
  const isEnded = run.habits.some(({ id, ends }) => ends && patient.anchors[id] !== undefined)
  countPatient(patient, isEnded, tally)
  const labels = [...labelsOf(patient, isEnded)].filter((label) => !tally.samples.has(label))
  const counted = countOccasions(run, patient, planned, told, tally)
  for (const label of labels)
    tally.samples.set(label, sampleOf(label, patient, planned, told, counted, clocks))
}

function* labelsOf(patient: VirtualPatient, isEnded: boolean): Generator<Sample['label']> {
  yield patient.behaviour
  if (patient.stays.length > 1) yield 'traveller'
  if (patient.withdrawnAtMs !== null) yield 'withdrawn'
  if (isEnded) yield 'ended-early'
}

/** What would be due must not depend on the arm (P10). */
function compareArms(run: Simulation, patient: VirtualPatient, report: Report, tally: Tally): void {
  for (const { plan } of run.versions) {
    const lists = plan.arms.map(({ code }) => {
      const due = run.engine.due(plan, { ...patient, arm: code }, run.span)
      return { code, due, text: JSON.stringify(due) }
    })
    tally.armComparisons += lists.length
    const [one, ...others] = lists
    for (const other of others) {
      if (one === undefined || other.text === one.text) continue
      report.anomaly(
        'arms-differ',
        { form: 'any', occasion: `version ${plan.version}`, zone: patient.zone },
        {},
        `${one.due.length} due occasions in arm ${one.code}, ${other.due.length} in arm ${other.code}, or at other times`,
        `组别 ${one.code} 有 ${one.due.length} 个到期时段，组别 ${other.code} 有 ${other.due.length} 个，或时间不同`,
      )
    }
  }
}

/** Sends the entries through the steps, in the order in which they are received. */
function send(
  run: Simulation,
  patient: VirtualPatient,
  entries: readonly VirtualEntry[],
  planned: ReadonlyMap<string, readonly Planned[]>,
  report: Report,
  tally: Tally,
): Told[] {
  const evaluate = run.engine.begin(patient)
  const told: Told[] = []
  for (const [nth, entry] of entries.entries()) {
    const submission = submissionOf(run, patient, entry, nth)
    const evaluated = evaluateOne(evaluate, submission, entry, report)
    countEntry(run, entry, evaluated, tally)
    if (evaluated === null) continue
    const list = planned.get(entry.form) ?? []
    const tolerance = run.versions[0]!.plan.clockToleranceMs
    checkPlacing(entry, submission.submissionId, evaluated, list, patient, tolerance, run.clocks, report)
    checkAlerts(entry, evaluated, report)
    told.push({ entry, evaluated })
  }
  return told
}

/** What the steps make of it; null where they throw, which is told. */
function evaluateOne(
  evaluate: EvaluateNext,
  submission: VirtualSubmission,
  entry: VirtualEntry,
  report: Report,
): Evaluated | null {
  const where = { form: entry.form, occasion: entry.planned?.due.occasion ?? 'event', zone: entry.zone }
  const instants = { completed: entry.completedDeviceMs, received: entry.receivedMs }
  let evaluated: Evaluated
  try {
    evaluated = evaluate(submission, entry.receivedMs)
  } catch (error) {
    const { name } = error as Error
    report.anomaly('evaluation-failed', where, instants, `the steps threw a ${name}`, `处理步骤抛出 ${name}`)
    return null
  }
  for (const { code, rule } of evaluated.findings) {
    if (code !== 'rule-failed') continue
    report.anomaly('evaluation-failed', where, instants, `rule ${rule} failed`, `规则 ${rule} 无法执行`)
  }
  return evaluated
}

function submissionOf(
  { versions, clocks }: Simulation,
  patient: VirtualPatient,
  entry: VirtualEntry,
  nth: number,
): VirtualSubmission {
  const clock = clocks(entry.zone)
  const base = {
    submissionId: submissionId(patient.number, nth),
    studyId: versions[0]!.plan.id,
    patientId: patient.patientId,
    form: entry.form,
    formVersion: entry.formVersion,
    startedAt: deviceTime(clock, entry.startedDeviceMs),
    completedAt: deviceTime(clock, entry.completedDeviceMs),
    sentAt: deviceTime(clock, entry.sentDeviceMs),
    language: patient.language,
    answers: entry.answers,
  }
  return entry.isNamed && entry.planned !== null ? { ...base, occasion: entry.planned.due.occasion } : base
}

/** A UUID (its version says 8: made by our own rule) from the patient's and the entry's number. */
const submissionId = (patient: number, nth: number): string =>
  `${patient.toString(16).padStart(8, '0')}-0000-8000-8000-${nth.toString(16).padStart(12, '0')}`

function checkAlerts(entry: VirtualEntry, { alerts }: Evaluated, report: Report): void {
  for (const { rule, readableMs, deadlineMs } of alerts) {
    if (deadlineMs > readableMs) continue
    const hoursLate = Math.round((readableMs - deadlineMs) / 360_000) / 10
    report.anomaly(
      'alert-too-late',
      { form: entry.form, occasion: entry.planned?.due.occasion ?? 'event', zone: entry.zone },
      { completed: entry.completedDeviceMs, readable: readableMs, deadline: deadlineMs },
      `alert ${rule} is overdue by ${hoursLate} h when it can first be read`,
      `警报 ${rule} 在首次可见时已逾期 ${hoursLate} 小时`,
    )
  }
}

function countPatient(patient: VirtualPatient, isEnded: boolean, tally: Tally): void {
  tally.patients += 1
  bump(tally.byBehaviour, patient.behaviour)
  if (patient.stays.length > 1) tally.travellers += 1
  if (patient.withdrawnAtMs !== null) tally.withdrawn += 1
  if (isEnded) tally.endedEarly += 1
}

function countEntry(run: Simulation, entry: VirtualEntry, evaluated: Evaluated | null, tally: Tally): void {
  tally.entries += 1
  const minute = Math.floor((entry.receivedMs - run.loadFromMs) / msPerMinute)
  if (minute >= 0 && minute < tally.load.length) tally.load[minute]! += 1
  if (entry.isSecond) tally.secondEntries += 1
  if (entry.planned === null) tally.events += 1
  if (evaluated === null) return
  const { placed, quarantine, findings, scores, alerts } = evaluated
  if (quarantine !== undefined) tally.quarantined += 1
  if (placed?.lateReceipt) tally.lateReceipts += 1
  if (placed?.status === 'early') tally.early += 1
  if (findings.length > 0) tally.withFindings += 1
  for (const { code } of findings) bump(tally.findings, code)
  tally.scores += scores.length
  tally.alerts += alerts.length
}

/** What came of each due occasion. Those whose window is still open at the end of the span do not count. */
function countOccasions(
  run: Simulation,
  patient: VirtualPatient,
  planned: ReadonlyMap<string, readonly Planned[]>,
  told: readonly Told[],
  tally: Tally,
): ReadonlyMap<Planned, keyof WeekCount> {
  const best = new Map<string, 'onTime' | 'late'>()
  for (const { entry, evaluated } of told) {
    const { placed } = evaluated
    if (placed === undefined || entry.planned === null) continue
    const key = `${entry.form}|${placed.occasion}`
    if (placed.status === 'on-time') best.set(key, 'onTime')
    else if (!best.has(key)) best.set(key, 'late')
  }
  const outcomes = new Map<Planned, keyof WeekCount>()
  const firstDay = dayNumber(run.span.from)
  for (const [form, list] of planned) {
    bump(tally.byForm, form, list.length)
    for (const one of list) {
      if (one.reminderMs !== null) tally.remindersChecked += 1
      bump(tally.byVersion, one.version.plan.version)
      tally.due += 1
      const outcome =
        best.get(`${one.due.form}|${one.due.occasion}`) ?? outcomeOfSilence(run, patient, one, tally)
      outcomes.set(one, outcome)
      if (outcome === 'due') continue
      const week = tally.weeks[Math.floor((dayNumber(one.due.dueDate) - firstDay) / 7)]
      if (week !== undefined) {
        week[outcome] += 1
        if (outcome !== 'notEvaluable') week.due += 1
      }
      tally[outcome] += 1
    }
  }
  return outcomes
}

/** Nothing came: still open (`due`), not evaluable because of a trip, or missed. */
function outcomeOfSilence(
  run: Simulation,
  patient: VirtualPatient,
  { due, schedule, opensMs, closesMs }: Planned,
  tally: Tally,
): 'due' | 'missed' | 'notEvaluable' {
  if (closesMs > run.lastMs) return 'due'
  if (schedule?.travel === 'home-zone' || patient.stays.length === 1) return 'missed'
  if (stayWithin(patient, due.zone, opensMs, closesMs) !== null) return 'missed'
  reportOn(patient, tally.anomalies, tally.notes).note(
    'travel-unreachable',
    due,
    { opens: opensMs, closes: closesMs },
    `never in ${due.zone} while the window was open there`,
    `时间窗开放期间患者不在 ${due.zone}`,
  )
  return 'notEvaluable'
}

/** The dates from which sites take an amendment: the first on `from`, the others up to three weeks later, by the seed. */
export function adoptionDates(
  plan: Pick<StudyPlan, 'sites'>,
  from: string,
  seed: number,
): Map<string, string> {
  const first = dayNumber(from)
  return new Map(
    plan.sites.map(({ id }, i) => [
      id,
      dateOfDay(first + (i === 0 ? 0 : Math.floor(randomOf(seed, 5, i)() * 22))),
    ]),
  )
}
