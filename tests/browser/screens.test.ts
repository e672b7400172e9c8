// The app's own screens against a real Levee: accessible, large enough to touch and whole in every language, at 320 and
// 360 px and with text of 200 %; and what they say about windows, sending, help, the lock, and the end of the diary.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type RunningTrial, startTrial } from '../support/start-trial.ts'
import { openPhone, until } from './support/browser.ts'
import { screenFaults } from './support/checks.ts'
import { type Front, startFront } from './support/front.ts'
import { activate, answerUntilReview, newCode, openForm, send } from './support/patient.ts'

let trial: RunningTrial
let front: Front

before(async () => {
  trial = await startTrial({ patients: 8 })
  front = await startFront(trial.http)
})
after(async () => {
  await front[Symbol.asyncDispose]()
  await trial[Symbol.asyncDispose]()
})

const languages = [
  { locale: 'en-GB', name: 'English', lang: 'en', dir: 'ltr' },
  { locale: 'zh-CN', name: '简体中文', lang: 'zh-Hans', dir: 'ltr' },
  { locale: 'ar-EG', name: 'العربية', lang: 'ar', dir: 'rtl' },
]

/** Shows a screen by its hash and waits for its heading. */
async function show(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to
  }, hash)
  await page.waitForFunction((to) => location.hash === to && document.querySelector('h1') !== null, hash)
  await page.waitForTimeout(60)
}

for (const [place, { locale, name, lang, dir }] of languages.entries()) {
  test(`U10 U11 U12 U19 U22 ${lang}: every screen, at 360 px and at 320 px with text of 200 %`, async () => {
    const code = await newCode(trial, trial.people[place]!)
    await using phone = await openPhone({ origin: front.url, locale, dark: lang === 'zh-Hans' })
    const { page } = phone
    const faults: string[] = []
    const look = async (what: string): Promise<void> => {
      await phone.shot(`${lang}-${what}`)
      faults.push(...(await screenFaults(page)).map((fault) => `${what}: ${fault}`))
      const help = await page.locator('.bar-help').boundingBox()
      const end = page.viewportSize()!.width
      if (help === null || help.y > 16 || (dir === 'ltr' ? end - help.x - help.width : help.x) > 16) {
        faults.push(`${what}: Help is not at its place`)
      }
    }
    await page.goto(`${front.url}/app/#/activate?code=${code}`)
    await page.locator('h1').waitFor()
    await look('language')
    await page.getByRole('button', { name }).click()
    await page.locator('input.code').waitFor()
    await look('code')
    const root = page.locator('html')
    assert.deepEqual([await root.getAttribute('lang'), await root.getAttribute('dir')], [lang, dir])
    await page.locator('button.primary').click()
    await page.waitForURL(/setup\/pin/)
    const screens = [
      'setup/pin',
      'setup/reminders',
      'setup/practice',
      '',
      'calendar',
      'settings',
      'sync',
      'help',
    ]
    const all = async (size: string): Promise<void> => {
      for (const screen of screens) {
        await show(page, `#/${screen}`)
        if (screen === '') await page.locator('.card').first().waitFor()
        const focused = await page.evaluate(() => document.activeElement?.tagName)
        assert.equal(focused, 'H1', `${screen}: the heading has the focus`)
        await look(`${size}-${screen.replace('/', '-') || 'today'}`)
      }
      await page.locator('.bar-help').click()
      await look(`${size}-help-open`)
      await page.keyboard.press('Escape')
    }
    await all('360')
    await show(page, '#/settings')
    for (let step = 0; step < 5; step++) await page.locator('.stepper button').last().click()
    await page.setViewportSize({ width: 320, height: 640 })
    await all('320-200')
    assert.deepEqual(faults, [])
  })
}

test('the checks see what is wrong: a small button, a gap too narrow, a page too wide', async () => {
  await using phone = await openPhone({ origin: front.url })
  await phone.page.goto(`${front.url}/app/`)
  await phone.page.locator('h1').waitFor()
  assert.deepEqual(await screenFaults(phone.page), [])
  await phone.page.evaluate(() => {
    const small = document.querySelector<HTMLElement>('button.choice')!
    small.style.minHeight = '20px'
    small.style.height = '20px'
    small.style.padding = '0'
    document.querySelector<HTMLElement>('main')!.style.width = '500px'
  })
  const faults = (await screenFaults(phone.page)).join('\n')
  assert.match(faults, /×20 px/)
  assert.match(faults, /px wide on a screen of 360/)
})

