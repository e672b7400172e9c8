// Setting, changing and taking away the PIN (U19). Either way the drafts get another key and are sealed anew, so that an
// old copy of the database with the old PIN opens nothing that was written since.
import { onDatabase, strict, type VaultRow } from '../store/database.ts'
import { newKey, type Sealed, seal, unseal } from '../store/seal.ts'
import { dropVault, holdVault, openVault, type Vault } from '../store/vault.ts'
import { checkPin, keyOfPin, lockAtStart, type PinResult, tellOthers, unwrap } from './lock.ts'
import { pinText } from './pin.ts'

/** OWASP's figure for PBKDF2-HMAC-SHA-256 (2023). */
export const pinIterations = 600_000

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
  await lockAtStart()
  tellOthers()
}

/**
 * Puts another key in place of the present one and seals all drafts under it, in one transaction: either all of them
 * are under the new key or none. `row` is what the database keeps of the new key. Rejects with `locked`.
 */
async function replaceVault(next: Vault, row: VaultRow): Promise<void> {
  for (;;) {
    const old = await openVault()
    const drafts = await onDatabase((db) => db.getAll('drafts'))
    const sealedAnew = await Promise.all(
      drafts.map(async (draft) => {
        const place = `draft ${draft.key}`
        const value = await unseal(old.key, place, draft.sealed).catch(() => undefined)
        // One that nobody can open stays as it is, and in nobody's way.
        if (value === undefined) return draft
        return { ...draft, vault: next.id, sealed: await seal(next.key, place, value) }
      }),
    )
    const done = await onDatabase(async (db) => {
      const transaction = db.transaction(['values', 'drafts'], 'readwrite', strict)
      const table = transaction.objectStore('drafts')
      const present = await table.getAll()
      const vault = (await transaction.objectStore('values').get('vault')) as VaultRow | undefined
      const unchanged =
        vault?.id === old.id &&
        present.length === drafts.length &&
        present.every((draft, i) => sameSeal(draft.sealed, drafts[i]!.sealed))
      if (unchanged) {
        for (const draft of sealedAnew) await table.put(draft)
        await transaction.objectStore('values').put(row, 'vault')
      }
      await transaction.done
      return unchanged
    })
    if (done) {
      holdVault(next)
      return
    }
    // Another tab wrote meanwhile: what it wrote is taken along.
    dropVault()
  }
}

const sameSeal = (a: Sealed, b: Sealed): boolean => a.iv.every((byte, i) => byte === b.iv[i])
