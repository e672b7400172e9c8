// After a form: thanks, whether the answers have arrived, what comes next. And what Back shows afterwards.
import { signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { OutboxEntry } from '../model.ts'
import { useWords } from '../words/words.ts'
import { useApp, useToday } from './app-context.ts'
import { StudyText } from './cards.tsx'
import { wordIcons, wordOf } from './entry-words.ts'
import { CallSite } from './help.tsx'
import { Icon } from './icons.tsx'
import { Notice, Page } from './page.tsx'
import { goInstead } from './route.ts'
import { useNow, useSaying } from './saying.ts'
import { nextDue, todayCards } from './today-cards.ts'
import { endIs, startIs } from './when.ts'

const messagesOf = signal<{ readonly key: string; readonly texts: readonly string[] }>({ key: '', texts: [] })

/** What a rule of the study told the patient in the form of this key is told again on the page after it. */
export function tellAfterwards(key: string, messages: readonly { readonly text: string }[]): void {
  messagesOf.value = { key, texts: messages.map(({ text }) => text) }
}

let finished: OutboxEntry | null = null
/** The entry that was finished last is waiting until the outbox says otherwise. */
export function noteFinished(entry: OutboxEntry): void {
  finished = entry
}
const justFinished = (key: string): OutboxEntry | null => (finished?.key === key ? finished : null)

/** The page after a form was finished; it follows the entry until it is sent. */
export function SentScreen({ entryKey }: { entryKey: string }) {
  const t = useWords()
  const { sync } = useApp()
  const entries = sync.value?.entries.value ?? []
  const found = entries.find(({ key }) => key === entryKey)
  // The entry just finished, until the outbox has been read: what was never seen there has not gone from it.
  const seen = useRef(false)
  seen.current ||= found !== undefined
  const entry = found ?? (seen.current ? null : justFinished(entryKey))
  const word = wordOf(entry, sync.value?.online.value ?? 'unknown')
  return (
    <Page
      title={t.thanks}
      class="sent"
      foot={
        <button type="button" class="primary" onClick={() => goInstead('#/')}>
          {t.toToday}
        </button>
      }
    >
      {messagesOf.value.key === entryKey && messagesOf.value.texts.length > 0 && (
        <ToldAgain texts={messagesOf.value.texts} />
      )}
      <div class={`outcome ${word}`} role="status">
        <Icon name={wordIcons[word]} />
        <div>
          <strong>{t[word]}</strong>
          <p>{word === 'sent' ? t.sentText : t.savedText}</p>
        </div>
      </div>
      <Next />
    </Page>
  )
}

/** Study's messages, with the way to the site at hand. */
export function ToldAgain({ texts }: { texts: readonly string[] }) {
  return (
    <Notice urgent>
      {texts.map((text) => (
        <p key={text}>
          <StudyText text={text} />
        </p>
      ))}
      <CallSite />
    </Notice>
  )
}

function Next() {
  const t = useWords()
  const saying = useSaying()
  const nowMs = useNow()
  const today = useToday()
  const { drafts, sentKeys, sync } = useApp()
  if (today === null) return null
  const held = { drafts: drafts.value, sentKeys: sentKeys.value, entries: sync.value?.entries.value ?? [] }
  const next = nextDue(todayCards(today, held, nowMs))
  if (next === null) return null
  const { title, opensAt } = next.due
  return (
    <p class="next">
      <span class="muted">{t.nextTitle}</span>
      <strong>
        <StudyText text={title} />
      </strong>
      <span>
        {next.in === 'now'
          ? t.openUntil(endIs(Date.parse(next.until), saying))
          : t.opens(startIs(Date.parse(opensAt), saying))}
      </span>
    </p>
  )
}

/** A form that has been finished, opened again by Back or an old reminder. */
export function AlreadySentScreen() {
  const t = useWords()
  return (
    <Page
      title={t.alreadyTitle}
      lead={t.alreadyText}
      foot={
        <button type="button" class="primary" onClick={() => goInstead('#/')}>
          {t.toToday}
        </button>
      }
    />
  )
}
