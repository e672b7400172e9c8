// One group commit: many arrivals, one transaction, one flush, one signature.
// Order that P1 rests on: stage everything, COMMIT (write, flush), and only then may a caller be told.
import { hash } from 'node:crypto'
import { inTransaction } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import { reached } from '../system/points.ts'
import type { Arrival, Verdict } from './arrival.ts'
import type { JournalStore } from './journal-store.sqlite.ts'
import { type ReceiptFacts, type ReceiptKey, receiptsAgain, signGroup } from './receipt.ts'
import { sameContent } from './same-content.ts'

/** Where the journal stands: the last position, and how many entries each study has. */
export type JournalHead = { position: number; readonly totals: Map<string, number> }

type Found = { position: number; receivedAt: number; groupFirst: number }
type Staged = { kind: 'received' | 'duplicate'; at: Found } | { kind: 'conflict' }

/**
 * Makes all arrivals durable in one transaction and returns a verdict for each, in order. When it returns,
 * the flush that covers every returned verdict has ended (a duplicate's too: this process is the only writer
 * and its boot entry flushed whatever was there before). Throws what SQLite throws; then nothing was kept
 * and `head` is unchanged.
 */
export function commitGroup(
  store: JournalStore,
  head: JournalHead,
  arrivals: readonly Arrival[],
  key: ReceiptKey,
): Verdict[] {
  const next: JournalHead = { position: head.position, totals: new Map(head.totals) }
  const verdicts = inTransaction(store.db, (tx) => {
    const verdicts = stageGroup(tx, store, next, arrivals, key)
    reached('journal.before-commit')
    return verdicts
  })
  head.position = next.position
  for (const [studyId, entries] of next.totals) head.totals.set(studyId, entries)
  reached('journal.after-commit')
  return verdicts
}

/** Writes the group inside the transaction; nothing it returns may leave this thread before the commit. */
export function stageGroup(
  tx: Transaction,
  store: JournalStore,
  head: JournalHead,
  arrivals: readonly Arrival[],
  key: ReceiptKey,
): Verdict[] {
  const first = head.position + 1
  const facts: ReceiptFacts[] = []
  const staged = arrivals.map((a) => stage(tx, store, head, a, first, facts))
  let receipts: string[] = []
  if (facts.length > 0) {
    const signed = signGroup(facts, key)
    receipts = signed.receipts
    store.addGroup(tx, first, facts.length, signed.signature)
    for (const studyId of new Set(facts.map((f) => f.studyId)))
      store.setTotal(tx, studyId, head.totals.get(studyId)!)
  }
  const again = new Map([[first, (position: number) => receipts[position - first]!]])
  const receiptOf = (position: number, groupFirst: number): string => {
    let receiptAt = again.get(groupFirst)
    if (receiptAt === undefined) {
      const group = store.group(groupFirst)
      receiptAt = receiptsAgain(group.facts, group.signature, key.id)
      again.set(groupFirst, receiptAt)
    }
    return receiptAt(position)
  }
  return staged.map((s) => {
    if (s.kind === 'conflict') return s
    const { position, receivedAt, groupFirst } = s.at
    return { kind: s.kind, receivedAt, receipt: receiptOf(position, groupFirst) }
  })
}

function stage(
  tx: Transaction,
  store: JournalStore,
  head: JournalHead,
  arrival: Arrival,
  first: number,
  facts: ReceiptFacts[],
): Staged {
  const sha256 = hash('sha256', arrival.body, 'hex')
  const position = head.position + 1
  const logIndex = head.totals.get(arrival.studyId) ?? 0
  if (store.insert(tx, arrival, sha256, position, logIndex, first)) {
    head.position = position
    head.totals.set(arrival.studyId, logIndex + 1)
    const { studyId, patientId, submissionId, receivedAt } = arrival
    facts.push({
      studyId,
      patientId,
      submissionId,
      sha256,
      position,
      logIndex,
      receivedAt,
    })
    return { kind: 'received', at: { position, receivedAt, groupFirst: first } }
  }
  const known = store.find(arrival)!
  if (sha256 === known.sha256) return { kind: 'duplicate', at: known }
  const same = sameContent(known.body, arrival.body)
  store.keepSecondBody(tx, arrival, sha256, known.position, same)
  return same ? { kind: 'duplicate', at: known } : { kind: 'conflict' }
}
