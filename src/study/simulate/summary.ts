// The outcome of a run as plain JSON: what the command prints, what the report is made of. No clock, no machine: the
// same study, spans, seed and software give the same bytes.
import { isDated } from '../schedule/schedule-plan.ts'
import type { Text } from '../text.ts'
import {
  type AnomalyCode,
  anomalyTexts,
  type NoteCode,
  noteTexts,
  type Seen,
  type SightingLog,
} from './anomaly.ts'
import type { VersionInUse } from './engine.ts'
import type { Simulation } from './simulate.ts'
import type { Sample, Tally, WeekCount } from './tally.ts'
import type { Span } from './virtual-patient.ts'
import { type WindowFigure, windowFigures } from './window-figures.ts'
import { zoneClocks } from './zone-clock.ts'

/** One check: how many things it looked at, and how many of them were wrong. */
export type CheckResult = { readonly code: AnomalyCode; readonly examined: number; readonly found: number }

/** Entries by minute of the UTC day, over the days of a span; the fullest single minute. */
export type LoadFigure = {
  readonly days: number
  /** 1,440 means, in entries a minute. */
  readonly mean: readonly number[]
  readonly most: readonly number[]
  readonly peak: { readonly at: string; readonly entries: number }
}

/** A change of clocks at a site within a span; `byMinutes` is positive where clocks go forward. */
export type SiteClockChange = {
  readonly zone: string
  readonly at: string
  readonly localDate: string
  readonly byMinutes: number
}

export type SpanSummary = {
  readonly span: Span
  readonly counts: Readonly<Record<CountName, number>>
  readonly byBehaviour: Readonly<Record<string, number>>
  readonly byVersion: Readonly<Record<string, number>>
  readonly findings: Readonly<Record<string, number>>
  readonly checks: readonly CheckResult[]
  readonly anomalies: readonly Seen<AnomalyCode>[]
  readonly noteCounts: Readonly<Partial<Record<NoteCode, number>>>
  readonly notes: readonly Seen<NoteCode>[]
  readonly weeks: readonly WeekCount[]
  readonly load: LoadFigure
  readonly clockChanges: readonly SiteClockChange[]
  readonly samples: readonly Sample[]
}
type CountName = (typeof countNames)[number]

export type StudyFacts = {
  readonly id: string
  readonly title: Text
  readonly version: string
  readonly sha256: string
}

export type SimulationSummary = {
  readonly software: string
  readonly study: StudyFacts
  readonly amendment:
    | (StudyFacts & { readonly adoptedOn: readonly { readonly siteId: string; readonly from: string }[] })
    | null
  readonly seed: number
  readonly patients: number
  readonly sites: readonly { readonly id: string; readonly zone: string }[]
  readonly arms: readonly string[]
  readonly spans: readonly SpanSummary[]
  readonly windows: readonly WindowFigure[]
  /** Forms with due days none of which fell into a span: nothing was seen of them. */
  readonly neverDue: readonly string[]
  readonly anomalies: number
  readonly passed: boolean
}

const countNames = [
  'patients',
  'due',
  'entries',
  'events',
  'onTime',
  'late',
  'early',
  'missed',
  'notEvaluable',
  'lateReceipts',
  'quarantined',
  'secondEntries',
  'withFindings',
  'scores',
  'alerts',
  'travellers',
  'withdrawn',
  'endedEarly',
] as const

const minutesPerDay = 1440

/** Which count of a tally says how many things a check looked at. */
const examinedBy: Readonly<
  Record<AnomalyCode, 'due' | 'entries' | 'alerts' | 'remindersChecked' | 'armComparisons'>
> = {
  'window-shorter': 'due',
  'window-longer': 'due',
  overlap: 'due',
  gap: 'due',
  'double-day': 'due',
  'missing-day': 'due',
  'day-not-due': 'due',
  misplaced: 'entries',
  'two-occasions': 'entries',
  'lock-before-close': 'due',
  'reminder-outside': 'remindersChecked',
  'reminder-at-night': 'remindersChecked',
  'alert-too-late': 'alerts',
  'no-version': 'due',
  'two-versions': 'due',
  'form-version-missing': 'due',
  'arms-differ': 'armComparisons',
  'evaluation-failed': 'entries',
}

