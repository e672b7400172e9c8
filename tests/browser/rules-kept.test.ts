// Nothing tapped is lost and nothing changes under the patient's hands: U14 (the browser is killed between any two taps,
// and writes that fail are told) and U16 (a newer study version comes while a form is open).
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { until } from './support/browser.ts'
import {
  activatePhone,
  answerAt,
  choose,
  headingOf,
  item,
  next,
  openItem,
  phoneOf,
  type RulesTrial,
  startRules,
} from './support/rules-trial.ts'

let rules: RulesTrial
before(async () => {
  rules = await startRules({ id: 'RULES-1' })
})
after(() => rules[Symbol.asyncDispose]())

/** What the patient sees of a form: the question and what is chosen. */
const seenOf = async (page: Page) => ({
  heading: await headingOf(page),
  chosen: await page.evaluate(() =>
    [...document.querySelectorAll<HTMLInputElement>('.f-main input:checked')].map(({ id }) => id),
  ),
})

test('U14: killed after any tap, the form goes on at the same question with the same answers', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'levee-phone-'))
  const { code } = await rules.newPatient('en')
  let phone = await phoneOf(rules, { profile })
  try {
    await activatePhone(phone.page, rules, code)
    await openItem(phone.page, '#/event/short', 'ache')
    const taps: ((page: Page) => Promise<void>)[] = [
      (page) => answerAt(page, 3).click(),
      (page) => next(page).then(() => item(page, 'slept')),
      (page) => answerAt(page, 1).click(),
      (page) => next(page).then(() => item(page, 'mood')),
      (page) => answerAt(page, 0).click(),
      (page) => next(page).then(() => page.locator('.f-review').waitFor()),
    ]
    for (const [at, tap] of taps.entries()) {
      await tap(phone.page)
      // The time in which a tap must be shown and stored (budgets), and a little more for a busy machine.
      await phone.page.waitForTimeout(150)
      const seen = await seenOf(phone.page)
      await phone.kill()
      phone = await phoneOf(rules, { profile })
      await phone.page.goto(`${rules.front.url}/app/#/event/short`)
      await phone.page.locator('.f-question').waitFor()
      assert.deepEqual(await seenOf(phone.page), seen, `after tap ${at + 1}`)
    }
    await next(phone.page)
    await until('it is received', () => rules.front.submissions().length === 1)
    const { answers, answerTrail, elapsedMs } = JSON.parse(rules.front.submissions()[0]!.body.toString())
    assert.deepEqual(answers, { ache: 3, slept: false, mood: 'well' })
    assert.equal(answerTrail.length, 3, 'no tap twice')
    assert.ok(elapsedMs > 0)
  } finally {
    await phone[Symbol.asyncDispose]()
    rmSync(profile, { recursive: true, force: true })
  }
})

test('U14: where a write fails, Next waits and says so; once there is room it goes on', async () => {
  const { code } = await rules.newPatient('en')
  await using phone = await phoneOf(rules, {
    before: () => {
      const put = IDBObjectStore.prototype.put
      IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...given: Parameters<typeof put>) {
        if ((globalThis as { isFull?: boolean }).isFull === true)
          throw new DOMException('full', 'QuotaExceededError')
        return put.apply(this, given)
      }
    },
  })
  const { page } = phone
  await activatePhone(page, rules, code)
  await openItem(page, '#/event/short', 'ache')
  const full = (isFull: boolean) =>
    page.evaluate((value) => Object.assign(globalThis, { isFull: value }), isFull)
  await full(true)
  await answerAt(page, 4).click()
  await next(page)
  await page.getByText('Your answer could not be saved on this phone.').waitFor()
  await item(page, 'ache')
  await full(false)
  await next(page)
  await item(page, 'slept')
  assert.equal(await page.getByText('could not be saved').count(), 0)
})

test('U16: a newer version of the form comes while it is open; it is finished as it was begun, the next one is new', async () => {
  const { code } = await rules.newPatient('en')
  await using phone = await phoneOf(rules)
  const { page } = phone
  await activatePhone(page, rules, code)
  await openItem(page, '#/event/short', 'ache')
  await choose(page, 2, 'slept')
  const from = Temporal.Now.plainDateISO('Pacific/Pago_Pago').toString()
  await rules.publish(
    { id: 'RULES-1', version: '2', formVersion: '2' },
    { sites: 'all', from, retroactive: true },
  )
  const { front } = rules
  front.seen.length = 0
  await page.reload()
  await item(page, 'slept')
  await until('the new form is on the phone', () =>
    front.seen.some((call) => call.path.startsWith('/v1/device/forms/short/2') && call.status === 200),
  )
  await choose(page, 0, 'mood')
  await choose(page, 0, 'review')
  assert.equal(await page.locator('.f-row').count(), 3)
  await next(page)
  await page.locator('.outcome').waitFor()
  await until('it is received', () => front.submissions().length === 1)
  const old = JSON.parse(front.submissions()[0]!.body.toString())
  assert.equal(old.formVersion, '1')
  await openItem(page, '#/event/short', 'ache')
  await choose(page, 2, 'slept')
  await choose(page, 0, 'mood')
  await choose(page, 0, 'extra')
  await choose(page, 0, 'review')
  await next(page)
  await until('it is received', () => front.submissions().length === 2)
  const fresh = JSON.parse(front.submissions()[1]!.body.toString())
  assert.equal(fresh.formVersion, '2')
  assert.match(old.planSha256, /^[0-9a-f]{64}$/)
  assert.notEqual(fresh.planSha256, old.planSha256)
})
