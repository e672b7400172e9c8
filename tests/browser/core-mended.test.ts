// What must not happen to what lies on a phone: a new code that empties a lock the patient has the PIN of, reminders that
// end without a word, a form shown by another plan than it was begun with, answers left on a clinic's tablet, one broken
// draft that keeps all others from being opened.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { DeviceForm, Today } from '../../web/patient/src/model.ts'
import { type RunningTrial, startTrial } from '../support/start-trial.ts'
import { openPhone, type Phone, until } from './support/browser.ts'
import { corePage } from './support/core-page.ts'
import { bind, type Core, draftOf, entries, saveDraft } from './support/core-phone.ts'
import { type Front, startFront } from './support/front.ts'
import { activate, answerUntilReview, newCode, openForm } from './support/patient.ts'

declare const core: Core

let trial: RunningTrial
/** Serves the core alone, and the whole app. */
let front: Front
let whole: Front
let person = 0

before(async () => {
  trial = await startTrial({ patients: 12 })
  front = await startFront(trial.http, await corePage())
  whole = await startFront(trial.http)
})
after(async () => {
  await front[Symbol.asyncDispose]()
  await whole[Symbol.asyncDispose]()
  await trial[Symbol.asyncDispose]()
})

const nextPerson = () => trial.people[person++]!

async function corePhone(): Promise<Phone> {
  const phone = await openPhone({ origin: front.url })
  await phone.page.goto(`${front.url}/app/`)
  return phone
}

/** A phone with the whole app and nothing on it. */
async function appPhone(more: Partial<Parameters<typeof openPhone>[0]> = {}): Promise<Phone> {
  whole.fate = () => 'pass'
  whole.rewrite = (_path, body) => body
  whole.seen.length = 0
  return openPhone({ origin: whole.url, ...more })
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name })

const goTo = (page: Page, hash: string) =>
  page.evaluate((to) => {
    location.hash = to
  }, hash)

async function startAgain(page: Page): Promise<void> {
  await page.goto('about:blank')
  await page.goto(`${whole.url}/app/#/`)
}

const draftCount = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const open = indexedDB.open('levee')
        open.onerror = reject
        open.onsuccess = () => {
          const count = open.result.transaction('drafts').objectStore('drafts').count()
          count.onsuccess = () => resolve(count.result)
          open.result.close()
        }
      }),
  )

/** A patient's phone with a PIN and an unfinished diary, started anew: it is locked. */
async function lockedPhone(phone: Phone, who = nextPerson()): Promise<typeof who> {
  const { page } = phone
  await activate(page, whole, await newCode(trial, who))
  await goTo(page, '#/settings')
  await button(page, 'Set PIN').click()
  await page.locator('input[type=password]').fill('2580')
  await button(page, 'Set PIN').click()
  await button(page, 'Remove PIN').waitFor()
  await goTo(page, '#/')
  await openForm(page, 'diary')
  await answerUntilReview(page, 2)
  await startAgain(page)
  await heading(page, 'Enter your PIN').waitFor()
  return who
}

test('a code that is used while the app is locked leaves the lock and what is under it', async () => {
  await using phone = await appPhone()
  const { page } = phone
  const who = await lockedPhone(phone)
  await goTo(page, `#/activate?code=${await newCode(trial, who)}`)
  await button(page, 'Next').click()
  await heading(page, 'Enter your PIN').waitFor()
  assert.equal(await draftCount(page), 1)
  await page.locator('input[type=password]').fill('2580')
  await button(page, 'Open').click()
  await page.getByText('Continue').first().waitFor()
})

test('a code for a forgotten PIN takes the lock and what is under it away; another patient’s code too', async () => {
  for (const forgotten of [true, false]) {
    await using phone = await appPhone()
    const { page } = phone
    const who = await lockedPhone(phone)
    const code = await newCode(trial, forgotten ? who : nextPerson())
    if (forgotten) {
      await button(page, 'I forgot my PIN').click()
      await button(page, 'I have a new code').click()
      await page.getByLabel('Your code').fill(code)
    } else await goTo(page, `#/activate?code=${code}`)
    await button(page, 'Next').click()
    await heading(page, 'Choose a PIN').waitFor()
    assert.equal(await draftCount(page), 0)
  }
})

