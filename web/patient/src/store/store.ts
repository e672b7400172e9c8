// What the app keeps on the phone, for the screens: the draft of a form, written at every tap (U14); what is finished,
// sealed and waiting; and what is needed to work without a network. Every write resolves only when it is on disk, and
// rejects with a StoreError that the screen must show. A form goes one way: draft → outbox → gone (its key stays known).
import { type ReadonlySignal, signal } from '@preact/signals'
import { app } from '../app-version.ts'
import type { Device, DeviceForm, Draft, OutboxEntry, Settings, SubmissionBody, Today } from '../model.ts'
import { uptimeMs } from './clock.ts'
import { currentCredentials } from './credentials.ts'
import {
  type Database,
  type KeptEntry,
  onDatabase,
  readValue,
  strict,
  type Values,
  writeValue,
} from './database.ts'
import { outboxFacts, tellOutbox } from './outbox.ts'
import { seal, unseal } from './seal.ts'
import { StoreError } from './store-error.ts'
import { uuid7 } from './uuid7.ts'
import { dropVault, openVault, outboxKey } from './vault.ts'

export { StoreError, type StoreFault } from './store-error.ts'

/** What a finished form says; the rest is added when it is sealed. */
export type Finished = Omit<SubmissionBody, 'submissionId' | 'deviceSequence' | 'uptimeMs' | 'app'>

/** Everything the screens ask of the phone's memory. All of it may reject with a StoreError. */
export type Store = {
  device(): Promise<Device | null>
  settings(): Promise<Settings>
  saveSettings(settings: Settings): Promise<void>
  today(): Promise<Today | null>
  /** The plan in that language; where it is not there, in whichever language it is. Null where it is in none. */
  form(
    form: string,
    formVersion: string,
    language: string,
  ): Promise<{ readonly plan: DeviceForm; readonly sha256: string } | null>
  /** The plan of that hash, which a draft names; null where it is not here any more. */
  plan(of: Pick<Draft, 'form' | 'formVersion' | 'planSha256'>): Promise<DeviceForm | null>
  saveForm(plan: DeviceForm, sha256: string): Promise<void>
  /** Rejects with `locked` while the PIN is needed, as all functions about drafts do. */
  draft(key: string): Promise<Draft | null>
  /** Those that can be opened; of the others `lostDrafts` tells. */
  drafts(): Promise<readonly Draft[]>
  /** The patient knows of the lost drafts: they are not told again. */
  lostDraftsTold(): Promise<void>
  /** Resolves when it is on disk (U14). Rejects with `sent` where that form has been sent, also by another tab. */
  saveDraft(draft: Draft): Promise<void>
  /** Leaves a form unfinished for good; used for events opened by mistake. */
  dropDraft(key: string): Promise<void>
  /**
   * Seals what is finished and removes its draft, in one transaction: it is in exactly one of the two places whenever the
   * phone dies. Rejects with `sent` where it had been sent before.
   */
  submit(body: Finished, key: string, title: string): Promise<OutboxEntry>
  /** The present patient's entries on this phone, oldest first. */
  outbox(): Promise<readonly OutboxEntry[]>
  /** Keys of the forms this phone has sent, also after their copies are gone. */
  sentKeys(): Promise<ReadonlySet<string>>
  /**
   * For a clinic's tablet after the receipt: removes everything but entries without one, and what sends them once the
   * tablet is activated again.
   */
  wipe(): Promise<void>
}

/** Before the patient has chosen. */
export const firstSettings: Settings = {
  language: '',
  textPercent: 100,
  theme: 'system',
  reminders: false,
  quiet: null,
  practised: false,
}

/**
 * Opens the phone's memory and asks the browser not to clear it. Rejects with a StoreError where there is none, as in
 * some private windows.
 */
export async function openStore(): Promise<Store> {
  await onDatabase(async () => undefined)
  // Only pages may ask; the service worker opens the store as well.
  const storage = navigator.storage as { persist?: () => Promise<boolean> } | undefined
  void storage?.persist?.().catch(() => false)
  return store
}

