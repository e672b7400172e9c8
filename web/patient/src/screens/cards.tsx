// One due form on Today, in each of its four places.
import { useWords } from '../words/words.ts'
import { contentLanguage, useApp, useToday } from './app-context.ts'
import { wordIcons, wordOf } from './entry-words.ts'
import { Icon } from './icons.tsx'
import { formHash } from './route.ts'
import { useSaying } from './saying.ts'
import { type Card, instantMs } from './today-cards.ts'
import { endIs, startIs, whenIs } from './when.ts'

type In<Place extends Card['in']> = { readonly card: Extract<Card, { in: Place }> }

/** A text of the study, with its language and direction (U12). */
export function StudyText({ text }: { text: string }) {
  const today = useToday()
  return today === null ? <span>{text}</span> : <span {...contentLanguage(today)}>{text}</span>
}

/** To be filled in: what, until when, one button. */
export function NowCard({ card }: In<'now'>) {
  const t = useWords()
  const saying = useSaying()
  const { due, until, grace, begun } = card
  const end = endIs(Date.parse(until), saying)
  const title = `title-${due.key}`
  return (
    <article class="card">
      <h3 id={title}>
        <StudyText text={due.title} />
      </h3>
      <p class="when">
        <Icon name="clock" />
        {grace ? t.finishUntil(end) : t.openUntil(end)}
      </p>
      <a class="button primary" href={formHash(due.key)} aria-describedby={title}>
        {begun ? t.goOn : t.start}
      </a>
    </article>
  )
}

/** Not open yet. */
export function LaterRow({ card: { due } }: In<'later'>) {
  const t = useWords()
  const saying = useSaying()
  return (
    <li class="row">
      <Icon name="clock" />
      <div>
        <StudyText text={due.title} />
        <small>{t.opens(startIs(Date.parse(due.opensAt), saying))}</small>
      </div>
    </li>
  )
}

/** Closed without answers: greyed, with the reason; where the study allows, it can still be filled in late (U18). */
export function MissedRow({ card: { due, needed, lateUntil } }: In<'missed'>) {
  const t = useWords()
  const saying = useSaying()
  const title = `title-${due.key}`
  return (
    <li class="row grey">
      <Icon name="gap" />
      <div>
        <span id={title}>
          <StudyText text={due.title} />
        </span>
        <small>{needed ? t.closed(endIs(Date.parse(due.closesAt), saying)) : t.notNeeded}</small>
        {lateUntil !== null && (
          <>
            <small>{t.lateUntil(endIs(Date.parse(lateUntil), saying))}</small>
            <a class="button" href={formHash(due.key)} aria-describedby={title}>
              {t.fillLate}
            </a>
          </>
        )}
      </div>
    </li>
  )
}

/** Finished: when, and in which of the three words it is on its way. */
export function DoneRow({ card: { due, at, entry } }: In<'done'>) {
  const t = useWords()
  const saying = useSaying()
  const online = useApp().sync.value?.online.value ?? 'unknown'
  const word = wordOf(entry, online)
  return (
    <li class="row done">
      <Icon name="check" />
      <div>
        <StudyText text={due.title} />
        <small>{at === null ? t.filledIn : t.filledInAt(whenIs(instantMs(at), saying))}</small>
        <span class={`word ${word}`}>
          {word !== 'sent' && <Icon name={wordIcons[word]} />}
          {t[word]}
        </span>
      </div>
    </li>
  )
}
