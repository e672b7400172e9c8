// A reminder was opened, from a notification, an e-mail or an SMS. It names no form in the open (U20): the server tells
// the phone which one it was about; without a network the phone takes the only one that is due.
import { useEffect } from 'preact/hooks'
import { call } from '../api/call.ts'
import type { Today } from '../model.ts'
import { deviceNow } from '../store/clock.ts'
import { useWords } from '../words/words.ts'
import { useApp, useToday } from './app-context.ts'
import type { App } from './app-state.ts'
import { Waiting, WaitingPage } from './lazy.tsx'
import { formHash, goInstead } from './route.ts'
import { todayCards } from './today-cards.ts'

/** The longest a patient waits for the server before the phone decides, in milliseconds. */
const patienceMs = 3_000

/** Leads to the form, or to Today, which lists them all. */
export function ReminderScreen({ id }: { id: string }) {
  const t = useWords()
  const app = useApp()
  const today = useToday()
  useEffect(() => {
    if (today !== null) void lead(app, today, id)
  }, [today === null])
  return today === null ? <WaitingPage text={t.nothingYet} /> : <Waiting />
}

async function lead(app: App, today: Today, id: string): Promise<void> {
  const patience = new Promise<null>((resolve) => setTimeout(() => resolve(null), patienceMs))
  const [key] = await Promise.all([
    Promise.race([askWhich(app, id), patience]),
    app.look().catch(() => undefined),
  ])
  const entries = app.sync.peek()?.entries.peek() ?? []
  const held = { drafts: app.drafts.peek(), sentKeys: app.sentKeys.peek(), entries }
  const { now } = todayCards(today, held, Date.now())
  const named = now.find(({ due }) => due.key === key) ?? (now.length === 1 ? now[0] : undefined)
  goInstead(named === undefined ? '#/' : formHash(named.due.key))
}

async function askWhich(app: App, id: string): Promise<string | null> {
  const token = app.device.peek()?.token
  if (token === undefined) return null
  const body = JSON.stringify({ event: 'opened', at: deviceNow() })
  const answer = await call(`/v1/device/reminders/${encodeURIComponent(id)}`, { method: 'POST', token, body })
  const { key } = (answer?.json() ?? {}) as { key?: unknown }
  return typeof key === 'string' ? key : null
}
