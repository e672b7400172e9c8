// The times a cheap phone is allowed (budgets of docs/patient-app.md): first screen over a slow network, start without a
// network, tap to stored. Medians of five or a p95 of twenty, with the processor slowed six times. What else the machine
// does only adds to a time, so a round over the limit is repeated, at most twice, and the best one counts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type RunningTrial, startTrial } from '../support/start-trial.ts'
import { openPhone, until } from './support/browser.ts'
import { type Front, startFront } from './support/front.ts'
import { activate, answerUntilReview, newCode, openForm } from './support/patient.ts'

/** In milliseconds. */
const limits = { coldFirstScreen: 1000, warmOfflineStart: 500, tapToStored: 100 }
const slowProcessor = 6

let trial: RunningTrial
let front: Front

before(async () => {
  trial = await startTrial({ patients: 1 })
  front = await startFront(trial.http)
})
after(async () => {
  await front[Symbol.asyncDispose]()
  await trial[Symbol.asyncDispose]()
})

type Timed = { firstHeading?: number; tapped: number; stored: number[] }
type TimedWindow = Window & { timed: Timed }

/** Runs in each page: notes when the first heading stands there, each tap, and when a draft's write is done. */
function watchTimes(): void {
  const timed: Timed = { tapped: 0, stored: [] }
  ;(window as unknown as TimedWindow).timed = timed
  new MutationObserver((_changes, observer) => {
    if (document.querySelector('h1') === null) return
    timed.firstHeading = performance.now()
    observer.disconnect()
  }).observe(document, { childList: true, subtree: true })
  addEventListener('click', () => (timed.tapped = performance.now()), true)
  const begin = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (...given: Parameters<typeof begin>) {
    const transaction = begin.apply(this, given)
    if (given[1] === 'readwrite' && [given[0]].flat().includes('drafts'))
      transaction.addEventListener('complete', () => timed.stored.push(performance.now() - timed.tapped))
    return transaction
  }
}

const firstHeading = async (page: Page): Promise<number> => {
  const heading = () => page.evaluate(() => (window as unknown as TimedWindow).timed?.firstHeading)
  await until('a heading', async () => (await heading()) !== undefined, 20_000)
  return (await heading()) as number
}

const at = (share: number, values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1]!

/** The best of at most three rounds; asks for a further one only while the limit is broken. */
async function best(limit: number, round: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3 && least > limit; i++) least = Math.min(least, await round())
  return least
}

test(`the first screen stands within ${limits.coldFirstScreen} ms over 1.6 Mbit/s with 150 ms round trips`, async (t) => {
  const once = async () => {
    await using phone = await openPhone({ origin: trial.http, before: watchTimes })
    const session = await phone.context.newCDPSession(phone.page)
    await session.send('Network.enable')
    const bytes = (1.6 * 1_000_000) / 8
    const network = { offline: false, latency: 150, downloadThroughput: bytes, uploadThroughput: bytes }
    await session.send('Network.emulateNetworkConditions', network)
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowProcessor })
    await phone.page.goto(`${trial.http}/app/`, { waitUntil: 'commit' })
    return await firstHeading(phone.page)
  }
  const ms = await best(limits.coldFirstScreen, async () => {
    const all: number[] = []
    for (let i = 0; i < 5; i++) all.push(await once())
    return at(0.5, all)
  })
  t.diagnostic(`${Math.round(ms)} ms`)
  assert.ok(ms <= limits.coldFirstScreen, `${ms} ms`)
})

test('an activated phone starts offline in time, and a tap is stored in time', async (t) => {
  await using phone = await openPhone({ origin: front.url, before: watchTimes })
  const { page } = phone
  await activate(page, front, await newCode(trial, trial.people[0]))
  await until('the worker is in charge', () =>
    page.evaluate(() => navigator.serviceWorker.controller !== null),
  )
  front.fate = () => 'cut'
  await phone.context.setOffline(true)
  const session = await phone.context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowProcessor })
  const start = await best(limits.warmOfflineStart, async () => {
    const all: number[] = []
    for (let i = 0; i < 5; i++) {
      await page.reload({ waitUntil: 'commit' })
      all.push(await firstHeading(page))
    }
    return at(0.5, all)
  })
  t.diagnostic(`offline start ${Math.round(start)} ms`)
  assert.ok(start <= limits.warmOfflineStart, `${start} ms`)

  await page.getByRole('heading', { name: 'Today' }).waitFor()
  await openForm(page, 'Morning diary')
  await answerUntilReview(page, 0)
  const choices = page.locator('label:has(input[type=radio])')
  const tap = await best(limits.tapToStored, async () => {
    const all: number[] = []
    for (let i = 0; i < 20; i++) {
      const before = await page.evaluate(() => (window as unknown as TimedWindow).timed.stored.length)
      await choices.nth(i % 11).click()
      const stored = () => page.evaluate(() => (window as unknown as TimedWindow).timed.stored)
      await until('the tap is stored', async () => (await stored()).length > before)
      all.push((await stored())[before]!)
    }
    return at(0.95, all)
  })
  t.diagnostic(`tap to stored, p95 ${Math.round(tap)} ms`)
  assert.ok(tap <= limits.tapToStored, `${tap} ms`)
})
