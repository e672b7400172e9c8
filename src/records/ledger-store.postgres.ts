// The ledger on PostgreSQL. Rows are moved after the study's audit head has been locked, which every transaction that
// moves one does, so that two transactions cannot wait for each other in a circle.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { LedgerRow, LedgerStore } from './ledger-store.ts'

export function ledgerStore(db: Queryable) {
  return {
    move: (tx: Transaction, studyId: string, by: LedgerRow): Promise<void> =>
      moveAll(tx, new Map([[studyId, by]])),
    moveAll,
    async rows(): Promise<Map<string, LedgerRow>> {
      const { rows } = await db.query<{ study_id: string } & LedgerRow>('SELECT * FROM ledger')
      return new Map(rows.map(({ study_id, ...row }) => [study_id, row]))
    },
  } satisfies LedgerStore & Record<string, unknown>
}

/** Adds the changes of several studies to their rows. */
async function moveAll(tx: Transaction, by: ReadonlyMap<string, LedgerRow>): Promise<void> {
  if (by.size === 0) return
  const changes = [...by.values()]
  await clientOf(tx).query({
    name: 'move-ledger',
    text: `INSERT INTO ledger AS old (study_id, taken, applied, quarantined, retrying, dead)
      SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
        AS change (study_id) ORDER BY study_id
      ON CONFLICT (study_id) DO UPDATE SET taken = old.taken + excluded.taken, applied = old.applied + excluded.applied,
        quarantined = old.quarantined + excluded.quarantined, retrying = old.retrying + excluded.retrying,
        dead = old.dead + excluded.dead`,
    values: [
      [...by.keys()],
      changes.map((c) => c.taken),
      changes.map((c) => c.applied),
      changes.map((c) => c.quarantined),
      changes.map((c) => c.retrying),
      changes.map((c) => c.dead),
    ],
  })
}
