// A morning as people read it: counts, times and memory, and whether it balances.
import { bytesText, countText, durationText, msText } from '../../src/cli/figures.ts'
import { pairsText } from '../../src/cli/tables.ts'
import type { Account } from './account.ts'
import type { Morning } from './morning.ts'
import { type PatientReport, patientFates } from './patient.ts'

const mostLines = 40

/** What is printed, without a last newline. */
export function morningText({ facts, account, figures }: Morning): string {
  const { expected, ledger, signatures, devices, patients } = facts
  const { acknowledged } = figures
  const { verdicts } = account.history
  const rows: [string, string][] = [
    ['morning', `${durationText(figures.morningMs)}, the server dead for ${msText(figures.downMs)} of it`],
    ['browser contexts', `${figures.contextsAlive} alive; ${fatesText(patients)}`],
    ['simulated devices', `${countText(expected.devices)}; ${fates(devices.fates)}`],
    ['their calls', `${countText(devices.calls)}, tried again ${countText(devices.triedAgain)}`],
    [
      'device: send to receipt',
      `p50 ${msText(acknowledged.p50Ms)}  p99 ${msText(acknowledged.p99Ms)}  longest ${msText(acknowledged.maxMs)}`,
    ],
    ['app: tap to saved', spread(figures.tapToSaved)],
    ['app: tap to "Sent"', spread(figures.tapToSent)],
    [
      'applied and checked',
      `${msText(figures.appliedMs)} after the last receipt; copies might go after ${msText(figures.settledMs)}`,
    ],
    [
      'receipts held',
      `${countText(verdicts['acked-present'])} kept, ${verdicts['acked-LOST']} lost, ${verdicts.DUPLICATED} doubled, ${verdicts.CORRUPT} altered`,
    ],
    [
      'ledger',
      `${countText(ledger.received)} received = ${countText(ledger.applied)} applied + ${ledger.quarantined} quarantined + ${ledger.inFlight} in flight + ${ledger.dead} dead`,
    ],
    ['declared, not received', `${ledger.declared} now, ${figures.mostDeclared} at the most`],
    [
      'signatures',
      `${countText(signatures.verified)} verified, ${signatures.waiting} waiting, ${signatures.failed} failed`,
    ],
    ['audit log', facts.audit.sound ? 'verifies' : 'DOES NOT VERIFY'],
    [
      'memory',
      `server ${bytesText(figures.serverPeakBytes)}, browsers and simulation ${bytesText(figures.browsersPeakBytes)} (shared pages counted for each process)`,
    ],
  ]
  const { faults, saidTooSoon } = account
  const verdict =
    faults.length === 0 ? 'It balances.' : `It does not balance: ${countText(faults.length)} faults.`
  return [
    pairsText(rows),
    '',
    verdict,
    ...faults.slice(0, mostLines),
    ...saidTooSoon.slice(0, mostLines),
  ].join('\n')
}

/** Whether everything balances and no app said more than was true. */
export const isGood = ({ faults, saidTooSoon }: Account): boolean => faults.length + saidTooSoon.length === 0

/** The same for programs; no texts of answers are in it. */
export function morningJson({ facts, account, figures }: Morning): string {
  const { told: _, kept: __, patients, ...rest } = facts
  const seen = patients.map(({ submissions, ...report }) => ({ ...report, submissions: submissions.size }))
  return JSON.stringify({ ok: isGood(account), ...account, figures, ...rest, patients: seen })
}

const fates = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([fate, count]) => `${countText(count)} ${fate}`)
    .join(', ')

function fatesText(patients: readonly PatientReport[]): string {
  const counts = Object.fromEntries(patientFates.map((fate) => [fate, 0]))
  for (const { fate } of patients) counts[fate] = (counts[fate] ?? 0) + 1
  const chinese = patients.filter(({ language }) => language === 'zh').length
  return `${chinese} in Chinese; ${fates(counts)}`
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]
  return `p50 ${msText(at(0.5))}  p99 ${msText(at(0.99))}  longest ${msText(sorted.at(-1))}  (${sorted.length})`
}
