// The app's one IndexedDB database and how it is opened. Connections that a browser closed (Safari does, after the
// phone slept) are opened anew, and a tab with an older version steps aside when a newer one upgrades.
import type { Device, DeviceForm, OutboxEntry, Settings, Today } from '../model.ts'
import { type IndexedDb, openIndexedDb } from './indexed.ts'
import type { Sealed } from './seal.ts'
import { asStoreError } from './store-error.ts'

/** The phone's part in a study: its token and the key that signs what it sends. Kept as long as an entry needs it. */
export type Credentials = { readonly device: Device; readonly signer: CryptoKeyPair }

/** The key of the drafts: at hand, or wrapped under a PIN. `id` tells which key a draft was sealed under. */
export type VaultRow =
  | { readonly kind: 'open'; readonly id: string; readonly key: CryptoKey }
  | {
      readonly kind: 'pin'
      readonly id: string
      readonly salt: Uint8Array<ArrayBuffer>
      readonly iterations: number
      readonly iv: Uint8Array<ArrayBuffer>
      readonly wrapped: ArrayBuffer
      /** Wrong tries in a row, and when the next is allowed, in milliseconds since the epoch. */
      readonly wrong: number
      readonly notBefore: number
    }

/** One submission on its way, as it lies on the phone. The body is sealed; the envelope around it is what is shown. */
export type KeptEntry = OutboxEntry & {
  readonly studyId: string
  readonly patientId: string
  /** Whose token sends it: the phone that the patient finished it on, even after a new activation. */
  readonly deviceId: number
  readonly body: Sealed
  /** SHA-256, hex, of the bytes of each attempt that may have arrived: a receipt attests one of them. */
  readonly hashes: readonly string[]
  /** The server's acknowledgement with the verified receipt, as it came; kept until the entry is settled. */
  readonly receipt: string | null
  /** The server asked not to be called before (Retry-After), milliseconds since the epoch; 0 where it did not. */
  readonly notBefore: number
}

/** Single values by name. */
export type Values = {
  current: number
  /** Made before the code is sent, so that a lost answer can be asked for again with the same key. */
  pendingSigner: CryptoKeyPair
  vault: VaultRow
  outboxKey: CryptoKey
  settings: Settings
  today: Today
  todayTag: { readonly tag: string; readonly language: string }
  sequence: number
  /** What the server was told last of where pushes go. */
  pushTold: { readonly deviceId: number; readonly endpoint: string }
  /** Keys of the drafts of which the patient knows that they cannot be opened. */
  lostTold: readonly string[]
  /** Failed calls in a row. */
  failures: number
  /** What was declared last as held but not received, by phone, and when. */
  declared: { readonly texts: Readonly<Record<number, string>>; readonly at: number }
}

export type Tables = {
  values: { key: string; value: Values[keyof Values] }
  devices: { key: number; value: Credentials }
  forms: {
    key: [form: string, formVersion: string, language: string]
    value: { form: string; formVersion: string; language: string; sha256: string; plan: DeviceForm }
  }
  /** By hash: plans that others of the same version have replaced, for the drafts that were begun with them (U16). */
  plans: { key: string; value: { sha256: string; plan: DeviceForm } }
  /** `plan`: the hash of the draft's plan; drafts of an earlier version of the app do not have it. */
  drafts: { key: string; value: { key: string; vault: string; plan?: string; sealed: Sealed } }
  outbox: { key: string; value: KeptEntry }
  /** Occasions this phone has submitted; outlives the entries. */
  sent: { key: string; value: { key: string; submissionId: string; at: number } }
}

export type Database = IndexedDb<Tables>

/** Of every write that must outlive a power cut: answers, entries, keys (U14). */
export const strict: IDBTransactionOptions = { durability: 'strict' }

const version = 2
let opened: Promise<Database> | undefined

function connect(): Promise<Database> {
  const lost = () => {
    if (opened === mine) opened = undefined
  }
  const mine = openIndexedDb<Tables>('levee', version, {
    upgrade(db, from) {
      if (from < 1) {
        db.createObjectStore('values')
        db.createObjectStore('devices')
        db.createObjectStore('forms', { keyPath: ['form', 'formVersion', 'language'] })
        db.createObjectStore('drafts', { keyPath: 'key' })
        db.createObjectStore('outbox', { keyPath: 'submissionId' })
        db.createObjectStore('sent', { keyPath: 'key' })
      }
      if (from < 2) db.createObjectStore('plans', { keyPath: 'sha256' })
    },
    lost,
  })
  mine.catch(lost)
  return mine
}

/**
 * Runs a piece of work on the database, once more on a new connection where the old one had been closed. Rejects with
 * a StoreError. The work must leave nothing behind when it fails: do all writes in one transaction.
 */
export async function onDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  for (let again = 0; ; again++) {
    try {
      opened ??= connect()
      return await work(await opened)
    } catch (error) {
      const closed = error instanceof DOMException && error.name === 'InvalidStateError'
      if (!closed || again > 0) throw asStoreError(error)
      opened = undefined
    }
  }
}

/** One of the single values, or undefined. */
export const readValue = <K extends keyof Values>(name: K): Promise<Values[K] | undefined> =>
  onDatabase((db) => db.get('values', name)) as Promise<Values[K] | undefined>

/** Writes one of the single values; resolves when it is on disk. */
export const writeValue = <K extends keyof Values>(name: K, value: Values[K]): Promise<void> =>
  onDatabase(async (db) => {
    const transaction = db.transaction('values', 'readwrite', strict)
    await Promise.all([transaction.store.put(value, name), transaction.done])
  })
