// The rules of the app round its forms: U6 to U22 but those of rules-forms, rules-kept and rules-clock. Text size, focus,
// languages, the three words, help and lock, reminders, Chinese; on one phone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { reminderWords } from '../../src/sending/reminders/words.ts'
import { type Phone, until } from './support/browser.ts'
import { axeFaults } from './support/checks.ts'
import {
  activatePhone,
  answerAt,
  choose,
  item,
  next,
  openItem,
  phoneOf,
  type RulesTrial,
  showHash,
  startRules,
} from './support/rules-trial.ts'

let rules: RulesTrial
let phone: Phone
let page: Page

before(async () => {
  rules = await startRules({ id: 'RULES-1' })
  const { code } = await rules.newPatient('zh-CN')
  phone = await phoneOf(rules, { reducedMotion: true })
  page = phone.page
  await activatePhone(page, rules, code)
})
after(async () => {
  await phone[Symbol.asyncDispose]()
  await rules[Symbol.asyncDispose]()
})

const pixels = (selector: string, property: string) =>
  page
    .locator(selector)
    .first()
    .evaluate(
      (element, name) => Number.parseFloat(getComputedStyle(element).getPropertyValue(name)),
      property,
    )
const text = () => page.locator('body').innerText()
const setLanguage = async (tag: string) => {
  await showHash(page, '#/settings')
  await page
    .locator('fieldset', { has: page.locator(`span[lang="${tag}"]`) })
    .locator(`label:has(span[lang="${tag}"])`)
    .click()
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, written(tag))
}
/** How a language of the app stands in the document. */
const written = (tag: string) => (tag === 'zh-CN' ? 'zh-Hans' : tag)

test('U10: 18 px text and 20 px questions; the app’s own setting makes both twice as large, and is kept with the answers', async () => {
  await openItem(page, '#/event/short', 'ache')
  const sizes = async () => [await pixels('body', 'font-size'), await pixels('.f-question', 'font-size')]
  const [body, question] = (await sizes()) as [number, number]
  assert.ok(body >= 18 && question >= 20, `${body}, ${question}`)
  await showHash(page, '#/settings')
  const larger = page.getByRole('button', { name: 'Larger text' })
  while ((await larger.getAttribute('aria-disabled')) !== 'true') await larger.click()
  await openItem(page, '#/event/short', 'ache')
  const [twice, twiceQuestion] = (await sizes()) as [number, number]
  assert.deepEqual([twice, twiceQuestion], [2 * body, 2 * question])
  await choose(page, 1, 'slept')
  await choose(page, 0, 'mood')
  await choose(page, 0, 'review')
  await next(page)
  await page.locator('.outcome').waitFor()
  await until('it is received', () => rules.front.submissions().length === 1)
  const { presentation } = JSON.parse(rules.front.submissions()[0]!.body.toString())
  assert.deepEqual([presentation.ache.textPercent, presentation.ache.widget], [200, 'nrs-list'])
  await showHash(page, '#/settings')
  const smaller = page.getByRole('button', { name: 'Smaller text' })
  while ((await smaller.getAttribute('aria-disabled')) !== 'true') await smaller.click()
})

test('control U11: too weak a contrast is found by axe', async () => {
  await showHash(page, '#/')
  assert.deepEqual(await axeFaults(page), [])
  await page.locator('h1').evaluate((heading) => Object.assign(heading.style, { color: '#bbb' }))
  assert.match((await axeFaults(page)).join('\n'), /^color-contrast:/m)
  await page.reload()
  await page.locator('.groups').waitFor()
})

test('U11: what is chosen is told by shape, also where the phone gives all colours', async () => {
  await openItem(page, '#/event/short', 'ache')
  await choose(page, 1, 'slept')
  const look = (place: number) =>
    answerAt(page, place).evaluate((label) => {
      const input = label.querySelector('input')!
      const before = getComputedStyle(input, '::before')
      const after = getComputedStyle(input, '::after')
      const own = getComputedStyle(input)
      return [
        own.borderWidth,
        own.backgroundImage,
        own.appearance,
        input.checked,
        before.content,
        before.transform,
        after.content,
        after.transform,
      ].join()
    })
  await page.emulateMedia({ forcedColors: 'active' })
  await answerAt(page, 0).click()
  assert.notEqual(await look(0), await look(1))
  const shot = async (place: number) =>
    (await answerAt(page, place).locator('input').screenshot()).toString('base64')
  assert.notEqual(await shot(0), await shot(1), 'the circle is filled')
  await page.emulateMedia({ forcedColors: 'none' })
})