test('U4 U15 U18 three words and the number waiting; what is done here is done; Back says already sent', async () => {
  await using phone = await openPhone({ origin: front.url, zone: 'Asia/Shanghai' })
  const { page } = phone
  await activate(page, front, await newCode(trial, trial.people[3]!))
  const line = page.locator('.sync-line')
  assert.equal(await line.isVisible(), false, 'nothing was filled in yet')
  const missed = page.locator('section', { has: page.getByRole('heading', { name: 'Missed' }) })
  assert.match((await missed.locator('li').first().textContent()) ?? '', /Closed .+, not filled in/)
  front.fate = (call) => (call.path === '/v1/submissions' ? 'cut' : 'pass')
  await openForm(page, 'Morning diary')
  await page.getByRole('button', { name: 'Next' }).waitFor()
  await answerUntilReview(page)
  await send(page)
  await page.getByText('Saved on this phone').or(page.getByText('Waiting for internet')).waitFor()
  await page.getByRole('button', { name: 'Go to Today' }).click()
  await until('one form waits', async () =>
    /(?:Waiting for internet|Saved on this phone)1 form/.test((await line.textContent()) ?? ''),
  )
  front.fate = () => 'pass'
  await show(page, '#/sync')
  await page.getByRole('button', { name: 'Try to send now' }).click()
  await page.getByText('Everything has been sent').waitFor()
  await show(page, '#/')
  await until('it is sent', async () => (await line.textContent()) === 'Sent')
  const done = page.locator('section', { has: page.getByRole('heading', { name: 'Done' }) })
  assert.match((await done.locator('li').first().textContent()) ?? '', /Morning diary.*Filled in .*Sent/)
  await page.goBack()
  await page.goBack()
  await page.goBack()
  await page.getByRole('heading', { name: 'Already sent' }).waitFor()
})

test('U19 the lock: a PIN just set does not lock; opened again it does, a wrong one is told, the right one opens', async () => {
  await using phone = await openPhone({ origin: front.url })
  const { page } = phone
  await activate(page, front, await newCode(trial, trial.people[4]!))
  await show(page, '#/settings')
  await page.getByRole('button', { name: 'Set PIN' }).click()
  const pin = page.locator('input.pin')
  await pin.fill('12')
  await page.getByRole('button', { name: 'Set PIN' }).click()
  await page.getByText('Please use at least 4 numbers.').waitFor()
  await pin.fill('4711')
  await page.getByRole('button', { name: 'Set PIN' }).click()
  await page.getByRole('button', { name: 'Remove PIN' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Enter your PIN' }).waitFor()
  assert.deepEqual(await screenFaults(page), [])
  await pin.fill('1111')
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByText('This PIN is not right.').waitFor()
  await pin.fill('4711')
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
})

test('activation: a slip costs no try, a refusal says nothing of why, another phone is told it is replaced', async () => {
  await using old = await openPhone({ origin: front.url })
  await activate(old.page, front, await newCode(trial, trial.people[5]!))
  await using phone = await openPhone({ origin: front.url })
  const { page } = phone
  const code = await newCode(trial, trial.people[5]!)
  await page.goto(`${front.url}/app/`)
  await page.getByRole('button', { name: 'English' }).click()
  const field = page.getByLabel('Your code')
  const calls = (): number => front.seen.filter(({ path }) => path === '/v1/activation').length
  const before = calls()
  await field.fill(code.slice(0, 8) + code[9] + code[8])
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByText(code[8] === code[9] ? 'This code' : 'One letter or number is not right').waitFor()
  if (code[8] !== code[9]) assert.equal(calls(), before)
  front.fate = (call) =>
    call.path === '/v1/activation' ? { status: 429, headers: { 'retry-after': '600' } } : 'pass'
  await field.fill(code)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByText('Please wait 10 minutes').waitFor()
  front.fate = () => 'pass'
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('heading', { name: 'Choose a PIN' }).waitFor()
  await old.page.reload()
  await old.page.getByRole('heading', { name: 'You use another phone now' }).waitFor()
  assert.deepEqual(await screenFaults(old.page), [])
})
