// Journals of both engines for their suite, and arrivals to put into them.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Arrival, Verdict } from '../../src/intake/arrival.ts'
import { type PostgresJournalOptions, startPostgresJournal } from '../../src/intake/journal.postgres.ts'
import { type Journal, startJournal } from '../../src/intake/journal.ts'
import { journalReader as postgresReader } from '../../src/intake/journal-store.postgres.ts'
import { journalReader as sqliteReader } from '../../src/intake/journal-store.sqlite.ts'
import type { JournalReader } from '../../src/intake/journal-store.ts'
import { publicKeyOf, type Receipt, verifyReceipt } from '../../src/intake/receipt.ts'
import { dataFolder, makeFolders } from '../../src/storage/folder.ts'
import type { Postgres } from '../../src/storage/postgres.ts'
import { openReader } from '../../src/storage/sqlite.ts'
import { keyId } from '../../src/system/keys.ts'
import { type Engine, openPostgresGround } from '../support/engines.ts'

const { privateKey } = generateKeyPairSync('ed25519')
/** Signs all receipts of these tests. */
export const receiptKey = { id: keyId(privateKey), privateKey }
const limits = { waiting: 5000, waitMs: 250 }

/** A journal with its reader, which can be stopped in order and started again. */
export type JournalGround = AsyncDisposable & {
  journal: Journal
  readonly reader: JournalReader
  restart(): Promise<void>
}

/** A new, empty journal of an engine. */
export const openJournal = ({ name }: Pick<Engine, 'name'>): Promise<JournalGround> =>
  name === 'sqlite' ? openSqliteJournal() : openPostgresJournal()

async function openSqliteJournal(): Promise<JournalGround> {
  const path = await mkdtemp(join(tmpdir(), 'levee-journal-'))
  const folder = dataFolder(path)
  makeFolders(folder)
  const start = () =>
    startJournal({
      folder,
      version: 'test',
      receiptKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      expectedPosition: 0,
      allowUnfitFileSystem: true,
      wake: new SharedArrayBuffer(4),
      pointsModule: undefined,
      limits,
      threadUrl: new URL('../../src/journal-thread.ts', import.meta.url),
      onFailure: (reason) => assert.fail(reason),
    })
  const journal = await start()
  const db = openReader(folder.journal)
  return restartable(journal, start, sqliteReader(db), async () => {
    db.close()
    await rm(path, { recursive: true })
  })
}

async function openPostgresJournal(): Promise<JournalGround> {
  const ground = await openPostgresGround()
  const start = () => startOn(ground.db)
  return restartable(await start(), start, postgresReader(ground.db.pool), async () => {
    await ground[Symbol.asyncDispose]()
  })
}

function restartable(
  first: Journal,
  start: () => Promise<Journal>,
  reader: JournalReader,
  close: () => Promise<void>,
): JournalGround {
  const ground: JournalGround = {
    journal: first,
    reader,
    async restart() {
      await ground.journal.stop()
      ground.journal = await start()
    },
    async [Symbol.asyncDispose]() {
      await ground.journal.stop()
      await close()
    },
  }
  return ground
}

/** Starts a journal on an open database, the standard node's unless named. */
export const startOn = (db: Postgres, options: Partial<PostgresJournalOptions> = {}): Promise<Journal> =>
  startPostgresJournal({ db, receiptKey, node: 'node-1', version: 'test', limits, ...options })

/** A UUID that ends in a number. */
export const idOf = (n: number): string => `0198f2c4-7b1a-7c3e-9d10-${String(n).padStart(12, '0')}`

/** A submission that differs by its number in id, time and, unless given, body. */
export const arrivalOf = (
  n: number,
  changes: Partial<Omit<Arrival, 'body'>> & { body?: string } = {},
): Arrival => ({
  studyId: 'S-1',
  patientId: 'P-1',
  deviceId: 7,
  submissionId: idOf(n),
  receivedAt: Date.now(),
  head: '{"door":"http"}',
  ...changes,
  body: Buffer.from(changes.body ?? `{"n":${n}}`),
})

/** Appends all at once. */
export const appendAll = (journal: Journal, arrivals: readonly Arrival[]): Promise<Verdict[]> =>
  Promise.all(arrivals.map((a) => journal.append(a)))

/** What the journal said, in one word each. */
export const kindsOf = (verdicts: readonly Verdict[]): string[] =>
  verdicts.map((v) => (v.kind === 'failed' ? v.why : v.kind))

/** The receipt that answers an arrival, verified. Fails if there is none or it attests something else. */
export function receiptOf(arrival: Arrival, verdict: Verdict | undefined): Receipt {
  assert.ok(verdict?.kind === 'received' || verdict?.kind === 'duplicate', JSON.stringify(verdict))
  const receipt = JSON.parse(verdict.receipt) as Receipt
  const facts = { ...arrival, receivedAt: verdict.receivedAt }
  assert.ok(verifyReceipt(facts, receipt, publicKeyOf(privateKey)), `not a receipt: ${verdict.receipt}`)
  return receipt
}

/** Resolves when the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10)
}
