// A page with the app's core (core-page.ts) as the phone of a patient: what the tests of the core do with it.
import type { Page } from 'playwright-core'
import type { Draft } from '../../../web/patient/src/model.ts'

/** What the page has as `core`. */
export type Core = typeof import('../../../web/patient/src/store/store.ts') &
  typeof import('../../../web/patient/src/store/database.ts') &
  typeof import('../../../web/patient/src/store/save-device.ts') &
  typeof import('../../../web/patient/src/store/clock.ts') &
  typeof import('../../../web/patient/src/store/outbox.ts') &
  typeof import('../../../web/patient/src/sync/sync.ts') &
  typeof import('../../../web/patient/src/api/activate.ts') &
  typeof import('../../../web/patient/src/crypto/lock.ts') &
  typeof import('../../../web/patient/src/crypto/pin-change.ts') &
  typeof import('../../../web/patient/src/form/open-draft.ts')
declare const core: Core
declare const sync: ReturnType<Core['createSync']>

/** Whose phone it is. `deviceId`: standard 7. */
export type Given = {
  readonly token: string
  readonly studyId: string
  readonly patientId: string
  readonly kind?: 'clinic'
  readonly deviceId?: number
  /** Standard: long ago. */
  readonly activatedAt?: string
}

/** Makes the page the phone of a patient; the sender is started when `start` is. */
export async function bind(page: Page, given: Given, start = true): Promise<string> {
  return page.evaluate(
    async ({ given: { token, studyId, patientId, kind, deviceId = 7, activatedAt }, start: begin }) => {
      const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
        'sign',
        'verify',
      ])
      await core.writeValue('pendingSigner', pair)
      const store = await core.openStore()
      const device = {
        kind: kind ?? ('own' as const),
        token,
        deviceId,
        studyId,
        patientId,
        activatedAt: activatedAt ?? '2026-01-01T08:00:00.000Z',
        form: null,
      }
      await core.saveDevice(device)
      Object.assign(globalThis, { sync: core.createSync(store, device) })
      await sync.refresh()
      if (begin) sync.start()
      const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))
      return btoa(String.fromCharCode(...spki))
    },
    { given: { ...given }, start },
  )
}

/** After a reload: the same phone again. */
export const resume = (page: Page, start = true) =>
  page.evaluate(async (begin) => {
    const store = await core.openStore()
    Object.assign(globalThis, { sync: core.createSync(store, (await store.device())!) })
    if (begin) sync.start()
  }, start)

/** A draft with one answer. */
export const draftOf = (key: string, pain: number): Draft => ({
  key,
  form: 'daily-diary',
  formVersion: '1',
  planSha256: 'a'.repeat(64),
  occasion: key.split('/')[1]!,
  language: 'en',
  originator: { kind: 'patient' },
  startedAt: '2026-11-22T08:00:00.000+01:00[Europe/Berlin]',
  elapsedMs: 1000,
  answers: { pain },
  at: 'pain',
  changing: false,
  trail: [],
  presentation: {},
  prompts: [],
  lateReason: null,
})
/** Keeps it on the phone. */
export const saveDraft = (page: Page, draft: Draft) =>
  page.evaluate(async (d) => (await core.openStore()).saveDraft(d), draft)

/** Finishes a diary of a day; resolves when it is sealed on the phone. */
export const finish = (page: Page, day: string, pain = 4) =>
  page.evaluate(
    async ([occasion, value]) => {
      const store = await core.openStore()
      const device = (await store.device())!
      const body = {
        studyId: device.studyId,
        patientId: device.patientId,
        form: 'daily-diary',
        formVersion: '1',
        occasion: occasion as string,
        startedAt: core.deviceNow(),
        completedAt: core.deviceNow(),
        elapsedMs: 4000,
        language: 'en',
        planSha256: 'a'.repeat(64),
        originator: { kind: 'patient' as const },
        answers: { pain: value as number },
        answerTrail: [],
        presentation: {},
        prompts: [],
      }
      return store.submit(body, `daily-diary/${occasion}`, 'Diary')
    },
    [day, pain] as const,
  )

/** All rows of the outbox. */
export const entries = (page: Page) => page.evaluate(() => core.allEntries())
/** Their states. */
export const states = async (page: Page) => (await entries(page)).map((e) => e.state)
