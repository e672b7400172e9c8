// Time as patients meet it: U17 (what each entry says of its times, and what becomes of a clock that is wrong or changed)
// and U18 (windows, grace, what was missed), a zone that changes while the app is open, and a night when clocks change.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { hasClockJump } from '../../src/study/clock-jump.ts'
import { until } from './support/browser.ts'
import {
  activatePhone,
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
before(async () => {
  rules = await startRules({ id: 'RULES-1' }, { id: 'RULES-2', window: ['08:00', '20:00'] })
})
after(() => rules[Symbol.asyncDispose]())

/** Finishes the short form from its first question on and sends it; resolves to what Levee received. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
async function sendShort(page: Page, between: () => Promise<unknown> = async () => {}): Promise<any> {
  const { front } = rules
  const count = front.submissions().length
  await choose(page, 1, 'slept')
  await between()
  await choose(page, 0, 'mood')
  await choose(page, 0, 'review')
  await next(page)
  await until('it is received', () => front.submissions()[count]?.status === 202)
  return JSON.parse(front.submissions()[count]!.body.toString())
}

/** Codes of the findings with the entry that came last, or of what holds it back. */
async function judged(): Promise<string[]> {
  await rules.trial.settle()
  const [entry] = await rules.trial.rows('SELECT max(position) AS last FROM entries', [], 'journal.db')
  const position = Number(entry!.last)
  const { held } = await rules.trial.entry(position)
  if (held !== undefined) return [held.code]
  const [row] = await rules.trial.rows('SELECT effect FROM responses WHERE position = ?', [position])
  const { findings } = JSON.parse(String(row!.effect)) as { findings: { code: string }[] }
  return findings.map(({ code }) => code).filter((code) => code !== 'duplicate-candidate')
}

test('U17: an entry tells its times, zone, elapsed time, plan and language; nothing is found with it', async () => {
  const { code } = await rules.newPatient('en')
  await using phone = await phoneOf(rules)
  const { page } = phone
  await activatePhone(page, rules, code)
  await openItem(page, '#/event/short', 'ache')
  const body = await sendShort(page)
  for (const time of [
    body.startedAt,
    body.completedAt,
    body.sentAt,
    ...body.answerTrail.map((entry: { at: string }) => entry.at),
  ])
    assert.match(
      time,
      new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?[+-]\\d\\d:\\d\\d\\[${rules.zone}\\]$`),
    )
  const took = instant(body.completedAt) - instant(body.startedAt)
  assert.ok(body.elapsedMs > 0 && Math.abs(body.elapsedMs - took) < 2_000, `${body.elapsedMs}, ${took}`)
  assert.match(body.planSha256, /^[0-9a-f]{64}$/)
  assert.equal(body.language, 'en')
  assert.deepEqual(await judged(), [])
})

const instant = (text: string) => Date.parse(text.replace(/\[.*$/, ''))

test('U17: a clock ten minutes fast is told in words with the right time; the entry goes, and somebody will look at it', async () => {
  const { code } = await rules.newPatient('en')
  await using phone = await phoneOf(rules)
  const { page } = phone
  await page.clock.install({ time: Date.now() + 10 * 60_000 })
  await activatePhone(page, rules, code)
  const notice = page.locator('.notice', { hasText: 'Please check the time of your phone' })
  await notice.waitFor()
  const right = new Intl.DateTimeFormat('en-GB', { timeZone: rules.zone, hour: '2-digit', minute: '2-digit' })
  const near = [0, -60_000].map((ms) => right.format(Date.now() + ms))
  const said = (await notice.innerText()).replaceAll('\n', ' ')
  assert.ok(
    near.some((time) => said.includes(`It should be ${time}`)),
    said,
  )
  await openItem(page, '#/event/short', 'ache')
  await sendShort(page)
  assert.notDeepEqual(await judged(), [])
  await page.getByText('Sent', { exact: true }).waitFor()
})

test('U17: a clock set back twenty minutes within a form is found; control: one that goes on is not', async () => {
  const { code } = await rules.newPatient('en')
  await using phone = await phoneOf(rules)
  const { page } = phone
  await activatePhone(page, rules, code)
  await page.clock.install()
  await openItem(page, '#/event/short', 'ache')
  await sendShort(page)
  assert.deepEqual(await judged(), [])
  await openItem(page, '#/event/short', 'ache')
  const body = await sendShort(page, () => page.clock.setSystemTime(Date.now() - 20 * 60_000))
  assert.ok(instant(body.completedAt) < instant(body.startedAt))
  assert.ok((await judged()).includes('clock-jump'))
})

test('U18: a form opens, may be finished a while after it closes, and then is missed with the reason; it never vanishes', async () => {
  const { code } = await rules.newPatient('en', { studyId: 'RULES-2', daysAgo: 1 })
  await using phone = await phoneOf(rules)
  const { page } = phone
  const today = Temporal.Now.plainDateISO(rules.zone)
  const at = (time: string) =>
    today.toZonedDateTime({ timeZone: rules.zone, plainTime: time }).epochMilliseconds
  await page.clock.install({ time: at('12:00') })
  await activatePhone(page, rules, code)
  const goTo = async (time: string) => {
    await page.clock.setSystemTime(at(time))
    // The longest the screen may be behind.
    await page.clock.runFor(11_000)
  }
  const places = async () => {
    await showHash(page, '#/')
    const names = ['now', 'later', 'done', 'missed']
    const texts = await Promise.all(
      names.map((name) => page.locator(`section[aria-labelledby=${name}]`).allInnerTexts()),
    )
    return Object.fromEntries(names.map((name, i) => [name, texts[i]!.join(' ').replaceAll(/\s+/g, ' ')]))
  }
  await goTo('07:30')
  assert.match((await places()).later!, /Daily diary Opens 0?8:00/)
  assert.doesNotMatch((await places()).now!, /Daily diary/)
  await goTo('08:00')
  assert.match((await places()).now!, /Daily diary Open until 20:00 Start/)
  await goTo('19:50')
  await page.locator('.card a.primary').first().click()
  await choose(page, 2, 'dose')
  await goTo('20:10')
  assert.match((await places()).now!, /Daily diary You can finish it until 20:30 Continue/)
  await page.locator('.card a.primary').first().click()
  await item(page, 'dose')
  await goTo('20:31')
  const missed = (await places()).missed!
  assert.match(missed, /Daily diary Closed 20:00, not filled in Possible until .+ Fill in late/)
  assert.match(missed, /Daily diary Closed yesterday 20:00, not filled in/, 'and the day before')
  assert.doesNotMatch((await places()).now!, /Daily diary/)
  const grey = await page
    .locator('.row.grey')
    .first()
    .evaluate((row) => getComputedStyle(row).color)
  assert.notEqual(grey, await page.locator('h1').evaluate((heading) => getComputedStyle(heading).color))
})

test('U17 U18: another zone while the app is open: the same instants in the new zone’s words, and entries say the new zone', async () => {
  const { code } = await rules.newPatient('en')
  await using phone = await phoneOf(rules, { zone: null })
  const { page } = phone
  const session = await phone.context.newCDPSession(page)
  const travel = (timezoneId: string) => session.send('Emulation.setTimezoneOverride', { timezoneId })
  await travel(rules.zone)
  await activatePhone(page, rules, code)
  await openItem(page, '#/event/short', 'ache')
  const there = 'Africa/Nairobi'
  const body = await sendShort(page, () => travel(there))
  assert.ok(
    body.startedAt.endsWith(`[${rules.zone}]`) && body.completedAt.endsWith(`[${there}]`),
    body.completedAt,
  )
  assert.equal(hasClockJump(body), false, 'a trip is no change of the clock')
  assert.deepEqual(await judged(), [])
  await showHash(page, '#/')
  const midnight = Temporal.Now.plainDateISO(rules.zone).add({ days: 1 }).toZonedDateTime(rules.zone)
  const time = midnight.withTimeZone(there).toPlainTime().toString().slice(0, 5)
  await until('the card says it in the new zone', async () =>
    (await page.locator('.card').first().innerText()).includes(time),
  )
})

test('U17: a form filled in over the hour that clocks skip keeps its order, and a time that does not exist is not taken', async () => {
  const zone = 'Europe/Berlin'
  const { code } = await rules.newPatient('en', { zone })
  await using phone = await phoneOf(rules, { zone })
  const { page } = phone
  await activatePhone(page, rules, code)
  // 28 March 2027, 01:59:30; a minute later it is 03:00:30.
  await page.clock.install({ time: Date.parse('2027-03-28T00:59:30Z') })
  await page.reload()
  await openItem(page, '#/event/short', 'ache')
  const body = await sendShort(page, () => page.clock.runFor(60_000))
  assert.match(body.startedAt, /^2027-03-28T01:59:\d\d\.\d+\+01:00\[Europe\/Berlin\]$/)
  assert.match(body.completedAt, /^2027-03-28T03:00:\d\d\.\d+\+02:00\[Europe\/Berlin\]$/)
  assert.equal(hasClockJump(body), false)
  assert.equal(
    hasClockJump({ ...body, completedAt: body.startedAt.replace('01:59', '01:49') }),
    true,
    'control',
  )
  await showHash(page, '#/event/all')
  await page.locator('.f-display').waitFor()
  await next(page)
  await page.locator('.f-vas-touch').click()
  await next(page)
  await choose(page, 0, 'weight')
  await page.locator('#f-weight').fill('70')
  await next(page)
  await item(page, 'since')
  await page.locator('.f-quick button').first().click()
  await next(page)
  await item(page, 'woke')
  await page.locator('.f-quick button').first().click()
  await next(page)
  await item(page, 'began')
  await page.locator('.f-quick button').nth(1).click()
  await page.getByLabel('Hour').fill('2')
  await page.getByLabel('Minute').fill('30')
  assert.equal(await page.locator('.f-half').count(), 0, 'a British phone has a clock of 24 hours')
  await next(page)
  await page.getByText('This time does not exist on that day').waitFor()
  await page.getByLabel('Hour').fill('3')
  await next(page)
  await item(page, 'where')
})
