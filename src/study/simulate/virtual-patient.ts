// Virtual patients: who they are, where they are when, and how they keep their diary. A pure function of the study,
// the span, the seed and the patient's number, so that any one of them can be looked at again alone.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import type { ExpectedAnchor } from '../package/expected-course.ts'
import type { StudyPlan } from '../plan.ts'
import { pick, type Random, randomOf, shuffled, waiting, wholeBetween } from './random.ts'
import { instantOfWall, type ZoneClocks } from './zone-clock.ts'

/** First and last day of a run, ISO dates, both inclusive. */
export type Span = { readonly from: string; readonly to: string }

/**
 * How a patient keeps the diary. `offline`: without network for days, then all at once. `wrong-clock`: the device is
 * minutes or hours off. `two-devices`: the same occasion from both. `caregiver`: sometimes somebody else writes.
 */
export const behaviours = [
  'punctual',
  'forgetful',
  'night-owl',
  'offline',
  'wrong-clock',
  'two-devices',
  'caregiver',
] as const
export type Behaviour = (typeof behaviours)[number]

/** The shares in which the behaviours are dealt out, of a hundred patients. */
const mix: readonly Behaviour[] = behaviours.flatMap((behaviour, i) =>
  Array<Behaviour>([40, 20, 10, 12, 8, 6, 4][i] as number).fill(behaviour),
)

/** From `fromMs` on the patient's device is in `zone`. */
export type Stay = { readonly fromMs: number; readonly zone: string }

/** One made-up person. Dates are ISO dates where the patient lives, instants ms since 1970 (UTC). */
export type VirtualPatient = {
  /** From 0. */
  readonly number: number
  readonly patientId: string
  readonly siteId: string
  /** Opaque code. */
  readonly arm: string
  /** Home. */
  readonly zone: string
  readonly language: string
  readonly enrolledOn: string
  /** Dates by anchor, in order. */
  readonly anchors: { readonly [anchor: string]: readonly string[] }
  readonly withdrawnAtMs: number | null
  readonly behaviour: Behaviour
  /** Home first, from the beginning of time. */
  readonly stays: readonly Stay[]
  /** How far the device clock runs ahead (behind, where negative), in ms. */
  readonly clockSkewMs: number
}

/** Where trips go; with them the date line is crossed both ways. */
const destinations = [
  'Asia/Tokyo',
  'America/Los_Angeles',
  'Europe/London',
  'Europe/Berlin',
  'Pacific/Auckland',
  'Pacific/Honolulu',
  'Pacific/Apia',
  'Australia/Sydney',
  'America/St_Johns',
  'Asia/Kathmandu',
]
const shareTravelling = 0.15
const shareWithdrawing = 0.04
const shareEndingEarly = 0.05
/** Of a study longer than the span, so many are in the midst of it when the span begins. */
const shareUnderWay = 0.4
/** How long ago they were enrolled at most, in days. */
const longestAgo = 3650
const msPerDay = 86_400_000
const msPerMinute = 60_000

/** `V-00001` and so on. */
export const virtualPatientId = (number: number): string => `V-${String(number + 1).padStart(5, '0')}`

/** The patient of that number, from 0: sites in turn, arms in shuffled blocks within a site. */
export function virtualPatient(
  plan: Pick<StudyPlan, 'sites' | 'arms' | 'languages'>,
  course: { readonly habits: readonly ExpectedAnchor[]; readonly courseDays: number },
  span: Span,
  seed: number,
  number: number,
  clocks: ZoneClocks,
): VirtualPatient {
  const random = randomOf(seed, 1, number)
  const siteIndex = number % plan.sites.length
  const site = plan.sites[siteIndex] as StudyPlan['sites'][number]
  const days = dayNumber(span.to) - dayNumber(span.from) + 1
  const enrolled = enrolmentOf(course.courseDays, span, days, random)
  // From here on the patient is looked at: trips, withdrawals and ends come after it.
  const begins = Math.max(enrolled, dayNumber(span.from))
  const behaviour = pick(random, mix)
  const withdraws = random() < shareWithdrawing
  const withdrawnDay = begins + wholeBetween(random, 5, Math.max(6, days - 5))
  return {
    number,
    patientId: virtualPatientId(number),
    siteId: site.id,
    arm: armOf(plan, seed, siteIndex, Math.floor(number / plan.sites.length)),
    zone: site.zone,
    language: pick(random, plan.languages),
    enrolledOn: dateOfDay(enrolled),
    anchors: anchorsOf(course.habits, enrolled, begins, dayNumber(span.to), random),
    withdrawnAtMs: withdraws
      ? instantOfWall(clocks(site.zone), withdrawnDay * msPerDay + 15 * 3_600_000, 'earlier')
      : null,
    behaviour,
    stays: staysOf(site.zone, begins, dayNumber(span.to), random, clocks),
    clockSkewMs: behaviour === 'wrong-clock' ? skewOf(random) : 0,
  }
}

