// The stores of an installation on PostgreSQL: on its pool for reading, or on the connection of one transaction.
import { deviceStore } from '../identity/device-store.postgres.ts'
import { journalReader } from '../intake/journal-store.postgres.ts'
import { conflictStore } from '../records/conflict-store.postgres.ts'
import { heldStore } from '../records/held-store.postgres.ts'
import { ledgerStore } from '../records/ledger-store.postgres.ts'
import { patientStore } from '../records/patient-store.postgres.ts'
import { responseReader } from '../records/response-store.postgres.ts'
import { studyStore } from '../records/study-store.postgres.ts'
import { claimStore } from '../sending/claim-store.postgres.ts'
import { addMessages } from '../sending/outbox-store.postgres.ts'
import type { Queryable } from '../storage/postgres.ts'
import { postgresStatements } from '../storage/statements.postgres.ts'
import { staffStores } from './staff-stores.ts'
import type { Stores } from './stores.ts'

/** `lock` is for the connection of a transaction: what it reads in order to change is locked until its end. */
export const postgresStores = (db: Queryable, { lock = false } = {}) =>
  ({
    studies: studyStore(db),
    patients: patientStore(db),
    devices: deviceStore(db),
    held: heldStore(db, { lock }),
    conflicts: conflictStore(db),
    ledger: ledgerStore(db),
    responses: responseReader(db),
    messages: claimStore(db),
    journal: journalReader(db),
    ...staffStores(postgresStatements(db)),
    outbox: { add: (tx, message, now) => addMessages(tx, [message], now) },
  }) satisfies Stores
export type PostgresStores = ReturnType<typeof postgresStores>