test('reminders that are on follow the subscription and the activation', async () => {
  const stub = () => {
    if (!('PushManager' in globalThis)) return
    const subscription = {
      toJSON: () => ({
        endpoint: localStorage.getItem('endpoint') ?? 'https://push.example/1',
        keys: { p256dh: 'p', auth: 'a' },
      }),
    }
    PushManager.prototype.subscribe = async () => subscription as never
    PushManager.prototype.getSubscription = async () => subscription as never
    Notification.requestPermission = async () => 'granted'
    Object.defineProperty(Notification, 'permission', { get: () => 'granted' })
  }
  await using phone = await appPhone({ before: stub })
  const { page } = phone
  whole.fate = (call) => (/^\/v1\/device\/(?:push|reminders)$/.test(call.path) ? { status: 200 } : 'pass')
  whole.rewrite = (path, body) => {
    if (!path.startsWith('/v1/device/today') || body.length === 0) return body
    const today = JSON.parse(body.toString()) as Today
    return Buffer.from(JSON.stringify({ ...today, reminders: { ...today.reminders, pushKey: 'BAAA' } }))
  }
  const told = () =>
    whole.seen
      .filter((call) => call.path === '/v1/device/push')
      .map((call) => [
        call.headers.authorization !== tokens[0] ? 'new phone' : 'phone',
        (JSON.parse(call.body.toString()) as { endpoint: string }).endpoint.at(-1),
      ])
  const tokens: (string | undefined)[] = []
  const who = nextPerson()
  await activate(page, whole, await newCode(trial, who))
  await page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await goTo(page, '#/settings')
  await page.getByLabel('Remind me').click()
  await page.getByText('Reminders are on.').waitFor()
  tokens.push(whole.seen.find((call) => call.path === '/v1/device/push')?.headers.authorization)
  const first = ['phone', '1']
  assert.deepEqual(told(), [first])

  const asked = () => whole.seen.filter((call) => call.path.startsWith('/v1/device/today')).length
  const startsAgain = async () => {
    const before = asked()
    await startAgain(page)
    await until('it was in contact', () => asked() > before)
    await page.waitForTimeout(300)
  }
  await startsAgain()
  assert.deepEqual(told(), [first], 'control: nothing changed, nothing is told')
  await page.evaluate(() => localStorage.setItem('endpoint', 'https://push.example/2'))
  await startsAgain()
  const second = ['phone', '2']
  assert.deepEqual(told(), [first, second])
  await goTo(page, `#/activate?code=${await newCode(trial, who)}`)
  await button(page, 'Next').click()
  await until('the new phone was told of', () => told().length > 2)
  const third = ['new phone', '2']
  assert.deepEqual(told(), [first, second, third])

  const worker = phone.context.serviceWorkers()[0]!
  await worker.evaluate(async () => {
    const subscription = { toJSON: () => ({ endpoint: 'https://push.example/3', keys: {} }) }
    PushManager.prototype.getSubscription = async () => subscription as never
    Object.defineProperty(Notification, 'permission', { get: () => 'granted' })
    const work: unknown[] = []
    const waitUntil = (promise: unknown) => void work.push(promise)
    dispatchEvent(Object.assign(new Event('pushsubscriptionchange'), { waitUntil }))
    await Promise.all(work)
  })
  assert.deepEqual(told(), [first, second, third, ['new phone', '3']])
})

const planOf = (title: string): DeviceForm => ({
  form: 'daily-diary',
  formVersion: '1',
  language: 'en',
  title,
  screens: [],
  rules: [],
})
const [shaA, shaB] = ['a'.repeat(64), 'b'.repeat(64)]

