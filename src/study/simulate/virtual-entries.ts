// What one virtual patient sends: for each due occasion whether, when and how it is answered, and what happened
// besides. The device's clock and the true time differ where the clock is wrong.
import type { StudyPlan } from '../plan.ts'
import { isDated } from '../schedule/schedule-plan.ts'
import { type VersionInUse, versionAt } from './engine.ts'
import type { Planned } from './planned.ts'
import { pick, type Random, waiting, wholeBetween } from './random.ts'
import type { RawAnswers } from './virtual-answers.ts'
import { type Behaviour, type VirtualPatient, zoneAt } from './virtual-patient.ts'
import { localDate, type ZoneClocks } from './zone-clock.ts'

/** One entry before it is sent. `…DeviceMs` are by the device's clock, `receivedMs` by the server's, UTC. */
export type VirtualEntry = {
  /** The occasion it is meant for; null for an event. */
  readonly planned: Planned | null
  readonly form: string
  readonly formVersion: string
  /** The device says which occasion it is; otherwise it is found from the time. */
  readonly isNamed: boolean
  readonly zone: string
  readonly completedDeviceMs: number
  readonly startedDeviceMs: number
  readonly sentDeviceMs: number
  readonly receivedMs: number
  readonly answers: RawAnswers
  /** The same occasion once more, from another device or another person. */
  readonly isSecond: boolean
  /** The device had not taken the site's version yet. */
  readonly isOldForm: boolean
}

/** Answers by `${form}@${version}`. */
export type AnswerPools = ReadonlyMap<string, readonly RawAnswers[]>

type Habit = {
  readonly answers: number
  readonly late: number
  readonly second: number
  /** Mean time from the reminder (or the opening) to the entry, in ms. */
  readonly delayMs: number
}
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const habits: Readonly<Record<Behaviour, Habit>> = {
  punctual: { answers: 0.97, late: 0.005, second: 0.002, delayMs: 25 * minute },
  forgetful: { answers: 0.72, late: 0.08, second: 0.002, delayMs: 5 * hour },
  'night-owl': { answers: 0.9, late: 0.05, second: 0.002, delayMs: 0 },
  offline: { answers: 0.92, late: 0.01, second: 0.002, delayMs: 50 * minute },
  'wrong-clock': { answers: 0.92, late: 0.01, second: 0.002, delayMs: 40 * minute },
  'two-devices': { answers: 0.92, late: 0.01, second: 0.25, delayMs: 40 * minute },
  caregiver: { answers: 0.92, late: 0.01, second: 0.12, delayMs: 60 * minute },
}
const shareNamed = 0.5
const shareAtBoundary = 0.02
const shareDelayed = 0.03
const eventsPerDay = 0.12
const shareOldForm = 0.25
/** Some patients send what they wrote after they had withdrawn. */
const shareAfterWithdrawal = 0.3

/** The patient's entries in the order in which the server receives them. */
export function virtualEntries(
  versions: readonly VersionInUse[],
  patient: VirtualPatient,
  planned: ReadonlyMap<string, readonly Planned[]>,
  lastMs: number,
  pools: AnswerPools,
  clocks: ZoneClocks,
  random: Random,
): VirtualEntry[] {
  const entries: VirtualEntry[] = []
  const sending = offlineTimes(patient, lastMs, random)
  const add = (entry: Omit<VirtualEntry, 'answers'>): void => {
    const pool = pools.get(`${entry.form}@${entry.formVersion}`)
    if (pool !== undefined) entries.push({ ...entry, answers: pick(random, pool) })
  }
  for (const list of planned.values())
    for (const occasion of list) answer(versions, patient, occasion, sending, random, add)
  for (const event of eventsOf(versions, patient, lastMs, sending, clocks, random)) add(event)
  return entries.sort((a, b) => a.receivedMs - b.receivedMs)
}

type Add = (entry: Omit<VirtualEntry, 'answers'>) => void

