// A server with the study of every question, its patients, and the line the phones call through: what every test of the
// patient rules begins with. And the few taps that all of them make.
import type { Page } from 'playwright-core'
import type { Taking } from '../../../src/records/study-actions.ts'
import { type RunningTrial, startTrial } from '../../support/start-trial.ts'
import { openPhone, type Phone, type PhoneOptions } from './browser.ts'
import { type Front, startFront } from './front.ts'
import { type RulesStudy, rulesFiles } from './rules-study.ts'

/** A zone in which it is about noon now, so that no test meets midnight, and windows of today are open. */
export function zoneAtNoon(now = new Date()): string {
  const zones = [
    'Asia/Tokyo',
    'Asia/Kolkata',
    'Europe/Berlin',
    'America/Sao_Paulo',
    'America/Denver',
    'Pacific/Auckland',
  ]
  const hour = (zone: string) =>
    Number(new Intl.DateTimeFormat('en', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' }).format(now))
  return zones.toSorted((a, b) => Math.abs(hour(a) - 13) - Math.abs(hour(b) - 13))[0]!
}

export type RulesTrial = AsyncDisposable & {
  readonly trial: RunningTrial
  readonly front: Front
  /** Where it is about noon; patients and phones are there unless a test says otherwise. */
  readonly zone: string
  /** A fresh code for a new patient, enrolled `daysAgo` before today (standard 0). */
  newPatient(
    language: string,
    options?: { readonly daysAgo?: number; readonly studyId?: string; readonly zone?: string },
  ): Promise<{ patientId: string; code: string }>
  /** `taking`: which sites take the version from when on; a first version holds by itself. */
  publish(study: RulesStudy, taking?: Taking): Promise<void>
}

/** Starts the server and publishes the studies. */
export async function startRules(...studies: readonly [RulesStudy, ...RulesStudy[]]): Promise<RulesTrial> {
  const trial = await startTrial({ patients: 1 })
  const front = await startFront(trial.http)
  const zone = zoneAtNoon()
  const publish = async (study: RulesStudy, taking?: Taking): Promise<void> => {
    await trial.control.act({ do: 'publish', files: rulesFiles(study), ...(taking && { taking }) }, 'test')
  }
  for (const study of studies) await publish(study)
  let count = 0
  return {
    trial,
    front,
    zone,
    publish,
    async newPatient(language, { daysAgo = 0, studyId = studies[0].id, zone: home = zone } = {}) {
      const patientId = `R-${String(++count).padStart(3, '0')}`
      const enrolledOn = Temporal.Now.plainDateISO(home).subtract({ days: daysAgo }).toString()
      const patient = { patientId, siteId: '1', arm: 'A', zone: home, language, enrolledOn }
      await trial.control.act({ do: 'create-patients', studyId, patients: [patient] }, 'test')
      const [issued] = await trial.control.codes(
        { studyId, patientIds: [patientId], validMs: 3_600_000 },
        'a new phone',
      )
      return { patientId, code: issued!.code }
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]()
      await trial[Symbol.asyncDispose]()
    },
  }
}

/** A phone in the trial's zone. */
export const phoneOf = (rules: RulesTrial, more: Partial<PhoneOptions> = {}): Promise<Phone> =>
  openPhone({ origin: rules.front.url, zone: rules.zone, ...more })

/** From the first start to Today, past every offer. */
export async function activatePhone(page: Page, rules: RulesTrial, code: string, tag = 'en'): Promise<void> {
  await page.goto(`${rules.front.url}/app/#/activate?code=${code}`)
  await page.locator(`button[lang="${tag}"]`).click()
  await page.locator('form .primary').click()
  await page.waitForURL(/#\/setup\/pin$/)
  await showHash(page, '#/')
  await page.locator('.card').first().waitFor()
}

/** Goes to a screen by its address and waits for its heading. */
export async function showHash(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to
  }, hash)
  await page.waitForFunction((to) => location.hash === to && document.querySelector('h1') !== null, hash)
}

/** Opens a form by its address, and waits until the question of an item is shown. */
export async function openItem(page: Page, hash: string, linkId: string): Promise<void> {
  await showHash(page, hash)
  await item(page, linkId)
}

/** Waits until the question of an item is shown. */
export const item = (page: Page, linkId: string): Promise<void> =>
  page.locator(`#f-${linkId}`).waitFor({ state: 'attached' })

/** The label of an answer, as a finger meets it; by its place. */
export const answerAt = (page: Page, place: number) =>
  page.locator('label.f-nrs-number, label.f-choice').nth(place)

/** Presses Next or Send. */
export const next = (page: Page): Promise<void> => page.locator('.f-foot .f-primary').click()

/** Answers with the choice at a place, and goes on to the question of `then` (`review`: the review page). */
export async function choose(page: Page, place: number, then: string): Promise<void> {
  await answerAt(page, place).click()
  await next(page)
  await (then === 'review' ? page.locator('.f-review').waitFor() : item(page, then))
}

/** The heading of the screen. */
export const headingOf = async (page: Page): Promise<string> =>
  (await page.locator('h1').first().textContent()) ?? ''
