// Staff actions on PostgreSQL: each one transaction with its audit entries, on whichever node was asked.
import { activationStore } from '../identity/activation-store.ts'
import { slotOf } from '../intake/slot.ts'
import { postgresAuditLog } from '../records/audit-log.postgres.ts'
import { auditStore } from '../records/audit-store.postgres.ts'
import { clientOf, inPostgresTransaction, type Postgres, postgresFailure } from '../storage/postgres.ts'
import { postgresStatements } from '../storage/statements.postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import { Problem } from '../system/problem.ts'
import { lockSlot, ownAlertClock, ownPlans, ownReminders } from './lock-store.postgres.ts'
import { type Action, type ActionResults, perform } from './staff-actions.ts'
import { postgresStores } from './stores.postgres.ts'
import type { VersionsOf } from './study-plans.postgres.ts'
import { placeOfEntry } from './waiting-store.postgres.ts'
import { studiesToTend } from './work/tend-alerts.ts'

/** Times a transaction is tried that others got in the way of. */
const mostTries = 3

/**
 * Carries out one action. Throws Problems; where the database cannot be relied on now, `storage.failed`, and it is
 * not known whether the action took effect.
 */
export async function carryOut(
  db: Postgres,
  published: (db: ReturnType<typeof clientOf>) => Promise<VersionsOf>,
  action: Action,
): Promise<ActionResults[Action['do']]> {
  for (let tries = 1; ; tries++) {
    try {
      return await inPostgresTransaction(db, async (tx) => {
        const studyId = await keepProcessingOut(tx, action)
        const client = clientOf(tx)
        const stores = postgresStores(client, { lock: true })
        const audit = postgresAuditLog(tx, auditStore(client))
        // First of all rows, as in a batch: an action that came to it with a row of the ledger or a device in hand would
        // wait in a circle, and two replacements of one label would both stand.
        if (studyId !== undefined) await audit.open([studyId])
        if (action.do === 'tend-alerts') await audit.open(await studiesToTend(stores, Date.now()))
        const versions = async (studyId: string) => (await published(client))(studyId)
        const result = await perform({ tx, stores, audit, versions, now: Date.now() }, action)
        await audit.save(tx)
        return result
      })
    } catch (error) {
      const failure = postgresFailure(error)
      if (failure === 'none') throw error
      if (failure === 'full') throw new Problem('storage.full', {}, { retryAfterSeconds: 5 })
      if (failure !== 'busy') throw new Problem('storage.failed', {}, { retryAfterSeconds: 1 })
      if (tries === mostTries) throw new Problem('server.overloaded', {}, { retryAfterSeconds: 1 })
    }
  }
}

/** Actions that change what a patient's entries are decided by. */
const ofOnePatient: ReadonlySet<Action['do']> = new Set([
  'withdraw',
  'set-anchor',
  'mark-not-evaluable',
  'set-dose-level',
  'hold-dose',
  'resume-dose',
])

/**
 * What an entry is decided by does not change while it is being decided on some node: every entry is decided wholly
 * before the action or wholly after it, as on one machine. Returns the study concerned, where it is known beforehand.
 */
async function keepProcessingOut(tx: Transaction, action: Action): Promise<string | undefined> {
  if (action.do === 'publish' || action.do === 'adopt-version') await ownPlans(tx)
  if (action.do === 'work') await lockSlot(tx, slotOf(action.studyId, action.patientId))
  if (ofOnePatient.has(action.do) && 'patientId' in action)
    await lockSlot(tx, slotOf(action.studyId, action.patientId))
  if (action.do === 'tend-alerts') await ownAlertClock(tx)
  if (action.do === 'plan-reminders' || action.do === 'claim-reminders') await ownReminders(tx)
  if (action.do === 'retry' || action.do === 'set-aside') {
    const place = await placeOfEntry(clientOf(tx), action.position)
    if (place !== undefined) await lockSlot(tx, place.slot)
    return place?.studyId
  }
  if (action.do === 'activate-device') {
    const code = await activationStore(postgresStatements(clientOf(tx))).find(action.codeHmac)
    return code?.studyId
  }
  return 'studyId' in action ? action.studyId : undefined
}
