// The test of every screen in one language: no complaint of axe, nothing too small or too near to touch, nothing cut off,
// nothing too wide, Help at its place, the heading focused (U10, U11, U12, U19). Each language is a test file of its own.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Phone } from './browser.ts'
import { clinicCode } from './clinic-code.ts'
import { faultsAtAllSizes } from './looks.ts'
import { phoneOf, type RulesTrial, startRules } from './rules-trial.ts'
import { tourClinic, tourDays, tourLock, tourQuestions, tourRest, tourStart } from './tour.ts'

/** Adds the tests of one of the app's languages. */
export function screensIn({ tag, locale }: { readonly tag: string; readonly locale: string }): void {
  let rules: RulesTrial
  before(async () => {
    rules = await startRules({ id: 'RULES-1', proxy: true })
  })
  after(() => rules[Symbol.asyncDispose]())

  test(`U10 U11 U12 U19 every screen in ${tag}`, async () => {
    const { patientId, code } = await rules.newPatient(locale, { daysAgo: 6 })
    const faults: string[] = []
    const seen: string[] = []
    const stopAt = (phone: Phone) => async (name: string) => {
      seen.push(name)
      await phone.shot(`${tag}-${String(seen.length).padStart(2, '0')}-${name}`)
      faults.push(...(await faultsAtAllSizes(phone.page)).map((fault) => `${name}: ${fault}`))
    }
    {
      await using phone = await phoneOf(rules, { locale })
      const { page } = phone
      const stop = stopAt(phone)
      await tourStart(phone, rules, tag, code, stop)
      await tourQuestions(page, stop)
      await tourDays(page, stop)
      await tourRest(page, rules, stop)
      await tourLock(page, stop)
    }
    await tourClinic(rules, tag, await clinicCode(rules, patientId), stopAt)
    assert.deepEqual(faults, [])
    assert.equal(seen.length, new Set(seen).size)
  })
}
