// P4 in numbers. For each study: taken = applied + quarantined + retrying + dead, moved in the same
// transaction as the effects; what the journal holds beyond `taken` is waiting.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'

/** Where taken entries stand. */
export type Standing = 'applied' | 'quarantined' | 'retrying' | 'dead'
export type LedgerRow = { taken: number } & Record<Standing, number>

export type LedgerStore = {
  /** Adds the changes (which may be negative) to a study's row. */
  move(tx: Transaction, studyId: string, by: LedgerRow): Later<void>
  /** All rows by study. */
  rows(): Later<Map<string, LedgerRow>>
}
