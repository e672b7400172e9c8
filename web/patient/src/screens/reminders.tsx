// Turning reminders on and off: the browser's leave, the server, the settings, in that order.
import { askForReminders, endReminders, tellReminderWishes } from '../sync/push.ts'
import { useRestWords } from '../words/words.ts'
import type { App } from './app-state.ts'
import { Notice } from './page.tsx'

/** What asking led to; see sync/push.ts. */
export type Allowed = Awaited<ReturnType<typeof askForReminders>>

/** Asks for leave, from a button as browsers demand. Never rejects. */
export async function allowReminders(app: App): Promise<Allowed> {
  const allowed = await askForReminders().catch(() => 'failed' as const)
  if (allowed === 'on') await wish(app, true)
  return allowed
}

/** Ends reminders on this phone. Never rejects. */
export async function stopReminders(app: App): Promise<void> {
  await endReminders().catch(() => false)
  await wish(app, false)
}

/** Keeps the quiet hours (local wall-clock times) and tells the server. Never rejects. */
export async function changeQuiet(app: App, quiet: { from: string; to: string }): Promise<void> {
  await app.change({ quiet }).catch(() => undefined)
  await tellReminderWishes(app.settings.peek().reminders, quiet).catch(() => false)
}

async function wish(app: App, reminders: boolean): Promise<void> {
  await app.change({ reminders }).catch(() => undefined)
  await tellReminderWishes(reminders, app.settings.peek().quiet).catch(() => false)
}

/** What came of asking, in words. */
export function RemindersSaid({ allowed }: { allowed: Allowed | null }) {
  const t = useRestWords()
  if (allowed === null) return null
  const texts = {
    on: t.remindOn,
    denied: t.remindDenied,
    unsupported: t.remindUnsupported,
    failed: t.remindFailed,
  }
  return <Notice icon={allowed === 'on' ? 'check' : 'warn'}>{texts[allowed]}</Notice>
}