/** Most are enrolled within the first weeks; of a study that lasts longer than the span, some long before. */
function enrolmentOf(courseDays: number, span: Span, days: number, random: Random): number {
  const from = dayNumber(span.from)
  const fresh = wholeBetween(random, 0, Math.min(21, Math.floor(days / 4)))
  if (courseDays <= days || random() >= shareUnderWay) return from + fresh
  return from - wholeBetween(random, 1, Math.min(longestAgo, courseDays))
}

function armOf(plan: Pick<StudyPlan, 'arms'>, seed: number, site: number, nth: number): string {
  const codes = plan.arms.map((arm) => arm.code)
  const block = shuffled(randomOf(seed, 2, site, Math.floor(nth / (2 * codes.length))), [...codes, ...codes])
  return block[nth % block.length] as string
}

/** Dates of the anchors: single ones as expected or soon, repeating ones with delays, ends for a few patients. */
function anchorsOf(
  habits: readonly ExpectedAnchor[],
  enrolled: number,
  begins: number,
  last: number,
  random: Random,
): VirtualPatient['anchors'] {
  const anchors: Record<string, readonly string[]> = {}
  const first = new Map([['enrolled', enrolled]])
  let reached = enrolled
  for (const { id, repeats, ends, expectedDay, everyDays, after } of habits) {
    if (ends) {
      const day = begins + wholeBetween(random, 3, Math.max(4, last - begins - 2))
      if (random() < shareEndingEarly && day <= last) anchors[id] = [dateOfDay(day)]
      continue
    }
    const clear = after.map((other) => (first.get(other.anchor) ?? enrolled) + other.days)
    const soon = Math.max(reached, ...clear)
    if (repeats) {
      const dates: string[] = []
      // A cycle in three is delayed by up to a week.
      for (
        let day = expectedDay === null ? soon : enrolled + expectedDay;
        day <= last;
        day += everyDays + (random() < 0.33 ? wholeBetween(random, 1, 7) : 0)
      )
        dates.push(dateOfDay(day))
      anchors[id] = dates
    } else {
      reached =
        expectedDay === null
          ? soon + wholeBetween(random, 0, 7)
          : enrolled + expectedDay + wholeBetween(random, 0, 2)
      first.set(id, reached)
      anchors[id] = [dateOfDay(reached)]
    }
  }
  return anchors
}

function staysOf(
  home: string,
  enrolled: number,
  last: number,
  random: Random,
  clocks: ZoneClocks,
): readonly Stay[] {
  const stays: Stay[] = [{ fromMs: Number.NEGATIVE_INFINITY, zone: home }]
  if (random() >= shareTravelling) return stays
  const trips = random() < 0.3 ? 2 : 1
  let day = enrolled + wholeBetween(random, 2, 20)
  for (let i = 0; i < trips && day < last; i++) {
    const zone = pick(random, destinations)
    const back = day + wholeBetween(random, 2, 12)
    const hour = wholeBetween(random, 5, 22) * 3_600_000
    stays.push({ fromMs: instantOfWall(clocks(home), day * msPerDay + hour, 'earlier'), zone })
    stays.push({ fromMs: instantOfWall(clocks(home), back * msPerDay + hour, 'earlier'), zone: home })
    day = back + wholeBetween(random, 2, 20)
  }
  return stays
}

/** Half of the wrong clocks are minutes off, half hours. */
function skewOf(random: Random): number {
  const size = random() < 0.5 ? 1 + waiting(random, 6) : 60 * wholeBetween(random, 1, 12)
  return Math.round(size) * msPerMinute * (random() < 0.5 ? 1 : -1)
}

/** The zone the device is in at an instant. */
export function zoneAt(patient: Pick<VirtualPatient, 'stays' | 'zone'>, epochMs: number): string {
  let zone = patient.zone
  for (const stay of patient.stays) {
    if (stay.fromMs > epochMs) break
    zone = stay.zone
  }
  return zone
}
