// The lock (U19): a PIN may be typed, pasted or filled in by the phone; nothing has to be remembered that a new code of
// the site could not replace. What is finished goes on being sent meanwhile.
import { useEffect, useState } from 'preact/hooks'
import { checkPin } from '../crypto/lock.ts'
import { useWords } from '../words/words.ts'
import { useApp } from './app-context.ts'
import { Page } from './page.tsx'
import { PinField } from './pin-field.tsx'
import { go } from './route.ts'

/** Asks for the PIN. Unlocking shows again what was there before. */
export function LockedScreen() {
  const t = useWords()
  const app = useApp()
  const [pin, setPin] = useState('')
  const [fault, setFault] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [forgotten, setForgotten] = useState(false)
  const wait = useWait()
  const open = async (): Promise<void> => {
    setBusy(true)
    const result = await checkPin(pin).catch(() => null)
    setBusy(false)
    if (result?.ok === true) return void app.look().catch(() => undefined)
    setPin('')
    setFault(result === null ? t.codeBusy : t.pinWrong)
    wait.begin(result?.waitMs ?? 0)
  }
  if (forgotten) {
    return (
      <Page
        title={t.forgot}
        lead={t.forgotText}
        back={() => setForgotten(false)}
        foot={
          <button type="button" class="primary" onClick={() => go('#/activate?forgot')}>
            {t.forgotGo}
          </button>
        }
      />
    )
  }
  const shown = wait.seconds > 0 ? t.pinWait(wait.seconds) : fault
  return (
    <Page title={t.lockedTitle}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy && wait.seconds === 0) void open()
        }}
      >
        <PinField value={pin} fault={shown} use="current-password" onInput={setPin} />
        <div class="foot">
          <button type="submit" class="primary" aria-disabled={busy || wait.seconds > 0}>
            {busy ? t.loading : t.unlock}
          </button>
          <button type="button" onClick={() => setForgotten(true)}>
            {t.forgot}
          </button>
        </div>
      </form>
    </Page>
  )
}

/** Counts whole seconds down. */
function useWait(): { seconds: number; begin: (ms: number) => void } {
  const [until, setUntil] = useState(0)
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    if (until === 0) return
    const read = (): void => setSeconds(Math.max(0, Math.ceil((until - performance.now()) / 1000)))
    read()
    const timer = setInterval(read, 1000)
    return () => clearInterval(timer)
  }, [until])
  return { seconds, begin: (ms) => setUntil(ms === 0 ? 0 : performance.now() + ms) }
}
