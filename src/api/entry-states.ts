// Where entries of one patient stand, for the device that holds copies of them.
import type { Sender } from '../intake/basic-checks.ts'
import type { JournalReader } from '../intake/journal-store.ts'
import type { HeldStore } from '../records/held-store.ts'
import type { SettledStore } from '../records/settled-store.ts'

/**
 * `unknown`: not received. `received`: kept (P1). `settled`: applied, quarantined or dead, and covered by a checkpoint of the
 * audit log, so that nobody can take it back unnoticed.
 */
export type EntryState = 'unknown' | 'received' | 'settled'

type Stores = {
  readonly journal: Pick<JournalReader, 'find'>
  readonly held: Pick<HeldStore, 'at'>
  readonly settled: SettledStore
}

/** The states of these submission ids, in lower case, as the device's own patient used them. */
export async function entryStates(
  stores: Stores,
  { studyId, patientId }: Sender,
  submissionIds: Iterable<string>,
): Promise<Record<string, EntryState>> {
  const states: Record<string, EntryState> = {}
  for (const submissionId of submissionIds) {
    const entry = await stores.journal.find(studyId, patientId, submissionId)
    const state = entry === undefined ? 'unknown' : await keptState(stores, studyId, entry.position)
    states[submissionId] = state
  }
  return states
}

async function keptState(
  { held, settled }: Stores,
  studyId: string,
  position: number,
): Promise<'received' | 'settled'> {
  const leaf = await settled.leafOf(position)
  if (leaf !== undefined) return (await settled.logOf(studyId)).covered > leaf ? 'settled' : 'received'
  const row = await held.at(position)
  if (row?.state !== 'quarantined' && row?.state !== 'dead') return 'received'
  // Its leaf is somewhere in the log as it is read now, after the row: covered when all of it is.
  const { size, covered } = await settled.logOf(studyId)
  return covered >= size ? 'settled' : 'received'
}
