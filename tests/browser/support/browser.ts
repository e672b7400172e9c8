// A phone for the browser tests: a real Chromium with a profile of its own, the size, language and zone of a phone. It
// fails a test for any call to another address, for any error in the page and for any breach of the page's policy.
// Pictures go to the folder that LEVEE_SHOTS names. Close it with `await using`; a profile can be kept and opened again.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import packed from '@sparticuz/chromium'
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'
import { fontFolder } from './fonts.ts'

/** How the phone is. Standard: 360×640 at 2 px, touch, English, Berlin. */
export type PhoneOptions = {
  /** Where the app is served: `http://127.0.0.1:PORT`. Calls elsewhere fail the test. */
  readonly origin: string
  readonly width?: number
  readonly height?: number
  readonly locale?: string
  /** Null: the test sets it itself. */
  readonly zone?: string | null
  readonly dark?: boolean
  readonly forcedColors?: boolean
  readonly reducedMotion?: boolean
  /** A folder with the browser's data to open again; standard a new one that is removed. */
  readonly profile?: string
  /** Runs in every page before its own scripts. */
  readonly before?: () => void
  /** Texts of page errors and console errors that this test expects. */
  readonly expected?: readonly RegExp[]
}

export type Phone = AsyncDisposable & {
  readonly context: BrowserContext
  readonly page: Page
  readonly profile: string
  /** Ends the browser process at once, as a phone that runs out of power; the profile stays. */
  kill(): Promise<void>
  /** A picture into LEVEE_SHOTS; nothing without it. */
  shot(name: string): Promise<void>
  /** Delivers a push to the app's service worker, without a push service. */
  push(data: string): Promise<void>
  /** What went wrong so far that was not expected. */
  readonly faults: readonly string[]
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-zygote',
]

let program: Promise<string> | undefined

/** The Chromium of the npm package, else the machine's own; LEVEE_CHROMIUM names another. */
export const chromiumPath = (): Promise<string> => {
  program ??= (async () => {
    const named = process.env.LEVEE_CHROMIUM
    if (named !== undefined) return named
    return packed.executablePath().catch((error: unknown) => {
      if (existsSync('/usr/bin/chromium')) return '/usr/bin/chromium'
      throw error
    })
  })()
  return program
}

/** Opens a phone on an empty page; `phone.page.goto(…)` begins. */
export async function openPhone(options: PhoneOptions): Promise<Phone> {
  const profile = options.profile ?? mkdtempSync(join(tmpdir(), 'levee-phone-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: await chromiumPath(),
    headless: true,
    args: flags,
    env: {
      ...process.env,
      FONTCONFIG_PATH: fontFolder(),
      FONTCONFIG_FILE: join(fontFolder(), 'fonts.conf'),
    } as Record<string, string>,
    viewport: { width: options.width ?? 360, height: options.height ?? 640 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    locale: options.locale ?? 'en-GB',
    ...(options.zone === null ? {} : { timezoneId: options.zone ?? 'Europe/Berlin' }),
    colorScheme: options.dark === true ? 'dark' : 'light',
    forcedColors: options.forcedColors === true ? 'active' : 'none',
    reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
    permissions: ['notifications'],
  })
  context.setDefaultTimeout(8_000)
  const faults: string[] = []
  watch(context, options, faults)
  if (options.before !== undefined) await context.addInitScript(options.before)
  const page = context.pages()[0] ?? (await context.newPage())
  let killed = false
  const close = async () => {
    if (!killed) await context.close()
    if (options.profile === undefined) rmSync(profile, { recursive: true, force: true })
  }
  return {
    context,
    page,
    profile,
    faults,
    async kill() {
      killed = true
      await killBrowser(context, page)
    },
    shot: (name) => takeShot(page, name),
    push: (data) => deliverPush(context, page, options.origin, data),
    async [Symbol.asyncDispose]() {
      await close()
      assert.deepEqual(faults, [], 'the page did what it must not')
    },
  }
}

/** What the phone's pages must never do. A call that fails because the network is off is no fault. */
function watch(context: BrowserContext, options: PhoneOptions, faults: string[]): void {
  const note = (text: string) => {
    if (!(options.expected ?? []).some((known) => known.test(text))) faults.push(text)
  }
  const network = /net::ERR_|Failed to load resource|Failed to fetch/
  context.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${options.origin}/`) && !/^(?:data|blob|about|chrome|chrome-extension):/.test(url))
      note(`called ${url}`)
  })
  context.on('weberror', (error) => note(`page error: ${error.error().stack ?? error.error().message}`))
  context.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !network.test(text)) note(`console: ${text}`)
  })
}

/** SIGKILL by the id the browser itself tells; waits until the connection is gone. */
async function killBrowser(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page)
  const { processInfo } = (await browserCall(session)) ?? { processInfo: [] }
  const main = processInfo.find((one) => one.type === 'browser')
  const closed = new Promise<void>((resolve) => {
    context.once('close', () => resolve())
  })
  if (main === undefined) await context.close()
  else {
    process.kill(main.id, 'SIGKILL')
    await closed
    await sleep(50)
  }
}

async function browserCall(session: CDPSession) {
  const answer = await session.send('SystemInfo.getProcessInfo').catch(() => undefined)
  return answer as { processInfo: { type: string; id: number }[] } | undefined
}

async function takeShot(page: Page, name: string): Promise<void> {
  const folder = process.env.LEVEE_SHOTS
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: false })
}

async function deliverPush(context: BrowserContext, page: Page, origin: string, data: string): Promise<void> {
  const session = await context.newCDPSession(page)
  const found = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const ours = registrations.find((one) => one.scopeURL === `${origin}/app/` && !one.isDeleted)
      if (ours !== undefined) resolve(ours.registrationId)
    })
  })
  await session.send('ServiceWorker.enable')
  await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId: await found, data })
  await session.detach()
}

/** Waits until something holds; fails with its name after `withinMs`. */
export async function until(
  name: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 8_000,
): Promise<void> {
  const last = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > last) throw new Error(`not within ${withinMs} ms: ${name}`)
    await sleep(25)
  }
}
