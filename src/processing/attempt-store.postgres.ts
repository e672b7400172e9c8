// Which entries are being attempted, committed before the attempt on a connection apart (reliability: D18), so that
// a death in it is known to whoever takes the entries next. It need not be flushed: it must survive the death of a
// node, not of the database. The twin of attempt-marker.ts.
import { clientOf, type Postgres, postgresFailure } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'

export type AttemptStore = ReturnType<typeof attemptStore>

/** `apart`: connections that no batch uses. `life` names one life of one node. */
export function attemptStore(apart: Postgres, life: string) {
  let last = 0
  const over = new Set<number>()
  /** Takes away the markers of attempts that are over, and stays quiet where the database is away: there is a next time. */
  const takeAway = async () => {
    const batches = [...over]
    try {
      await apart.pool.query('DELETE FROM attempts WHERE node = $1 AND batch = ANY($2)', [life, batches])
      for (const batch of batches) over.delete(batch)
    } catch (error) {
      if (postgresFailure(error) === 'none') throw error
    }
  }
  return {
    /** Marks the entries as being attempted; `deaths` counts the attempts at them that ended in a death. */
    async begin(positions: readonly number[], deaths: number): Promise<number> {
      if (over.size > 0) await takeAway()
      last += 1
      const batch = last // Two batches of one life may begin at once.
      await apart.pool.query(
        `INSERT INTO attempts (node, batch, positions, deaths)
         SELECT $1::text, $2::bigint, $3::bigint[], $4::int FROM set_config('synchronous_commit', 'off', true)`,
        [life, batch, positions, deaths],
      )
      return batch
    },
    /** The attempt failed, and nobody died. */
    async forget(batch: number): Promise<void> {
      over.add(batch)
      await takeAway()
    },
    /** The attempt's effects are in this transaction; what earlier deaths said of its entries is told. */
    async end(
      tx: Transaction,
      batch: number,
      positions: readonly number[],
      afterDeaths: boolean,
    ): Promise<void> {
      const client = clientOf(tx)
      await client.query('DELETE FROM attempts WHERE node = $1 AND batch = $2', [life, batch])
      if (!afterDeaths) return
      await client.query(
        `WITH told AS MATERIALIZED (
           SELECT node, batch FROM attempts WHERE node <> $1 AND positions && $2::bigint[] ORDER BY node, batch FOR UPDATE
         ) UPDATE attempts SET positions = ARRAY(SELECT unnest(positions) EXCEPT SELECT unnest($2::bigint[]))
         FROM told WHERE attempts.node = told.node AND attempts.batch = told.batch`,
        [life, positions],
      )
      await client.query(`DELETE FROM attempts WHERE positions = '{}'`)
    },
    /**
     * Which of these entries died with an attempt of another life, and how often. The caller holds their slots, so
     * no such attempt can still be going on.
     */
    async deaths(tx: Transaction, positions: readonly number[]): Promise<Map<number, number>> {
      const { rows } = await clientOf(tx).query<{ position: number; deaths: number }>(
        `SELECT position, MAX(deaths) + 1 AS deaths FROM attempts, unnest(positions) AS position
         WHERE node <> $1 AND positions && $2::bigint[] AND position = ANY($2::bigint[]) GROUP BY position`,
        [life, positions],
      )
      return new Map(rows.map((r) => [r.position, r.deaths]))
    },
  }
}
