// The account of a morning: what devices and patients were told, held against what the server kept, its ledger, the
// signatures and the audit log. Pure: facts in, faults out. No fault means that the morning balances.

import type { HistoryLine } from '../../src/api/control/history.ts'
import type { StudyLedger } from '../../src/api/ledger.ts'
import { checkHistory, type HistoryReport } from '../../src/cli/load/history.ts'
import type { SignatureCounts } from '../../src/records/signature-check-store.ts'
import type { DeviceTotals } from './device.ts'
import type { PatientReport } from './patient.ts'
import type { Told } from './told.ts'

/** All that the account looks at, taken when the morning was over. */
export type MorningFacts = {
  /** One diary for each patient. */
  readonly expected: { readonly contexts: number; readonly devices: number }
  readonly told: Told
  /** The server's own view of every entry of its journal. */
  readonly kept: readonly HistoryLine[]
  readonly ledger: StudyLedger
  readonly signatures: SignatureCounts
  /** Verdict of `levee audit verify` over the exported log. */
  readonly audit: { readonly sound: boolean; readonly says: string }
  readonly devices: DeviceTotals
  readonly patients: readonly PatientReport[]
}

export type Account = {
  readonly history: HistoryReport
  /** Why the morning does not balance. */
  readonly faults: readonly string[]
  /** What an app said before it was true, though everything came right in the end. */
  readonly saidTooSoon: readonly string[]
}

/** Holds everything against everything; each fault is one line for people. */
export async function accountOf(facts: MorningFacts): Promise<Account> {
  const history = await checkHistory(facts.told.log(), facts.kept)
  const faults = [
    ...historyFaults(facts, history),
    ...ledgerFaults(facts),
    ...signatureFaults(facts),
    ...(facts.audit.sound ? [] : [`the audit log does not verify: ${facts.audit.says}`]),
    ...deviceFaults(facts),
    ...facts.patients.flatMap((report) => patientFaults(report, facts.told)),
  ]
  const saidTooSoon = facts.patients
    .filter(({ saidTooSoonMs }) => saidTooSoonMs !== undefined)
    .map(({ patientId, fate, saidTooSoonMs = 0 }) => {
      const duration = `${Math.ceil(saidTooSoonMs)} ms`
      return `patient ${patientId} (${fate}): the app said "Sent" for ${duration} before there was a receipt`
    })
  return { history, faults, saidTooSoon }
}

const diaries = ({ expected }: MorningFacts): number => expected.contexts + expected.devices

function historyFaults(facts: MorningFacts, history: HistoryReport): string[] {
  const faults = history.breaches.map((breach) => `${breach.submissionId} ${breach.verdict}: ${breach.why}`)
  const unknown = history.verdicts['unknown-present'] + history.verdicts['unknown-absent']
  if (unknown > 0) faults.push(`${unknown} entries were sent and never had a receipt`)
  if (history.foreign > 0) faults.push(`${history.foreign} entries are kept that nobody sent`)
  for (const [state, count] of Object.entries(history.notApplied))
    if (count > 0) faults.push(`${count} entries with a receipt are ${state}, not applied`)
  if (history.checked !== diaries(facts))
    faults.push(`${history.checked} diaries were sent where there are ${diaries(facts)} patients`)
  return faults
}

function ledgerFaults(facts: MorningFacts): string[] {
  const { ledger } = facts
  const faults = ledger.balanced ? [] : [`the ledger is not balanced: ${JSON.stringify(ledger)}`]
  const wanted = {
    received: diaries(facts),
    applied: diaries(facts),
    quarantined: 0,
    retrying: 0,
    dead: 0,
    waiting: 0,
    declared: 0,
  } as const
  for (const [name, count] of Object.entries(wanted)) {
    const found = ledger[name as keyof typeof wanted]
    if (found !== count) faults.push(`the ledger says ${name} ${found} where it must be ${count}`)
  }
  return faults
}

function signatureFaults(facts: MorningFacts): string[] {
  const { verified, waiting, failed } = facts.signatures
  if (verified === diaries(facts) && waiting === 0 && failed === 0) return []
  return [`signatures: ${verified} verified of ${diaries(facts)}, ${waiting} waiting, ${failed} failed`]
}

function deviceFaults({ devices, expected }: MorningFacts): string[] {
  const faults = [...devices.faults]
  if (devices.settled !== expected.devices)
    faults.push(`${devices.settled} of ${expected.devices} devices may let their copies go`)
  if (devices.sameReceipt !== devices.fates.again)
    faults.push(`${devices.sameReceipt} of ${devices.fates.again} duplicates had the original receipt`)
  return faults
}

/** The app says "Sent" exactly where the phone was told so, and each patient has sent one diary. */
function patientFaults(report: PatientReport, told: Told): string[] {
  const { patientId, fate, submissions, saysSent } = report
  const name = `patient ${patientId} (${fate})`
  const faults = report.faults.map((fault) => `${name}: ${fault}`)
  if (submissions.size !== 1) faults.push(`${name}: ${submissions.size} entries left the phone`)
  if (!saysSent) faults.push(`${name}: the app never said "Sent"`)
  if (saysSent && ![...submissions].every((id) => told.has(id)))
    faults.push(`${name}: the app says "Sent" of what has no receipt`)
  return faults
}
