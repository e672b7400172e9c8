// The app is kept on the phone in two steps: what a diary needs when the worker is installed, every other screen once the
// page has been quiet for a moment (src/sw/shell.ts). After the first step a form can be filled in without internet,
// after the second every screen is there. The browser's own cache is emptied before, so that only what is kept counts.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type Phone, until } from './support/browser.ts'
import { activatePhone, phoneOf, type RulesTrial, showHash, startRules } from './support/rules-trial.ts'

let rules: RulesTrial
before(async () => {
  rules = await startRules({ id: 'RULES-1', proxy: true })
})
beforeEach(() => {
  rules.front.fate = () => 'pass'
})
after(() => rules[Symbol.asyncDispose]())

/** Screens by address, and what is on them and on no other. */
const first: readonly (readonly [hash: string, shows: string])[] = [
  ['#/', '.groups'],
  ['#/help', 'main bdi'],
  ['#/event/short', '.f-page'],
  ['#/reminder/opaque', '.f-page'],
]
const others: typeof first = [
  ['#/settings', '.settings .stepper'],
  ['#/calendar', '.month td'],
  ['#/sync', 'h1:has-text("What is on this phone")'],
  ['#/setup/pin', 'input.pin'],
  ['#/setup/reminders', '.foot .primary'],
  ['#/setup/practice', '.foot .primary'],
  ['#/practice', '.f-practice'],
  ['#/activate', 'input.code'],
]

/** Paths of all that is kept. */
const kept = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const lists = (await caches.keys()).map(async (name) => (await caches.open(name)).keys())
    return (await Promise.all(lists)).flat().map(({ url }) => new URL(url).pathname)
  })

async function newPhone(): Promise<Phone> {
  const { code } = await rules.newPatient('en-GB')
  const phone = await phoneOf(rules)
  await activatePhone(phone.page, rules, code)
  return phone
}

/** Opens the app again without a network and without what the browser itself may have cached. */
async function reopenOffline({ page, context }: Phone): Promise<void> {
  const session = await context.newCDPSession(page)
  await session.send('Network.clearBrowserCache')
  await session.detach()
  rules.front.fate = () => 'cut'
  await context.setOffline(true)
  await page.goto(`${rules.front.url}/app/`)
  await page.reload()
  await page.locator('.card').first().waitFor()
}

/** Whether a screen comes up; false where the app says instead that something went wrong. */
async function comesUp(page: Page, [hash, shows]: (typeof first)[number]): Promise<boolean> {
  await showHash(page, '#/')
  await page.evaluate((to) => {
    location.hash = to
  }, hash)
  const failed = page.locator('.lead[role=alert]')
  await page.locator(shows).or(failed).first().waitFor()
  return (await failed.count()) === 0
}

test('after a quiet moment every screen is there without internet', async () => {
  await using phone = await newPhone()
  await until('the second step is kept', async () =>
    (await kept(phone.page)).some((path) => /\/rest-en-/.test(path)),
  )
  await until('its styles too', async () =>
    (await kept(phone.page)).some((path) => /\/rest-.*css$/.test(path)),
  )
  await reopenOffline(phone)
  for (const screen of [...first, ...others]) assert.ok(await comesUp(phone.page, screen), screen[0])
  await phone.shot('offline-activate')
})

test('before it a form, Help and Today are, control: the others are not; a quiet page mends that', async () => {
  await using phone = await newPhone()
  await until('the worker is in charge', () =>
    phone.page.evaluate(() => navigator.serviceWorker.controller !== null),
  )
  await until('the second step is kept', async () =>
    (await kept(phone.page)).some((path) => /\/rest-.*css$/.test(path)),
  )
  await phone.page.evaluate(async () => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys())
        if (new URL(request.url).pathname.includes('/rest')) await cache.delete(request)
    }
  })
  await reopenOffline(phone)
  for (const screen of first) assert.ok(await comesUp(phone.page, screen), screen[0])
  assert.equal(await comesUp(phone.page, others[0]!), false)

  rules.front.fate = () => 'pass'
  await phone.context.setOffline(false)
  await phone.page.goto(`${rules.front.url}/app/`)
  await phone.page.reload()
  await until('a quiet page has them kept again', async () =>
    (await kept(phone.page)).some((path) => /\/rest-en-/.test(path)),
  )
})
