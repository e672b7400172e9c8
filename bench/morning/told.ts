// What the devices of the morning were told, kept outside the server and outliving it: every id that was sent with the
// hashes of the bytes tried, and what its receipt said. The account at the end is held against the server's records.
import { hash } from 'node:crypto'
import { ClientLog } from '../../src/cli/load/client-log.ts'

/** A phone may send one entry as several bytes, because `sentAt` is of the attempt; the server keeps one of them. */
type Tried = { readonly hashes: Set<string>; receipt: { sha256: string; position: number } | undefined }

/** What of an acknowledgement is looked at. */
export type Acknowledged = {
  readonly submissionId: string
  readonly receivedAt: string
  readonly receipt: { readonly sha256: string; readonly position: number }
}

export type Told = {
  /** Bytes are about to be sent. */
  sent(submissionId: string, body: Uint8Array): void
  /** A device was told "received". */
  received(acknowledged: Acknowledged): void
  readonly size: number
  /** Whether a device holds a receipt for the id. */
  has(submissionId: string): boolean
  /**
   * As the history checker reads it. Where a receipt names bytes that nobody sent, the first bytes tried stand there,
   * so that the checker finds the contradiction.
   */
  log(): ClientLog
}

/** An empty one. */
export function startTold(): Told {
  const tried = new Map<string, Tried>()
  const of = (id: string): Tried => {
    const known = tried.get(id) ?? { hashes: new Set<string>(), receipt: undefined }
    tried.set(id, known)
    return known
  }
  return {
    sent: (id, body) => void of(id).hashes.add(hash('sha256', body)),
    received({ submissionId, receipt }) {
      of(submissionId).receipt ??= { sha256: receipt.sha256, position: receipt.position }
    },
    get size() {
      return tried.size
    },
    has: (id) => tried.get(id)?.receipt !== undefined,
    log() {
      const log = new ClientLog(Math.max(16, tried.size))
      for (const [id, { hashes, receipt }] of tried) {
        const [first = '0'.repeat(64)] = hashes
        const named = receipt !== undefined && hashes.has(receipt.sha256) ? receipt.sha256 : first
        const row = log.add(id, Buffer.from(named, 'hex'))
        if (receipt !== undefined) log.acknowledge(row, receipt.position)
      }
      return log
    },
  }
}
