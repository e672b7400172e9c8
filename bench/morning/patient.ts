// One patient of the morning with the app in a browser context of its own. The line from the phone to Levee is a front
// of its own too, which sees every call and can break it, so what the phone was told is known from outside the app.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Front, startFront } from '../../tests/browser/support/front.ts'
import { activate, fillIn, saysSent, seesNothingWaiting, seesSent, seesToday, tapSend } from './hands.ts'
import type { Invited } from './server.ts'
import type { Acknowledged, Told } from './told.ts'
import { type Language, wordsIn } from './words.ts'

/**
 * `server-dies`: taps Send while the server is gone. `offline`: starts the app, fills in and sends without a network.
 * `two-tabs`: the app is open twice. `lost-answer`: the server hears the entry, the phone not the answer.
 */
export const patientFates = ['server-dies', 'offline', 'two-tabs', 'plain', 'lost-answer', 'plain'] as const
export type PatientFate = (typeof patientFates)[number]

/** What one patient saw. Times in milliseconds; `sentMs` only of who had a network and a server when sending. */
export type PatientReport = {
  readonly patientId: string
  readonly fate: PatientFate
  readonly language: Language
  questions: number
  savedMs: number | undefined
  sentMs: number | undefined
  /** The app has said "Sent". */
  saysSent: boolean
  /** For how long it said so before the phone had a receipt, in milliseconds; undefined: never, as it must be. */
  saidTooSoonMs: number | undefined
  /** Submission ids that left this phone. */
  readonly submissions: Set<string>
  readonly faults: string[]
}

/** What the morning is for a patient. */
export type Surroundings = {
  readonly levee: string
  readonly told: Told
  /** A turn at the few hands that tap at a time. */
  readonly withHands: <T>(work: () => Promise<T>) => Promise<T>
  /** Until the server has been killed; this patient stands on the review page. */
  readonly serverGone: () => Promise<void>
  /** This patient needs the dead server no more, or never will. */
  readonly serverMayReturn: () => void
  readonly awayMs: number
}

export type Patient = AsyncDisposable & {
  readonly report: PatientReport
  /** Activation; the app stays open. */
  begin(): Promise<void>
  /** The diary, from Today to "Sent". */
  diary(): Promise<void>
  /** The app says that nothing waits. */
  evening(withinMs: number): Promise<void>
}

export type PatientOptions = {
  readonly browser: Browser
  readonly who: Invited
  readonly fate: PatientFate
  readonly language: Language
  readonly around: Surroundings
}

const sentWithinMs = 90_000
const screenMs = 30_000

