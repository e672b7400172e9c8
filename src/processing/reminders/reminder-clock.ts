// Lets reminders be planned: all studies soon after the start and every ten minutes, a few patients at a time, so that
// entries never wait for it. Planning again changes nothing, so several nodes may do it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { PlannedPage } from './plan-patients.ts'

/** How often everything is planned anew, in ms. What changes a plan at once, such as a choice, plans for itself. */
export const planEveryMs = 600_000
/** After the start, in ms. */
const firstMs = 1000
/** Between two pages, in ms: the writer takes entries meanwhile. */
const pauseMs = 20

export type ReminderClockOptions = {
  readonly studies: () => Promise<readonly string[]>
  /** Plans one page of a study. */
  readonly plan: (studyId: string, after: string) => Promise<PlannedPage>
  readonly onTrouble: (reason: string) => void
  readonly everyMs?: number
}

/** Runs until it is disposed of; what throws is told and the next turn tries again. */
export function reminderClock({
  studies,
  plan,
  onTrouble,
  everyMs = planEveryMs,
}: ReminderClockOptions): Disposable {
  const stopping = new AbortController()
  const { signal } = stopping
  const turn = async () => {
    for (const studyId of await studies())
      for (let after: string | null = ''; after !== null && !signal.aborted; ) {
        const { last, skipped } = await plan(studyId, after)
        if (skipped !== undefined) onTrouble(`no plan can be made for ${skipped.join(', ')}`)
        after = last
        await sleep(pauseMs, undefined, { signal, ref: false })
      }
  }
  const run = async () => {
    for (let waitMs = Math.min(firstMs, everyMs); !signal.aborted; waitMs = everyMs) {
      await sleep(waitMs, undefined, { signal, ref: false })
      await turn().catch((error: Error) => {
        if (!signal.aborted) onTrouble(error.message)
      })
    }
  }
  void run().catch(() => undefined)
  return { [Symbol.dispose]: () => stopping.abort() }
}
