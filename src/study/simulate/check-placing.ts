// Checks on what the study's own steps made of an entry: placed where it belongs, by the time on its device, or set
// aside where it must be.
import type { Placed } from '../place.ts'
import { countAlike } from './check-windows.ts'
import type { Evaluated } from './engine.ts'
import type { Planned } from './planned.ts'
import type { Report } from './report-sighting.ts'
import type { VirtualEntry } from './virtual-entries.ts'
import type { VirtualPatient } from './virtual-patient.ts'
import type { ZoneClocks } from './zone-clock.ts'

/** What must come of an entry. `anywhere`: kept, but trips or moved versions leave open where. */
type Expected =
  | { readonly kind: 'quarantine'; readonly code: string }
  | { readonly kind: 'placed'; readonly occasion: string; readonly status: 'on-time' | 'late' | 'early' }
  | { readonly kind: 'anywhere' }

/** Compares what must come of the entry with what came of it, and tells both kinds of surprises. */
export function checkPlacing(
  entry: VirtualEntry,
  submissionId: string,
  evaluated: Evaluated,
  list: readonly Planned[],
  patient: VirtualPatient,
  toleranceMs: number,
  clocks: ZoneClocks,
  report: Report,
): void {
  const holding = entry.planned === null ? [] : windowsHolding(entry, list)
  if (holding.length > 1) tellTwo(entry, holding, clocks, report)
  const expected = expectation(entry, submissionId, holding, patient, toleranceMs)
  const where = {
    form: entry.form,
    occasion: entry.planned?.due.occasion ?? 'event',
    zone: entry.zone,
  }
  const instants = {
    ...(entry.planned === null ? {} : { opens: entry.planned.opensMs, closes: entry.planned.closesMs }),
    completed: entry.completedDeviceMs,
    received: entry.receivedMs,
  }
  const { placed, quarantine } = evaluated
  if (entry.isOldForm && placed !== undefined) tellOldForm(entry, evaluated, where, instants, report)
  if (expected.kind === 'quarantine' && quarantine === expected.code) {
    tellSetAside(expected.code, entry, patient, where, instants, report)
    return
  }
  const is = placed === undefined ? `set aside (${quarantine})` : `${placed.occasion}, ${placed.status}`
  if (expected.kind === 'anywhere') {
    if (placed === undefined)
      report.anomaly('misplaced', where, instants, `must be kept, is ${is}`, `应保留，实际为 ${is}`)
    return
  }
  const must =
    expected.kind === 'quarantine'
      ? `set aside (${expected.code})`
      : `${expected.occasion}, ${expected.status}`
  if (is !== must)
    report.anomaly('misplaced', where, instants, `must be ${must}; is ${is}`, `应为 ${must}；实际为 ${is}`)
  if (expected.kind !== 'placed' || placed === undefined) return
  checkFlags(entry, evaluated, placed, where, instants, report)
  noteClock(entry, patient, where, instants, report)
}

function expectation(
  entry: VirtualEntry,
  submissionId: string,
  holding: readonly Planned[],
  patient: VirtualPatient,
  toleranceMs: number,
): Expected {
  const { planned, completedDeviceMs: at, receivedMs, sentDeviceMs } = entry
  if (at > receivedMs + toleranceMs) return { kind: 'quarantine', code: 'clock-out-of-tolerance' }
  const { withdrawnAtMs } = patient
  if (withdrawnAtMs !== null && receivedMs >= withdrawnAtMs && at >= withdrawnAtMs)
    return { kind: 'quarantine', code: 'patient-withdrawn' }
  if (sentDeviceMs > receivedMs + toleranceMs) return { kind: 'quarantine', code: 'clock-out-of-tolerance' }
  if (planned === null) return { kind: 'placed', occasion: submissionId, status: 'on-time' }
  if (isOpenToTravel(planned, patient, entry.zone) || entry.isOldForm) return { kind: 'anywhere' }
  const inWindow = at >= planned.opensMs && at < planned.closesMs
  if (!entry.isNamed && !(inWindow && holding.length === 1)) return { kind: 'anywhere' }
  const status = inWindow ? 'on-time' : at < planned.opensMs ? 'early' : 'late'
  return { kind: 'placed', occasion: planned.due.occasion, status }
}

/**
 * Where entries count once a day while the zone changes, which date one fills depends on the entries before it. And a
 * wrong clock may show a window of one zone while the device is in another.
 */
const isOpenToTravel = ({ schedule, due }: Planned, { stays }: VirtualPatient, zone: string): boolean =>
  (schedule?.travel === 'once-a-day' && stays.length > 1) ||
  (schedule?.travel !== 'home-zone' && zone !== due.zone)

