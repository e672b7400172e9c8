// The three offers after activation, one a screen, each with a way on: a PIN, reminders, practising.
import { useState } from 'preact/hooks'
import { useRestWords } from '../words/words.ts'
import { useApp, useToday } from './app-context.ts'
import { Page } from './page.tsx'
import { PinForm } from './pin-form.tsx'
import { type Allowed, allowReminders, RemindersSaid } from './reminders.tsx'
import { go, goInstead } from './route.ts'

/** One step of the setting-up; what is not known leads to Today. */
export default function Setup({ step }: { step: string }) {
  if (step === 'reminders') return <OfferReminders />
  if (step === 'practice') return <OfferPractice />
  return <OfferPin />
}

function OfferPin() {
  const t = useRestWords()
  const today = useToday()
  // Without a push service behind it, an offer would lead nowhere.
  const offered = today?.reminders.pushKey !== null
  const on = (): void => goInstead(offered ? '#/setup/reminders' : '#/setup/practice')
  return (
    <Page title={t.pinTitle} lead={t.pinText}>
      <PinForm onDone={on}>
        <button type="button" onClick={on}>
          {t.pinSkip}
        </button>
      </PinForm>
    </Page>
  )
}

function OfferReminders() {
  const t = useRestWords()
  const app = useApp()
  const [allowed, setAllowed] = useState<Allowed | 'asking' | null>(null)
  const on = (): void => goInstead('#/setup/practice')
  const ask = async (): Promise<void> => {
    setAllowed('asking')
    setAllowed(await allowReminders(app))
  }
  const said = allowed !== null && allowed !== 'asking'
  return (
    <Page
      title={t.remindTitle}
      lead={t.remindText}
      foot={
        said ? (
          <button type="button" class="primary" onClick={on}>
            {t.next}
          </button>
        ) : (
          <>
            <button
              type="button"
              class="primary"
              aria-disabled={allowed === 'asking'}
              onClick={() => void ask()}
            >
              {allowed === 'asking' ? t.loading : t.remindAllow}
            </button>
            <button type="button" onClick={on}>
              {t.notNow}
            </button>
          </>
        )
      }
    >
      <RemindersSaid allowed={said ? allowed : null} />
    </Page>
  )
}

function OfferPractice() {
  const t = useRestWords()
  return (
    <Page
      title={t.practiceTitle}
      lead={t.practiceText}
      foot={
        <>
          <button type="button" class="primary" onClick={() => go('#/practice')}>
            {t.practiceStart}
          </button>
          <button type="button" onClick={() => goInstead('#/')}>
            {t.toToday}
          </button>
        </>
      }
    />
  )
}
