// Walks through every screen of the app, in any of its languages, and stops at each: first start, Today with all kinds of
// cards, each kind of question with what it asks back, the ends of a diary, the lock, a tablet of the clinic. It finds its
// way by what the elements are, not by their words.
import type { Page } from 'playwright-core'
import type { Phone } from './browser.ts'
import type { Fate, Seen } from './front.ts'
import { answerAt, choose, item, next, openItem, phoneOf, type RulesTrial, showHash } from './rules-trial.ts'

/** Called at each screen with its name, which is the same in all languages. */
export type Stop = (name: string) => Promise<void>

const dialogButton = (page: Page, place: number) => page.locator('dialog.f-dialog[open] button').nth(place)
const primary = (page: Page) => page.locator('.foot .primary')

/** A browser that says it is a telephone, so that the install help is shown. */
async function sayPhone(phone: Phone, userAgent: string): Promise<void> {
  const session = await phone.context.newCDPSession(phone.page)
  await session.send('Emulation.setUserAgentOverride', { userAgent })
}

/** First start to Today. */
export async function tourStart(
  phone: Phone,
  rules: RulesTrial,
  tag: string,
  code: string,
  stop: Stop,
): Promise<void> {
  const { page } = phone
  await page.goto(`${rules.front.url}/app/#/activate?code=${code}`)
  await page.locator(`button[lang="${tag}"]`).waitFor()
  await stop('language')
  await page.locator(`button[lang="${tag}"]`).click()
  const field = page.locator('input.code')
  await field.waitFor()
  for (const [name, agent] of [
    [
      'install-android',
      'Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36',
    ],
    [
      'install-ios',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1',
    ],
  ] as const) {
    await sayPhone(phone, agent)
    await page.reload()
    await page.locator('.steps').waitFor()
    await stop(name)
  }
  await page.locator('.foot button').last().click()
  await field.fill('ABCDE-12345')
  await page.locator('.fault:not(:empty)').waitFor()
  await stop('code-mistyped')
  await field.fill(code)
  await stop('code')
  await page.locator('form .primary').click()
  await page.locator('input.pin').waitFor()
  await stop('pin')
  await page.locator('form .primary').click()
  await page.locator('.fault:not(:empty)').waitFor()
  await stop('pin-short')
  await page.locator('form .foot button').last().click()
  // Where nothing can be pushed, this offer is passed over.
  await page.waitForURL(/setup\/(?:reminders|practice)/)
  await showHash(page, '#/setup/reminders')
  await stop('reminders')
  await page.locator('.foot button').last().click()
  await page.waitForURL(/setup\/practice/)
  await stop('practice-offer')
  await primary(page).click()
  await page.locator('.f-practice').waitFor()
  await stop('practice')
  await showHash(page, '#/')
  await page.locator('.card').first().waitFor()
  await stop('today')
}

/** The form with every kind of question, answered by somebody for the patient. */
export async function tourQuestions(page: Page, stop: Stop): Promise<void> {
  await openItem(page, '#/event/all', 'who')
  await stop('who')
  await answerAt(page, 1).click()
  await stop('who-for-the-patient')
  await answerAt(page, 2).click()
  await answerAt(page, 9).click()
  await next(page)
  await page.locator('.f-display').waitFor()
  await stop('display')
  await next(page)
  await item(page, 'line')
  await stop('vas')
  await page.locator('.f-vas-touch').click()
  await stop('vas-marked')
  await next(page)
  await item(page, 'felt')
  await next(page)
  await page.locator('.f-fault-sign').waitFor()
  await stop('must-answer')
  await answerAt(page, 0).click()
  await page.locator('label.f-choice').last().click()
  await page.locator('#f-felt-other').fill('…')
  await stop('multi')
  await next(page)
  await tourTyped(page, stop)
  await tourList(page, stop)
}

