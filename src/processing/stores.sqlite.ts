// The stores of an embedded installation, on one connection to each database.
import { deviceStore } from '../identity/device-store.sqlite.ts'
import type { JournalReader } from '../intake/journal-store.ts'
import { conflictStore } from '../records/conflict-store.sqlite.ts'
import { heldStore } from '../records/held-store.sqlite.ts'
import { ledgerStore } from '../records/ledger-store.sqlite.ts'
import { patientStore } from '../records/patient-store.sqlite.ts'
import { responseReader } from '../records/response-store.sqlite.ts'
import { studyStore } from '../records/study-store.sqlite.ts'
import { claimStore } from '../sending/claim-store.sqlite.ts'
import { outboxStore } from '../sending/outbox-store.sqlite.ts'
import type { Database } from '../storage/sqlite.ts'
import { sqliteStatements } from '../storage/statements.sqlite.ts'
import { staffStores } from './staff-stores.ts'
import type { Stores } from './stores.ts'

export const sqliteStores = <J extends JournalReader>(trial: Database, journal: J) =>
  ({
    studies: studyStore(trial),
    patients: patientStore(trial),
    devices: deviceStore(trial),
    held: heldStore(trial),
    conflicts: conflictStore(trial),
    ledger: ledgerStore(trial),
    responses: responseReader(trial),
    messages: claimStore(trial),
    journal,
    ...staffStores(sqliteStatements(trial)),
    outbox: outboxStore(trial),
  }) satisfies Stores
export type SqliteStores = ReturnType<typeof sqliteStores>
