// The frame of every screen: the bar with Back at the start and Help at the end, always at the same place (U19), the
// heading, which gets focus when the screen changes (U12), and what the screen holds.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useWords } from '../words/words.ts'
import { HelpButton } from './help.tsx'
import { Icon, type IconName } from './icons.tsx'

/** The bar at the top. `back`: where Back leads; without it the app's name stands there. */
export function Bar({ back }: { back?: string | (() => void) | undefined }) {
  const t = useWords()
  return (
    <header class="bar">
      {typeof back === 'string' && (
        <a class="bar-back" href={back}>
          <Icon name="back" />
          {t.back}
        </a>
      )}
      {typeof back === 'function' && (
        <button type="button" class="bar-back" onClick={back}>
          <Icon name="back" />
          {t.back}
        </button>
      )}
      {back === undefined && <span class="bar-name">{t.appName}</span>}
      <HelpButton />
    </header>
  )
}

type PageProps = {
  readonly title: string
  /** A line under the heading. */
  readonly lead?: ComponentChildren
  readonly back?: string | (() => void) | undefined
  readonly children?: ComponentChildren
  /** Buttons that end the screen. */
  readonly foot?: ComponentChildren
  readonly class?: string
}

/** A screen with its heading. Another title is another screen: it is told to a screen reader by moving focus there. */
export function Page({ title, lead, back, children, foot, class: name }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = title
    heading.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [title])
  return (
    <div class={name === undefined ? 'page' : `page ${name}`}>
      <Bar back={back} />
      <main>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead !== undefined && <p class="lead">{lead}</p>}
        {children}
        {foot !== undefined && <div class="foot">{foot}</div>}
      </main>
    </div>
  )
}

/** Something worth knowing, in a box. It is read out when it comes up; `urgent` ones interrupt. */
export function Notice(props: {
  title?: string
  icon?: IconName
  urgent?: boolean
  children?: ComponentChildren
}) {
  const { title, icon = 'warn', urgent = false, children } = props
  return (
    <div class={urgent ? 'notice urgent' : 'notice'} role={urgent ? 'alert' : 'status'}>
      <Icon name={icon} />
      <div>
        {title !== undefined && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  )
}

/** What is wrong with a field, beside it and named by its `aria-describedby`. Empty where nothing is. */
export function FieldFault({ id, text }: { id: string; text: string | null }) {
  return (
    <p id={id} class="fault" role="alert">
      {text !== null && (
        <>
          <Icon name="warn" />
          {text}
        </>
      )}
    </p>
  )
}
