// The rules of how a question is put and answered: U1 to U9, U13 and U21, on one phone with a study that has every kind of
// question. What is checked is what the patient sees and what Levee receives.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type Phone, until } from './support/browser.ts'
import { targetFaults } from './support/checks.ts'
import { resize } from './support/looks.ts'
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
  showHash,
  startRules,
} from './support/rules-trial.ts'

let rules: RulesTrial
let phone: Phone
let page: Page

before(async () => {
  rules = await startRules({ id: 'RULES-1' })
  const { code } = await rules.newPatient('en')
  phone = await phoneOf(rules)
  page = phone.page
  await activatePhone(page, rules, code)
})
after(async () => {
  await phone[Symbol.asyncDispose]()
  await rules[Symbol.asyncDispose]()
})

/** Sends from the review page; resolves to what Levee received. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
async function sendForm(): Promise<any> {
  const count = rules.front.submissions().length
  await next(page)
  await page.locator('.outcome').waitFor()
  await until('it is received', () => rules.front.submissions()[count]?.status === 202)
  return JSON.parse(rules.front.submissions()[count]!.body.toString())
}

/** Answers and sends what is left of the short form, from its first question. */
async function sendShort() {
  await choose(page, 1, 'slept')
  await choose(page, 0, 'mood')
  await choose(page, 0, 'review')
  return sendForm()
}

/** What of the question is not in sight at once: heading, options, Next; and more than one item. */
const outOfSight = (): Promise<string[]> =>
  page.evaluate(() => {
    const faults: string[] = []
    const foot = document.querySelector('.f-foot')!.getBoundingClientRect()
    const parts = document.querySelectorAll(
      '.f-question, .f-recall, .f-main label, .f-vas-touch, .f-field, .f-ends',
    )
    for (const part of parts) {
      const { top, bottom } = part.getBoundingClientRect()
      if (top < 0 || bottom > foot.top + 0.5) faults.push(part.textContent ?? '')
    }
    if (foot.bottom > innerHeight) faults.push('Next')
    const names = [...document.querySelectorAll<HTMLInputElement>('.f-main input[type=radio]')].map(
      ({ name }) => name,
    )
    if (new Set(names).size > 1) faults.push('more than one question')
    return faults
  })

/** Answers that stand on the screen. */
const standing = (): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('.f-main input, .f-main textarea')]
      .filter((field) =>
        field instanceof HTMLInputElement && 'radio checkbox'.includes(field.type)
          ? field.checked
          : field.value !== '',
      )
      .map((field) => field.id)
      .concat([...document.querySelectorAll('.f-vas-mark')].map(() => 'mark')),
  )

test('U1 U2 U13: each question is alone, whole and with nothing chosen; its number says of how many while that is sure', async () => {
  const seen: string[] = []
  const look = async (linkId: string) => {
    seen.push((await page.locator('.f-progress').textContent()) ?? '')
    assert.deepEqual(await outOfSight(), [], linkId)
    assert.deepEqual(await standing(), [], `${linkId}: nothing is chosen before`)
  }
  await openItem(page, '#/event/short', 'ache')
  await look('ache')
  await choose(page, 1, 'slept')
  assert.match(await headingOf(page), /^Over the last 7 days:/, 'with the period it is about')
  await look('slept')
  await choose(page, 0, 'mood')
  await look('mood')
  assert.match(await headingOf(page), /^Over the last 7 days:/)
  await choose(page, 0, 'review')
  await sendForm()
  await showHash(page, '#/')
  await page.locator('.card a.primary').first().click()
  await item(page, 'pain')
  await look('pain')
  await choose(page, 1, 'dose')
  await look('dose')
  await choose(page, 0, 'tired')
  await look('tired')
  await choose(page, 0, 'rest')
  await look('rest')
  assert.deepEqual(seen, [
    'Question 1 of 3',
    'Question 2 of 3',
    'Question 3 of 3',
    'Question 1',
    'Question 2',
    'Question 3',
    'Question 4 of 4',
  ])
})

test('control U1 U2: an option below the fold and one chosen before are found', async () => {
  await openItem(page, '#/event/short', 'ache')
  await page.evaluate(() => {
    const numbers = document.querySelector<HTMLElement>('.f-nrs')!
    numbers.style.marginTop = '700px'
    numbers.querySelector('input')!.checked = true
  })
  assert.deepEqual(await outOfSight(), ['Next'])
  assert.deepEqual(await standing(), ['f-ache'])
  await page.reload()
})

test('U1: where larger text makes one scroll, Next stands after the last option', async () => {
  await openItem(page, '#/event/short', 'ache')
  await resize(page, { width: 360, height: 640, text: 200 })
  const places = await page.evaluate(() => ({
    last: [...document.querySelectorAll('.f-main label')].at(-1)!.getBoundingClientRect().bottom,
    next: document.querySelector('.f-foot .f-primary')!.getBoundingClientRect().top,
    height: innerHeight,
  }))
  assert.ok(places.last > places.height, 'one must scroll')
  assert.ok(places.next >= places.last)
  await resize(page, { width: 360, height: 640, text: 100 })
})

