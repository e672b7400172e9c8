// The code that binds this phone to a patient: typed, pasted or scanned. A slip is told here by the check digit and costs
// no try; what the server refuses is said in the same words whatever the reason.
import { useRef, useState } from 'preact/hooks'
import { codeInGroups, codeLength, normaliseCode } from '../../../../src/study/device/activation-code.ts'
import { type ActivationResult, activate } from '../api/activate.ts'
import type { Device } from '../model.ts'
import { type RestWords, useRestWords, type Words } from '../words/words.ts'
import { lazy } from './lazy.tsx'
import { FieldFault, Page } from './page.tsx'
import { useSaying } from './saying.ts'
import { instantMs } from './today-cards.ts'
import { whenIs } from './when.ts'

const Scanner = lazy(async () => (await import('./scanner.tsx')).default)

type Refusal = Exclude<ActivationResult, { ok: true }>
/** `lead`: a line under the title. `back`: where Back leads. */
export type ActivateProps = {
  readonly title: string
  readonly lead: string
  /** A code that came with the address; it is tried only when the patient says so. */
  readonly code: string | null
  readonly back?: string
  readonly onActivated: (device: Device) => void
}

/** Asks for the code and activates. */
export function ActivateScreen({ title, lead, code, back, onActivated }: ActivateProps) {
  const t = useRestWords()
  const [typed, setTyped] = useState(() => grouped(code ?? ''))
  const [fault, setFault] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [scanning, setScanning] = useState(false)
  const [unsent, setUnsent] = useState<Refusal | null>(null)
  const field = useRef<HTMLInputElement>(null)

  const send = async (known: boolean): Promise<void> => {
    const whole = normaliseCode(typed)
    if (whole === null) {
      setFault(lettersOf(typed).length === codeLength ? t.codeTypo : t.codeShort)
      field.current?.focus()
      return
    }
    setBusy(true)
    setFault(null)
    const result = await activate(whole, known ? { unsentElsewhere: 'known' } : {}).catch(() => null)
    setBusy(false)
    if (result?.ok === true) return onActivated(result.device)
    if (result?.why === 'unsent') return setUnsent(result)
    setUnsent(null)
    setFault(refusalText(result, t))
  }
  if (scanning) {
    const found = (text: string | null): void => {
      setScanning(false)
      if (text !== null) setTyped(grouped(text))
    }
    return <Scanner onFound={found} />
  }
  if (unsent !== null) {
    return <UnsentElsewhere refusal={unsent} busy={busy} onSend={send} onBack={() => setUnsent(null)} />
  }
  return (
    <Page title={title} lead={lead} back={back}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void send(false)
        }}
      >
        <label class="field">
          <span>{t.codeLabel}</span>
          <input
            ref={field}
            class="code"
            name="code"
            dir="ltr"
            value={typed}
            placeholder="XXXXX-XXXXX"
            autocomplete="one-time-code"
            autocapitalize="characters"
            spellcheck={false}
            aria-describedby="code-fault"
            aria-invalid={fault !== null}
            onInput={(event) => {
              const { value, selectionStart } = event.currentTarget
              // Hyphen and capitals are put in behind the cursor only: in the middle it would jump.
              const behind = selectionStart === value.length && !event.isComposing
              setTyped(behind ? grouped(value) : value)
              setFault(isMistyped(value) ? t.codeTypo : null)
            }}
          />
        </label>
        <FieldFault id="code-fault" text={fault} />
        <div class="foot">
          <button type="submit" class="primary" aria-disabled={busy}>
            {busy ? t.loading : t.next}
          </button>
          {navigator.mediaDevices !== undefined && (
            <button type="button" onClick={() => setScanning(true)}>
              {t.scan}
            </button>
          )}
        </div>
      </form>
    </Page>
  )
}

function UnsentElsewhere(props: {
  refusal: Refusal
  busy: boolean
  onSend: (known: boolean) => Promise<void>
  onBack: () => void
}) {
  const t = useRestWords()
  const saying = useSaying()
  const { refusal, busy, onSend, onBack } = props
  return (
    <Page
      title={t.unsentTitle}
      lead={t.unsentText(refusal.held ?? 1)}
      back={onBack}
      foot={
        <>
          <button
            type="button"
            class="primary"
            aria-disabled={busy}
            onClick={() => !busy && void onSend(false)}
          >
            {busy ? t.loading : t.tryAgain}
          </button>
          <button type="button" onClick={() => !busy && void onSend(true)}>
            {t.unsentGoOn}
          </button>
        </>
      }
    >
      {refusal.lastContactAt !== undefined && (
        <p>{t.unsentLast(whenIs(instantMs(refusal.lastContactAt), saying))}</p>
      )}
      <p class="muted">{t.unsentLater}</p>
    </Page>
  )
}

function refusalText(result: Refusal | null, t: Words & RestWords): string {
  if (result === null || result.why === 'busy') return t.codeBusy
  if (result.why === 'offline') return t.codeOffline
  if (result.why === 'too-many') return t.codeTooMany(Math.max(1, Math.ceil((result.retryAfterS ?? 60) / 60)))
  return t.codeRefused
}

const lettersOf = (typed: string): string => typed.normalize('NFKC').replace(/[^\p{L}\p{N}]/gu, '')

/** As long as a code, and not one: said while it is typed, before anything is sent. */
const isMistyped = (typed: string): boolean =>
  lettersOf(typed).length >= codeLength && normaliseCode(codeIn(typed)) === null

/** The code in a pasted or scanned text, which may be the whole address of the QR sheet. */
const codeIn = (text: string): string => /[?&]code=([^&#\s]+)/.exec(text)?.[1] ?? text

/** As printed, XXXXX-XXXXX, while it is typed; too long a text is kept as it is, so that the patient sees it. */
function grouped(text: string): string {
  const letters = lettersOf(codeIn(text)).toUpperCase()
  return letters.length <= 5 ? letters : codeInGroups(letters.slice(0, codeLength + 2))
}
