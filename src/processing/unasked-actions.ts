// What devices and the server itself have the writer do, without a reason in anybody's words. Nobody at the control
// socket may say so in their place.
import { type DeclareHeld, declareHeld } from '../records/declared-actions.ts'
import { type NoteSignatures, noteSignatures } from '../records/signature-check-actions.ts'
import type { ActionScene } from './staff-actions.ts'

export type UnaskedAction =
  | ({ readonly do: 'note-signatures' } & NoteSignatures)
  | ({ readonly do: 'declare-held' } & DeclareHeld)

export type UnaskedActionResults = {
  'note-signatures': { noted: number }
  'declare-held': { changed: boolean }
}

const unasked: ReadonlySet<string> = new Set<UnaskedAction['do']>(['note-signatures', 'declare-held'])

/** Whether an action is one of these. They touch nothing that an entry is decided by. */
export const isUnaskedAction = <A extends { readonly do: string }>(
  action: A,
): action is A & { readonly do: UnaskedAction['do'] } => unasked.has(action.do)

/** Carries one out in the scene's transaction. */
export async function performUnasked(
  { tx, stores, audit, now }: ActionScene,
  action: UnaskedAction,
): Promise<UnaskedActionResults[UnaskedAction['do']]> {
  return action.do === 'note-signatures'
    ? noteSignatures({ tx, store: stores.signatureChecks, audit, now }, action)
    : declareHeld({ tx, store: stores.declared, audit, now }, action)
}
