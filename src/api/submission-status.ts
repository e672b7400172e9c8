// Where one submission stands, for the patient's own device. Restricted records are not read here at all (P10).
import type { Sender } from '../intake/basic-checks.ts'
import type { JournalReader } from '../intake/journal-store.ts'
import type { HeldStore } from '../records/held-store.ts'
import type { ResponseReader } from '../records/response-store.ts'
import { type Finding, findingText } from '../study/finding.ts'
import type { Language } from '../system/problem.ts'

export type SubmissionStatus = {
  readonly submissionId: string
  readonly status: 'received' | 'applied' | 'quarantined' | 'retrying' | 'dead'
  readonly receivedAt: string
  readonly position: number
  readonly logIndex: number
  /** Why it is not applied: a quarantine code, `failed`, `killer` or `behind`. */
  readonly code?: string
  readonly recordedAt?: string
  readonly occasion?: string
  readonly timing?: string
  readonly lateReceipt?: boolean
  /** Index of the audit entry in the study's log. */
  readonly auditIndex?: number
  readonly findings: { code: string; item?: string; text: string }[]
}

export type StatusReader = (
  sender: Sender,
  submissionId: string,
  language: Language,
) => Promise<SubmissionStatus | undefined>

type Stores = {
  readonly journal: Pick<JournalReader, 'find'>
  readonly responses: ResponseReader
  readonly held: Pick<HeldStore, 'at'>
}

/** Undefined for ids this patient never used. */
export function statusReader({ journal, responses, held }: Stores): StatusReader {
  return async (sender, submissionId, language) => {
    const entry = await journal.find(sender.studyId, sender.patientId, submissionId)
    if (entry === undefined) return undefined
    const { position, logIndex } = entry
    const known = { submissionId, receivedAt: new Date(entry.receivedAt).toISOString(), position, logIndex }
    const response = await responses.visible(position)
    if (response !== undefined) {
      const effect = JSON.parse(response.effect) as Record<string, never> & { findings: Finding[] }
      return {
        ...known,
        status: 'applied',
        recordedAt: new Date(response.recordedAt).toISOString(),
        occasion: effect.occasion,
        timing: effect.status,
        lateReceipt: effect.lateReceipt,
        auditIndex: response.leafIndex,
        findings: effect.findings.map((f) => inWords(f, language)),
      } as SubmissionStatus
    }
    const row = await held.at(position)
    if (row === undefined || row.state === 'done') return { ...known, status: 'received', findings: [] }
    return { ...known, status: row.state, code: row.code, findings: [] }
  }
}

function inWords(finding: Finding, language: Language) {
  const { code, item } = finding
  return { code, ...(item === undefined ? {} : { item }), text: findingText(finding, language) }
}
