// One group commit on PostgreSQL: many arrivals, one statement, one flush on primary and standby, one signature.
//
// Way of a group: draw its first position → hash, sign → keep all in one statement. If the server refuses it because
// an id is known, nothing was kept, and one transaction does what embedded intake does: look the known ids up, keep
// the others, keep evidence, note the retries. P1: verdicts are returned after a commit that is beyond doubt.
// P2: also a duplicate's answer follows a commit that wrote something after its row was seen.
import { hash } from 'node:crypto'
import { inPostgresTransaction, type Postgres } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import { reached } from '../system/points.ts'
import type { Arrival, Verdict } from './arrival.ts'
import { compareIds, drawFirst, inIdOrder, keepGroup, keepGroupIn } from './journal-writer-store.postgres.ts'
import {
  findKnown,
  isKnownId,
  type Known,
  keepSecondBodies,
  type NewSecondBody,
  noteRetries,
  signedGroup,
} from './known-id-store.postgres.ts'
import { type ReceiptFacts, type ReceiptKey, receiptsAgain, signGroup } from './receipt.ts'
import { sameContent } from './same-content.ts'

/** A group owns 512 positions from the one it draws (sequence `groups`); it takes at most this many arrivals. */
export const mostEntries = 500

/** Who commits: `writer` tells apart the groups that a node has in flight, since each counts on rows of its own. */
export type GroupWriter = {
  readonly db: Postgres
  readonly key: ReceiptKey
  readonly node: string
  readonly writer: number
}

/** The verdict of each arrival, in order, and the last position that was kept, if any was. */
export type Committed = { readonly verdicts: Verdict[]; readonly position: number | undefined }

/** Two nodes may learn of each other's ids again and again, but only while new ones keep coming. */
const mostAttempts = 10

/**
 * Makes all arrivals (at least one) durable and returns their verdicts. An id may come more than once. Throws what
 * storage throws; then nobody may be told anything, and unless the error says that it is in doubt nothing was kept.
 */
export async function commitPostgresGroup(by: GroupWriter, arrivals: readonly Arrival[]): Promise<Committed> {
  const drawing = drawFirst(by.db.pool)
  const hashes = arrivals.map((a) => hash('sha256', a.body, 'hex'))
  const order = inIdOrder(arrivals)
  const first = await drawing
  if (order.every((at, n) => n === 0 || compareIds(arrivals[order[n - 1]!]!, arrivals[at]!) !== 0)) {
    try {
      return await commitNew(by, first, arrivals, hashes, order)
    } catch (error) {
      if (!isKnownId(error)) throw error
    }
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await commitMixed(by, first, arrivals, hashes)
    } catch (error) {
      if (!isKnownId(error) || attempt === mostAttempts) throw error
    }
  }
}

/** All ids are new, as far as this node knows. */
async function commitNew(
  { db, key, node, writer }: GroupWriter,
  first: number,
  arrivals: readonly Arrival[],
  hashes: readonly string[],
  order: readonly number[],
): Promise<Committed> {
  const facts = arrivals.map((a, i) => factsOf(a, hashes[i]!, first + i))
  const { signature, receipts } = signGroup(facts, key)
  reached('journal.before-commit')
  await keepGroup(db, { arrivals, facts, signature, order, node, writer })
  reached('journal.after-commit')
  const verdicts = arrivals.map(
    ({ receivedAt }, i): Verdict => ({ kind: 'received', receivedAt, receipt: receipts[i]! }),
  )
  return { verdicts, position: first + arrivals.length - 1 }
}

const factsOf = (a: Arrival, sha256: string, position: number): ReceiptFacts => ({
  studyId: a.studyId,
  patientId: a.patientId,
  submissionId: a.submissionId,
  sha256,
  position,
  logIndex: position - 1,
  receivedAt: a.receivedAt,
})

