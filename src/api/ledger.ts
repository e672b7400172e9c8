// P4 as one view over journal and records: received = applied + quarantined + in flight (waiting, retrying) + dead.
import type { JournalReader } from '../intake/journal-store.ts'
import type { LedgerRow, LedgerStore } from '../records/ledger-store.ts'

export type StudyLedger = LedgerRow & {
  readonly studyId: string
  /** Entries in the journal. */
  readonly received: number
  /** Not taken by processing yet. */
  readonly waiting: number
  readonly inFlight: number
  /** Declared by devices and not received: beside the equation, because they are not here. */
  readonly declared: number
  readonly balanced: boolean
}
export type LedgerView = { readonly at: string; readonly balanced: boolean; readonly studies: StudyLedger[] }

/**
 * Reads the ledger. The records are read first and the journal after: what arrives in between counts as
 * waiting, so a running system is balanced at every moment. `balanced` is false only when an entry is lost or
 * counted twice. `declared`: how many entries devices say they hold that have not arrived, by study.
 */
export async function readLedger(
  ledger: Pick<LedgerStore, 'rows'>,
  journal: Pick<JournalReader, 'totals'>,
  now: number,
  declared: ReadonlyMap<string, number> = new Map(),
): Promise<LedgerView> {
  const rows = await ledger.rows()
  const totals = await journal.totals()
  const none: LedgerRow = { taken: 0, applied: 0, quarantined: 0, retrying: 0, dead: 0 }
  const studies = [...new Set([...rows.keys(), ...totals.keys(), ...declared.keys()])]
    .sort()
    .map((studyId): StudyLedger => {
      const row = rows.get(studyId) ?? none
      const received = totals.get(studyId) ?? 0
      const waiting = received - row.taken
      const settled = row.applied + row.quarantined + row.dead
      return {
        studyId,
        received,
        ...row,
        waiting,
        inFlight: waiting + row.retrying,
        declared: declared.get(studyId) ?? 0,
        balanced:
          waiting >= 0 &&
          row.taken === settled + row.retrying &&
          received === settled + row.retrying + waiting,
      }
    })
  return { at: new Date(now).toISOString(), balanced: studies.every((s) => s.balanced), studies }
}
