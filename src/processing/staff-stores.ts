// The stores of what staff work on: the same statements on both engines.
import { activationStore } from '../identity/activation-store.ts'
import { staffStore } from '../identity/staff-store.ts'
import { alertStore } from '../records/alert-store.ts'
import { changeStore } from '../records/change-store.ts'
import { declaredStore } from '../records/declared-store.ts'
import { derivationStore } from '../records/derivation-store.ts'
import { earlierStore } from '../records/earlier-store.ts'
import { queryStore } from '../records/query-store.ts'
import { settledStore } from '../records/settled-store.ts'
import { signatureCheckStore } from '../records/signature-check-store.ts'
import { signatureStore } from '../records/signature-store.ts'
import { transitionStore } from '../records/workflow-store.ts'
import { reachStore } from '../sending/reminders/reach-store.ts'
import { reminderStore } from '../sending/reminders/reminder-store.ts'
import type { Statements } from '../storage/statements.ts'

export const staffStores = (on: Statements) => ({
  staff: staffStore(on),
  activations: activationStore(on),
  transitions: transitionStore(on),
  alerts: alertStore(on),
  queries: queryStore(on),
  changes: changeStore(on),
  earlier: earlierStore(on),
  signatures: signatureStore(on),
  derivations: derivationStore(on),
  reminders: reminderStore(on),
  reach: reachStore(on),
  signatureChecks: signatureCheckStore(on),
  declared: declaredStore(on),
  settled: settledStore(on),
})
export type StaffStores = ReturnType<typeof staffStores>
