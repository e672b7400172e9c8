// The stores of what staff work on: the same statements on both engines.
import { staffStore } from '../identity/staff-store.ts'
import { alertStore } from '../records/alert-store.ts'
import { changeStore } from '../records/change-store.ts'
import { derivationStore } from '../records/derivation-store.ts'
import { earlierStore } from '../records/earlier-store.ts'
import { queryStore } from '../records/query-store.ts'
import { signatureStore } from '../records/signature-store.ts'
import { transitionStore } from '../records/workflow-store.ts'
import type { Statements } from '../storage/statements.ts'

export const staffStores = (on: Statements) => ({
  staff: staffStore(on),
  transitions: transitionStore(on),
  alerts: alertStore(on),
  queries: queryStore(on),
  changes: changeStore(on),
  earlier: earlierStore(on),
  signatures: signatureStore(on),
  derivations: derivationStore(on),
})
export type StaffStores = ReturnType<typeof staffStores>
