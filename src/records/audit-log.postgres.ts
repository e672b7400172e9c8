// The audit log of one transaction on PostgreSQL (P6). Many nodes append to one log: whoever appends holds the lock on
// the study's head until the end of the transaction, so the leaves have one order without gaps, and the head in the
// database is the only one.
//
// Locks are taken in one order everywhere, and audit heads come last but for ledger rows. A transaction that appends to
// several studies opens them together.
import type { Transaction } from '../storage/transaction.ts'
import { Frontier, leafDigest } from '../system/merkle.ts'
import type { Signer } from '../system/signed-note.ts'
import { type AuditFacts, type AuditLog, headOf, signedCheckpoint } from './audit-log.ts'
import type { AuditStore, NewLeaf } from './audit-store.postgres.ts'
import type { AuditHead, CheckpointRow } from './audit-store.ts'

type Open = { frontier: Frontier; entries: number }

export type PostgresAuditLog = AuditLog & {
  /**
   * Locks the logs of these studies and reads their heads; what is open already stays as it is. Whatever the
   * transaction reads afterwards includes all that the logs' earlier leaves tell of.
   */
  open(studyIds: Iterable<string>): Promise<void>
  /** Appends, and opens the study's log if it is not open. */
  append(tx: Transaction, facts: AuditFacts): Promise<number>
  /** Appends ready leaf text to an open log and returns the leaf's index. */
  appendText(tx: Transaction, studyId: string, leaf: string): number
  /** Index the next leaf of an open log will get. */
  size(studyId: string): number
  /** States how many journal entries of the study its open log accounts for. */
  accountFor(studyId: string, entries: number): void
  /** Writes leaves and heads; the last thing before the commit. */
  save(tx: Transaction): Promise<void>
}

/** The logs as this transaction sees and extends them. Nothing is written before `save`. */
export function postgresAuditLog(tx: Transaction, store: AuditStore): PostgresAuditLog {
  const logs = new Map<string, Open>()
  const changed = new Set<string>()
  let leaves: NewLeaf[] = []
  const log = (studyId: string): Open => {
    const open = logs.get(studyId)
    if (open === undefined) throw new Error(`the audit log of ${studyId} is not open`)
    return open
  }
  const open = async (studyIds: Iterable<string>) => {
    const wanted = [...new Set(studyIds)].filter((id) => !logs.has(id)).sort()
    if (wanted.length === 0) return
    for (const [studyId, head] of await headsFor(tx, store, wanted))
      logs.set(studyId, { frontier: Frontier.fromBytes(head.frontier), entries: head.entries })
  }
  const appendText = (_tx: Transaction, studyId: string, leaf: string): number => {
    const { frontier } = log(studyId)
    const index = frontier.size
    frontier.appendDigest(leafDigest(leaf))
    changed.add(studyId)
    leaves.push({ studyId, index, leaf })
    return index
  }
  return {
    open,
    appendText,
    async append(tx, facts) {
      await open([facts.study])
      return appendText(tx, facts.study, JSON.stringify(facts))
    },
    async head(studyId) {
      await open([studyId])
      return headOf(log(studyId).frontier)
    },
    size: (studyId) => log(studyId).frontier.size,
    accountFor(studyId, entries) {
      log(studyId).entries = entries
      changed.add(studyId)
    },
    async save(tx) {
      if (changed.size === 0) return
      const heads = new Map<string, AuditHead>()
      for (const studyId of changed) {
        const { frontier, entries } = log(studyId)
        heads.set(studyId, { size: frontier.size, entries, frontier: frontier.toBytes() })
      }
      await store.save(tx, leaves, heads)
      changed.clear()
      leaves = []
    },
  }
}

/** Every study has its head from its publication on, so heads are rarely missing. */
async function headsFor(
  tx: Transaction,
  store: AuditStore,
  studyIds: readonly string[],
): Promise<Map<string, AuditHead>> {
  const heads = await store.lockHeads(tx, studyIds)
  const missing = studyIds.filter((id) => !heads.has(id))
  if (missing.length === 0) return heads
  await store.addHeads(tx, missing, new Frontier().toBytes())
  return new Map([...heads, ...(await store.lockHeads(tx, missing))])
}

/**
 * Signed checkpoints for the logs that grew since their last one, to be stored with `addCheckpoint` and then kept
 * outside. Two nodes that sign at once make the same checkpoint, or two of different sizes; both are sound.
 */
export async function checkpointsDue(
  store: Pick<AuditStore, 'grown'>,
  signer: (studyId: string) => Signer,
): Promise<{ studyId: string; row: CheckpointRow }[]> {
  return [...(await store.grown())].map(([studyId, { frontier, entries }]) => ({
    studyId,
    row: signedCheckpoint(studyId, Frontier.fromBytes(frontier), entries, signer(studyId)),
  }))
}