async function tourTyped(page: Page, stop: Stop): Promise<void> {
  await item(page, 'weight')
  await page.locator('#f-weight').fill('7x')
  await next(page)
  await page.locator('.f-fault-sign').waitFor()
  await stop('number-fault')
  await page.locator('#f-weight').fill('250.5')
  await next(page)
  await dialogButton(page, 1).waitFor()
  await stop('prompt')
  await dialogButton(page, 1).click()
  await item(page, 'since')
  await page.locator('.f-quick button').first().click()
  await stop('date')
  await next(page)
  await item(page, 'woke')
  await page.locator('.f-quick button').last().click()
  await stop('time')
  await next(page)
  await item(page, 'began')
  await stop('date-time')
  await next(page)
  await dialogButton(page, 1).waitFor()
  await stop('skip')
  await dialogButton(page, 1).click()
  await item(page, 'where')
  await stop('list')
  await answerAt(page, 1).click()
  await next(page)
  await item(page, 'word')
  await page.locator('#f-word').fill('OK – 12345678')
  await stop('text')
  await next(page)
}

async function tourList(page: Page, stop: Stop): Promise<void> {
  await item(page, 'drugs')
  await stop('entries-none')
  await page.locator('#f-drugs').click()
  await item(page, 'drug')
  await page.locator('#f-drug').fill('Ibuprofen')
  await next(page)
  await item(page, 'amount')
  await stop('entry')
  await page.locator('#f-amount').fill('2')
  await next(page)
  await item(page, 'drugs')
  await stop('entries')
  await page.locator('.f-entry-acts button').last().click()
  await dialogButton(page, 0).waitFor()
  await stop('remove')
  await dialogButton(page, 0).click()
  await next(page)
  await item(page, 'note')
  await stop('long-text')
  await next(page)
  await dialogButton(page, 1).click()
  await page.locator('.f-review').waitFor()
  await stop('review')
  await next(page)
  await page.locator('.outcome').waitFor()
  await stop('sent')
}

/** A day's diary with its medicine, a crisis, a diary that is late; ends on a Today with cards of all kinds. */
export async function tourDays(page: Page, stop: Stop): Promise<void> {
  await showHash(page, '#/')
  await page.locator('.card a.primary').first().click()
  await throughWho(page, 'pain')
  await stop('nrs')
  await choose(page, 3, 'dose')
  await stop('medicine')
  await answerAt(page, 1).click()
  await stop('medicine-another-time')
  await answerAt(page, 2).click()
  await stop('medicine-not-taken')
  await choose(page, 0, 'tired')
  await stop('yes-no')
  await choose(page, 1, 'review')
  await next(page)
  await page.locator('.outcome').waitFor()

  await showHash(page, '#/event/short')
  await throughWho(page, 'ache')
  await choose(page, 10, 'slept')
  await choose(page, 0, 'mood')
  await answerAt(page, 2).click()
  await page.locator('dialog[role=alertdialog]').waitFor()
  await stop('crisis')
  await dialogButton(page, 0).click()
  await stop('crisis-read')
  await next(page)
  await page.locator('.f-review').waitFor()
  await next(page)
  await page.locator('.notice.urgent').waitFor()
  await stop('sent-after-crisis')

  await showHash(page, '#/event/short')
  await throughWho(page, 'ache')
  await choose(page, 2, 'slept')
  await tourLate(page, stop)
  await showHash(page, '#/')
  await page.locator('#done').waitFor()
  await stop('today-all-cards')
}

async function tourLate(page: Page, stop: Stop): Promise<void> {
  await showHash(page, '#/')
  await page.locator('.row.grey a.button').last().click()
  await throughWho(page, 'pain')
  await choose(page, 1, 'dose')
  await choose(page, 0, 'tired')
  await answerAt(page, 1).click()
  await next(page)
  await page.locator('input[name=f-late]').first().waitFor({ state: 'attached' })
  await stop('late')
}

