// What is on this phone: each finished form and the word for where it is (U15). What the server has not accepted stays
// and says so without a code.
import { useState } from 'preact/hooks'
import { useRestWords } from '../words/words.ts'
import { useApp } from './app-context.ts'
import { StudyText } from './cards.tsx'
import { wordIcons, wordOf } from './entry-words.ts'
import { Icon } from './icons.tsx'
import { Page } from './page.tsx'
import { useSaying } from './saying.ts'
import { instantMs } from './today-cards.ts'
import { whenIs } from './when.ts'

/** The screen. */
export default function SyncDetails() {
  const t = useRestWords()
  const saying = useSaying()
  const sync = useApp().sync.value
  const [busy, setBusy] = useState(false)
  const entries = [...(sync?.entries.value ?? [])].reverse()
  const online = sync?.online.value ?? 'unknown'
  const unsent = entries.some(({ state }) => state !== 'sent')
  const send = async (): Promise<void> => {
    setBusy(true)
    await sync?.flush('asked')
    setBusy(false)
  }
  const button = (
    <button type="button" class="primary" aria-disabled={busy} onClick={() => !busy && void send()}>
      {busy ? t.loading : t.sendNow}
    </button>
  )
  return (
    <Page
      title={t.onThisPhone}
      back="#/"
      lead={unsent ? undefined : t.nothingWaiting}
      foot={unsent ? button : undefined}
    >
      <ul class="rows">
        {entries.map((entry) => {
          const word = wordOf(entry, online)
          return (
            <li key={entry.submissionId} class="row">
              <Icon name={wordIcons[word]} />
              <div>
                <StudyText text={entry.title} />
                <small>{t.filledInAt(whenIs(instantMs(entry.completedAt), saying))}</small>
                {entry.state === 'refused' && <small>{t.keptHere}</small>}
                <span class={`word ${word}`} role="status">
                  {t[word]}
                </span>
              </div>
            </li>
          )
        })}
      </ul>
    </Page>
  )
}
