// Reminders in Settings: on or off on this phone, and the hours in which nothing comes.
import { useState } from 'preact/hooks'
import { useRestWords } from '../words/words.ts'
import { useApp, useToday } from './app-context.ts'
import { type Allowed, allowReminders, changeQuiet, RemindersSaid, stopReminders } from './reminders.tsx'

/** The section. */
export function ReminderSettings() {
  const t = useRestWords()
  const app = useApp()
  const today = useToday()
  const [busy, setBusy] = useState(false)
  const [allowed, setAllowed] = useState<Allowed | null>(null)
  const { reminders, quiet: own } = app.settings.value
  const quiet = own ?? today?.reminders.quiet ?? { from: '22:00', to: '07:00' }
  const turn = async (on: boolean): Promise<void> => {
    setBusy(true)
    setAllowed(on ? await allowReminders(app) : null)
    if (!on) await stopReminders(app)
    setBusy(false)
  }
  const hours = (part: Partial<typeof quiet>): void => {
    const next = { ...quiet, ...part }
    if (next.from !== '' && next.to !== '') void changeQuiet(app, next)
  }
  return (
    <section aria-labelledby="reminders">
      <h2 id="reminders">{t.remindTitle}</h2>
      <p class="muted">{t.remindText}</p>
      <label class="switch">
        <input
          type="checkbox"
          checked={reminders}
          aria-busy={busy}
          onChange={(event) => {
            const { checked } = event.currentTarget
            event.currentTarget.checked = reminders
            if (!busy) void turn(checked)
          }}
        />
        {t.remindersOnOff}
      </label>
      <RemindersSaid allowed={allowed} />
      <fieldset class="quiet">
        <legend>{t.quiet}</legend>
        <label class="field">
          <span>{t.from}</span>
          <input
            type="time"
            value={quiet.from}
            onChange={(event) => hours({ from: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>{t.until}</span>
          <input
            type="time"
            value={quiet.to}
            onChange={(event) => hours({ to: event.currentTarget.value })}
          />
        </label>
      </fieldset>
    </section>
  )
}