test('U12: each change of screen focuses its heading; states are told; languages are marked; nothing moves where that is wished', async () => {
  const focused = () => page.evaluate(() => document.activeElement?.tagName)
  for (const hash of ['#/calendar', '#/settings', '#/']) {
    await showHash(page, hash)
    await until(`${hash}: the heading has the focus`, async () => (await focused()) === 'H1')
  }
  await openItem(page, '#/event/short', 'slept')
  await until('the heading of the question has the focus', async () => (await focused()) === 'H1')
  await choose(page, 0, 'mood')
  await until('and of the next one', async () => (await focused()) === 'H1')
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll('*')].filter((element) => {
        const { transitionDuration, animationDuration } = getComputedStyle(element)
        return `${transitionDuration},${animationDuration}`
          .split(',')
          .some((time) => Number.parseFloat(time) > 0.01)
      }).length,
  )
  assert.equal(moving, 0)
  await showHash(page, '#/')
  assert.equal(await page.locator('.sync-line [role=status]').count(), 1)
  for (const [tag, dir] of [
    ['ar', 'rtl'],
    ['zh-CN', 'ltr'],
    ['en', 'ltr'],
  ] as const) {
    await setLanguage(tag)
    const root = page.locator('html')
    assert.deepEqual([await root.getAttribute('lang'), await root.getAttribute('dir')], [written(tag), dir])
  }
})

test('U12: a form in another language than the app is marked with its own, and the app’s words in it with theirs', async () => {
  await openItem(page, '#/event/short', 'mood')
  await showHash(page, '#/')
  await setLanguage('ar')
  await openItem(page, '#/event/short', 'mood')
  const content = page.locator('.f-content')
  assert.deepEqual([await content.getAttribute('lang'), await content.getAttribute('dir')], ['en', 'ltr'])
  const own = page.locator('.f-foot .f-primary span')
  assert.deepEqual([await own.getAttribute('lang'), await own.getAttribute('dir')], ['ar', 'rtl'])
  await setLanguage('en')
})

test('U15: whatever happens on the way, three words tell it, with the number waiting, and never a code', async () => {
  await openItem(page, '#/event/short', 'mood')
  await choose(page, 0, 'review')
  const { front } = rules
  front.fate = (call) =>
    call.path === '/v1/submissions' ? { status: 503, headers: { 'retry-after': '1' } } : 'pass'
  await next(page)
  await page.locator('.outcome').waitFor()
  const said = async () => {
    for (const hash of ['#/', '#/sync']) {
      await showHash(page, hash)
      assert.doesNotMatch(await text(), /\b[45]\d\d\b|error|fail|invalid|submission|refused|retry/i)
    }
    await showHash(page, '#/')
    return (await page.locator('.sync-line').innerText()).replaceAll('\n', ' ')
  }
  for (const [fate, words] of [
    [{ status: 503, headers: { 'retry-after': '1' } }, 'Saved on this phone 1 form'],
    [{ status: 400, body: '{"code":"submission.invalid"}' }, 'Saved on this phone 1 form'],
    [{ status: 413, body: '<html>413</html>' }, 'Saved on this phone 1 form'],
    ['cut', 'Waiting for internet 1 form'],
    ['pass', 'Sent'],
  ] as const) {
    front.fate = (call) => (call.path === '/v1/submissions' || fate === 'cut' ? fate : 'pass')
    await showHash(page, '#/sync')
    const before = front.submissions().length
    const press = page.getByRole('button', { name: 'Try to send now' })
    await until('it is tried', async () => {
      if (await press.isVisible()) await press.click().catch(() => undefined)
      return front.submissions().length > before
    })
    await until(`it is told: ${words}`, async () => (await said()) === words)
  }
  front.fate = () => 'pass'
})

test('U19: Help is at one place on every screen and calls the site, without a network too; the lock comes after five minutes', async () => {
  const places = new Set<string>()
  const { front } = rules
  front.fate = () => 'cut'
  await phone.context.setOffline(true)
  for (const hash of [
    '#/',
    '#/calendar',
    '#/settings',
    '#/sync',
    '#/event/short',
    '#/practice',
    '#/setup/pin',
  ]) {
    await showHash(page, hash)
    const help = page.locator('.bar-help')
    await help.waitFor()
    const { x, y } = (await help.boundingBox())!
    places.add(`${Math.round(x)},${Math.round(y)}`)
    await help.click()
    const opened = page.locator('dialog.help[open]')
    assert.equal(await opened.locator('a.primary').getAttribute('href'), 'tel:+493055501200', hash)
    assert.match(await opened.innerText(), /In an emergency call 112\./)
    await page.keyboard.press('Escape')
  }
  assert.equal(places.size, 1, [...places].join(' '))
  await phone.context.setOffline(false)
  front.fate = () => 'pass'
})

const healthWords = /pain|medicine|diary|health|\bill\b|疼|痛|药|病|健康|ألم|دواء|مرض|صح|[!！]/i