function answer(
  versions: readonly VersionInUse[],
  patient: VirtualPatient,
  planned: Planned,
  sending: Offline,
  random: Random,
  add: Add,
): void {
  const habit = habits[patient.behaviour]
  const fate = random()
  const isLate = fate > 1 - habit.late
  if (fate > habit.answers && !isLate) return
  const trueMs = isLate ? lateTime(patient, planned, random) : timeInWindow(patient, planned, habit, random)
  if (trueMs === null) return
  if (patient.withdrawnAtMs !== null && trueMs >= patient.withdrawnAtMs && random() > shareAfterWithdrawal)
    return
  const isNamed = isLate || random() < shareNamed
  const old = oldFormOf(versions, patient, planned, random)
  const base = { planned, form: planned.due.form, formVersion: old ?? planned.due.formVersion, isNamed }
  const isOldForm = old !== null
  add({ ...base, ...times(patient, trueMs, sending, random), isSecond: false, isOldForm })
  if (random() >= habit.second) return
  const secondMs = trueMs + wholeBetween(random, 1, 180) * minute
  if (secondMs < planned.closesMs && zoneAt(patient, secondMs) === zoneAt(patient, trueMs))
    add({ ...base, ...times(patient, secondMs, sending, random), isNamed: true, isSecond: true, isOldForm })
}

/** A time at which the patient can be in the window where it lies; null where a trip leaves none. */
function timeInWindow(
  patient: VirtualPatient,
  planned: Planned,
  habit: Habit,
  random: Random,
): number | null {
  const { opensMs, closesMs, reminderMs, due, schedule } = planned
  // By the device's clock the app opens and closes; half of those with a wrong clock go by another one.
  const skewMs = random() < 0.5 ? patient.clockSkewMs : 0
  let aim: number
  if (random() < shareAtBoundary) aim = random() < 0.5 ? opensMs : closesMs - 1000
  else if (patient.behaviour === 'night-owl')
    aim = closesMs - Math.min(waiting(random, 90 * minute), closesMs - opensMs)
  else {
    const from = reminderMs !== null && reminderMs >= opensMs && reminderMs < closesMs ? reminderMs : opensMs
    const laterDays = Math.floor((closesMs - from) / day)
    const days = laterDays > 0 && random() < 0.4 ? wholeBetween(random, 0, laterDays) : 0
    aim = from + days * day + waiting(random, habit.delayMs)
    if (aim >= closesMs) aim = from + random() * (closesMs - from)
  }
  aim = wholeSecond(Math.min(Math.max(aim, opensMs), closesMs - 1000))
  if (schedule?.travel !== 'home-zone' && zoneAt(patient, aim) !== due.zone) {
    const there = stayWithin(patient, due.zone, opensMs, closesMs)
    if (there === null) return null
    aim = wholeSecond(there.fromMs + random() * (there.toMs - 1000 - there.fromMs))
  }
  return aim - skewMs
}

function lateTime(
  patient: VirtualPatient,
  { closesMs, due, schedule }: Planned,
  random: Random,
): number | null {
  const lateMs = wholeSecond(closesMs + random() * 30 * hour)
  const known = schedule?.travel === 'home-zone' || zoneAt(patient, lateMs) === due.zone
  return known ? lateMs - patient.clockSkewMs : null
}