/** The summary of runs over the same versions, one for each span, with their tallies. */
export function summaryOf(
  runs: readonly Simulation[],
  tallies: readonly Tally[],
  patients: number,
  software: string,
): SimulationSummary {
  const [first] = runs
  if (first === undefined) throw new Error('nothing was simulated')
  const { versions, seed } = first
  const study = (versions[0] as VersionInUse).plan
  const amendment = versions[1]
  const spans = runs.map((run, i) => spanSummary(run, tallies[i] as Tally))
  const anomalies = spans.flatMap(({ checks }) => checks).reduce((sum, { found }) => sum + found, 0)
  return {
    software,
    study: factsOf(versions[0] as VersionInUse),
    amendment:
      amendment === undefined
        ? null
        : {
            ...factsOf(amendment),
            adoptedOn: [...(amendment.fromBySite ?? [])].map(([siteId, from]) => ({ siteId, from })),
          },
    seed,
    patients,
    sites: study.sites.map(({ id, zone }) => ({ id, zone })),
    arms: study.arms.map(({ code }) => code),
    spans,
    windows: windowFigures(
      versions.map(({ plan }) => plan),
      runs.map(({ span }) => span),
    ),
    neverDue: neverDue(versions, tallies),
    anomalies,
    passed: anomalies === 0,
  }
}

function neverDue(versions: readonly VersionInUse[], tallies: readonly Tally[]): string[] {
  const dated = versions.flatMap(({ plan }) =>
    [...plan.forms.values()].filter(({ schedules }) => schedules.some(isDated)).map(({ id }) => id),
  )
  return [...new Set(dated)].filter((form) => !tallies.some(({ byForm }) => (byForm.get(form) ?? 0) > 0))
}

const factsOf = ({ plan: { id, title, version }, sha256 }: VersionInUse): StudyFacts => ({
  id,
  title,
  version,
  sha256,
})

function spanSummary(run: Simulation, tally: Tally): SpanSummary {
  const codes = Object.keys(anomalyTexts) as AnomalyCode[]
  return {
    span: run.span,
    counts: Object.fromEntries(countNames.map((name) => [name, tally[name]])) as Record<CountName, number>,
    byBehaviour: sorted(tally.byBehaviour),
    byVersion: sorted(tally.byVersion),
    findings: sorted(tally.findings),
    checks: codes.map((code) => ({
      code,
      examined: tally[examinedBy[code]],
      found: tally.anomalies.counts.get(code) ?? 0,
    })),
    anomalies: inOrder(tally.anomalies, codes),
    noteCounts: sorted(tally.notes.counts),
    notes: inOrder(tally.notes, Object.keys(noteTexts) as NoteCode[]),
    weeks: tally.weeks,
    load: loadFigure(run, tally),
    clockChanges: clockChanges(run),
    samples: [...tally.samples.values()],
  }
}

const sorted = <K extends string>(counts: ReadonlyMap<K, number>): Record<K, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))) as Record<K, number>

/** By code in the order of the checks, then by occasion and zone. */
const inOrder = <Code extends string>(log: SightingLog<Code>, codes: readonly Code[]): Seen<Code>[] => {
  const place = ({ first }: Seen<Code>) =>
    `${String(codes.indexOf(first.code)).padStart(2, '0')}|${first.form}|${first.occasion}|${first.zone}`
  return [...log.groups.values()].sort((a, b) => (place(a) < place(b) ? -1 : 1))
}

function loadFigure({ span, loadFromMs }: Simulation, { load }: Tally): LoadFigure {
  const days = Math.round((Date.parse(span.to) - Date.parse(span.from)) / 86_400_000) + 1
  const total = new Array<number>(minutesPerDay).fill(0)
  const most = new Array<number>(minutesPerDay).fill(0)
  let peak = 0
  for (let i = 0; i < load.length; i++) {
    const entries = load[i] as number
    if (entries === 0) continue
    const minute = i % minutesPerDay
    total[minute]! += entries
    if (entries > most[minute]!) most[minute] = entries
    if (entries > load[peak]!) peak = i
  }
  return {
    days,
    mean: total.map((entries) => Math.round((100 * entries) / days) / 100),
    most,
    peak: { at: new Date(loadFromMs + peak * 60_000).toISOString(), entries: load[peak] ?? 0 },
  }
}

function clockChanges({ versions, span, lastMs }: Simulation): SiteClockChange[] {
  const fromMs = Date.parse(span.from)
  const clocks = zoneClocks(fromMs, lastMs)
  const zones = [...new Set(versions[0]!.plan.sites.map(({ zone }) => zone))]
  return zones
    .flatMap((zone) =>
      clocks(zone).changes.map(({ atMs, beforeMs, afterMs }) => ({
        zone,
        at: new Date(atMs).toISOString(),
        localDate: new Date(atMs + afterMs).toISOString().slice(0, 10),
        byMinutes: (afterMs - beforeMs) / 60_000,
      })),
    )
    .sort((a, b) => (a.at < b.at ? -1 : 1))
}
