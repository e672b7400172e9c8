// How entries move through the ledger's columns.
import type { LedgerRow, Standing } from '../records/ledger-store.ts'

/** Changes of the ledger, gathered for one write for each study and batch. */
export type Tally = Map<string, LedgerRow>

/** Notes that an entry moved to `standing`: from its old standing, or from the journal if it is taken now. */
export function count(tally: Tally, studyId: string, standing: Standing, from: Standing | undefined): void {
  let row = tally.get(studyId)
  if (row === undefined) {
    row = { taken: 0, applied: 0, quarantined: 0, retrying: 0, dead: 0 }
    tally.set(studyId, row)
  }
  row[standing] += 1
  if (from === undefined) row.taken += 1
  else row[from] -= 1
}
