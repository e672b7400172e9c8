// The proof that a move is whole: every row read back, every entry accounted for, the audit logs recomputed to the
// source's heads and its kept checkpoints, receipts rebuilt. Nothing is marked as moved before all of it holds.
import { signedGroup } from '../../intake/known-id-store.postgres.ts'
import { publicKeyOf, type Receipt, receiptAgain, verifyReceipt } from '../../intake/receipt.ts'
import { auditReader as postgresReader } from '../../records/audit-store.postgres.ts'
import { auditReader as sqliteReader } from '../../records/audit-store.sqlite.ts'
import { inPostgresTransaction, type Postgres } from '../../storage/postgres.ts'
import { importPrivateKey } from '../../system/keys.ts'
import { Frontier } from '../../system/merkle.ts'
import { gateChecks, logChecks } from '../doctor/audit-checks.ts'
import type { Check } from '../doctor/check.ts'
import { ledgerCheck, reconcileCluster } from '../doctor/cluster-checks.ts'
import { auditWalk, type LedgerFacts, ledgerFacts } from '../doctor/cluster-store.postgres.ts'
import { type Verified, verifyAll } from './bring.ts'
import type { OpenSource } from './source.ts'
import { someGroups } from './target-store.postgres.ts'

/** Groups whose receipts are rebuilt, at most about so many, spread over the whole journal. */
const groupsTried = 500

/** A study after the move: its ledger, and its audit log with the root that whoever kept a checkpoint can compare. */
export type ProvenStudy = LedgerFacts & { readonly auditEntries: number; readonly auditRoot: string }

export type Proof = {
  readonly tables: readonly Verified[]
  readonly studies: readonly ProvenStudy[]
  readonly waiting: number
  readonly receiptGroups: number
}

/** Hears what is being proven and how far it is. */
export type TellProof = (what: string, done: number, total: number) => void

/** Throws at the first thing that does not hold. */
export async function prove(source: OpenSource, target: Postgres, tell: TellProof): Promise<Proof> {
  const { pool } = target
  const tables = await verifyAll(source, target, (_, done, total) => tell('reading back', done, total))
  holds([await ledgerCheck(pool)])
  holds(await reconcileCluster(pool, false, (done, total) => tell('counting', done, total)))
  const heads = sqliteReader(source.trial).heads()
  const recomputing = (done: number, total: number) => tell('recomputing', done, total)
  holds(await logChecks(auditWalk(pool), heads, source.verifierKey, recomputing))
  holds(await gateChecks(source.folder.checkpoints, source.verifierKey, (read) => read(postgresReader(pool))))
  const receiptGroups = await proveReceipts(source, target)
  const { studies, waiting } = await ledgerFacts(pool)
  return {
    tables,
    waiting,
    receiptGroups,
    studies: studies.map((study) => {
      const head = heads.get(study.studyId)
      return {
        ...study,
        auditEntries: head?.size ?? 0,
        auditRoot: head === undefined ? '' : Frontier.fromBytes(head.frontier).root().toString('base64'),
      }
    }),
  }
}

function holds(checks: readonly Check[]): void {
  const failed = checks.find((check) => check.state === 'fail')
  if (failed !== undefined) throw new Error(`the move is not whole: ${failed.name}: ${failed.says}`)
}

/** Rebuilds the last receipt of each tried group from what the target holds, and verifies it. */
async function proveReceipts({ receiptKeyPem, keys }: OpenSource, target: Postgres): Promise<number> {
  const publicKey = publicKeyOf(importPrivateKey(receiptKeyPem))
  const firsts = await someGroups(target.pool, groupsTried)
  for (const first of firsts) {
    const { facts, signature } = await inPostgresTransaction(target, (tx) => signedGroup(tx, first))
    const last = facts.at(-1)
    const receipt =
      last && (JSON.parse(receiptAgain(facts, last.position, signature, keys.receiptKey)) as Receipt)
    if (receipt === undefined || !verifyReceipt(last!, receipt, publicKey)) {
      throw new Error(
        `the receipts of the group at ${first} do not verify with keys/receipt-key.pem: was the key changed?`,
      )
    }
  }
  return firsts.length
}
