// A patient in front of the app: activates the phone, opens a form, answers what is asked, sends. It finds things as a
// patient does, by what is written on them, in English.
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import type { Person, RunningTrial } from '../../support/start-trial.ts'
import { until } from './browser.ts'
import type { Front } from './front.ts'

/** A fresh code for a patient, as the site hands it out. */
export async function newCode(trial: RunningTrial, who: Pick<Person, 'patientId'>): Promise<string> {
  const wanted = { studyId: trial.studyId, patientIds: [who.patientId], validMs: 3_600_000 }
  const [issued] = await trial.control.codes(wanted, 'a new phone')
  return issued!.code
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })

/** First start to Today: language, install help passed over, the code typed, PIN, reminders and practice declined. */
export async function activate(page: Page, front: Front, code: string): Promise<void> {
  await page.goto(`${front.url}/app/`)
  await button(page, 'English').click()
  const skip = button(page, 'Continue in the browser')
  const field = page.getByLabel('Your code')
  await skip.or(field).first().waitFor()
  if (await skip.isVisible()) await skip.click()
  await field.fill(code.toLowerCase())
  await button(page, 'Next').click()
  await button(page, 'Continue without a PIN').click()
  // Reminders are offered where the installation can push.
  await page.waitForURL(/#\/setup\/(?:reminders|practice)$/)
  await page.goto(`${front.url}/app/#/`)
  await page.getByRole('heading', { name: 'Today' }).waitFor()
  await page.getByRole('heading', { name: 'Now' }).waitFor()
}

/** Opens the first form of this title that is due. */
export async function openForm(page: Page, title: string): Promise<void> {
  const card = page.getByRole('article').filter({ hasText: title }).first()
  await card.getByRole('link').or(card.getByRole('button')).first().click()
  await page.waitForURL(/#\/(?:form|event)\//)
  await page.locator('form').getByRole('heading').first().waitFor()
}

/** What the app shows now, as far as a patient must act on it. */
type Shown = 'review' | 'dialog' | 'step' | 'done'

async function shownNow(page: Page): Promise<Shown> {
  if (await button(page, /^Send$/).isVisible()) return 'review'
  if (await page.getByRole('dialog').or(page.getByRole('alertdialog')).first().isVisible()) return 'dialog'
  return (await button(page, /^Next$/).isVisible()) ? 'step' : 'done'
}

/** Answers the question shown: the first or the given choice, 7 where a number is asked. Leaves out what may be left out. */
export async function answerStep(page: Page, choice = 0): Promise<void> {
  const radios = page.getByRole('radio')
  const count = await radios.count()
  // By its label: the input itself is hidden, a finger meets the label.
  if (count > 0)
    await page
      .locator('label:has(input[type=radio])')
      .nth(Math.min(choice, count - 1))
      .click()
  else {
    const field = page.locator('form input:not([type=radio]):not([type=checkbox]), form textarea').first()
    if ((await field.count()) > 0) await field.fill('7')
  }
  await button(page, /^Next$/).click()
}

/** Answers question after question until the review page, or until `steps` are done; returns how many were. */
export async function answerUntilReview(page: Page, steps = 60, choice = 0): Promise<number> {
  for (let done = 0; done < steps; done++) {
    const shown = await shownNow(page)
    if (shown === 'review') return done
    const before = await page.evaluate(headings)
    assert.notEqual(shown, 'done', `a question is shown: ${before}`)
    if (shown === 'step') await answerStep(page, choice)
    // The next question, the review, or something that asks back about this one.
    const asked = () => page.locator('dialog[open]').isVisible()
    await until(
      'the answer led on',
      async () => (await asked()) || (await page.evaluate(headings)) !== before,
    )
    const goOn = button(page, /It is right|Skip this question|Go on without|I have read/).first()
    if (!(await goOn.isVisible())) continue
    await goOn.click()
    await until('it led on', async () => !(await asked()) && (await page.evaluate(headings)) !== before)
  }
  return steps
}

/** What the screen is about, without what asks back. Runs in the page. */
const headings = (): string =>
  [...document.querySelectorAll('h1, h2')]
    .filter((heading) => heading.closest('dialog') === null)
    .map((heading) => heading.textContent)
    .join('|')

/** Sends from the review page and waits for the page after it. */
export async function send(page: Page): Promise<void> {
  await button(page, /^Send$/).click()
  await page.waitForURL(/#\/sent\//)
}