/** Some ids are known, or come more than once. */
async function commitMixed(
  { db, key, node, writer }: GroupWriter,
  first: number,
  arrivals: readonly Arrival[],
  hashes: readonly string[],
): Promise<Committed> {
  const committed = await inPostgresTransaction(db, async (tx) => {
    const known = await findKnown(tx, arrivals, hashes)
    const staged = stage(arrivals, hashes, known, first)
    const { added, facts, retries, secondBodies } = staged
    let receipts: string[] = []
    if (added.length > 0) {
      const signed = signGroup(facts, key)
      receipts = signed.receipts
      const order = inIdOrder(added)
      await keepGroupIn(tx, { arrivals: added, facts, signature: signed.signature, order, node, writer })
    }
    if (retries.length > 0) await noteRetries(tx, retries)
    if (secondBodies.length > 0) await keepSecondBodies(tx, secondBodies)
    const receiptOf = await receiptsOf(tx, staged.answers, first, receipts, key)
    reached('journal.before-commit')
    const verdicts = staged.answers.map((answer): Verdict => {
      if (answer.kind === 'conflict') return { kind: 'conflict' }
      return { kind: answer.kind, receivedAt: answer.at.receivedAt, receipt: receiptOf(answer.at) }
    })
    return { verdicts, position: facts.at(-1)?.position }
  })
  reached('journal.after-commit')
  return committed
}

type Place = Pick<Known, 'position' | 'receivedAt' | 'groupFirst'>
type Answer = { kind: 'received' | 'duplicate'; at: Place } | { kind: 'conflict' }

type Staged = {
  readonly answers: Answer[]
  readonly added: Arrival[]
  readonly facts: ReceiptFacts[]
  readonly retries: { position: number; at: number }[]
  readonly secondBodies: NewSecondBody[]
}

/** Decides what becomes of each arrival: entry, duplicate or conflict. Pure. */
function stage(
  arrivals: readonly Arrival[],
  hashes: readonly string[],
  known: ReadonlyMap<number, Known>,
  first: number,
): Staged {
  const staged: Staged = { answers: [], added: [], facts: [], retries: [], secondBodies: [] }
  const fresh = new Map<string, Known>()
  for (const [i, arrival] of arrivals.entries()) {
    const { studyId, patientId, submissionId, receivedAt, body } = arrival
    const sha256 = hashes[i]!
    const id = `${submissionId}\n${studyId}\n${patientId}`
    const there = known.get(i) ?? fresh.get(id)
    if (there === undefined) {
      const position = first + staged.added.length
      const at = { position, sha256, receivedAt, groupFirst: first, body }
      fresh.set(id, at)
      staged.added.push(arrival)
      staged.facts.push(factsOf(arrival, sha256, position))
      staged.answers.push({ kind: 'received', at })
      continue
    }
    const same = sha256 === there.sha256 || sameContent(there.body!, body)
    if (sha256 !== there.sha256)
      staged.secondBodies.push({ position: there.position, sameContent: same, arrival, sha256 })
    staged.retries.push({ position: there.position, at: receivedAt })
    staged.answers.push(same ? { kind: 'duplicate', at: there } : { kind: 'conflict' })
  }
  return staged
}

/** The receipt of each place: of this group as signed now, of others rebuilt to the byte. */
async function receiptsOf(
  tx: Transaction,
  answers: readonly Answer[],
  first: number,
  receipts: readonly string[],
  key: ReceiptKey,
): Promise<(at: Place) => string> {
  const groups = new Map([[first, (position: number) => receipts[position - first]!]])
  for (const answer of answers) {
    if (answer.kind === 'conflict' || groups.has(answer.at.groupFirst)) continue
    const { groupFirst } = answer.at
    const { facts, signature } = await signedGroup(tx, groupFirst)
    groups.set(groupFirst, receiptsAgain(facts, signature, key.id))
  }
  return ({ position, groupFirst }) => groups.get(groupFirst)!(position)
}
