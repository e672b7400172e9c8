// A tablet of the clinic, handed over for one form of one patient: code, hand over, the form, hand back. Once the receipt
// is here the sender has removed everything; the screen says so and begins anew from an empty page.
import { useState } from 'preact/hooks'
import type { Device, Today } from '../model.ts'
import { useRestWords } from '../words/words.ts'
import { ActivateScreen } from './activate.tsx'
import { useApp, useToday } from './app-context.ts'
import { FormHost, type FormOf } from './form-host.tsx'
import { Icon } from './icons.tsx'
import { WaitingPage } from './lazy.tsx'
import { Page } from './page.tsx'
import { ToldAgain } from './sent.tsx'
import { todayCards } from './today-cards.ts'

/** The whole way of a tablet. Without a code yet, it is the staff's screen. */
export default function ClinicScreen() {
  const t = useRestWords()
  const app = useApp()
  const today = useToday()
  const [ready, setReady] = useState(false)
  const [told, setTold] = useState<readonly string[] | null>(null)
  const device = app.device.value
  const entries = app.sync.value?.entries.value ?? []
  if (device === null || device.kind !== 'clinic' || device.form === null) {
    return <ActivateScreen title={t.clinicTitle} lead={t.clinicText} code={null} onActivated={app.begin} />
  }
  if (told !== null || entries.length > 0) return <HandBack told={told ?? []} />
  if (today === null) return <WaitingPage text={t.nothingYet} />
  if (!ready) {
    return (
      <Page
        title={t.clinicTitle}
        lead={t.clinicHand}
        foot={
          <button type="button" class="primary" onClick={() => setReady(true)}>
            {t.clinicReady}
          </button>
        }
      />
    )
  }
  const of = formHanded(device.form, today, Date.now())
  const finished = (_: unknown, messages: readonly { readonly text: string }[]): void => {
    setTold(messages.map(({ text }) => text))
  }
  return <FormHost of={of} onDone={finished} onLeave={() => setReady(false)} />
}

function HandBack({ told }: { told: readonly string[] }) {
  const t = useRestWords()
  const sync = useApp().sync.value
  const gone = sync?.wiped.value === true
  return (
    <Page
      title={t.thanks}
      lead={t.clinicThanks}
      foot={
        gone && (
          <button type="button" onClick={startAnew}>
            {t.clinicNext}
          </button>
        )
      }
    >
      {told.length > 0 && <ToldAgain texts={told} />}
      <div class={gone ? 'outcome sent' : 'outcome saved'} role="status">
        <Icon name={gone ? 'check' : 'saved'} />
        <p>{gone ? t.clinicGone : t.clinicKeep}</p>
      </div>
    </Page>
  )
}

/** A new page, so that nothing of the last patient is left in its memory either. */
function startAnew(): void {
  history.replaceState(null, '', '#/clinic')
  location.reload()
}

/** What the tablet is for: the occasion staff named, else the event, else what of that form is due, else what can be late. */
export function formHanded(handed: NonNullable<Device['form']>, today: Today, nowMs: number): FormOf {
  const { form, occasion } = handed
  if (occasion != null) return { key: `${form}/${occasion}` }
  if (today.events.some((event) => event.form === form)) return { event: form }
  const { now, missed } = todayCards(today, { drafts: [], entries: [], sentKeys: new Set() }, nowMs)
  const late = missed.filter(({ lateUntil }) => lateUntil !== null)
  const card = [...now, ...late].find(({ due }) => due.form === form)
  return { key: card?.due.key ?? `${form}/` }
}
