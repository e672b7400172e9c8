// The audit log of each study: one Merkle log (RFC 6962 hashes, C2SP checkpoints), appended to in the same
// transaction as the change it records (P6). The heads live in memory and are written once for each batch;
// after a rollback they are read again.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'
import { Frontier, leafDigest } from '../system/merkle.ts'
import { formatCheckpoint, type Signer, signNote } from '../system/signed-note.ts'
import type { AuditStore } from './audit-store.sqlite.ts'
import type { CheckpointRow } from './audit-store.ts'

/** The origin line of a study's log in its checkpoints. */
export const auditOrigin = (studyId: string): string => `levee/${studyId}`

/** What an audit entry says. All of it is readable by blinded staff: arms and answers appear only as commitments. */
export type AuditFacts = {
  /** Server time of the change, ISO 8601 UTC. */
  readonly at: string
  /** `device:12`, `member:anna`, `staff:root` (a user of the machine), `system:processing`. */
  readonly actor: string
  readonly action: string
  readonly study: string
  readonly patient?: string
  /** `response:4711`, `device:12`, `alert:3`, `staff:anna`. */
  readonly record: string
  readonly entry?: { readonly position: number; readonly logIndex: number; readonly sha256: string }
  /** Commitment to the record before and after, see commitment.ts; of a patient's course the values, as JSON text. */
  readonly before?: string
  readonly after?: string
  /** From when on the change counts, where that may differ from `at`: ISO 8601 UTC. */
  readonly effectiveAt?: string
  readonly reason?: string
}

type Open = { frontier: Frontier; entries: number; changed: boolean; checkpointed: number }

/** What appends, on either engine: in the transaction of the change it records. */
export type AuditLog = {
  /** Appends and returns the leaf's index. */
  append(tx: Transaction, facts: AuditFacts): Later<number>
  /** How the study's log stands in this transaction: its size and its root, base64. */
  head(studyId: string): Later<{ readonly size: number; readonly root: string }>
}

/** The embedded log: its heads live in memory, because one thread is its only writer. */
export type EmbeddedAuditLog = {
  append(tx: Transaction, facts: AuditFacts): number
  head(studyId: string): { readonly size: number; readonly root: string }
  /** Appends ready leaf text; for the hot path, which writes its one shape of leaf itself. */
  appendText(tx: Transaction, studyId: string, leaf: string): number
  /** States that all journal entries of the study below `entries` are accounted for. */
  accountFor(studyId: string, entries: number): void
  /** Index the next leaf will get. */
  size(studyId: string): number
  /** Writes the changed heads; the last thing before the commit. */
  save(tx: Transaction): void
  /** Forgets what was not committed. */
  reload(): void
  /** Signed checkpoints for the logs that grew since their last one, to be stored and then kept outside. */
  checkpoints(): { studyId: string; row: CheckpointRow }[]
  /** Marks a checkpoint as kept. */
  kept(studyId: string, size: number): void
}

export function auditLog(store: AuditStore, signer: (studyId: string) => Signer): EmbeddedAuditLog {
  let logs = new Map<string, Open>()
  const kept = new Map<string, number>()
  const log = (studyId: string): Open => {
    let open = logs.get(studyId)
    if (open === undefined) {
      open = { frontier: new Frontier(), entries: 0, changed: false, checkpointed: 0 }
      logs.set(studyId, open)
    }
    return open
  }
  const appendText = (tx: Transaction, studyId: string, leaf: string): number => {
    const open = log(studyId)
    const index = open.frontier.size
    open.frontier.appendDigest(leafDigest(leaf))
    open.changed = true
    store.add(tx, studyId, index, leaf)
    return index
  }
  const reload = () => {
    logs = new Map()
    for (const [studyId, head] of store.heads()) {
      const frontier = Frontier.fromBytes(head.frontier)
      const checkpointed = kept.get(studyId) ?? store.checkpointAtOrBefore(studyId, head.size)?.size ?? 0
      logs.set(studyId, { frontier, entries: head.entries, changed: false, checkpointed })
    }
  }
  reload()
  return {
    appendText,
    append: (tx, facts) => appendText(tx, facts.study, JSON.stringify(facts)),
    accountFor(studyId, entries) {
      const open = log(studyId)
      open.entries = entries
      open.changed = true
    },
    head: (studyId) => headOf(log(studyId).frontier),
    size: (studyId) => log(studyId).frontier.size,
    save(tx) {
      for (const [studyId, open] of logs) {
        if (!open.changed) continue
        store.setHead(tx, studyId, {
          size: open.frontier.size,
          entries: open.entries,
          frontier: open.frontier.toBytes(),
        })
        open.changed = false
      }
    },
    reload,
    checkpoints() {
      const grown = [...logs].filter(([, open]) => open.frontier.size > open.checkpointed)
      return grown.map(([studyId, { frontier, entries }]) => ({
        studyId,
        row: signedCheckpoint(studyId, frontier, entries, signer(studyId)),
      }))
    },
    kept(studyId, size) {
      kept.set(studyId, size)
      log(studyId).checkpointed = size
    },
  }
}

/** Size and root of a log, as a signature binds them. */
export const headOf = (frontier: Frontier): { size: number; root: string } => ({
  size: frontier.size,
  root: Buffer.from(frontier.root()).toString('base64'),
})

/** The checkpoint of a study's log at its present size; `entries` is how many journal entries it accounts for. */
export function signedCheckpoint(
  studyId: string,
  frontier: Frontier,
  entries: number,
  signer: Signer,
): CheckpointRow {
  const { size } = frontier
  const text = formatCheckpoint({
    origin: auditOrigin(studyId),
    size,
    root: frontier.root(),
    extensions: [`entries ${entries}`],
  })
  return { size, frontier: frontier.toBytes(), note: signNote(text, [signer]) }
}
