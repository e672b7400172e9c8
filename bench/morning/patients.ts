// The patients with the app in browsers: a few Chromium processes, a context for each patient that lives through the whole
// morning, and a few pairs of hands that tap at a time, because fifty people do not share two processor cores.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, chromium } from 'playwright-core'
import { chromiumPath } from '../../tests/browser/support/browser.ts'
import { fontFolder } from '../../tests/browser/support/fonts.ts'
import { openPatient, type Patient, type PatientFate, type PatientReport, patientFates } from './patient.ts'
import type { Invited } from './server.ts'
import type { Told } from './told.ts'

export type Patients = AsyncDisposable & {
  readonly reports: readonly PatientReport[]
  /** Contexts that live now. */
  alive(): number
  /** Activation and diary of all; resolves when each one has seen "Sent", or has failed. */
  morning(): Promise<void>
  /**
   * Resolves when all are activated and those who wait for the server's death stand on the review page, at the latest
   * after `withinMs`.
   */
  readyForDeath(withinMs: number): Promise<void>
  /** The server is dead: resolves when all who waited for it have tapped Send. */
  serverIsGone(): Promise<void>
  /** Every app says that nothing waits. */
  evening(withinMs: number): Promise<void>
}

export type PatientsOptions = {
  readonly levee: string
  readonly people: readonly Invited[]
  readonly told: Told
  readonly durationMs: number
}

const contextsPerBrowser = 13
const hands = 4
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

/** Opens the browsers and an empty page for each patient. */
export async function openPatients({ levee, people, told, durationMs }: PatientsOptions): Promise<Patients> {
  const browsers = await openBrowsers(Math.ceil(people.length / contextsPerBrowser))
  const meeting = people.filter((_, i) => fateOf(i) === 'server-dies').length
  const death = deathWatch(meeting, people.length)
  const around = { levee, told, withHands: turns(hands), awayMs: Math.min(20_000, durationMs / 4) }
  const patients: Patient[] = []
  const dispose = async () => {
    await Promise.all(patients.map((patient) => patient[Symbol.asyncDispose]()))
    await Promise.all(browsers.map((browser) => browser.close()))
  }
  try {
    for (const [i, who] of people.entries()) {
      const patient = await openPatient({
        browser: browsers[i % browsers.length]!,
        who,
        fate: fateOf(i),
        // Not in step with the fates, so that each one happens in both languages.
        language: (i + Math.floor(i / patientFates.length)) % 2 === 1 ? 'zh' : 'en',
        around: { ...around, ...(fateOf(i) === 'server-dies' ? death.of() : noDeath) },
      })
      patients.push(patient)
    }
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    reports: patients.map(({ report }) => report),
    alive: () => browsers.reduce((count, browser) => count + browser.contexts().length, 0),
    async morning() {
      const began = performance.now()
      await Promise.all(
        patients.map(async (patient, i) => {
          await patient.begin()
          death.begun()
          const dueMs = dueAfter(fateOf(i), i / patients.length) * durationMs
          await sleep(Math.max(0, dueMs - (performance.now() - began)))
          await patient.diary()
        }),
      )
    },
    readyForDeath: (withinMs) => Promise.race([death.ready, sleep(withinMs, undefined, { ref: false })]),
    serverIsGone: death.begin,
    evening: async (withinMs) => void (await Promise.all(patients.map((one) => one.evening(withinMs)))),
    [Symbol.asyncDispose]: dispose,
  }
}

const noDeath = { serverGone: () => Promise.resolve(), serverMayReturn: () => undefined }

const fateOf = (i: number): PatientFate => patientFates[i % patientFates.length]!

/** When a patient begins, as a share of the morning; those whom the server's death meets begin early. */
const dueAfter = (fate: PatientFate, share: number): number =>
  fate === 'server-dies' ? 0.1 + 0.2 * share : 0.2 + 0.6 * share

async function openBrowsers(count: number): Promise<Browser[]> {
  const fonts = { FONTCONFIG_PATH: fontFolder(), FONTCONFIG_FILE: `${fontFolder()}/fonts.conf` }
  const env = { ...process.env, ...fonts } as Record<string, string>
  const executablePath = await chromiumPath()
  const open: Browser[] = []
  for (let i = 0; i < count; i++)
    open.push(await chromium.launch({ executablePath, headless: true, args: flags, env }))
  return open
}

/** So many at a time, in the order of asking. */
function turns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = most
  const queue: (() => void)[] = []
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => queue.push(resolve))
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

/** Brings together the patients who send while the server is dead, and the killer, once `all` are activated. */
function deathWatch(expected: number, all: number) {
  const ready = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  let standing = 0
  let done = 0
  let begun = 0
  const check = () => {
    if (standing + done >= expected && begun >= all) ready.resolve()
    if (done >= expected) over.resolve()
  }
  check()
  return {
    ready: ready.promise,
    /** One patient more is activated, or could not be. */
    begun() {
      begun++
      check()
    },
    begin() {
      gone.resolve()
      return over.promise
    },
    /** The part of one of the expected patients, also of one who fails before. */
    of() {
      let at: 'before' | 'standing' | 'done' = 'before'
      return {
        serverGone() {
          at = 'standing'
          standing++
          check()
          return gone.promise
        },
        serverMayReturn() {
          if (at === 'done') return
          if (at === 'standing') standing--
          at = 'done'
          done++
          check()
        },
      }
    },
  }
}
