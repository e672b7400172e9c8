// What the patient is asked or told over the screen: whether to leave a question out (U6), whether an answer is right,
// whether an entry goes, and messages of the study that cannot wait (U19). The phone's back button closes them.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Today } from '../model.ts'
import { useFormWords } from '../words/words.ts'
import { changePrompted, confirmPrompt, removeEntry } from './form-entries.ts'
import type { FormPageProps } from './form-flow.tsx'
import { leaveOut, readMessages, unreadMessages, viewOf } from './form-state.ts'
import { Own } from './surroundings.tsx'

/** The one dialog that is due, if any; messages before questions. */
export function FormDialogs({ form, today }: FormPageProps) {
  const { context, state } = form
  const unread = unreadMessages(context, state)
  if (unread.length > 0)
    return <MessageDialog form={form} today={today} texts={unread.map(({ text }) => text)} />
  const { asking } = state
  if (asking === null) return null
  if (asking.kind === 'prompt') return <PromptDialog form={form} text={asking.text} />
  if (asking.kind === 'remove') return <RemoveDialog form={form} index={asking.index} />
  return <SkipDialog form={form} isSkip={asking.kind === 'skip'} />
}

type Props = { readonly form: FormPageProps['form'] }

function MessageDialog({
  form,
  today,
  texts,
}: Props & { readonly today: Today | null; readonly texts: readonly string[] }) {
  const words = useFormWords()
  const holding = form.context.run.messages(form.state.draft.answers)
  const read = (): void => form.change((now) => readMessages(now, holding))
  return (
    <Dialog kind="message" title={words.messageTitle} onClose={read}>
      {texts.map((text) => (
        <p key={text} class="f-message">
          {text}
        </p>
      ))}
      <CallSite today={today} />
      <button type="button" class="f-secondary" onClick={read}>
        <Own>{words.understood}</Own>
      </button>
    </Dialog>
  )
}

/** What to do in an emergency, and the site's number to tap. */
export function CallSite({ today }: { readonly today: Today | null }) {
  const words = useFormWords()
  if (today === null) return null
  const { site, help } = today
  return (
    <>
      {help !== null && <p>{help}</p>}
      {site.phone !== null && (
        <a class="f-primary f-call" href={`tel:${site.phone.replace(/[^\d+]/g, '')}`}>
          <Own>{words.call(site.name)}</Own>
          <bdi dir="ltr">{site.phone}</bdi>
        </a>
      )}
    </>
  )
}

function PromptDialog({ form, text }: Props & { readonly text: string }) {
  const words = useFormWords()
  const { context } = form
  const correct = (): void => void form.move((now) => changePrompted(context, now))
  return (
    <Dialog kind="prompt" title={words.promptTitle} onClose={correct}>
      <p>{text}</p>
      <button type="button" class="f-secondary" onClick={correct}>
        <Own>{words.promptChange}</Own>
      </button>
      <button
        type="button"
        class="f-secondary"
        onClick={() => void form.move((now, moment) => confirmPrompt(context, now, moment))}
      >
        <Own>{words.promptRight}</Own>
      </button>
    </Dialog>
  )
}

function SkipDialog({ form, isSkip }: Props & { readonly isSkip: boolean }) {
  const words = useFormWords()
  const close = (): void => form.change((now) => ({ ...now, asking: null, turn: now.turn + 1 }))
  return (
    <Dialog kind="skip" title={words.skipTitle} onClose={close}>
      <p>
        <Own>{isSkip ? words.skipHow : words.passHow}</Own>
      </p>
      <button type="button" class="f-primary" onClick={close}>
        <Own>{words.answerNow}</Own>
      </button>
      <button
        type="button"
        class="f-secondary"
        onClick={() => void form.move((now, moment) => leaveOut(form.context, now, moment))}
      >
        <Own>{isSkip ? words.skip : words.pass}</Own>
      </button>
    </Dialog>
  )
}

function RemoveDialog({ form, index }: Props & { readonly index: number }) {
  const words = useFormWords()
  const close = (): void => form.change((now) => ({ ...now, asking: null }))
  const remove = (): void => {
    const view = viewOf(form.context, form.state)
    if (view.kind === 'step') void form.move((now, moment) => removeEntry(now, view.step, index, moment))
  }
  return (
    <Dialog kind="remove" title={words.removeTitle} onClose={close}>
      <button type="button" class="f-primary" onClick={close}>
        <Own>{words.removeNo}</Own>
      </button>
      <button type="button" class="f-secondary f-danger" onClick={remove}>
        <Own>{words.removeYes}</Own>
      </button>
    </Dialog>
  )
}

function Dialog(props: {
  readonly kind: string
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
    title.current?.focus()
  }, [])
  return (
    <dialog
      ref={dialog}
      class={`f-dialog f-dialog-${props.kind}`}
      role={props.kind === 'message' ? 'alertdialog' : 'dialog'}
      aria-labelledby="f-dialog-title"
      onCancel={(event) => {
        event.preventDefault()
        props.onClose()
      }}
    >
      <h2 id="f-dialog-title" tabIndex={-1} ref={title}>
        <Own>{props.title}</Own>
      </h2>
      {props.children}
    </dialog>
  )
}
