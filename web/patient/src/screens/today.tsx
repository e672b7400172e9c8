// Today: what to fill in now, later, what is done and what was missed, how the answers are on their way, and the ways to
// everything else. The only screen on which a new version of the app is applied (U16).
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Today } from '../model.ts'
import { lostDrafts } from '../store/store.ts'
import { applyUpdate, updateReady } from '../sync/updates.ts'
import { useWords } from '../words/words.ts'
import { useApp } from './app-context.ts'
import { DoneRow, LaterRow, MissedRow, NowCard, StudyText } from './cards.tsx'
import { wordIcons, wordOfAll } from './entry-words.ts'
import { Icon } from './icons.tsx'
import { isInstalled } from './install-state.ts'
import { Notice, Page } from './page.tsx'
import { eventHash } from './route.ts'
import { useNow, useSaying } from './saying.ts'
import { storageIsKept } from './storage.ts'
import { instantMs, type TodayCards, todayCards } from './today-cards.ts'
import { longDay, timeOf, whenIs } from './when.ts'

/** Farther apart than this, phone and server do not agree on the time, in milliseconds (U17). */
const clockLimitMs = 5 * 60_000
/** Of what is done and missed, so many are shown; the others behind a button, and in the calendar. */
const shownAtOnce = 3

/** The screen; `null` where the phone has not been able to load anything yet. */
export function TodayScreen({ today }: { today: Today | null }) {
  const t = useWords()
  const app = useApp()
  const saying = useSaying()
  useEffect(() => void app.look().catch(() => undefined), [])
  return (
    <Page title={t.today} lead={longDay(saying.nowMs, saying)} class="today">
      <SyncLine />
      <Notices />
      {today === null ? <p class="lead">{t.nothingYet}</p> : <Groups today={today} />}
      <StorageNotice />
      <nav class="ways">
        <a class="button" href="#/calendar">
          <Icon name="calendar" />
          {t.calendar}
        </a>
        <a class="button" href="#/settings">
          <Icon name="settings" />
          {t.settings}
        </a>
      </nav>
    </Page>
  )
}

/** One line in one of three words, with the number that is not sent yet (U15). */
function SyncLine() {
  const t = useWords()
  const { sync, sentKeys } = useApp()
  const said =
    sync.value === null
      ? null
      : wordOfAll(sync.value.entries.value, sentKeys.value.size > 0, sync.value.online.value)
  return (
    <a class={`sync-line ${said?.word ?? 'none'}`} href="#/sync" hidden={said === null}>
      <span role="status">
        {said !== null && (
          <>
            <Icon name={wordIcons[said.word]} />
            {t[said.word]}
            {said.count > 0 && <span class="count">{t.forms(said.count)}</span>}
          </>
        )}
      </span>
    </a>
  )
}

function Notices() {
  const t = useWords()
  const { sync, store } = useApp()
  const saying = useSaying()
  const offsetMs = sync.value?.serverOffsetMs.value ?? null
  return (
    <>
      {offsetMs !== null && Math.abs(offsetMs) > clockLimitMs && (
        <Notice title={t.clockTitle} icon="clock">
          <p>{t.clockText(timeOf(saying.nowMs + offsetMs, saying))}</p>
        </Notice>
      )}
      {lostDrafts.value.length > 0 && (
        <Notice title={t.draftLost}>
          <button type="button" onClick={() => void store.lostDraftsTold().catch(() => undefined)}>
            {t.close}
          </button>
        </Notice>
      )}
      {updateReady.value && (
        <Notice title={t.updateReady} icon="saved">
          <button type="button" onClick={applyUpdate}>
            {t.updateApply}
          </button>
        </Notice>
      )}
    </>
  )
}

/** Until the browser has promised to keep what is stored; below what is due, because it is not urgent. */
function StorageNotice() {
  const t = useWords()
  if (storageIsKept.value !== false || isInstalled()) return null
  return (
    <Notice title={t.storageTitle}>
      <p>{t.storageText}</p>
    </Notice>
  )
}

function Groups({ today }: { today: Today }) {
  const t = useWords()
  const { drafts, sentKeys, sync } = useApp()
  const held = { drafts: drafts.value, sentKeys: sentKeys.value, entries: sync.value?.entries.value ?? [] }
  const cards = todayCards(today, held, useNow())
  return (
    <div class="groups">
      <NowGroup cards={cards} />
      <Events today={today} />
      <Later cards={cards} />
      <Earlier id="done" title={t.done} count={cards.done.length}>
        {cards.done.map((card) => (
          <DoneRow key={card.due.key} card={card} />
        ))}
      </Earlier>
      <Earlier id="missed" title={t.missed} count={cards.missed.length}>
        {cards.missed.map((card) => (
          <MissedRow key={card.due.key} card={card} />
        ))}
      </Earlier>
    </div>
  )
}

/** A list of what is behind us: the latest ones, and the others when asked for, so that none vanishes (U18). */
function Earlier(props: { id: string; title: string; count: number; children: VNode[] }) {
  const t = useWords()
  const [all, setAll] = useState(false)
  const { id, title, count, children } = props
  if (count === 0) return null
  return (
    <section aria-labelledby={id} class="earlier">
      <h2 id={id}>{title}</h2>
      <ul class="rows">{all ? children : children.slice(0, shownAtOnce)}</ul>
      {!all && count > shownAtOnce && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          {t.showEarlier}
        </button>
      )}
    </section>
  )
}

function NowGroup({ cards }: { cards: TodayCards }) {
  const t = useWords()
  const saying = useSaying()
  const empty = cards.now.length === 0 && cards.begunEvents.length === 0
  return (
    <section aria-labelledby="now">
      <h2 id="now">{t.now}</h2>
      {empty && (
        <p class="empty">
          <Icon name="check" />
          {t.nothingNow}
        </p>
      )}
      {cards.begunEvents.map(({ draft, title }) => (
        <article key={draft.key} class="card">
          <h3 id={`title-${draft.key}`}>
            <StudyText text={title} />
          </h3>
          <p class="when">
            <Icon name="clock" />
            {t.begun(whenIs(instantMs(draft.startedAt), saying))}
          </p>
          <a class="button primary" href={eventHash(draft.form)} aria-describedby={`title-${draft.key}`}>
            {t.goOn}
          </a>
        </article>
      ))}
      {cards.now.map((card) => (
        <NowCard key={card.due.key} card={card} />
      ))}
    </section>
  )
}

function Events({ today }: { today: Today }) {
  const t = useWords()
  if (today.events.length === 0) return null
  return (
    <section aria-labelledby="events">
      <h2 id="events">{t.events}</h2>
      <div class="stack">
        {today.events.map(({ form, title }) => (
          <a key={form} class="button event" href={eventHash(form)}>
            <Icon name="plus" />
            <StudyText text={title} />
          </a>
        ))}
      </div>
    </section>
  )
}

function Later({ cards }: { cards: TodayCards }) {
  const t = useWords()
  if (cards.later.length === 0) return null
  return (
    <section aria-labelledby="later">
      <h2 id="later">{t.later}</h2>
      <ul class="rows">
        {cards.later.slice(0, shownAtOnce).map((card) => (
          <LaterRow key={card.due.key} card={card} />
        ))}
      </ul>
    </section>
  )
}
