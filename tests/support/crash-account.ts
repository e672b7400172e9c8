// The account after a fault: what the client was told against what the files hold (history checker), the ledger,
// the journal's positions, and the exported audit log as an outsider verifies it. Reads the files of a stopped
// server, so it trusts nothing the server says of itself.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LedgerView, readLedger } from '../../src/api/ledger.ts'
import { controlClient } from '../../src/cli/control-client.ts'
import type { ClientLog } from '../../src/cli/load/client-log.ts'
import {
  checkHistory,
  describeHistory,
  type HistoryReport,
  type KeptEntry,
} from '../../src/cli/load/history.ts'
import { journalReader, type SqliteJournalReader } from '../../src/intake/journal-store.sqlite.ts'
import { writeAuditBundle } from '../../src/records/audit-export.ts'
import { auditOrigin } from '../../src/records/audit-log.ts'
import { auditReader } from '../../src/records/audit-store.sqlite.ts'
import type { AuditReader } from '../../src/records/audit-store.ts'
import { lastKeptCheckpoint } from '../../src/records/checkpoint-files.ts'
import { heldReader } from '../../src/records/held-store.sqlite.ts'
import { ledgerStore, readProgress } from '../../src/records/ledger-store.sqlite.ts'
import { responseReader } from '../../src/records/response-store.sqlite.ts'
import { dataFolder } from '../../src/storage/folder.ts'
import { type Database, openReader } from '../../src/storage/sqlite.ts'
import { importPrivateKey, keyId } from '../../src/system/keys.ts'
import { importSigner } from '../../src/system/signed-note.ts'
import { type Verdict, verify } from '../audit/verifiers.ts'
import { studyId } from './crash-seed.ts'

export type Account = {
  readonly history: HistoryReport
  readonly ledger: LedgerView
  /** Entries in the journal, and its last position: equal, or there is a hole. */
  readonly entries: number
  readonly lastPosition: number
  /** How far processing says it has come. */
  readonly processed: number
  readonly audit: Verdict
}

/** Waits until the running server has nothing in flight. Throws after `atMostMs`. */
export async function settle(data: string, atMostMs = 20_000): Promise<void> {
  const client = controlClient(data)
  const last = performance.now() + atMostMs
  for (;;) {
    const { ledger } = await client.get<{ ledger: LedgerView }>('/status')
    const inFlight = ledger.studies.reduce((sum, study) => sum + study.inFlight, 0)
    if (inFlight === 0) return
    if (performance.now() > last) throw new Error(`still in flight: ${JSON.stringify(ledger.studies)}`)
    await sleep(25)
  }
}

/** Draws up the account of a data folder whose server has stopped. */
export async function drawUp(data: string, log: ClientLog): Promise<Account> {
  const folder = dataFolder(data)
  const trial = openReader(folder.trial)
  const journal = journalReader(openReader(folder.journal))
  try {
    const kept = keptEntries(trial, journal, timesOf(await appliedInOrder(auditReader(trial))))
    return {
      history: await checkHistory(log, kept),
      ledger: await readLedger(ledgerStore(trial), journal, Date.now()),
      entries: kept.length,
      lastPosition: journal.lastPosition(),
      processed: readProgress(trial).journalPosition,
      audit: await verifyAudit(data, auditReader(trial)),
    }
  } finally {
    trial.close()
    journal.db.close()
  }
}

/** Fails unless nothing is lost, doubled or altered, the ledger balances and the audit log verifies (P1 to P4, P6). */
export function assertKept(account: Account): void {
  assert.ok(account.history.kept, describeHistory(account.history))
  assert.equal(account.entries, account.lastPosition, 'the journal has a hole')
  assert.equal(account.processed, account.lastPosition, 'processing has not come to the end')
  assert.ok(account.ledger.balanced, JSON.stringify(account.ledger))
  for (const study of account.ledger.studies) assert.equal(study.inFlight, 0, JSON.stringify(study))
  assert.equal(account.audit.code, 0, account.audit.output)
}

/** Every entry of the journal with its effects. The hash is taken of the kept bytes, not read from beside them. */
function keptEntries(
  trial: Database,
  journal: SqliteJournalReader,
  applied: ReadonlyMap<number, number>,
): KeptEntry[] {
  const held = heldReader(trial)
  const responses = responseReader(trial)
  const entries: KeptEntry[] = []
  for (let position = 1; position <= journal.lastPosition(); position++) {
    const entry = journal.entryAt(position)
    if (entry === undefined) continue
    const state =
      responses.visible(position) === undefined ? (held.at(position)?.state ?? 'received') : 'applied'
    entries.push({
      submissionId: entry.submissionId,
      sha256: hash('sha256', entry.body),
      state: state === 'done' ? 'received' : state,
      timesApplied: applied.get(position) ?? 0,
      position,
    })
  }
  return entries
}

/** The positions that a log calls applied, in its order. */
export async function appliedInOrder(audit: AuditReader): Promise<number[]> {
  const positions: number[] = []
  for await (const { leaf } of audit.leavesFrom(studyId, 0)) {
    const { action, entry } = JSON.parse(leaf) as { action: string; entry?: { position: number } }
    if (action === 'submission.applied' && entry !== undefined) positions.push(entry.position)
  }
  return positions
}

/** How often each position comes: an effect that came twice is in the log twice. */
export function timesOf(positions: readonly number[]): Map<number, number> {
  const times = new Map<number, number>()
  for (const position of positions) times.set(position, (times.get(position) ?? 0) + 1)
  return times
}

/** The journal positions of dead letters, in the order the audit log has them. */
export function deadInOrder(data: string): number[] {
  const trial = openReader(dataFolder(data).trial)
  try {
    const entries = [...auditReader(trial).leavesFrom(studyId, 0)].map(
      ({ leaf }) => JSON.parse(leaf) as { action: string; entry?: { position: number } },
    )
    return entries.filter((e) => e.action === 'submission.dead').map((e) => e.entry!.position)
  } finally {
    trial.close()
  }
}

/** Exports the log and runs an outsider's verifier over it, with the key and the checkpoint kept in a data folder. */
export async function verifyAudit(
  data: string,
  audit: AuditReader,
  run: (folder: string, ...options: string[]) => Verdict | Promise<Verdict> = verify,
): Promise<Verdict> {
  const folder = dataFolder(data)
  const pem = readFileSync(join(folder.keys, 'log-key.pem'), 'utf8')
  const { verifierKey } = importSigner(`levee-log-${keyId(importPrivateKey(pem))}`, pem)
  const bundle = mkdtempSync(join(data, 'audit-'))
  try {
    await writeAuditBundle(join(bundle, 'export'), {
      study: studyId,
      origin: auditOrigin(studyId),
      verifierKey,
      createdAt: new Date().toISOString(),
      async *leaves() {
        for await (const { leaf } of audit.leavesFrom(studyId, 0)) yield Buffer.from(leaf)
      },
      checkpoints: () => audit.checkpoints(studyId),
    })
    writeFileSync(join(bundle, 'kept'), lastKeptCheckpoint(folder.checkpoints, studyId)!)
    return await run(join(bundle, 'export'), '--key', verifierKey, '--checkpoint', join(bundle, 'kept'))
  } finally {
    rmSync(bundle, { recursive: true })
  }
}
