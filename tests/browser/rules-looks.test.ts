// The same screens where the phone is dark, and where it gives all colours (U11): contrast by axe's rules, and what is
// chosen and what can be touched still told by lines.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { axeFaults } from './support/checks.ts'
import { phoneOf, type RulesTrial, startRules } from './support/rules-trial.ts'
import { tourDays, tourQuestions, tourStart } from './support/tour.ts'

let rules: RulesTrial
before(async () => {
  rules = await startRules({ id: 'RULES-1', proxy: true })
})
after(() => rules[Symbol.asyncDispose]())

/** Buttons and answers without a line round them: in forced colours nothing else shows where they are. */
const lineless = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        'button:not(.bar-back):not(.bar-help), a.button, .f-choice, .f-nrs-row, .f-field',
      ),
    ]
      .filter((element) => {
        const { borderTopWidth, borderTopStyle } = getComputedStyle(element)
        return element.offsetWidth > 0 && (borderTopStyle === 'none' || Number.parseFloat(borderTopWidth) < 1)
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  )

test('U11: in the dark, and where the phone gives all colours, each screen keeps its contrast and its lines', async () => {
  const { code } = await rules.newPatient('en', { daysAgo: 6 })
  await using phone = await phoneOf(rules, { dark: true })
  const { page } = phone
  const faults: string[] = []
  const stop = async (name: string) => {
    await phone.shot(`dark-${name}`)
    faults.push(
      ...(await axeFaults(page, ['color-contrast', 'link-in-text-block'])).map(
        (fault) => `dark, ${name}: ${fault}`,
      ),
    )
    await page.emulateMedia({ forcedColors: 'active' })
    await phone.shot(`forced-${name}`)
    faults.push(...(await lineless(page)).map((fault) => `forced, ${name}: no line round ${fault}`))
    await page.emulateMedia({ forcedColors: 'none' })
  }
  await tourStart(phone, rules, 'en', code, stop)
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const parts = background.match(/\d+/g)!.slice(0, 3).map(Number)
  assert.ok(
    parts.every((part) => part < 64),
    `it is dark: ${background}`,
  )
  await tourQuestions(page, stop)
  await tourDays(page, stop)
  assert.deepEqual(faults, [])
})

test('control U11: a button without a line and a word too dark are found', async () => {
  await using phone = await phoneOf(rules, { dark: true })
  const { page } = phone
  await page.goto(`${rules.front.url}/app/`)
  await page.locator('button.choice').first().waitFor()
  assert.deepEqual([await lineless(page), await axeFaults(page, ['color-contrast'])], [[], []])
  await page.evaluate(() => {
    document.querySelector<HTMLElement>('button.choice')!.style.border = 'none'
    document.querySelector<HTMLElement>('h1')!.style.color = '#333'
  })
  assert.equal((await lineless(page)).length, 1)
  assert.equal((await axeFaults(page, ['color-contrast'])).length, 1)
})