/** What is said of an entry besides where it belongs: that the occasion was locked, that it came long after. */
function checkFlags(
  { planned, completedDeviceMs: at, receivedMs }: VirtualEntry,
  { findings }: Evaluated,
  { status, lateReceipt }: Placed,
  where: Where,
  instants: Readonly<Record<string, number>>,
  report: Report,
): void {
  if (planned === null) return
  const isLocked = findings.some(({ code }) => code === 'locked-window')
  if (isLocked !== at >= planned.locksMs)
    report.anomaly(
      'misplaced',
      where,
      { ...instants, locks: planned.locksMs },
      `is ${isLocked ? '' : 'not '}marked as coming after the lock`,
      isLocked ? '被标记为锁定后完成' : '未被标记为锁定后完成',
    )
  const isLateReceipt = status === 'on-time' && receivedMs >= planned.closesMs
  if (lateReceipt !== isLateReceipt)
    report.anomaly(
      'misplaced',
      where,
      instants,
      `is ${lateReceipt ? '' : 'not '}marked as received late`,
      lateReceipt ? '被标记为较晚收到' : '未被标记为较晚收到',
    )
}

/** The occasions of the form in whose windows the entry was completed. */
function windowsHolding(entry: VirtualEntry, list: readonly Planned[]): Planned[] {
  const at = entry.completedDeviceMs
  return list.filter(({ opensMs, closesMs }) => at >= opensMs && at < closesMs)
}

/** Tells an entry that two windows hold, unless a change of clocks or a trip put them over each other. */
function tellTwo(
  entry: VirtualEntry,
  [first, second]: readonly Planned[],
  clocks: ZoneClocks,
  report: Report,
): void {
  if (first === undefined || second === undefined || first.due.zone !== second.due.zone) return
  const changes = clocks(first.due.zone).changes
  if (changes.some(({ atMs }) => atMs > first.opensMs && atMs <= second.closesMs)) return
  // That the dates of the patient put them over each other is told of the windows.
  if (!countAlike(first, second)) return
  report.anomaly(
    'two-occasions',
    second.due,
    { opens: second.opensMs, closes: first.closesMs, completed: entry.completedDeviceMs },
    `completed within ${first.due.occasion} and within ${second.due.occasion}`,
    `同时在 ${first.due.occasion} 与 ${second.due.occasion} 的时间窗内完成`,
  )
}

type Where = { readonly form: string; readonly occasion: string; readonly zone: string }

function tellSetAside(
  code: string,
  entry: VirtualEntry,
  patient: VirtualPatient,
  where: Where,
  instants: Readonly<Record<string, number>>,
  report: Report,
): void {
  const ahead = Math.round(patient.clockSkewMs / 60_000)
  if (code === 'patient-withdrawn')
    report.note(
      'after-withdrawal',
      where,
      { ...instants, withdrew: patient.withdrawnAtMs ?? 0 },
      'completed after the withdrawal',
      '在退出之后完成',
    )
  else
    report.note(
      'clock-ahead',
      { ...where, occasion: entry.planned === null ? 'event' : 'any' },
      instants,
      `the device clock runs ${ahead} min ahead`,
      `设备时钟超前 ${ahead} 分钟`,
    )
}

/** An entry on the form of the version before is kept, and says so. */
function tellOldForm(
  { formVersion }: VirtualEntry,
  { findings }: Evaluated,
  where: Where,
  instants: Readonly<Record<string, number>>,
  report: Report,
): void {
  const words = [`on form version ${formVersion}`, `使用表单版本 ${formVersion}`] as const
  if (findings.some(({ code }) => code === 'other-form-version'))
    report.note('old-form-version', where, instants, ...words)
  else
    report.anomaly(
      'misplaced',
      where,
      instants,
      `${words[0]}, without the finding`,
      `${words[1]}，但没有存疑`,
    )
}

/** A wrong clock that stayed within tolerance, or ran behind, moved the entry out of its window. */
function noteClock(
  entry: VirtualEntry,
  patient: VirtualPatient,
  where: Where,
  instants: Readonly<Record<string, number>>,
  report: Report,
): void {
  const { planned } = entry
  if (planned === null || patient.clockSkewMs === 0) return
  const { opensMs, closesMs } = planned
  const isIn = (at: number) => at >= opensMs && at < closesMs
  const at = entry.completedDeviceMs
  if (isIn(at) || !isIn(at - patient.clockSkewMs)) return
  const minutes = Math.round(patient.clockSkewMs / 60_000)
  report.note(
    'clock-outside-window',
    where,
    instants,
    `the device clock is ${Math.abs(minutes)} min ${minutes > 0 ? 'ahead' : 'behind'}`,
    `设备时钟${minutes > 0 ? '超前' : '落后'} ${Math.abs(minutes)} 分钟`,
  )
}
