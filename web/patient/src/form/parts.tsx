// Parts that the pages of a form share: the heading that takes the focus (U12), the line above it, faults, the foot.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useFormWords } from '../words/words.ts'
import { unreadMessages, viewOf } from './form-state.ts'
import { progressOf } from './progress.ts'
import { Own } from './surroundings.tsx'
import type { OpenForm } from './use-form.ts'

/** Id of the heading of the screen; there is one at a time. */
export const headingId = 'f-heading'

/** The question. It takes the focus when `turn` changes: a new screen is read from its beginning. */
export function Heading(props: { readonly turn: number; readonly children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [props.turn])
  return (
    <h1 class="f-question" id={headingId} tabIndex={-1} ref={heading}>
      {props.children}
    </h1>
  )
}

/** Which question it is, and in which part of the form; a message that still holds can be read again. */
export function Above({ form, section }: { readonly form: OpenForm; readonly section?: string | undefined }) {
  const words = useFormWords()
  const { context, state } = form
  const progress = progressOf(context, state, viewOf(context, state))
  const holds =
    context.run.messages(state.draft.answers).length > 0 && unreadMessages(context, state).length === 0
  return (
    <div class="f-above">
      {progress !== null && (
        <p class="f-progress">
          <Own>
            {progress.total === null
              ? words.question(progress.number)
              : words.questionOf(progress.number, progress.total)}
          </Own>
        </p>
      )}
      {section !== undefined && <p class="f-section">{section}</p>}
      {holds && (
        <button
          type="button"
          class="f-small f-again"
          onClick={() => form.change((now) => ({ ...now, read: [] }))}
        >
          <Own>{words.messageAgain}</Own>
        </button>
      )}
    </div>
  )
}

/** What is wrong, beside the field it is about. */
export function FaultText({ id, text }: { readonly id: string; readonly text: string | null }) {
  return (
    <p class="f-fault" id={id}>
      {text !== null && (
        <>
          <span class="f-fault-sign" aria-hidden="true">
            !
          </span>
          <Own>{text}</Own>
        </>
      )}
    </p>
  )
}

/** The buttons at the end of a screen: at the foot of the phone, or after the last option where one must scroll (U1). */
export function Foot({ form, children }: { readonly form: OpenForm; readonly children: ComponentChildren }) {
  const words = useFormWords()
  const { trouble } = form
  return (
    <div class="f-foot">
      <div role="alert">
        {trouble !== null && (
          <p class="f-trouble">
            <Own>{trouble === 'not-saved' ? words.notSaved : words.notSent}</Own>
          </p>
        )}
      </div>
      {children}
    </div>
  )
}
