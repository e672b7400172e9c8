// The staff actions the trial's writer thread carries out, as data that travels between threads.
import { type IssuedToken, type IssueTokens, issueTokens, revokeTokens } from '../identity/issue-tokens.ts'
import {
  type Authority,
  createPatients,
  type NewPatient,
  publish,
  unblind,
  withdraw,
} from '../records/actions.ts'
import { inTransaction, type Transaction } from '../storage/sqlite.ts'
import { Problem } from '../system/problem.ts'
import { noteReading, retryHeld, setConflictAsideBy, setHeldAside } from './dead-letters.ts'
import type { OpenTrial } from './open-trial.ts'

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
}

/** Runs one action in one transaction with its audit entries. Throws Problems; then nothing was changed. */
export function runAction(trial: OpenTrial, action: Action, now: number): ActionResults[Action['do']] {
  if (action.by.reason.trim() === '') throw new Problem('reason.missing', { member: 'reason' })
  const result = inTransaction(trial.db, (tx) => {
    const result = perform(tx, trial, action, now)
    trial.books.audit.save(tx)
    return result
  })
  if (action.do === 'publish') trial.plans.forget()
  if (action.do === 'retry') trial.lanes.close(trial.books.held.at(action.position)!.lane, action.position)
  trial.forgetPatients()
  return result
}

function perform(
  tx: Transaction,
  trial: OpenTrial,
  action: Action,
  now: number,
): ActionResults[Action['do']] {
  const { by } = action
  const { audit } = trial.books
  switch (action.do) {
    case 'publish':
      return publish(tx, audit, new Map(action.files), by, now)
    case 'create-patients': {
      const plan = trial.planNow(action.studyId)
      if (plan === undefined) throw new Problem('record.not-found', { record: `study ${action.studyId}` })
      return { created: createPatients(tx, audit, plan, action.patients, by, now) }
    }
    case 'withdraw':
      withdraw(tx, audit, action.studyId, action.patientId, by, now)
      return {}
    case 'unblind':
      return { arm: unblind(tx, audit, action.studyId, action.patientId, by, now) }
    case 'issue-tokens':
      return issueTokens(tx, audit, action, by, now)
    case 'revoke-tokens':
      return { revoked: revokeTokens(tx, audit, action.studyId, action.patientId, by, now) }
    case 'retry':
      retryHeld(tx, trial, action.position, by, now)
      return {}
    case 'set-aside':
      setHeldAside(tx, trial, action.position, by, now)
      return {}
    case 'set-conflict-aside':
      setConflictAsideBy(tx, trial, action.secondBodyId, by, now)
      return {}
    case 'note-reading':
      noteReading(tx, trial, action.position, by, now)
      return {}
  }
}
