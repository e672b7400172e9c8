// The field of a PIN, at the lock and where one is chosen. It may be pasted or filled in by a password manager (WCAG 3.3.8).
import { useState } from 'preact/hooks'
import { useWords } from '../words/words.ts'
import { FieldFault } from './page.tsx'

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