const store: Store = {
  device: async () => (await currentCredentials())?.device ?? null,
  settings: async () => ({ ...firstSettings, ...(await readValue('settings')) }),
  saveSettings: (settings) => writeValue('settings', settings),
  today: async () => (await readValue('today')) ?? null,
  form: findForm,
  plan: findPlan,
  saveForm,
  draft: readDraft,
  drafts: readDrafts,
  lostDraftsTold: async () => {
    await writeValue('lostTold', lostNow.peek())
    lostNow.value = []
  },
  saveDraft,
  dropDraft: (key) =>
    onDatabase(async (db) => {
      const transaction = db.transaction('drafts', 'readwrite', strict)
      await Promise.all([transaction.store.delete(key), transaction.done])
    }),
  submit,
  outbox: async () => {
    const patient = (await currentCredentials())?.device
    const all = await onDatabase((db) => db.getAll('outbox'))
    return all
      .filter((e) => e.patientId === patient?.patientId && e.studyId === patient.studyId)
      .sort((a, b) => a.sequence - b.sequence)
      .map(outboxFacts)
  },
  sentKeys: async () => new Set(await onDatabase((db) => db.getAllKeys('sent'))),
  wipe,
}

/** Keeps a plan whose bytes have that hash. One of the same version that it replaces stays for drafts that name it. */
export async function saveForm(plan: DeviceForm, sha256: string): Promise<void> {
  const { form, formVersion, language } = plan
  await onDatabase(async (db) => {
    const transaction = db.transaction(['forms', 'plans'], 'readwrite')
    const forms = transaction.objectStore('forms')
    const before = await forms.get([form, formVersion, language])
    if (before !== undefined && before.sha256 !== sha256)
      await transaction.objectStore('plans').put({ sha256: before.sha256, plan: before.plan })
    await forms.put({ form, formVersion, language, sha256, plan })
    await transaction.done
  })
}

/** Looks among the present plans of the version, in every language, then among replaced ones. */
async function findPlan({ form, formVersion, planSha256 }: Parameters<Store['plan']>[0]) {
  return onDatabase(async (db) => {
    const present = await db.getAll('forms', versionOf(form, formVersion))
    const found = present.find(({ sha256 }) => sha256 === planSha256) ?? (await db.get('plans', planSha256))
    return found?.plan ?? null
  })
}

/** Removes plans that neither today (`wanted`: their hashes) nor a draft names. */
export async function dropUnusedPlans(wanted: readonly string[]): Promise<void> {
  await onDatabase(async (db) => {
    const transaction = db.transaction(['forms', 'plans', 'drafts'], 'readwrite')
    const drafts = await transaction.objectStore('drafts').getAll()
    const named = new Set([...wanted, ...drafts.map(({ plan }) => plan)])
    // A draft of an earlier version of the app does not say which it needs.
    if (!named.has(undefined)) {
      for (const { form, formVersion, language, sha256 } of await transaction.objectStore('forms').getAll())
        if (!named.has(sha256)) await transaction.objectStore('forms').delete([form, formVersion, language])
      for (const { sha256 } of await transaction.objectStore('plans').getAll())
        if (!named.has(sha256)) await transaction.objectStore('plans').delete(sha256)
    }
    await transaction.done
  })
}

const versionOf = (form: string, formVersion: string): IDBKeyRange =>
  IDBKeyRange.bound([form, formVersion], [form, formVersion, []])

async function findForm(form: string, formVersion: string, language: string) {
  return onDatabase(async (db) => {
    const exact = await db.get('forms', [form, formVersion, language])
    const found = exact ?? (await db.getAll('forms', versionOf(form, formVersion), 1))[0]
    return found === undefined ? null : { plan: found.plan, sha256: found.sha256 }
  })
}

const draftPlace = (key: string): string => `draft ${key}`

async function readDraft(key: string): Promise<Draft | null> {
  for (let again = 0; ; again++) {
    const vault = await openVault()
    const row = await onDatabase((db) => db.get('drafts', key))
    if (row === undefined) return null
    if (row.vault === vault.id) {
      return unseal(vault.key, draftPlace(key), row.sealed).then(
        (draft) => draft as Draft,
        (error) => {
          throw new StoreError('lost', error)
        },
      )
    }
    // Another tab set or removed the PIN, or its key is gone for good.
    if (again > 0 || (await readValue('vault'))?.id === vault.id) throw new StoreError('lost')
    dropVault()
  }
}

const lostNow = signal<readonly string[]>([])
/** Keys of unfinished forms that cannot be opened any more, as long as the patient does not know; the rows stay. */
export const lostDrafts: ReadonlySignal<readonly string[]> = lostNow

async function readDrafts(): Promise<readonly Draft[]> {
  const keys = await onDatabase((db) => db.getAllKeys('drafts'))
  const lost: string[] = []
  const readOne = async (key: string): Promise<Draft | null> => {
    try {
      return await readDraft(key)
    } catch (error) {
      if (!(error instanceof StoreError) || error.why !== 'lost') throw error
      lost.push(key)
      return null
    }
  }
  const all = await Promise.all(keys.map(readOne))
  const told = lost.length > 0 ? ((await readValue('lostTold')) ?? []) : []
  lostNow.value = lost.every((key) => told.includes(key)) ? [] : lost
  return all.filter((draft) => draft !== null)
}

