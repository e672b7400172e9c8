// The app's lock (U19). A PIN wraps the key of the drafts (PBKDF2-SHA-256), so that whoever takes the phone, or its disk,
// reads no unfinished answers. Finished ones go on being sent while it is locked. A wrong PIN is counted before it is
// tried and makes the waits grow; it never destroys anything. Locks when the app was hidden or untouched for 5 minutes.
import { type ReadonlySignal, signal } from '@preact/signals'
import { onDatabase, readValue, strict, type VaultRow } from '../store/database.ts'
import { newKey } from '../store/seal.ts'
import { StoreError } from '../store/store-error.ts'
import { dropVault, holdVault, isUnlocked, replaceVault } from '../store/vault.ts'
import { pinText, waitAfterMs } from './pin.ts'

/** OWASP's figure for PBKDF2-HMAC-SHA-256 (2023). */
export const pinIterations = 600_000
/** Hidden or untouched for so long, the app locks, in milliseconds. */
export const lockAfterMs = 5 * 60_000

const lockedNow = signal(false)
/** Whether the PIN is needed now. */
export const locked: ReadonlySignal<boolean> = lockedNow

/** What trying a PIN led to; `waitMs` until the next try is allowed, 0 where it is at once. */
export type PinResult = { readonly ok: true } | { readonly ok: false; readonly waitMs: number }

async function keyOfPin(pin: string, salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<CryptoKey> {
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

/** Sets or changes the PIN. Throws RangeError where it is not 4 to 12 digits; rejects with `locked`. */
export async function setPin(pin: string): Promise<void> {
  const text = pinText(pin)
  if (text === null) throw new RangeError('a PIN has 4 to 12 digits')
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const key = await newKey(true)
  const wrapping = await keyOfPin(text, salt, pinIterations)
  const wrapped = await crypto.subtle.wrapKey('raw', key, wrapping, { name: 'AES-GCM', iv })
  const id = crypto.randomUUID()
  const kept = await unwrap(wrapped, wrapping, iv)
  await replaceVault(
    { id, key: kept },
    { kind: 'pin', id, salt, iterations: pinIterations, iv, wrapped, wrong: 0, notBefore: 0 },
  )
  tellOthers()
}

const unwrap = (wrapped: ArrayBuffer, by: CryptoKey, iv: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
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
  if (row.notBefore > now) return { ok: false, waitMs: row.notBefore - now }
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
    if (row.kind !== 'pin' || row.notBefore > now) return row
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

/** Takes the PIN away; the drafts stay. Resolves with what trying the PIN led to. */
export async function removePin(pin: string): Promise<PinResult> {
  const result = await checkPin(pin)
  if (!result.ok) return result
  const next = { id: crypto.randomUUID(), key: await newKey() }
  await replaceVault(next, { kind: 'open', ...next })
  tellOthers()
  return result
}

/**
 * For a forgotten PIN, after the site gave a new activation code: takes the lock away together with the unfinished
 * answers under it, which nobody can read any more. Finished ones are not touched.
 */
export async function forgetPin(): Promise<void> {
  await onDatabase(async (db) => {
    const transaction = db.transaction(['values', 'drafts'], 'readwrite', strict)
    await transaction.objectStore('drafts').clear()
    await transaction.objectStore('values').delete('vault')
    await transaction.done
  })
  dropVault()
  lockedNow.value = false
  tellOthers()
}

/** Names this page to itself: a channel also brings a page what it said by another channel of the same name. */
const thisPage = crypto.randomUUID()
const channel = (): BroadcastChannel => new BroadcastChannel('levee-lock')

function tellOthers(): void {
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
