// What logic that serves both engines reads and writes, besides the audit log.
import type { DeviceStore } from '../identity/device-store.ts'
import type { JournalReader } from '../intake/journal-store.ts'
import type { ConflictStore } from '../records/conflict-store.ts'
import type { HeldStore } from '../records/held-store.ts'
import type { LedgerStore } from '../records/ledger-store.ts'
import type { PatientStore } from '../records/patient-store.ts'
import type { ResponseReader } from '../records/response-store.ts'
import type { StudyStore } from '../records/study-store.ts'
import type { ClaimStore } from '../sending/claim-store.ts'
import type { OutboxMessage } from '../sending/outbox-store.ts'
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { StaffStores } from './staff-stores.ts'

/** One set for each connection; inside a transaction of PostgreSQL, the set of its client. */
export type Stores = StaffStores & {
  readonly studies: StudyStore
  readonly patients: PatientStore
  readonly devices: DeviceStore
  readonly held: HeldStore
  readonly conflicts: ConflictStore
  readonly ledger: LedgerStore
  readonly responses: ResponseReader
  readonly messages: ClaimStore
  readonly journal: JournalReader
  /** What staff actions tell the outside. */
  readonly outbox: { add(tx: Transaction, message: OutboxMessage, now: number): Later<void> }
}