async function saveDraft(draft: Draft): Promise<void> {
  for (let again = 0; ; again++) {
    const vault = await openVault()
    const sealed = await seal(vault.key, draftPlace(draft.key), draft)
    const kept = await onDatabase(async (db) => {
      const transaction = db.transaction(['values', 'drafts', 'sent'], 'readwrite', strict)
      const present = (await transaction.objectStore('values').get('vault')) as Values['vault'] | undefined
      const sent = await transaction.objectStore('sent').getKey(draft.key)
      const right = present?.id === vault.id && sent === undefined
      if (right) {
        const row = { key: draft.key, vault: vault.id, plan: draft.planSha256, sealed }
        await transaction.objectStore('drafts').put(row)
      }
      await transaction.done
      if (sent !== undefined) throw new StoreError('sent')
      return right
    })
    if (kept) return
    if (again > 0) throw new StoreError('failed')
    dropVault()
  }
}

async function submit(finished: Finished, key: string, title: string): Promise<OutboxEntry> {
  const device = (await currentCredentials())?.device
  // Another tab may have made this phone another patient's: with that token it would never be taken.
  if (device?.patientId !== finished.patientId || device.studyId !== finished.studyId)
    throw new StoreError('failed')
  const submissionId = uuid7()
  for (;;) {
    const sequence = ((await readValue('sequence')) ?? 0) + 1
    const body = { ...finished, submissionId, deviceSequence: sequence, uptimeMs: uptimeMs(), app }
    const entry: KeptEntry = {
      submissionId,
      key,
      form: finished.form,
      title,
      occasion: finished.occasion ?? null,
      completedAt: finished.completedAt,
      sequence,
      state: 'waiting',
      attempts: 0,
      nextAttemptAt: 0,
      lastProblem: null,
      receivedAt: null,
      studyId: finished.studyId,
      patientId: finished.patientId,
      deviceId: device.deviceId,
      body: await seal(await outboxKey(), `entry ${submissionId}`, body),
      hashes: [],
      receipt: null,
      notBefore: 0,
    }
    if (await onDatabase((db) => moveToOutbox(db, entry))) {
      tellOutbox()
      return outboxFacts(entry)
    }
  }
}

/** One transaction: the entry in, its draft out, its key known, the counter up. False where another tab counted first. */
async function moveToOutbox(db: Database, entry: KeptEntry): Promise<boolean> {
  const transaction = db.transaction(['values', 'drafts', 'sent', 'outbox'], 'readwrite', strict)
  const values = transaction.objectStore('values')
  const last = ((await values.get('sequence')) as number | undefined) ?? 0
  const sent = await transaction.objectStore('sent').getKey(entry.key)
  const right = last === entry.sequence - 1 && sent === undefined
  if (right) {
    const { key, submissionId } = entry
    await transaction.objectStore('outbox').add(entry)
    await transaction.objectStore('drafts').delete(key)
    await transaction.objectStore('sent').put({ key, submissionId, at: Date.now() })
    await values.put(entry.sequence, 'sequence')
  }
  await transaction.done
  if (sent !== undefined) throw new StoreError('sent')
  return right
}

async function wipe(): Promise<void> {
  await onDatabase(async (db) => {
    const tables = ['values', 'devices', 'forms', 'plans', 'drafts', 'outbox', 'sent'] as const
    const transaction = db.transaction(tables, 'readwrite', strict)
    const [outbox, values] = [transaction.objectStore('outbox'), transaction.objectStore('values')]
    const devices = transaction.objectStore('devices')
    const unsent = (await outbox.getAll()).filter((e) => e.state !== 'sent')
    const senders = await Promise.all(unsent.map((e) => devices.get(e.deviceId)))
    const needed = unsent.length === 0 ? [] : (['outboxKey', 'sequence'] as const)
    const kept = await Promise.all(needed.map(async (name) => [name, await values.get(name)] as const))
    await Promise.all(tables.map((table) => transaction.objectStore(table).clear()))
    for (const entry of unsent) await outbox.put(entry)
    for (const sender of senders) if (sender !== undefined) await devices.put(sender, sender.device.deviceId)
    for (const [name, value] of kept) if (value !== undefined) await values.put(value, name)
    await transaction.done
  })
  dropVault()
  tellOutbox()
}
