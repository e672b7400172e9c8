// The key of the drafts. Without a PIN it lies in the database as a key that no script can read out; with a PIN only its
// wrapped form does, and the key itself is in memory while the app is unlocked. Drafts carry the id of their key, and a
// write checks it in its own transaction, so that no draft is ever sealed under a key that another tab just replaced.
import { onDatabase, readValue, strict, type VaultRow } from './database.ts'
import { newKey } from './seal.ts'
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