test('a draft is shown by the plan it was begun with, whatever the version has become (U16)', async () => {
  await using phone = await corePhone()
  const { page } = phone
  await bind(page, nextPerson(), false)
  const keep = (title: string, sha: string) =>
    page.evaluate(async ([plan, hash]) => (await core.openStore()).saveForm(plan, hash), [
      planOf(title),
      sha,
    ] as const)
  await keep('First', shaA)
  await saveDraft(page, draftOf('daily-diary/2026-11-20', 2))
  await keep('Second', shaB)
  const opened = (day: string) =>
    page.evaluate(async (occasion) => {
      const store = await core.openStore()
      const due = { key: `daily-diary/${occasion}`, form: 'daily-diary', formVersion: '1', occasion }
      const today = { patient: { language: 'en' }, languages: ['en'] }
      const open = await core.openDraft(
        store,
        today as never,
        { occasion: { ...due, submittedAt: null } as never },
        'en',
      )
      return open.kind === 'open' ? [open.plan.title, open.draft.planSha256[0]] : open.kind
    }, day)
  assert.deepEqual(await opened('2026-11-20'), ['First', 'a'])
  assert.deepEqual(await opened('2026-11-21'), ['Second', 'b'], 'control: a new one')
  const left = (drop: boolean) =>
    page.evaluate(
      async ([of, wanted, isDropped]) => {
        const store = await core.openStore()
        if (isDropped) await store.dropDraft('daily-diary/2026-11-20')
        await core.dropUnusedPlans([wanted])
        return (await store.plan(of))?.title ?? null
      },
      [draftOf('x/1', 1), shaB, drop] as const,
    )
  assert.equal(await left(false), 'First')
  assert.equal(await left(true), null, 'and goes with the last draft that names it')
  assert.deepEqual(await opened('2026-11-21'), ['Second', 'b'])
})

test('an earlier version of the app leaves a draft and its plan that are still there after the update', async () => {
  await using phone = await corePhone()
  const { page } = phone
  await page.goto(`${front.url}/app/core.js`)
  await page.evaluate(
    async ([plan, sha256]) => {
      const open = indexedDB.open('levee', 1)
      open.onupgradeneeded = () => {
        for (const name of ['values', 'devices']) open.result.createObjectStore(name)
        open.result.createObjectStore('forms', { keyPath: ['form', 'formVersion', 'language'] })
        for (const name of ['drafts', 'sent']) open.result.createObjectStore(name, { keyPath: 'key' })
        open.result.createObjectStore('outbox', { keyPath: 'submissionId' })
      }
      await new Promise((resolve) => {
        open.onsuccess = resolve
      })
      const { form, formVersion, language } = plan
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt'])
      const write = open.result.transaction(['forms', 'drafts', 'values'], 'readwrite')
      write.objectStore('forms').put({ form, formVersion, language, sha256, plan })
      write.objectStore('drafts').put({ key: 'daily-diary/2026-11-20', vault: 'v' })
      write.objectStore('values').put({ kind: 'open', id: 'v', key }, 'vault')
      await new Promise((resolve) => {
        write.oncomplete = resolve
      })
      open.result.close()
    },
    [planOf('First'), shaA] as const,
  )
  await page.goto(`${front.url}/app/`)
  const kept = await page.evaluate(async (other) => {
    const store = await core.openStore()
    await core.dropUnusedPlans([other])
    const plan = await store.form('daily-diary', '1', 'en')
    return [plan?.plan.title, (await core.onDatabase((db) => db.getAllKeys('drafts'))).length]
  }, shaB)
  assert.deepEqual(kept, ['First', 1])
})

/** A tablet of the clinic, handed to a patient, in the first question of the form. */
async function tabletInForm(page: Page): Promise<void> {
  const who = nextPerson()
  const form = { form: 'daily-diary', formVersion: '1', occasion: null }
  const granted = { ...who, kind: 'clinic', deviceId: 70, form }
  whole.fate = (call) =>
    call.path === '/v1/activation' ? { status: 201, body: JSON.stringify(granted) } : 'pass'
  await page.goto(`${whole.url}/app/#/clinic`)
  await button(page, 'English').click()
  await page.getByLabel('Your code').fill('4Q4RDNCCTK')
  await button(page, 'Next').click()
  await button(page, 'I am the patient. Start').click()
  await page.locator('form').getByRole('heading').first().waitFor()
}

test("leaving the form of a clinic's tablet without sending removes what was entered, after a question", async () => {
  await using phone = await appPhone()
  const { page } = phone
  await tabletInForm(page)
  await answerUntilReview(page, 1)
  const backOut = async () => {
    while (await page.locator('form').isVisible()) {
      await button(page, 'Back').click()
      await page.waitForTimeout(150)
    }
    await heading(page, 'Hand back without sending?').waitFor()
  }
  await backOut()
  assert.equal(await draftCount(page), 1)
  await phone.shot('clinic-leave')
  await button(page, 'Continue').click()
  await page.locator('form').getByRole('heading').first().waitFor()
  await backOut()
  await button(page, 'Remove and hand back').click()
  await page.getByText('Nothing of yours is left on this tablet.').waitFor()
  await phone.shot('clinic-left')
  assert.equal(await draftCount(page), 0)
  await button(page, 'Next patient').click()
  await heading(page, 'Choose your language').waitFor()
})

