// Who has which message in an installation of many nodes: leases in the database, each claim and each settling in
// one short transaction of its own, with the HTTP request between them.
import { inPostgresTransaction, type Postgres } from '../storage/postgres.ts'
import { claimStore } from './claim-store.postgres.ts'
import type { Claims } from './claim-store.ts'

/** Claims of the node of this name, which no other running node may have. */
export function postgresClaims(db: Postgres, node: string): Claims {
  const store = claimStore(db.pool)
  return {
    claim: (now, limit) => inPostgresTransaction(db, (tx) => store.claim(tx, node, now, limit)),
    settle: (results) => inPostgresTransaction(db, (tx) => store.settle(tx, node, results)),
  }
}
