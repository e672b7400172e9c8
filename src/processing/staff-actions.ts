// The staff actions, as data that travels between threads, and what each of them does.
import { type IssuedToken, type IssueTokens, issueTokens, revokeTokens } from '../identity/issue-tokens.ts'
import {
  type Authority,
  createPatients,
  type NewPatient,
  publish,
  unblind,
  withdraw,
} from '../records/actions.ts'
import type { AuditLog } from '../records/audit-log.ts'
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { StudyPlan } from '../study/plan.ts'
import { Problem } from '../system/problem.ts'
import { noteReading, retryHeld, setConflictAsideBy, setHeldAside } from './dead-letters.ts'
import type { Stores } from './stores.ts'

export type Action = { readonly by: Authority } & (
  | { readonly do: 'publish'; readonly files: [name: string, text: string][] }
  | { readonly do: 'create-patients'; readonly studyId: string; readonly patients: NewPatient[] }
  | { readonly do: 'withdraw'; readonly studyId: string; readonly patientId: string }
  | { readonly do: 'unblind'; readonly studyId: string; readonly patientId: string }
  | ({ readonly do: 'issue-tokens' } & IssueTokens)
  | { readonly do: 'revoke-tokens'; readonly studyId: string; readonly patientId: string }
  | { readonly do: 'retry'; readonly position: number }
  | { readonly do: 'set-aside'; readonly position: number }
  | { readonly do: 'set-conflict-aside'; readonly secondBodyId: number }
  | { readonly do: 'note-reading'; readonly position: number }
  | { readonly do: 'reopen-messages'; readonly studyId: string }
)

export type ActionResults = {
  publish: { studyId: string; version: string; isNew: boolean }
  'create-patients': { created: number }
  withdraw: Record<string, never>
  unblind: { arm: string }
  'issue-tokens': { issued: IssuedToken[]; revoked: number[] }
  'revoke-tokens': { revoked: number[] }
  retry: Record<string, never>
  'set-aside': Record<string, never>
  'set-conflict-aside': Record<string, never>
  'note-reading': Record<string, never>
  'reopen-messages': { reopened: number }
}

/** What an action works with, all of it bound to one open transaction. */
export type ActionScene = {
  readonly tx: Transaction
  readonly stores: Stores
  readonly audit: AuditLog
  /** The plan of a published study. */
  readonly plan: (studyId: string) => Later<StudyPlan | undefined>
  readonly now: number
}

/** Carries out one action with its audit entries. Throws Problems; then the transaction must be rolled back. */
export async function perform(scene: ActionScene, action: Action): Promise<ActionResults[Action['do']]> {
  const { tx, stores, audit, now } = scene
  const { by } = action
  if (by.reason.trim() === '') throw new Problem('reason.missing', { member: 'reason' })
  switch (action.do) {
    case 'publish':
      return publish(tx, stores.studies, audit, new Map(action.files), by, now)
    case 'create-patients': {
      const plan = await scene.plan(action.studyId)
      if (plan === undefined) throw new Problem('record.not-found', { record: `study ${action.studyId}` })
      return { created: await createPatients(tx, stores.patients, audit, plan, action.patients, by, now) }
    }
    case 'withdraw':
      await withdraw(tx, stores.patients, audit, action.studyId, action.patientId, by, now)
      return {}
    case 'unblind':
      return { arm: await unblind(tx, stores.patients, audit, action.studyId, action.patientId, by, now) }
    case 'issue-tokens':
      return issueTokens(tx, stores, audit, action, by, now)
    case 'revoke-tokens':
      return {
        revoked: await revokeTokens(tx, stores.devices, audit, action.studyId, action.patientId, by, now),
      }
    case 'retry':
      await retryHeld(tx, scene, action.position, by, now)
      return {}
    case 'set-aside':
      await setHeldAside(tx, scene, action.position, by, now)
      return {}
    case 'set-conflict-aside':
      await setConflictAsideBy(tx, scene, action.secondBodyId, by, now)
      return {}
    case 'note-reading':
      await noteReading(tx, scene, action.position, by, now)
      return {}
    case 'reopen-messages': {
      const { studyId: study } = action
      const reopened = await stores.messages.reopen(tx, study, now)
      const at = new Date(now).toISOString()
      const { actor, reason } = by
      if (reopened > 0)
        await audit.append(tx, { at, actor, action: 'messages.reopened', study, record: 'outbox', reason })
      return { reopened }
    }
  }
}
