// The hands of one patient on the app's screens: activates, opens the morning diary, answers question after question, sends.
// Everything is found by what is written on it, in the patient's language.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { Words } from './words.ts'

/** A question that does not lead on within this time, in milliseconds, is a fault of the app. */
const stepMs = 20_000
const mostSteps = 40

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true })

/** From the first start to Today: language, code, no PIN, no reminders, no practice. */
export async function activate(page: Page, origin: string, code: string, words: Words): Promise<void> {
  await page.goto(`${origin}/app/`)
  await button(page, words.language).click()
  const skip = button(page, words.installSkip)
  const field = page.getByLabel(words.codeLabel, { exact: true })
  await skip.or(field).first().waitFor()
  if (await skip.isVisible()) await skip.click()
  await field.fill(code.toLowerCase())
  await button(page, words.next).click()
  await button(page, words.pinSkip).click()
  // Reminders are offered where this installation sends any.
  const notNow = button(page, words.notNow)
  const toToday = button(page, words.toToday)
  await notNow.or(toToday).first().waitFor()
  if (await notNow.isVisible()) await notNow.click()
  await toToday.click()
  await seesToday(page, words)
  // The forms have been fetched with it: from now on it works without a network.
  await page.waitForFunction('navigator.serviceWorker.controller !== null')
}

/** Today is shown, with what is due. */
export async function seesToday(page: Page, words: Words): Promise<void> {
  await heading(page, words.today).waitFor()
  await page.getByRole('article').first().waitFor()
}

/** Opens the morning diary and answers it up to the review; returns how many questions there were. */
export async function fillIn(page: Page, words: Words, choice: number): Promise<number> {
  await page.getByRole('article').filter({ hasText: words.diary }).getByRole('link').click()
  await button(page, words.next).waitFor()
  for (let steps = 0; steps < mostSteps; steps++) {
    if (await button(page, words.send).isVisible()) return steps
    await answer(page, words, choice)
  }
  throw new Error(`no review after ${mostSteps} questions`)
}

/** Answers the question shown and waits for the next one; confirms what is asked back. */
async function answer(page: Page, words: Words, choice: number): Promise<void> {
  const before = await questionOf(page)
  const options = page.locator('label:has(input[type=radio])')
  const count = await options.count()
  if (count > 0) {
    await options.nth(Math.min(choice, count - 1)).click()
    // A dose taken at another time asks when.
    if (await button(page, words.now).isVisible()) await button(page, words.now).click()
  } else {
    const field = page.locator('form input:not([type=radio]):not([type=checkbox]), form textarea').first()
    if ((await field.count()) > 0) await field.fill('7')
  }
  await button(page, words.next).click()
  const last = performance.now() + stepMs
  while ((await questionOf(page)) === before) {
    for (const name of [words.promptRight, words.skip, words.pass, words.understood]) {
      const asked = page.getByRole('dialog').getByRole('button', { name, exact: true })
      // It may close in between: then the next look finds the next question.
      if (await asked.isVisible()) await asked.click({ timeout: 1000 }).catch(() => undefined)
    }
    if (performance.now() > last) throw new Error(`the question does not lead on: ${before}`)
    await sleep(20)
  }
}

/** What the screen is about, without what asks back. A text, because these types know no browser. */
const headings = `[...document.querySelectorAll('h1, h2')]
  .filter((heading) => heading.closest('dialog') === null)
  .map((heading) => heading.textContent)
  .join('|')`
const questionOf = (page: Page): Promise<string> => page.evaluate(headings)

/** Taps Send. Milliseconds from the tap to the page that says it is saved. */
export async function tapSend(page: Page, words: Words): Promise<{ tappedAt: number; savedMs: number }> {
  const send = button(page, words.send)
  await send.waitFor()
  const tappedAt = performance.now()
  await send.click()
  await page.waitForURL(/#\/sent\//)
  return { tappedAt, savedMs: performance.now() - tappedAt }
}

/** The word on the page after sending becomes "Sent". */
export const seesSent = (page: Page, words: Words, withinMs: number): Promise<void> =>
  page.locator('.outcome').getByText(words.sent, { exact: true }).waitFor({ timeout: withinMs })

/** Whether it stands there now. */
export const saysSent = (page: Page, words: Words): Promise<boolean> =>
  page.locator('.outcome').getByText(words.sent, { exact: true }).isVisible()

/** The app says that nothing waits on this phone. */
export async function seesNothingWaiting(
  page: Page,
  origin: string,
  words: Words,
  withinMs: number,
): Promise<void> {
  await page.goto(`${origin}/app/#/sync`)
  await page.getByText(words.nothingWaiting, { exact: true }).waitFor({ timeout: withinMs })
}
