// A patient with the app, its service worker and a real Levee: the diary is filled in without internet on a phone that
// dies in the middle, and arrives signed. The app itself comes from the phone, changes only on Today, and hands over
// what waits when a reminder wakes it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type RunningTrial, startTrial } from '../support/start-trial.ts'
import { openPhone, type Phone, until } from './support/browser.ts'
import { type Front, startFront } from './support/front.ts'
import { activate, answerStep, answerUntilReview, newCode, openForm, send } from './support/patient.ts'

let trial: RunningTrial
let front: Front

before(async () => {
  trial = await startTrial({ patients: 4 })
  front = await startFront(trial.http)
})
beforeEach(() => {
  front.fate = () => 'pass'
  front.rewrite = (_path, body) => body
  front.seen.length = 0
})
after(async () => {
  await front[Symbol.asyncDispose]()
  await trial[Symbol.asyncDispose]()
})

/** The worker serves the page and has kept all files. */
const worksOffline = (page: Page) =>
  until('the worker is in charge', () => page.evaluate(() => navigator.serviceWorker.controller !== null))

/** Without a network: the phone's own switch, and a server that no call reaches. */
async function offline(phone: Phone, off: boolean): Promise<void> {
  front.fate = () => (off ? 'cut' : 'pass')
  await phone.context.setOffline(off)
}

test('P1 U14 filled in offline, killed in the middle, opened again offline, sent when the network is back', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'levee-phone-'))
  try {
    const who = trial.people[0]
    await using first = await openPhone({ origin: front.url, profile })
    await activate(first.page, front, await newCode(trial, who))
    await worksOffline(first.page)
    await first.page.waitForTimeout(300)
    await offline(first, true)
    await openForm(first.page, 'Morning diary')
    await answerUntilReview(first.page, 2, 3)
    await first.shot('offline-question')
    await first.kill()

    await using phone = await openPhone({ origin: front.url, profile })
    const { page } = phone
    await offline(phone, true)
    await page.goto(`${front.url}/app/`)
    await page.getByRole('heading', { name: 'Today' }).waitFor()
    await phone.shot('offline-today')
    await openForm(page, 'Morning diary')
    assert.match((await page.locator('#app').textContent()) ?? '', /nausea/, 'the question it was killed on')
    await answerUntilReview(page, 20, 3)
    await phone.shot('offline-review')
    assert.match((await page.locator('#app').textContent()) ?? '', /tiredness/)
    await send(page)
    await page.getByText('Waiting for internet').first().waitFor()
    await phone.shot('offline-saved')
    assert.equal(front.submissions().filter((call) => call.status !== 0).length, 0)

    await offline(phone, false)
    await page.getByText('Sent', { exact: true }).first().waitFor()
    await phone.shot('offline-sent')
    await trial.settle()
    const [row] = await trial.rows('SELECT position, device_id FROM device_signatures WHERE patient_id = ?', [
      who.patientId,
    ])
    const entry = await trial.entry(Number(row!.position))
    assert.equal(entry.held, undefined, 'applied')
    assert.equal(typeof (entry.head as { signature?: string }).signature, 'string')
    const body = JSON.parse(entry.body.toString())
    assert.equal(body.answers.pain, 3)
    assert.equal(body.answers.fatigue, 3)
    assert.equal(body.app.name, 'levee-web')
    await until('the signature is verified', async () => {
      const [seen] = await trial.rows('SELECT state FROM device_signatures WHERE position = ?', [
        entry.position,
      ])
      return seen?.state === 'verified'
    })
  } finally {
    rmSync(profile, { recursive: true, force: true })
  }
})

test('U16 a new version waits while a form is open, and is applied on Today when the patient agrees', async () => {
  await using phone = await openPhone({ origin: front.url })
  const { page } = phone
  await activate(page, front, await newCode(trial, trial.people[1]!))
  await worksOffline(page)
  await openForm(page, 'Morning diary')
  await answerStep(page, 5)
  front.rewrite = (path, body) =>
    path === '/app/sw.js'
      ? Buffer.from(body.toString().replace(/version:([`"'])\w+/, 'version:$1next'))
      : body
  const versions = () =>
    page.evaluate(async () => (await caches.keys()).filter((n) => n.startsWith('levee-app-')))
  const [old] = await versions()
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration('/app/'))?.update())
  await until('the new version is there', async () => (await versions()).length === 2)
  await until('it waits', () =>
    page.evaluate(async () => (await navigator.serviceWorker.getRegistration('/app/'))?.waiting != null),
  )
  const mark = await page.evaluate(() => {
    Object.assign(globalThis, { mark: 'same page' })
    return location.hash
  })
  await answerStep(page, 5)
  assert.equal(
    await page.evaluate(() => (globalThis as { mark?: string }).mark),
    'same page',
    'no reload in a form',
  )
  assert.match(mark, /form/)
  await page.goto(`${front.url}/app/#/`)
  await page.getByRole('button', { name: 'Update now' }).click()
  await until('the page is new', () =>
    page.evaluate(() => (globalThis as { mark?: string }).mark === undefined).catch(() => false),
  )
  await page.getByRole('heading', { name: 'Today' }).waitFor()
  assert.ok((await versions()).some((name) => name.endsWith('next')))
  assert.notEqual(old, undefined)
  front.rewrite = (_path, body) => body
  await openForm(page, 'Morning diary')
  assert.match((await page.locator('#app').textContent()) ?? '', /nausea/, 'the draft is where it was')
})

// The Chromium of the npm package has no notifications at all: what the worker would show is written down instead.
const recorder = `ServiceWorkerRegistration.prototype.showNotification = (title, { body, data }) =>
  caches.open('shown').then((c) => c.put('/app/shown', new Response(JSON.stringify({ title, body, data }))));\n`

test('U20 a push shows what the server wrote, leads into the app, and hands over what waits', async () => {
  front.rewrite = (path, body) => (path === '/app/sw.js' ? Buffer.from(recorder + body.toString()) : body)
  await using phone = await openPhone({ origin: front.url })
  const { page } = phone
  await activate(page, front, await newCode(trial, trial.people[2]!))
  await worksOffline(page)
  await offline(phone, true)
  await openForm(page, 'Morning diary')
  await answerUntilReview(page, 20, 2)
  await send(page)
  // The page goes; only the service worker is left.
  await page.goto('about:blank')
  await offline(phone, false)
  front.seen.length = 0
  const other = await phone.context.newPage()
  await phone.push(
    JSON.stringify({
      id: 'r-1',
      title: 'Study app',
      body: 'You have something to do.',
      url: '/app/#/reminder/r-1',
      tag: 'r',
    }),
  )
  await until('it is sent', () => front.submissions().some((call) => call.status === 202))
  await until('the reminder log is told', () =>
    front.seen.some((call) => call.path === '/v1/device/reminders/r-1'),
  )
  await other.goto(`${front.url}/app/`)
  const shown = await other.evaluate(async () => (await caches.match('/app/shown'))?.json())
  assert.deepEqual(shown, {
    title: 'Study app',
    body: 'You have something to do.',
    data: { id: 'r-1', url: '/app/#/reminder/r-1' },
  })
})
