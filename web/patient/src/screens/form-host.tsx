// Finds what a form's address names and shows the form; the form itself is src/form.
import type { FormScreenProps } from '../form/form-screen.tsx'
import type { OutboxEntry } from '../model.ts'
import { useWords } from '../words/words.ts'
import { useApp, useToday } from './app-context.ts'
import { lazy, WaitingPage } from './lazy.tsx'
import { Page } from './page.tsx'
import { goInstead } from './route.ts'
import { AlreadySentScreen } from './sent.tsx'

const FormScreen = lazy<FormScreenProps>(async () => (await import('../form/entry.ts')).FormScreen)

/** What is to be filled in: a due occasion by its key, or an event by its form. */
export type FormOf = { readonly key: string } | { readonly event: string }

type FormHostProps = {
  readonly of: FormOf
  readonly onDone: (entry: OutboxEntry, messages: readonly { readonly text: string }[]) => void
  readonly onLeave: () => void
}

/** The form, or why there is none. */
export function FormHost({ of, onDone, onLeave }: FormHostProps) {
  const t = useWords()
  const { store, sync, sentKeys } = useApp()
  const today = useToday()
  if (today === null) return <WaitingPage text={t.nothingYet} />
  const occasion = 'key' in of ? today.due.find(({ key }) => key === of.key) : undefined
  const event = 'event' in of ? today.events.find(({ form }) => form === of.event) : undefined
  if (occasion === undefined && event === undefined) {
    if ('key' in of && sentKeys.value.has(of.key)) return <AlreadySentScreen />
    return (
      <Page
        title={t.nothingNow}
        foot={
          <button type="button" class="primary" onClick={() => goInstead('#/')}>
            {t.toToday}
          </button>
        }
      />
    )
  }
  return (
    <FormScreen
      store={store}
      sync={sync.value}
      today={today}
      occasion={occasion}
      event={event}
      onDone={onDone}
      onLeave={onLeave}
    />
  )
}
