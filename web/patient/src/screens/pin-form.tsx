// One field for a new PIN, which can be shown: nobody is made to type it twice (WCAG 3.3.7), and it may be pasted or
// filled in by a password manager (3.3.8).
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { setPin } from '../crypto/lock.ts'
import { pinText } from '../crypto/pin.ts'
import { useWords } from '../words/words.ts'
import { FieldFault } from './page.tsx'

/** Sets the PIN and says when it is set; the children are the other ways on. */
export function PinForm({ onDone, children }: { onDone: () => void; children?: ComponentChildren }) {
  const t = useWords()
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

type PinFieldProps = {
  readonly value: string
  readonly hint?: string
  readonly fault: string | null
  readonly use: 'new-password' | 'current-password'
  readonly onInput: (pin: string) => void
}

/** The field of a PIN with a switch that shows it. */
export function PinField({ value, hint, fault, use, onInput }: PinFieldProps) {
  const t = useWords()
  const [shown, setShown] = useState(false)
  return (
    <>
      <label class="field">
        <span>{t.pinLabel}</span>
        <input
          class="pin"
          name="pin"
          // The types know no field that can be shown and hidden.
          type={(shown ? 'text' : 'password') as 'password'}
          inputmode="numeric"
          dir="ltr"
          autocomplete={use}
          value={value}
          maxLength={16}
          aria-describedby="pin-hint pin-fault"
          aria-invalid={fault !== null}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      </label>
      {hint !== undefined && (
        <p id="pin-hint" class="muted">
          {hint}
        </p>
      )}
      <label class="switch">
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.currentTarget.checked)} />
        {t.pinShow}
      </label>
      <FieldFault id="pin-fault" text={fault} />
    </>
  )
}