test('U3: choosing never navigates, only Next does', async () => {
  await openItem(page, '#/event/short', 'ache')
  const question = await headingOf(page)
  for (const place of [3, 7]) {
    await answerAt(page, place).click()
    await page.waitForTimeout(150)
    assert.equal(await headingOf(page), question)
  }
  await next(page)
  await item(page, 'slept')
  for (const place of [0, 1]) {
    await answerAt(page, place).click()
    await page.waitForTimeout(150)
    assert.match(await headingOf(page), /Did you sleep well/)
  }
})

test('U4 U5: Back and the phone’s back show what was there; Change leads back to the review; after sending Back says so', async () => {
  // Goes on with the form of the test before, as the app does.
  await openItem(page, '#/event/short', 'slept')
  await page.locator('.bar-back').click()
  await item(page, 'ache')
  assert.deepEqual(await standing(), ['f-ache-7'], 'as last seen')
  await next(page)
  await item(page, 'slept')
  assert.deepEqual(await standing(), ['f-slept-1'])
  await page.goBack()
  await item(page, 'ache')
  await next(page)
  await item(page, 'slept')
  await next(page)
  await item(page, 'mood')
  await choose(page, 1, 'review')
  const rows = await page.locator('.f-review .f-row').count()
  assert.equal(rows, 3)
  assert.equal(await page.locator('.f-row button').count(), rows, 'each with a way to change it')
  await page.getByRole('button', { name: 'Change: Did you sleep well?' }).click()
  await item(page, 'slept')
  await choose(page, 0, 'review')
  const sent = await sendForm()
  assert.deepEqual(sent.answers, { ache: 7, slept: true, mood: 'so-so' })
  assert.deepEqual(
    sent.answerTrail.map((entry: { item: string; value: unknown }) => [entry.item, entry.value]),
    [
      ['ache', 3],
      ['ache', 7],
      ['slept', true],
      ['slept', false],
      ['mood', 'so-so'],
      ['slept', true],
    ],
    'every change of mind',
  )
  await page.goBack()
  await page.getByRole('heading', { name: 'Already sent' }).waitFor()
})

test('U5: a change that opens a new question asks it, then shows the review', async () => {
  await showHash(page, '#/')
  await page.locator('.card a.primary').first().click()
  await item(page, 'rest')
  await page.locator('.bar-back').click()
  await item(page, 'tired')
  await choose(page, 1, 'review')
  await page.getByRole('button', { name: 'Change: Were you very tired today?' }).click()
  await item(page, 'tired')
  await choose(page, 0, 'rest')
  await choose(page, 0, 'review')
})

test('U5 U6: Next without an answer asks; a skip is an answer of its own and reads "Not answered"', async () => {
  await openItem(page, '#/event/short', 'ache')
  await next(page)
  await page.getByText('This question needs an answer before you can go on.').waitFor()
  assert.equal(await page.locator('dialog[open]').count(), 0, 'what may not be skipped offers no skip')
  await choose(page, 1, 'slept')
  await next(page)
  const asked = page.locator('dialog[open]')
  await asked.getByRole('button', { name: 'Answer now' }).click()
  await asked.waitFor({ state: 'detached' })
  await item(page, 'slept')
  await next(page)
  await asked.getByRole('button', { name: 'Skip this question' }).click()
  await item(page, 'mood')
  await choose(page, 1, 'review')
  assert.deepEqual(await page.locator('.f-row').nth(1).locator('dd').first().textContent(), 'Not answered')
  const { answers } = await sendForm()
  assert.deepEqual(answers.slept, { skipped: 'asked-declined' })
})

/** Boxes of the numbers of a scale. */
const numberBoxes = (selector: string) =>
  page.locator(selector).evaluateAll((labels) =>
    labels.map((label) => {
      const { x, y, width, height } = label.getBoundingClientRect()
      return { x, y, width, height, colour: getComputedStyle(label).backgroundColor }
    }),
  )

test('U7: eleven equal targets in one row without colours, their ends in words; a list where there is no room', async () => {
  await openItem(page, '#/event/short', 'ache')
  const row = await numberBoxes('.f-nrs-number')
  assert.equal(row.length, 11)
  assert.equal(new Set(row.map(({ y }) => y)).size, 1, 'one row')
  assert.equal(new Set(row.map(({ colour }) => colour)).size, 1, 'no colour means anything')
  const widths = row.map(({ width }) => width)
  assert.ok(Math.max(...widths) - Math.min(...widths) <= 0.5, `equal: ${widths}`)
  assert.ok(Math.min(...widths) >= 24 && row.every(({ height }) => height >= 56))
  const [low, high] = await page.locator('.f-ends span').all()
  const box = async (of: typeof low) => (await of!.boundingBox())!
  assert.equal(await low!.textContent(), 'No pain')
  assert.ok((await box(low)).x <= row[0]!.x + 1)
  assert.ok(Math.abs((await box(high)).x + (await box(high)).width - row[10]!.x - row[10]!.width) <= 2)
  for (const size of [
    { width: 339, height: 640, text: 100 },
    { width: 360, height: 640, text: 135 },
  ]) {
    await resize(page, size)
    const list = await numberBoxes('.f-nrs-list .f-choice')
    assert.equal(list.length, 11)
    assert.equal(new Set(list.map(({ x }) => x)).size, 1, 'below one another')
    assert.ok(list.every(({ width, height }) => width > 280 && height >= 48))
  }
  await resize(page, { width: 340, height: 640, text: 130 })
  assert.equal((await numberBoxes('.f-nrs-number')).length, 11, 'at the limits still a row')
  await resize(page, { width: 360, height: 640, text: 100 })
  const sent = await sendShort()
  const { widget, lengthPx } = sent.presentation.ache
  assert.deepEqual([widget, lengthPx], ['nrs-row', 328], 'how it was shown is kept')
})

