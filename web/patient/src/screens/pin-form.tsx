// One field for a new PIN, which can be shown: nobody is made to type it twice (WCAG 3.3.7), and it may be pasted or
// filled in by a password manager (3.3.8).
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { pinText } from '../crypto/pin.ts'
import { setPin } from '../crypto/pin-change.ts'
import { useRestWords } from '../words/words.ts'
import { PinField } from './pin-field.tsx'

/** Sets the PIN and says when it is set; the children are the other ways on. */
export function PinForm({ onDone, children }: { onDone: () => void; children?: ComponentChildren }) {
  const t = useRestWords()
  const [pin, setTyped] = useState('')
  const [fault, setFault] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const save = async (): Promise<void> => {
    if (pinText(pin) === null) return setFault(t.pinShort)
    setBusy(true)
    try {
      await setPin(pin)
      onDone()
    } catch {
      setFault(t.pinFailed)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy) void save()
      }}
    >
      <PinField value={pin} hint={t.pinHint} fault={fault} use="new-password" onInput={setTyped} />
      <div class="foot">
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? t.loading : t.pinSet}
        </button>
        {children}
      </div>
    </form>
  )
}
