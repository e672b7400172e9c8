// The key of the drafts. Without a PIN it lies in the database as a key that no script can read out; with a PIN only its
// wrapped form does, and the key itself is in memory while the app is unlocked. Drafts carry the id of their key, and a
// write checks it in its own transaction, so that no draft is ever sealed under a key that another tab just replaced.
import { onDatabase, readValue, strict, type VaultRow } from './database.ts'
import { newKey, type Sealed, seal, unseal } from './seal.ts'
import { StoreError } from './store-error.ts'

/** The drafts' key in use. */
export type Vault = { readonly id: string; readonly key: CryptoKey }

let held: Vault | undefined

/** Whether this tab has the key at hand; without a PIN it can always be had. */
export const isUnlocked = (): boolean => held !== undefined

/** Forgets the key: with a PIN, drafts cannot be read until it is given again. */
export function dropVault(): void {
  held = undefined
}

/** Takes a key that the PIN has just opened. */
export function holdVault(vault: Vault): void {
  held = vault
}

/** The key, made on first use. Rejects with `locked` where a PIN stands before it. */
export async function openVault(): Promise<Vault> {
  if (held !== undefined) return held
  let row = await readValue('vault')
  if (row === undefined) {
    const made: VaultRow = { kind: 'open', id: crypto.randomUUID(), key: await newKey() }
    row = await onDatabase(async (db) => {
      const transaction = db.transaction('values', 'readwrite', strict)
      const first = (await transaction.store.get('vault')) as VaultRow | undefined
      if (first === undefined) await transaction.store.put(made, 'vault')
      await transaction.done
      return first ?? made
    })
  }
  if (row.kind === 'pin') throw new StoreError('locked')
  held = { id: row.id, key: row.key }
  return held
}

/** A key to unlock what is sent while the app is locked: entries are sealed under it once they are finished. */
export async function outboxKey(): Promise<CryptoKey> {
  const known = await readValue('outboxKey')
  if (known !== undefined) return known
  const made = await newKey()
  return onDatabase(async (db) => {
    const transaction = db.transaction('values', 'readwrite', strict)
    const first = (await transaction.store.get('outboxKey')) as CryptoKey | undefined
    if (first === undefined) await transaction.store.put(made, 'outboxKey')
    await transaction.done
    return first ?? made
  })
}

/**
 * Puts another key in place of the present one and seals all drafts under it, in one transaction: either all of them
 * are under the new key or none. `row` is what the database keeps of the new key. Rejects with `locked`.
 */
export async function replaceVault(next: Vault, row: VaultRow): Promise<void> {
  for (;;) {
    const old = await openVault()
    const drafts = await onDatabase((db) => db.getAll('drafts'))
    const sealedAnew = await Promise.all(
      drafts.map(async (draft) => {
        const place = `draft ${draft.key}`
        const value = await unseal(old.key, place, draft.sealed)
        return { key: draft.key, vault: next.id, sealed: await seal(next.key, place, value) }
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
      held = next
      return
    }
    // Another tab wrote meanwhile: what it wrote is taken along.
    dropVault()
  }
}

const sameSeal = (a: Sealed, b: Sealed): boolean => a.iv.every((byte, i) => byte === b.iv[i])