test('control U7 U11: a number too narrow and a button too low are found', async () => {
  await openItem(page, '#/event/short', 'ache')
  assert.deepEqual(await targetFaults(page), [])
  await page
    .locator('.f-nrs-number')
    .first()
    .evaluate((label) => Object.assign(label.style, { width: '20px', minWidth: '0', flex: 'none' }))
  await page
    .locator('.f-foot .f-primary')
    .evaluate((button) => Object.assign(button.style, { minHeight: '40px', height: '40px', padding: '0' }))
  const faults = (await targetFaults(page)).join('\n')
  assert.match(faults, /label "0" is 20×/)
  assert.match(faults, /button "Next" is \d+×40 px/)
  await page.reload()
  await item(page, 'ache')
})

/** Place of the mark as a screen reader is told it, and as it is sent. */
const slider = () => page.locator('.f-vas-touch')
async function tapLine(point: number): Promise<void> {
  const { x, y, width, height } = (await page.locator('.f-vas-line').boundingBox())!
  await page.touchscreen.tap(x + (width * point) / 100, y + height / 2)
}

test('U8 U9: a line of 101 points and one length, no mark and no numbers before or after; taps, buttons and keys', async () => {
  await showHash(page, '#/event/all')
  await page.locator('.f-display').waitFor()
  await next(page)
  await item(page, 'line')
  assert.deepEqual(await standing(), [])
  assert.equal(await slider().getAttribute('aria-valuetext'), 'not marked yet')
  assert.notEqual(await slider().getAttribute('aria-valuenow'), null)
  const length = async () => (await page.locator('.f-vas-line').boundingBox())!.width
  const noNumbers = async () => assert.doesNotMatch(await page.locator('.f-vas').innerText(), /\d/)
  await noNumbers()
  for (const point of [0, 1, 33, 50, 99, 100]) {
    await tapLine(point)
    assert.equal(await slider().getAttribute('aria-valuetext'), `marked at ${point} of 100`)
  }
  await noNumbers()
  await page.getByRole('button', { name: /towards: Worst/ }).click()
  assert.equal(await slider().getAttribute('aria-valuenow'), '99')
  await slider().press('ArrowLeft')
  await slider().press('PageDown')
  assert.equal(await slider().getAttribute('aria-valuenow'), '88')
  for (const size of [
    { width: 320, height: 568, text: 200 },
    { width: 800, height: 360, text: 100 },
    { width: 360, height: 640, text: 100 },
  ]) {
    await resize(page, size)
    assert.equal(await length(), 280, 'the length does not follow the screen')
    assert.equal(await slider().getAttribute('aria-valuenow'), '88', 'nor does the answer')
  }
  await next(page)
  await item(page, 'felt')
})

test('U21: taken now is one tap; another time asks when, not taken asks why; the pack is shown; nothing is chosen before', async () => {
  await showHash(page, '#/')
  await page.locator('.card', { hasText: 'Daily diary' }).locator('a.primary').click()
  await page.locator('.f-review').waitFor()
  await page.getByRole('button', { name: /study medicine/ }).click()
  await item(page, 'dose')
  assert.equal(await page.locator('.f-medicine strong').textContent(), 'Study medicine')
  const picture = page.locator('.f-medicine img')
  assert.ok(
    (await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)) > 0,
    'the picture is drawn',
  )
  await answerAt(page, 2).click()
  await next(page)
  await page.locator('.f-fault-sign').waitFor()
  await answerAt(page, 3).click()
  await answerAt(page, 1).click()
  await next(page)
  await page.locator('.f-fault-sign').waitFor()
  const from = Date.now()
  await answerAt(page, 0).click()
  await next(page)
  await page.locator('.f-review').waitFor()
  const { answers, presentation } = await sendForm()
  assert.equal(answers.dose, true)
  assert.equal('dosewhy' in answers, false)
  const at = Date.parse(answers.dosetime.replace(/\[.*$/, ''))
  assert.ok(at >= from - 2_000 && at <= Date.now(), 'the time of the tap')
  assert.equal(presentation.dose.widget, 'medicine-now')
})