async function throughWho(page: Page, linkId: string): Promise<void> {
  await item(page, 'who')
  await choose(page, 0, linkId)
}

/** The ways from Today, what Back shows of a sent form, the lock, and why a diary ends. */
export async function tourRest(page: Page, rules: RulesTrial, stop: Stop): Promise<void> {
  for (const screen of ['calendar', 'settings', 'sync', 'help']) {
    await showHash(page, `#/${screen}`)
    await page.locator('.bar-back').waitFor()
    await stop(screen)
  }
  await page.locator('.bar-help').click()
  await stop('help-over-a-screen')
  await page.keyboard.press('Escape')
  const sent = await page.evaluate(() => {
    const keys = indexedDB.databases()
    return keys.then(() => new Intl.DateTimeFormat('sv-SE').format(new Date()))
  })
  await showHash(page, `#/form/${encodeURIComponent(`diary/${sent}`)}`)
  await page.locator('.f-primary, .foot .primary').first().waitFor()
  await stop('already-sent')
  const { front } = rules
  front.fate = (call) => (call.path.startsWith('/v1/device/today') ? { status: 410, body: '{}' } : 'pass')
  await reopen(page, stop, 'replaced')
  // Always the whole answer, not "as before".
  const whole = (call: Seen): Fate => {
    delete (call.headers as Record<string, unknown>)['if-none-match']
    return 'pass'
  }
  for (const status of ['withdrawn', 'completed']) {
    front.rewrite = (path, body) =>
      path.startsWith('/v1/device/today')
        ? Buffer.from(body.toString().replace('"status":"active"', `"status":"${status}"`))
        : body
    front.fate = whole
    await reopen(page, stop, status)
  }
  front.rewrite = (_, body) => body
  front.fate = (call) => (call.path.startsWith('/v1/device/today') ? { status: 401, body: '{}' } : 'pass')
  // A phone just activated is not yet believed to be unknown.
  await page.clock.install({ time: Date.now() + 3_600_000 })
  await reopen(page, stop, 'refused')
  front.fate = whole
  await page.reload()
  await page.locator('.groups').waitFor()
  front.fate = () => 'pass'
}

async function reopen(page: Page, stop: Stop, name: string): Promise<void> {
  await showHash(page, '#/')
  await page.reload()
  await page.locator('.outcome, .foot a.button').first().waitFor()
  await stop(name)
}

/** A PIN is set and the app opened again. */
export async function tourLock(page: Page, stop: Stop): Promise<void> {
  await showHash(page, '#/setup/pin')
  await page.locator('input.pin').fill('4711')
  await page.locator('form .primary').click()
  await page.waitForURL(/setup\/(?:reminders|practice)/)
  await page.reload()
  await page.locator('input.pin').waitFor()
  await stop('locked')
  await page.locator('form .foot button').last().click()
  await page.locator('.foot .primary').waitFor()
  await stop('pin-forgotten')
}

/** A tablet that the site hands over for one form. */
export async function tourClinic(
  rules: RulesTrial,
  tag: string,
  code: string,
  stop: (phone: Phone) => Stop,
): Promise<void> {
  await using tablet = await phoneOf(rules)
  const { page } = tablet
  const look = stop(tablet)
  await page.goto(`${rules.front.url}/app/#/clinic`)
  await page.locator(`button[lang="${tag}"]`).click()
  await page.locator('input.code').waitFor()
  await look('clinic-staff')
  await page.locator('input.code').fill(code)
  await page.locator('form .primary').click()
  await page.locator('.foot > .primary:not([type=submit])').waitFor()
  await look('clinic-hand-over')
  await primary(page).click()
  await throughWho(page, 'ache')
  await choose(page, 1, 'slept')
  await choose(page, 0, 'mood')
  await choose(page, 0, 'review')
  await next(page)
  await page.locator('.outcome.sent').waitFor()
  await look('clinic-hand-back')
}
