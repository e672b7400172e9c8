// A list of entries, for instance of medicines: add, change, remove after a question.
import { levelAt, repetitionsAt } from '../../../../src/study/device/answers-at.ts'
import type { RepeatScreen } from '../../../../src/study/device/device-form.ts'
import { useFormWords } from '../words/words.ts'
import { entryWords } from './answer-words.ts'
import { addEntry, showEntry } from './form-entries.ts'
import { ask, next } from './form-state.ts'
import { Above, FaultText, Foot, Heading } from './parts.tsx'
import { type StepPageProps, useFocusOnFault } from './step-page.tsx'
import { Own, useFormLanguage } from './surroundings.tsx'

/** The list itself; its entries are questions on screens of their own. */
export function ListPage({ form, view, screen }: StepPageProps & { readonly screen: RepeatScreen }) {
  const words = useFormWords()
  const language = useFormLanguage()
  const { state, context } = form
  const list = view.step
  const entries = repetitionsAt(levelAt(state.draft.answers, list.path), screen.linkId)
  useFocusOnFault(state)
  const isFull = screen.max !== undefined && entries.length >= screen.max
  const isNeeded = screen.required || (screen.min ?? 0) > 0
  return (
    <div class="f-main">
      <Above form={form} section={screen.section} />
      <Heading turn={state.faults.length > 0 ? 0 : state.turn}>{screen.text}</Heading>
      <FaultText
        id={`f-fault-${screen.linkId}`}
        text={state.faults.length === 0 ? null : words.tooFewEntries(Math.max(1, screen.min ?? 0))}
      />
      {entries.length === 0 && (
        <p class="f-help">
          <Own>{isNeeded ? words.noEntriesNeeded : words.noEntries}</Own>
        </p>
      )}
      <ul class="f-entries">
        {entries.map((entry, index) => (
          <EntryRow
            key={index}
            index={index}
            name={entryWords(words, screen.screens, entry, language) ?? <Own>{words.entry(index + 1)}</Own>}
            onChange={() => void form.move((now) => showEntry(context, now, list, index))}
            onRemove={() => form.change((now) => ask(now, { kind: 'remove', index }))}
          />
        ))}
      </ul>
      {isFull ? (
        <p class="f-help">
          <Own>{words.mostEntries(screen.max!)}</Own>
        </p>
      ) : (
        <button
          type="button"
          class="f-secondary"
          id={`f-${screen.linkId}`}
          aria-describedby={`f-fault-${screen.linkId}`}
          onClick={() => void form.move((now) => addEntry(context, now, list))}
        >
          <Own>{entries.length === 0 ? words.addEntry : words.addAnother}</Own>
        </button>
      )}
      <Foot form={form}>
        <button
          type="button"
          class="f-primary"
          aria-disabled={form.isBusy}
          onClick={() => void form.move((now, moment) => next(context, now, moment))}
        >
          <Own>{words.next}</Own>
        </button>
      </Foot>
    </div>
  )
}

function EntryRow(props: {
  readonly index: number
  readonly name: preact.ComponentChildren
  readonly onChange: () => void
  readonly onRemove: () => void
}) {
  const words = useFormWords()
  const id = `f-entry-${props.index}`
  return (
    <li class="f-entry">
      <p id={id}>{props.name}</p>
      <div class="f-entry-acts">
        <button type="button" class="f-small" aria-describedby={id} onClick={props.onChange}>
          <Own>{words.change}</Own>
        </button>
        <button type="button" class="f-small" aria-describedby={id} onClick={props.onRemove}>
          <Own>{words.remove}</Own>
        </button>
      </div>
    </li>
  )
}
