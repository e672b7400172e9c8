// A form, from opening to sealing: finds its draft or begins one, shows its screens, and hands the sealed entry on. A form
// that was sent says so, however it is come back to (U4).
import { useEffect, useState } from 'preact/hooks'
import type { OutboxEntry, Today } from '../model.ts'
import { Page } from '../screens/page.tsx'
import type { Store } from '../store/store.ts'
import type { Sync } from '../sync/sync.ts'
import { language, useFormWords } from '../words/words.ts'
import { finishedForm } from './finished-form.ts'
import { FormFlow, type ShownMessage } from './form-flow.tsx'
import { type Opened, openDraft, type Wanted } from './open-draft.ts'

export type FormScreenProps = Wanted & {
  readonly store: Store
  readonly sync: Pick<Sync, 'flush'> | null
  readonly today: Today
  /** The form is sealed. `messages`: what the patient was told and must be shown again (U19). */
  readonly onDone: (entry: OutboxEntry, messages: readonly ShownMessage[]) => void
  /** Left before the end; what was answered is kept. */
  readonly onLeave: () => void
}

type Situation = Opened | { readonly kind: 'loading' | 'failed' | 'elsewhere' }

/** One form of one patient; give it a `key` of its own for each form. */
export function FormScreen(props: FormScreenProps) {
  const { store, sync, today, onDone, onLeave } = props
  const words = useFormWords()
  const [situation, setSituation] = useState<Situation>({ kind: 'loading' })
  const [round, setRound] = useState(0)
  useEffect(() => holdForm(props, setSituation), [round])
  if (situation.kind === 'loading')
    return (
      <p class="f-loading" role="status">
        {words.loading}
      </p>
    )
  if (situation.kind !== 'open')
    return <Notice kind={situation.kind} onLeave={onLeave} onAgain={() => setRound(round + 1)} />
  const { draft, plan, run } = situation
  const justifyAt = props.occasion?.justifyAt ?? null
  return (
    <FormFlow
      plan={plan}
      run={run}
      draft={draft}
      today={today}
      asksWho={today.proxy}
      isLate={() => justifyAt !== null && today.lateReasons.length > 0 && Date.now() >= Date.parse(justifyAt)}
      save={(changed) => store.saveDraft(changed)}
      finish={async (finished, moment, messages) => {
        const entry = await store.submit(finishedForm(run, finished, today, moment), finished.key, plan.title)
        void sync?.flush('submit')
        onDone(entry, messages)
      }}
      onLeave={onLeave}
    />
  )
}

/** How long another window may take to give the form back. */
const lockWaitMs = 1000

/** Opens the form under a lock, so that two windows do not write the same draft. Returns what gives the lock back. */
function holdForm(props: FormScreenProps, tell: (situation: Situation) => void): () => void {
  let end: () => void = () => {}
  const until = new Promise<void>((resolve) => {
    end = resolve
  })
  const open = async (): Promise<void> => {
    try {
      tell(await openDraft(props.store, props.today, props, language().tag))
    } catch {
      tell({ kind: 'failed' })
    }
  }
  const name = `form:${props.occasion?.key ?? props.event?.form ?? ''}`
  if (navigator.locks === undefined) void open()
  else
    navigator.locks
      .request(name, { signal: AbortSignal.timeout(lockWaitMs) }, async () => {
        await open()
        await until
      })
      .catch(() => tell({ kind: 'elsewhere' }))
  return end
}

/** Why there is no form, and the way on. */
function Notice(props: {
  readonly kind: 'sent' | 'missing' | 'failed' | 'elsewhere'
  readonly onLeave: () => void
  readonly onAgain: () => void
}) {
  const words = useFormWords()
  const texts = {
    sent: [words.alreadySent, words.alreadySentHow],
    missing: [words.cannotOpen, words.cannotOpenHow],
    failed: [words.notOpened, words.notOpenedHow],
    elsewhere: [words.openElsewhere, words.openElsewhereHow],
  } as const
  const [title, how] = texts[props.kind]
  return (
    <Page title={title} lead={how} back={props.onLeave}>
      <div class="f-foot">
        {props.kind !== 'sent' && (
          <button type="button" class="f-primary" onClick={props.onAgain}>
            {words.tryAgain}
          </button>
        )}
        <button
          type="button"
          class={props.kind === 'sent' ? 'f-primary' : 'f-secondary'}
          onClick={props.onLeave}
        >
          {words.toToday}
        </button>
      </div>
    </Page>
  )
}
