// The PIN in Settings: set, change, remove. Removing asks for it.
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { hasPin } from '../crypto/lock.ts'
import { removePin } from '../crypto/pin-change.ts'
import { useRestWords } from '../words/words.ts'
import { PinField } from './pin-field.tsx'
import { PinForm } from './pin-form.tsx'

type Doing = 'nothing' | 'setting' | 'removing'

/** The section. */
export function PinSettings() {
  const t = useRestWords()
  const [set, setSet] = useState<boolean | null>(null)
  const [doing, setDoing] = useState<Doing>('nothing')
  const look = (): void => {
    setDoing('nothing')
    hasPin().then(setSet, () => setSet(null))
  }
  useEffect(look, [])
  const cancel = (
    <button type="button" onClick={() => setDoing('nothing')}>
      {t.back}
    </button>
  )
  return (
    <section aria-labelledby="pin">
      <h2 id="pin">{t.pinLabel}</h2>
      {doing === 'setting' && <PinForm onDone={look}>{cancel}</PinForm>}
      {doing === 'removing' && <RemovePin onDone={look}>{cancel}</RemovePin>}
      {doing === 'nothing' && set !== null && (
        <div class="stack">
          <button type="button" onClick={() => setDoing('setting')}>
            {set ? t.pinChange : t.pinSet}
          </button>
          {set && (
            <button type="button" onClick={() => setDoing('removing')}>
              {t.pinRemove}
            </button>
          )}
        </div>
      )}
    </section>
  )
}

function RemovePin({ onDone, children }: { onDone: () => void; children: ComponentChildren }) {
  const t = useRestWords()
  const [pin, setPin] = useState('')
  const [fault, setFault] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const remove = async (): Promise<void> => {
    setBusy(true)
    const result = await removePin(pin).catch(() => null)
    setBusy(false)
    if (result?.ok === true) return onDone()
    const waitMs = result?.waitMs ?? 0
    setFault(waitMs > 0 ? t.pinWait(Math.ceil(waitMs / 1000)) : t.pinWrong)
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy) void remove()
      }}
    >
      <PinField value={pin} fault={fault} use="current-password" onInput={setPin} />
      <div class="foot">
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? t.loading : t.pinRemove}
        </button>
        {children}
      </div>
    </form>
  )
}
