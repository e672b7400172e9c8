// A tablet of the clinic, handed over for one form of one patient: code, hand over, the form, hand back. Once the receipt
// is here the sender has removed everything; the screen says so and begins anew from an empty page.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Device, Today } from '../model.ts'
import { useRestWords } from '../words/words.ts'
import { ActivateScreen } from './activate.tsx'
import { useApp, useToday } from './app-context.ts'
import type { App } from './app-state.ts'
import { FormHost, type FormOf } from './form-host.tsx'
import { Icon } from './icons.tsx'
import { WaitingPage } from './lazy.tsx'
import { Notice, Page } from './page.tsx'
import { ToldAgain } from './sent.tsx'
import { todayCards } from './today-cards.ts'

/** The whole way of a tablet. Without a code yet, it is the staff's screen. */
export default function ClinicScreen() {
  const t = useRestWords()
  const app = useApp()
  const today = useToday()
  const [ready, setReady] = useState(false)
  const [told, setTold] = useState<readonly string[] | null>(null)
  const [leaving, setLeaving] = useState(false)
  const device = app.device.value
  const entries = app.sync.value?.entries.value ?? []
  if (device === null || device.kind !== 'clinic' || device.form === null) {
    return <ActivateScreen title={t.clinicTitle} lead={t.clinicText} code={null} onActivated={app.begin} />
  }
  if (told !== null || entries.length > 0) return <HandBack told={told ?? []} />
  if (leaving) return <Leave onStay={() => setLeaving(false)} />
  if (today === null) return <WaitingPage text={t.nothingYet} />
  if (!ready) {
    return (
      <Page
        title={t.clinicTitle}
        lead={t.clinicHand}
        foot={
          <>
            <button type="button" class="primary" onClick={() => setReady(true)}>
              {t.clinicReady}
            </button>
            <button type="button" onClick={() => setLeaving(true)}>
              {t.clinicNot}
            </button>
          </>
        }
      />
    )
  }
  const of = formHanded(device.form, today, Date.now())
  const finished = (_: unknown, messages: readonly { readonly text: string }[]): void => {
    setTold(messages.map(({ text }) => text))
  }
  return <FormHost of={of} onDone={finished} onLeave={() => setLeaving(true)} />
}

/** The end without sending: what was entered may be read by nobody who gets the tablet next. */
function Leave({ onStay }: { onStay: () => void }) {
  const t = useRestWords()
  const app = useApp()
  const [gone, setGone] = useState(false)
  const [failed, setFailed] = useState(false)
  const leave = (): void => {
    forgetPatient(app).then(
      () => setGone(true),
      () => setFailed(true),
    )
  }
  if (gone) return <HandedBack title={t.clinicTitle} text={t.clinicGone} isGone onNext={startAnew} />
  return (
    <Page
      title={t.clinicLeaveTitle}
      lead={t.clinicLeaveText}
      foot={
        <>
          <button type="button" class="primary" onClick={onStay}>
            {t.goOn}
          </button>
          <button type="button" onClick={leave}>
            {t.clinicLeave}
          </button>
        </>
      }
    >
      {failed && <Notice urgent>{t.codeBusy}</Notice>}
    </Page>
  )
}

/** Removes everything of the patient but what is finished and not sent, which goes on waiting. */
async function forgetPatient({ sync, store }: App): Promise<void> {
  sync.peek()?.stop()
  await store.wipe()
}

function HandBack({ told }: { told: readonly string[] }) {
  const t = useRestWords()
  const app = useApp()
  const sync = app.sync.value
  const isGone = sync?.wiped.value === true
  // Its code has run out: the entry waits for a new one, the tablet need not.
  const isOver = !isGone && sync !== null && sync.standing.value !== 'good'
  const leave = (): void => void forgetPatient(app).then(startAnew, () => undefined)
  return (
    <HandedBack
      title={t.thanks}
      text={isGone ? t.clinicGone : isOver ? t.refusedText : t.clinicKeep}
      isGone={isGone}
      onNext={isGone ? startAnew : isOver ? leave : null}
    >
      {told.length > 0 && <ToldAgain texts={told} />}
    </HandedBack>
  )
}

function HandedBack(props: {
  title: string
  text: string
  isGone: boolean
  onNext: (() => void) | null
  children?: ComponentChildren
}) {
  const t = useRestWords()
  const { title, text, isGone, onNext, children } = props
  return (
    <Page
      title={title}
      lead={t.clinicThanks}
      foot={
        onNext !== null && (
          <button type="button" onClick={onNext}>
            {t.clinicNext}
          </button>
        )
      }
    >
      {children}
      <div class={isGone ? 'outcome sent' : 'outcome saved'} role="status">
        <Icon name={isGone ? 'check' : 'saved'} />
        <p>{text}</p>
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
