// The app's lock (U19). A PIN wraps the key of the drafts (PBKDF2-SHA-256), so that whoever takes the phone, or its disk,
// reads no unfinished answers. Finished ones go on being sent while it is locked. A wrong PIN is counted before it is
// tried and makes the waits grow; it never destroys anything. Locks when the app was hidden or untouched for 5 minutes.
import { type ReadonlySignal, signal } from '@preact/signals'
import { onDatabase, readValue, strict, type VaultRow } from '../store/database.ts'
import { StoreError } from '../store/store-error.ts'
import { dropVault, holdVault, isUnlocked } from '../store/vault.ts'
import { pinText, waitAfterMs } from './pin.ts'

/** Hidden or untouched for so long, the app locks, in milliseconds. */
export const lockAfterMs = 5 * 60_000

const lockedNow = signal(false)
/** Whether the PIN is needed now. */
export const locked: ReadonlySignal<boolean> = lockedNow

/** What trying a PIN led to; `waitMs` until the next try is allowed, 0 where it is at once. */
export type PinResult = { readonly ok: true } | { readonly ok: false; readonly waitMs: number }

/** The key that a PIN gives, to wrap the key of the drafts. */
export async function keyOfPin(
  pin: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, [
    'deriveKey',
  ])
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations }
  return crypto.subtle.deriveKey(how, base, { name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'unwrapKey'])
}

/** Whether a PIN is set. */
export async function hasPin(): Promise<boolean> {
  return (await readValue('vault'))?.kind === 'pin'
}

/** Locks at start where a PIN is set; call it before anything reads drafts. */
export async function lockAtStart(): Promise<void> {
  lockedNow.value = (await hasPin()) && !isUnlocked()
}

/** Locks now. Without a PIN nothing happens. */
export async function lock(): Promise<void> {
  if (!(await hasPin())) return
  dropVault()
  lockedNow.value = true
}

/** The drafts' key again. Rejects where the PIN was another. */
export const unwrap = (
  wrapped: ArrayBuffer,
  by: CryptoKey,
  iv: Uint8Array<ArrayBuffer>,
): Promise<CryptoKey> =>
  crypto.subtle.unwrapKey('raw', wrapped, by, { name: 'AES-GCM', iv }, { name: 'AES-GCM' }, false, [
    'encrypt',
    'decrypt',
  ])

/** Tries a PIN; the right one unlocks. Waits grow from the fifth wrong one on. */
export async function checkPin(pin: string, now: number = Date.now()): Promise<PinResult> {
  const row = await countTry(now)
  if (row.kind !== 'pin') {
    lockedNow.value = false
    return { ok: true }
  }
  if (row.notBefore > now) return { ok: false, waitMs: Math.min(row.notBefore - now, waitAfterMs(row.wrong)) }
  const text = pinText(pin) ?? ''
  const wrapping = await keyOfPin(text, row.salt, row.iterations)
  try {
    holdVault({ id: row.id, key: await unwrap(row.wrapped, wrapping, row.iv) })
  } catch {
    return { ok: false, waitMs: waitAfterMs(row.wrong + 1) }
  }
  await onVault((vault) => (vault.kind === 'pin' ? { ...vault, wrong: 0, notBefore: 0 } : vault))
  lockedNow.value = false
  return { ok: true }
}

/** Counts a try before it is made, so that closing the app spares none. Returns the row as it was. */
async function countTry(now: number): Promise<VaultRow> {
  return onVault((row) => {
    if (row.kind !== 'pin') return row
    // A wait that is longer than it can be comes of a clock that has been set back: it begins anew.
    const longest = now + waitAfterMs(row.wrong)
    if (row.notBefore > longest) return { ...row, notBefore: longest }
    if (row.notBefore > now) return row
    const wrong = row.wrong + 1
    return { ...row, wrong, notBefore: now + waitAfterMs(wrong) }
  })
}

async function onVault(change: (row: VaultRow) => VaultRow): Promise<VaultRow> {
  return onDatabase(async (db) => {
    const transaction = db.transaction('values', 'readwrite', strict)
    const row = (await transaction.store.get('vault')) as VaultRow | undefined
    if (row === undefined) throw new StoreError('failed')
    const next = change(row)
    if (next !== row) await transaction.store.put(next, 'vault')
    await transaction.done
    return row
  })
}

/** Names this page to itself: a channel also brings a page what it said by another channel of the same name. */
const thisPage = crypto.randomUUID()
const channel = (): BroadcastChannel => new BroadcastChannel('levee-lock')

/** Tells other tabs that the lock was changed. */
export function tellOthers(): void {
  const others = channel()
  others.postMessage(thisPage)
  others.close()
}

/** Locks after 5 minutes without a touch or hidden, and follows other tabs. Returns what ends the watch. */
export function watchIdle(): () => void {
  let lastDate = Date.now()
  let lastTick = performance.now()
  const touched = () => {
    lastDate = Date.now()
    lastTick = performance.now()
  }
  // The one clock stops while some phones sleep, the other can be set: the longer time counts.
  const idle = () => Math.max(Date.now() - lastDate, performance.now() - lastTick) >= lockAfterMs
  const look = () => {
    if (idle()) void lock()
  }
  const timer = setInterval(look, 15_000)
  const gestures = ['pointerdown', 'keydown', 'input'] as const
  for (const gesture of gestures) addEventListener(gesture, touched, { capture: true, passive: true })
  document.addEventListener('visibilitychange', look)
  const others = channel()
  others.onmessage = ({ data }: MessageEvent) => {
    if (data === thisPage) return
    dropVault()
    void lockAtStart()
  }
  return () => {
    clearInterval(timer)
    for (const gesture of gestures) removeEventListener(gesture, touched, { capture: true })
    document.removeEventListener('visibilitychange', look)
    others.close()
  }
}
