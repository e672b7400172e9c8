// Help, the same on every screen and without internet (U19): call the site, what to do in an emergency, the patient's
// number in the study. It opens over the screen, so that nobody leaves a form to get it.
import { useRef } from 'preact/hooks'
import { useWords } from '../words/words.ts'
import { contentLanguage, useApp, useToday } from './app-context.ts'
import { Icon } from './icons.tsx'

/** The button that opens Help, and Help. */
export function HelpButton() {
  const t = useWords()
  const dialog = useRef<HTMLDialogElement>(null)
  return (
    <>
      <button type="button" class="bar-help" onClick={() => dialog.current?.showModal()}>
        <Icon name="question" />
        {t.help}
      </button>
      <dialog ref={dialog} class="help" aria-labelledby="help-title">
        <div class="help-head">
          <h2 id="help-title">{t.help}</h2>
          <button type="button" onClick={() => dialog.current?.close()}>
            {t.close}
          </button>
        </div>
        <HelpText />
      </dialog>
    </>
  )
}

/** What Help says, for the dialog and for the page of its own. */
export function HelpText() {
  const t = useWords()
  const { device } = useApp()
  const today = useToday()
  return (
    <>
      <p>{t.helpAsk}</p>
      <CallSite />
      {today?.help != null && (
        <>
          <h3>{t.emergency}</h3>
          <p {...contentLanguage(today)}>{today.help}</p>
        </>
      )}
      {device.value !== null && (
        <p class="muted">
          {t.yourNumber}: <bdi>{device.value.patientId}</bdi>
        </p>
      )}
    </>
  )
}

/** Tap-to-call for the patient's site, with the number to read. Nothing where the study names none. */
export function CallSite() {
  const t = useWords()
  const today = useToday()
  const phone = today?.site.phone ?? null
  if (today === null || phone === null) return null
  return (
    <>
      <a class="button primary" href={`tel:${phone.replace(/[^+\d]/g, '')}`}>
        <Icon name="phone" />
        <span {...contentLanguage(today)}>{t.call(today.site.name)}</span>
      </a>
      <p class="number">
        <bdi dir="ltr">{phone}</bdi>
      </p>
    </>
  )
}