test('U20: a reminder names nothing, opens the right form, and quiet hours go to the server', async () => {
  const { front } = rules
  // The Chromium of the npm package has no notifications: what the worker would show is written down instead.
  const recorder = `ServiceWorkerRegistration.prototype.showNotification = (title, { body, data }) =>
  caches.open('shown').then((c) => c.put('/app/shown', new Response(JSON.stringify({ title, body, data }))));\n`
  front.rewrite = (path, body) => (path === '/app/sw.js' ? Buffer.from(recorder + body.toString()) : body)
  const { code } = await rules.newPatient('en')
  await using reminded = await phoneOf(rules)
  const { page } = reminded
  await activatePhone(page, rules, code)
  front.rewrite = (_path, body) => body
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: rules.zone }).format()
  const words = reminderWords('en')
  front.fate = (call) =>
    call.path === '/v1/device/reminders/opaque'
      ? { status: 200, body: JSON.stringify({ key: `diary/${day}` }) }
      : 'pass'
  const active = () =>
    page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state === 'activated')
  await until('the worker is there', active)
  await reminded.push(JSON.stringify({ id: 'opaque', ...words, url: '/app/#/reminder/opaque', tag: 't' }))
  const notice = () => page.evaluate(async () => (await caches.match('/app/shown'))?.text())
  await until('it is shown', async () => (await notice()) !== undefined)
  const { title, body, data } = JSON.parse((await notice())!)
  assert.deepEqual([title, body], [words.title, words.body])
  const said = [title, body, ...['zh', 'ar'].flatMap((tag) => Object.values(reminderWords(tag)))].join(' ')
  assert.doesNotMatch(said, healthWords)
  assert.match('Your pain diary is due!', healthWords, 'control')
  const [worker] = reminded.context.serviceWorkers()
  await worker!.evaluate((kept) => {
    const touched = new Event('notificationclick')
    const notification = { close: () => undefined, data: kept }
    dispatchEvent(Object.assign(touched, { notification, waitUntil: (done: Promise<unknown>) => done }))
  }, data)
  await item(page, 'pain')
  front.fate = () => 'pass'
  for (const hash of ['#/', '#/calendar']) {
    await showHash(page, hash)
    const shown = await page.locator('body').innerText()
    assert.doesNotMatch(
      shown,
      /streak|reward|badge|points|in a row|well done|great|!/i,
      'nothing is praised or counted',
    )
  }
  await showHash(page, '#/settings')
  await page.locator('.quiet input').first().fill('20:30')
  const told = () =>
    front.seen.findLast((call) => call.method === 'PUT' && call.path === '/v1/device/reminders')
  await until(
    'the server is told',
    () => told()?.body.toString().includes('20:30') === true && told()!.status !== 0,
  )
  assert.equal(told()!.status, 204)
})

test('U22: in Chinese the page says so, lines stand apart, nothing leans, and no font is fetched', async () => {
  const fonts: string[] = []
  page.on('request', (request) => {
    if (request.resourceType() === 'font') fonts.push(request.url())
  })
  await setLanguage('zh-CN')
  await page.reload()
  for (const hash of ['#/', '#/settings', '#/calendar', '#/event/all']) {
    await showHash(page, hash)
    const faults = await page.evaluate(() =>
      [...document.querySelectorAll('body *')].flatMap((element) => {
        const own = [...element.childNodes].some(
          (node) => node.nodeType === 3 && /\p{Script=Han}/u.test(node.textContent ?? ''),
        )
        if (!own || element.getBoundingClientRect().width < 2) return []
        const { fontSize, lineHeight, fontStyle } = getComputedStyle(element)
        const apart = Number.parseFloat(lineHeight) / Number.parseFloat(fontSize)
        // One-line labels of buttons stand alone.
        const alone = element.closest('button, a.button, .bar, .count, h1, h2, h3') !== null
        return (apart >= 1.6 - 0.001 || alone) && fontStyle === 'normal'
          ? []
          : [`${element.textContent} ${apart} ${fontStyle}`]
      }),
    )
    assert.deepEqual(faults, [], hash)
  }
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-Hans')
  assert.deepEqual(fonts, [])
  assert.equal(await page.evaluate(() => document.fonts.size), 0)
})

test('U19: five minutes untouched lock the app; the PIN may be pasted and opens what was there before', async () => {
  await showHash(page, '#/setup/pin')
  await page.locator('input.pin').fill('4711')
  await page.locator('form .primary').click()
  await page.waitForURL(/setup\/(?:reminders|practice)/)
  await openItem(page, '#/event/short', 'ache')
  await answerAt(page, 6).click()
  await page.clock.install()
  await page.reload()
  await page.locator('input.pin').fill('4711')
  await page.locator('form .primary').click()
  await item(page, 'ache')
  await page.clock.runFor(4 * 60_000)
  assert.equal(await page.locator('input.pin').count(), 0, 'not before')
  await page.clock.runFor(90_000)
  const field = page.locator('input.pin')
  await field.waitFor()
  assert.equal(await page.locator('.f-question').count(), 0, 'nothing of the form is left on the screen')
  await field.evaluate((input: HTMLInputElement) => {
    input.focus()
    document.execCommand('insertText', false, '4711')
  })
  await page.locator('form .primary').click()
  await item(page, 'ache')
  assert.equal(await answerAt(page, 6).locator('input').isChecked(), true)
})