/** Opens the context on an empty page. What fails later stands in the report's faults; the methods do not reject. */
export async function openPatient({
  browser,
  who,
  fate,
  language,
  around,
}: PatientOptions): Promise<Patient> {
  const words = await wordsIn(language)
  const report: PatientReport = {
    patientId: who.patientId,
    fate,
    language,
    questions: 0,
    savedMs: undefined,
    sentMs: undefined,
    saysSent: false,
    saidTooSoonMs: undefined,
    submissions: new Set(),
    faults: [],
  }
  const front = await startFront(around.levee)
  listen(front, around.told, report)
  const context = await browser.newContext({
    viewport: { width: 360, height: 640 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    timezoneId: who.zone,
  })
  context.setDefaultTimeout(screenMs)
  watch(context, front, report)
  const page = await context.newPage()
  // Whoever could not do one part does not begin the next.
  const noting = async (work: () => Promise<void>) => {
    if (report.faults.length > 0) return
    await work().catch(async (error: unknown) => {
      report.faults.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
      await takeShot(page, who.patientId)
    })
  }
  const choice = Number(who.patientId.slice(-1)) % 4
  return {
    report,
    begin: () => noting(() => around.withHands(() => activate(page, front.url, who.code, words))),
    async diary() {
      await noting(() => days[fate]({ page, context, front, words, report, around, choice }))
      around.serverMayReturn()
    },
    evening: (withinMs) =>
      noting(() => around.withHands(() => seesNothingWaiting(page, front.url, words, withinMs))),
    async [Symbol.asyncDispose]() {
      await context.close()
      await front[Symbol.asyncDispose]()
    },
  }
}

/** Writes down what the phone sends and what it is told, as the line sees it. */
function listen(front: Front, told: Told, report: PatientReport): void {
  front.fate = (call) => {
    noteSent(call.path, call.body, told, report)
    return 'pass'
  }
  front.rewrite = (path, body) => {
    // A problem document has no receipt.
    const isReceipt = path === '/v1/submissions' && body.includes('"receipt":')
    if (isReceipt) told.received(JSON.parse(body.toString()) as Acknowledged)
    return body
  }
}

function noteSent(path: string, body: Buffer, told: Told, report: PatientReport): void {
  if (path !== '/v1/submissions') return
  const { submissionId } = JSON.parse(body.toString()) as { submissionId: string }
  report.submissions.add(submissionId)
  told.sent(submissionId, body)
}

/** What no page may do. That a call fails while the network is off is none. */
function watch(context: BrowserContext, front: Front, { faults }: PatientReport): void {
  context.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${front.url}/`) && !/^(?:data|blob|about):/.test(url)) faults.push(`called ${url}`)
  })
  context.on('page', (page) => page.on('crash', () => faults.push('a page crashed')))
  context.on('weberror', (error) => faults.push(`page error: ${error.error().message}`))
  context.on('console', (message) => {
    const network = /net::ERR_|Failed to load resource|Failed to fetch/
    if (message.type() === 'error' && !network.test(message.text())) faults.push(`console: ${message.text()}`)
  })
}

/** A picture of a screen that did not do what it should, into the folder that LEVEE_SHOTS names; nothing without it. */
async function takeShot(page: Page, name: string): Promise<void> {
  const folder = process.env.LEVEE_SHOTS
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `morning-${name}.png`) }).catch(() => undefined)
}

type Day = {
  readonly page: Page
  readonly context: BrowserContext
  readonly front: Front
  readonly words: Awaited<ReturnType<typeof wordsIn>>
  readonly report: PatientReport
  readonly around: Surroundings
  readonly choice: number
}

/** Watches the page after sending while it says "Sent" and the phone has no receipt. */
async function notTooSoon({ page, words, report, around }: Day): Promise<void> {
  const isTold = () => [...report.submissions].some((id) => around.told.has(id))
  const began = performance.now()
  let until = began
  while (!isTold() && (await saysSent(page, words)) && until - began < sentWithinMs) until = performance.now()
  if (until > began) report.saidTooSoonMs = Math.max(report.saidTooSoonMs ?? 0, until - began)
}

/** Until the app says "Sent", and rightly so. */
async function untilSent(day: Day): Promise<void> {
  await seesSent(day.page, day.words, sentWithinMs)
  await notTooSoon(day)
  await seesSent(day.page, day.words, sentWithinMs)
  day.report.saysSent = true
}

/** Fills in and sends with a network, and times it. */
async function plainDay(day: Day): Promise<void> {
  const { page, words, report, around, choice } = day
  await around.withHands(async () => {
    report.questions = await fillIn(page, words, choice)
    const { tappedAt, savedMs } = await tapSend(page, words)
    report.savedMs = savedMs
    await untilSent(day)
    report.sentMs = performance.now() - tappedAt
  })
}

const days: Readonly<Record<PatientFate, (day: Day) => Promise<void>>> = {
  plain: plainDay,
  async 'two-tabs'(day) {
    const { context, front, words, around } = day
    const other = await context.newPage()
    await around.withHands(async () => {
      await other.goto(`${front.url}/app/#/`)
      await seesToday(other, words)
    })
    await day.page.bringToFront()
    await plainDay(day)
    // The other tab hears of it by itself.
    await other
      .locator('.sync-line')
      .getByText(words.sent, { exact: true })
      .waitFor({ timeout: sentWithinMs })
  },
  async 'lost-answer'(day) {
    const { front, page, words, report, around, choice } = day
    const pass = front.fate
    let lost = false
    front.fate = async (call) => {
      await pass(call)
      if (lost || call.path !== '/v1/submissions') return 'pass'
      lost = true
      return 'swallow'
    }
    await around.withHands(async () => {
      report.questions = await fillIn(page, words, choice)
      report.savedMs = (await tapSend(page, words)).savedMs
    })
    await untilSent(day)
    if (!lost) report.faults.push('no answer was lost')
  },
  async offline(day) {
    const { context, front, page, words, report, around, choice } = day
    const pass = front.fate
    front.fate = () => 'cut'
    await context.setOffline(true)
    await around.withHands(async () => {
      await page.reload()
      await seesToday(page, words)
      report.questions = await fillIn(page, words, choice)
      report.savedMs = (await tapSend(page, words)).savedMs
    })
    await notTooSoon(day)
    await sleep(around.awayMs)
    front.fate = pass
    await context.setOffline(false)
    await untilSent(day)
  },
  async 'server-dies'(day) {
    const { page, words, report, around, choice } = day
    await around.withHands(async () => {
      report.questions = await fillIn(page, words, choice)
    })
    await around.serverGone()
    report.savedMs = (await tapSend(page, words)).savedMs
    await notTooSoon(day)
    around.serverMayReturn()
    await untilSent(day)
  },
}
