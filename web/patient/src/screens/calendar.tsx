// The patient's own calendar: which days are filled in. Shape and colour tell, and words for whoever sees neither.
import { useState } from 'preact/hooks'
import { language, useRestWords } from '../words/words.ts'
import { useApp, useToday } from './app-context.ts'
import { type DayState, dayStates, monthAfter, monthOf } from './calendar-days.ts'
import { Icon } from './icons.tsx'
import { Page } from './page.tsx'
import { useNow } from './saying.ts'
import { type TodayCards, todayCards } from './today-cards.ts'
import { dayOf, localeFor } from './when.ts'

const stateNames = ['done', 'partly', 'missed', 'open', 'planned'] as const
const noCards: TodayCards = { now: [], later: [], done: [], missed: [], begunEvents: [] }

/** One month at a time, as far as the phone knows. */
export default function CalendarScreen() {
  const t = useRestWords()
  const today = useToday()
  const { drafts, sentKeys, sync } = useApp()
  const nowMs = useNow()
  const held = { drafts: drafts.value, sentKeys: sentKeys.value, entries: sync.value?.entries.value ?? [] }
  const states = dayStates(today === null ? noCards : todayCards(today, held, nowMs))
  const [month, setMonth] = useState(dayOf(nowMs).slice(0, 7))
  const known = [...states.keys()].map((date) => date.slice(0, 7)).sort()
  const tag = language().tag
  const name = new Intl.DateTimeFormat(tag, {
    numberingSystem: 'latn',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
  return (
    <Page title={t.calendar} back="#/">
      <div class="month-bar">
        <MonthButton
          label={t.earlierMonth}
          on={month > (known[0] ?? month)}
          onClick={() => setMonth(monthAfter(month, -1))}
        />
        <h2 aria-live="polite">{name.format(Date.parse(`${month}-01`))}</h2>
        <MonthButton
          later
          label={t.laterMonth}
          on={month < (known.at(-1) ?? month)}
          onClick={() => setMonth(monthAfter(month, 1))}
        />
      </div>
      <MonthTable month={month} states={states} present={dayOf(nowMs)} />
      <ul class="legend">
        {stateNames.map((state) => (
          <li key={state}>
            <span class={`mark ${state}`} aria-hidden="true" />
            {stateWord(state, t)}
          </li>
        ))}
      </ul>
    </Page>
  )
}

function MonthButton(props: { label: string; on: boolean; later?: boolean; onClick: () => void }) {
  const { label, on, later = false, onClick } = props
  return (
    <button
      type="button"
      class={later ? 'step later' : 'step'}
      aria-label={label}
      disabled={!on}
      onClick={onClick}
    >
      <Icon name="back" />
    </button>
  )
}

function MonthTable(props: { month: string; states: ReadonlyMap<string, DayState>; present: string }) {
  const t = useRestWords()
  const { month, states, present } = props
  const tag = language().tag
  const { weeks } = monthOf(month, firstDayOf(localeFor(tag, navigator.languages)))
  const weekday = (look: 'long' | 'narrow' | 'short', date: string): string =>
    new Intl.DateTimeFormat(tag, { weekday: look, timeZone: 'UTC' }).format(Date.parse(date))
  const full = weeks[1] ?? []
  return (
    <table class="month">
      <thead>
        <tr>
          {full.map((date) => (
            <th key={date} scope="col">
              <span aria-hidden="true">{weekday('narrow', date!)}</span>
              <span class="unseen">{weekday('long', date!)}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week.find((date) => date !== null)}>
            {week.map((date, place) =>
              date === null ? (
                <td key={`${month} ${place}`} />
              ) : (
                <td
                  key={date}
                  class={date === present ? 'present' : undefined}
                  aria-current={date === present ? 'date' : undefined}
                >
                  <span>{Number(date.slice(8))}</span>
                  <span class={`mark ${states.get(date) ?? 'none'}`} aria-hidden="true" />
                  <span class="unseen">
                    {states.has(date) ? stateWord(states.get(date)!, t) : t.nothingDue}
                  </span>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const stateWord = (state: DayState, t: ReturnType<typeof useRestWords>): string =>
  ({ done: t.filledIn, partly: t.partly, missed: t.missed, open: t.open, planned: t.planned })[state]

/** 1 Monday to 7 Sunday; Monday where the browser does not know the region's week. */
function firstDayOf(tag: string): number {
  const locale = new Intl.Locale(tag) as Intl.Locale & { getWeekInfo?: () => { firstDay: number } }
  return locale.getWeekInfo?.().firstDay ?? 1
}