/** The longest stay in the zone within the window; null where there is none of a minute. */
export function stayWithin(
  patient: Pick<VirtualPatient, 'stays'>,
  zone: string,
  opensMs: number,
  closesMs: number,
): { readonly fromMs: number; readonly toMs: number } | null {
  let longest: { fromMs: number; toMs: number } | null = null
  for (const [i, stay] of patient.stays.entries()) {
    if (stay.zone !== zone) continue
    const fromMs = Math.max(opensMs, stay.fromMs)
    const toMs = Math.min(closesMs, patient.stays[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY)
    if (toMs - fromMs >= minute && (longest === null || toMs - fromMs > longest.toMs - longest.fromMs))
      longest = { fromMs, toMs }
  }
  return longest
}

const wholeSecond = (ms: number): number => Math.floor(ms / 1000) * 1000

/** Zone and clock readings of an entry that was truly completed at `trueMs`. */
function times(
  patient: VirtualPatient,
  trueMs: number,
  offline: Offline,
  random: Random,
): Pick<VirtualEntry, 'zone' | 'completedDeviceMs' | 'startedDeviceMs' | 'sentDeviceMs' | 'receivedMs'> {
  const { clockSkewMs } = patient
  const waitsUntil = offline.find(({ fromMs, toMs }) => trueMs >= fromMs && trueMs < toMs)?.toMs
  const delay = random() < shareDelayed ? random() * 40 * hour : 0
  const sentMs = wholeSecond(Math.max(trueMs + delay, waitsUntil ?? 0) + 1000)
  return {
    zone: zoneAt(patient, trueMs),
    completedDeviceMs: trueMs + clockSkewMs,
    startedDeviceMs: trueMs + clockSkewMs - wholeBetween(random, 25, 240) * 1000,
    sentDeviceMs: sentMs + clockSkewMs,
    receivedMs: sentMs + wholeBetween(random, 40, 2500),
  }
}

type Offline = readonly { readonly fromMs: number; readonly toMs: number }[]

/** When the device has no network: days on end for some patients. */
function offlineTimes(patient: VirtualPatient, lastMs: number, random: Random): Offline {
  if (patient.behaviour !== 'offline') return []
  const spells: { fromMs: number; toMs: number }[] = []
  let fromMs = Date.parse(patient.enrolledOn) + (2 + random() * 8) * day
  while (fromMs < lastMs) {
    const toMs = fromMs + (0.3 + random() * 5) * day
    spells.push({ fromMs, toMs })
    fromMs = toMs + (3 + random() * 14) * day
  }
  return spells
}

/** The form version before the site's, where the device still shows that in the first days after an adoption. */
function oldFormOf(
  versions: readonly VersionInUse[],
  { siteId }: VirtualPatient,
  { due, version }: Planned,
  random: Random,
): string | null {
  const from = version.fromBySite?.get(siteId)
  if (from === undefined || due.dueDate > dateAfter(from, 3)) return null
  const before = versions[versions.indexOf(version) - 1]
  const form = before === undefined ? undefined : newestForm(before.plan, due.form)
  return form === undefined || form.version === due.formVersion || random() >= shareOldForm
    ? null
    : form.version
}

const dateAfter = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * day).toISOString().slice(0, 10)

const newestForm = (plan: StudyPlan, id: string) =>
  [...plan.forms.values()].findLast((form) => form.id === id)

/** Things that happen at any hour, such as a rescue dose at 3 am; forms without a window. */
function* eventsOf(
  versions: readonly VersionInUse[],
  patient: VirtualPatient,
  lastMs: number,
  offline: Offline,
  clocks: ZoneClocks,
  random: Random,
): Generator<Omit<VirtualEntry, 'answers'>> {
  const endMs = Math.min(lastMs, patient.withdrawnAtMs ?? Number.POSITIVE_INFINITY)
  let atMs = Date.parse(patient.enrolledOn) + 36 * hour
  for (;;) {
    atMs = wholeSecond(atMs + waiting(random, day / eventsPerDay))
    if (atMs >= endMs) return
    const date = localDate(clocks(patient.zone), atMs)
    const plan = versionAt(versions, patient.siteId, date)?.plan
    const forms = plan === undefined ? [] : [...plan.forms.values()].filter((f) => !f.schedules.some(isDated))
    if (forms.length === 0) return
    const form = pick(random, forms)
    yield {
      planned: null,
      form: form.id,
      formVersion: form.version,
      isNamed: false,
      ...times(patient, atMs, offline, random),
      isSecond: false,
      isOldForm: false,
    }
  }
}
