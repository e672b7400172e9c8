// Checks what devices signed, after the entries were applied, beside the writers: reads what waits with its bytes and
// keys, verifies on the runtime's thread pool, and has the trial's writer note the results.
//
// A check that is cut off anywhere is made again: what is not noted waits still. On a cluster every processing node
// checks; what two of them check is noted once. While entries arrive, it stands back. An entry that cannot be read costs
// only its own check.
import type { KeyObject } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { marksOf } from '../../intake/head.ts'
import type { SourceEntry } from '../../intake/journal-store.ts'
import type { CheckedEntry, NoteSignatures } from '../../records/signature-check-actions.ts'
import type { SignedEntry } from '../../records/signature-check-store.ts'
import type { Stores } from '../stores.ts'
import { checkSignature, readDeviceKey } from './verify-signature.ts'

/** Checks noted in one transaction at most. */
const atOnce = 512
/** A window of what waits is read, of which a node takes a part by chance, so that nodes rarely check the same. */
const windowOfCluster = 4 * atOnce
/** Verified on the pool together: with nothing else to do, and while entries arrive. */
const together = { idle: Math.max(2, availableParallelism()), busy: 1 }
/** How long it rests for the time that a batch took: nothing, as long, nine times as long. */
const rest = { idle: 0, arriving: 1, behind: 9 }
const lookEveryMs = 1000
/** So often an entry is looked at that cannot be read, while the journal answers otherwise; then that is its result. */
const mostReads = 3
/** Entries of which is remembered how often they could not be read. */
const mostDoubtful = 10_000

/** How busy the node is: nothing arrives, entries arrive, or processing is behind. */
export type Busyness = keyof typeof rest

export type SignatureChecker = {
  /** Ends after the batch in hand. */
  stop(): Promise<void>
}

export type SignatureCheckerParts = {
  readonly stores: Pick<Stores, 'signatureChecks' | 'journal' | 'devices'>
  /** Other nodes check too. */
  readonly isShared: boolean
  readonly note: (checks: NoteSignatures) => Promise<unknown>
  readonly busyness: () => Busyness
  readonly onTrouble: (reason: string) => void
  /** How often it looks while nothing waits, in milliseconds; standard 1,000. */
  readonly everyMs?: number
}

export function signatureChecker(parts: SignatureCheckerParts): SignatureChecker {
  const stopping = new AbortController()
  const { signal } = stopping
  const pause = (ms: number) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
  const unread = new Map<number, number>()
  const run = async () => {
    const everyMs = parts.everyMs ?? lookEveryMs
    while (!signal.aborted) {
      try {
        const began = performance.now()
        const checked = await checkSome(parts, unread, signal)
        if (checked === 0) await pause(everyMs)
        else await pause(rest[parts.busyness()] * (performance.now() - began))
      } catch (error) {
        if (signal.aborted) return
        parts.onTrouble((error as Error).message)
        await pause(everyMs)
      }
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

/** Checks a batch and has it noted; returns how many were. `unread`: how often entries could not be read, by position. */
async function checkSome(
  parts: SignatureCheckerParts,
  unread: Map<number, number>,
  signal: AbortSignal,
): Promise<number> {
  const { stores, isShared, note, busyness } = parts
  const waiting = await stores.signatureChecks.waiting(isShared ? windowOfCluster : atOnce)
  const batch = isShared ? partOf(waiting, Math.random()) : waiting
  if (batch.length === 0) return 0
  const keys = keysOf(await stores.devices.publicKeysOf([...new Set(batch.map((w) => w.deviceId))]))
  const checks = new Map<string, CheckedEntry[]>()
  let [next, checked] = [0, 0]
  const worker = async () => {
    for (let entry = batch[next++]; entry !== undefined && !signal.aborted; entry = batch[next++]) {
      const check = await checkEntry(stores, entry, keys(entry.deviceId), unread)
      if (check === undefined) continue
      checked += 1
      const ofStudy = checks.get(entry.studyId)
      if (ofStudy === undefined) checks.set(entry.studyId, [check])
      else ofStudy.push(check)
    }
  }
  const workers = busyness() === 'idle' ? together.idle : together.busy
  await Promise.all(Array.from({ length: workers }, worker))
  for (const [studyId, made] of checks) await note({ studyId, checks: made })
  return checked
}

/** A part of what waits, as long as one batch; `chance` from 0 to 1. */
export function partOf(waiting: readonly SignedEntry[], chance: number): readonly SignedEntry[] {
  const parts = Math.ceil(waiting.length / atOnce)
  const from = atOnce * Math.min(Math.max(0, parts - 1), Math.floor(chance * parts))
  return waiting.slice(from, from + atOnce)
}

/** Undefined where the entry could not be read this time: it waits. Throws where the journal does not answer at all. */
async function checkEntry(
  { journal }: Pick<Stores, 'journal'>,
  { position, patientId }: SignedEntry,
  key: KeyObject | null,
  unread: Map<number, number>,
): Promise<CheckedEntry | undefined> {
  const unreadable = { position, patientId, logIndex: null, sha256: null, code: 'unreadable' } as const
  let entry: SourceEntry | undefined
  try {
    entry = await journal.entryAt(position)
  } catch {
    // No entry is there: it throws where the journal is away, and then nothing is said about this one.
    await journal.entryAt(0)
    const times = (unread.get(position) ?? 0) + 1
    if (unread.size >= mostDoubtful) unread.clear()
    if (times < mostReads) unread.set(position, times)
    else unread.delete(position)
    return times < mostReads ? undefined : unreadable
  }
  if (entry === undefined) return unreadable
  const { logIndex, sha256, head, body } = entry
  const code = await checkSignature(marksOf(head) ?? {}, body, key)
  return { position, patientId, logIndex, sha256, code }
}

/** Keys are imported once in a batch: a device rarely has more than a few entries in one. */
function keysOf(spkis: ReadonlyMap<number, string>): (deviceId: number) => KeyObject | null {
  const keys = new Map<number, KeyObject | null>()
  return (deviceId) => {
    const known = keys.get(deviceId)
    if (known !== undefined) return known
    const spki = spkis.get(deviceId)
    const key = spki === undefined ? null : readDeviceKey(spki)
    keys.set(deviceId, key)
    return key
  }
}