test("a clinic's tablet whose code ran out before sending is free for the next patient; the entry stays", async () => {
  await using phone = await appPhone()
  const { page } = phone
  await tabletInForm(page)
  await answerUntilReview(page)
  whole.fate = (call) =>
    call.path.startsWith('/v1/') ? { status: 401, body: '{"code":"token.unknown"}' } : 'pass'
  // A phone just activated is believed only after half a minute.
  await page.evaluate(() => {
    const { now } = Date
    Date.now = () => now() + 60_000
  })
  await button(page, /^Send$/).click()
  await page.getByText('Please hand the tablet back.').waitFor()
  await phone.shot('clinic-over')
  await button(page, 'Next patient').click()
  await heading(page, 'Choose your language').waitFor()
  const left = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const open = indexedDB.open('levee')
        open.onsuccess = () => {
          const rows = open.result.transaction('outbox').objectStore('outbox').getAll()
          rows.onsuccess = () => resolve(rows.result.map((row: { state: string }) => row.state))
          open.result.close()
        }
      }),
  )
  assert.deepEqual(left, ['refused'])
})

test('one draft that cannot be opened keeps no other from being opened, nor a PIN from being set', async () => {
  await using phone = await corePhone()
  const { page } = phone
  await bind(page, nextPerson(), false)
  for (const day of ['2026-11-19', '2026-11-20', '2026-11-21'])
    await saveDraft(page, draftOf(`daily-diary/${day}`, 2))
  const seen = await page.evaluate(async () => {
    const store = await core.openStore()
    await core.onDatabase(async (db) => {
      const transaction = db.transaction('drafts', 'readwrite')
      const [first, second] = await transaction.store.getAll()
      await transaction.store.put({ ...first!, sealed: { ...first!.sealed, data: new ArrayBuffer(32) } })
      await transaction.store.put({ ...second!, vault: 'a key that is gone' })
      await transaction.done
    })
    const keys = async () => (await store.drafts()).map(({ key }) => key)
    const before = await keys()
    const lost = core.lostDrafts.peek()
    await core.setPin('2580')
    const after = await keys()
    await store.lostDraftsTold()
    await keys()
    await core.lock()
    const locked = await store.drafts().then(String, (error) => (error as { why: string }).why)
    const rows = await core.onDatabase((db) => db.getAllKeys('drafts'))
    return { before, lost: [...lost].sort(), after, told: core.lostDrafts.peek(), locked, rows: rows.length }
  })
  assert.deepEqual(seen, {
    before: ['daily-diary/2026-11-21'],
    lost: ['daily-diary/2026-11-19', 'daily-diary/2026-11-20'],
    // What is under the present key after all is found again when all are sealed anew.
    after: ['daily-diary/2026-11-20', 'daily-diary/2026-11-21'],
    told: [],
    locked: 'locked',
    rows: 3,
  })
  assert.deepEqual(await entries(page), [])
})

test('Today says once that an unfinished form cannot be opened any more', async () => {
  await using phone = await appPhone()
  const { page } = phone
  await activate(page, whole, await newCode(trial, nextPerson()))
  const notice = page.getByText('A form you had not finished cannot be opened any more.')
  assert.equal(await notice.count(), 0)
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const open = indexedDB.open('levee')
        open.onsuccess = () => {
          const write = open.result.transaction('drafts', 'readwrite')
          const sealed = { iv: new Uint8Array(12), data: new ArrayBuffer(32) }
          write.objectStore('drafts').put({ key: 'attack/1', vault: 'gone', sealed })
          write.oncomplete = () => resolve()
          open.result.close()
        }
      }),
  )
  await startAgain(page)
  await notice.waitFor()
  await phone.shot('draft-lost')
  await openForm(page, 'diary')
  await goTo(page, '#/')
  await button(page, 'Close').click()
  await notice.waitFor({ state: 'detached' })
  await startAgain(page)
  await page.getByRole('heading', { name: 'Now' }).waitFor()
  await page.waitForTimeout(200)
  assert.equal(await notice.count(), 0)
})
