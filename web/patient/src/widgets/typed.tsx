// Answers that are typed: numbers with their unit, short and long texts. What is typed is kept letter by letter, also
// while it is not yet an answer; nothing is corrected, cut off or completed by the phone.
import { useRef } from 'preact/hooks'
import { readNumber } from '../form/read-number.ts'
import { Own } from '../form/surroundings.tsx'
import { useFormWords } from '../words/words.ts'
import type { WidgetProps } from './widget.ts'

/** A number; the keypad of a phone, digits of any script, comma or point. */
export function NumberField({
  item,
  value,
  id,
  labelledBy,
  describedBy,
  invalid,
  onAnswer,
  onSettle,
}: WidgetProps) {
  const shown = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  const typed = useRef(shown)
  // "7." and "7,0" are 7: what was typed stays as it is while it means the answer.
  const text = readNumber(typed.current) === value ? typed.current : shown
  const isSigned = (item.min ?? 0) < 0
  return (
    <div class="f-number">
      <input
        type="text"
        class="f-field"
        id={id}
        inputMode={isSigned ? 'text' : item.kind === 'integer' ? 'numeric' : 'decimal'}
        autocomplete="off"
        enterKeyHint="done"
        dir="ltr"
        value={text}
        aria-labelledby={item.unit === undefined ? labelledBy : `${labelledBy} ${id}-unit`}
        aria-describedby={describedBy}
        aria-invalid={invalid}
        onInput={(event) => {
          typed.current = event.currentTarget.value
          const number = readNumber(typed.current)
          onAnswer(typed.current.trim() === '' ? undefined : (number ?? typed.current), { typed: true })
        }}
        onChange={onSettle}
      />
      {item.unit !== undefined && (
        <span id={`${id}-unit`} class="f-unit">
          {item.unit}
        </span>
      )}
    </div>
  )
}

/** How near the limit the counter is shown, as a part of it. */
const counterFrom = 0.5

/** A text of one or several lines, with a counter once half of the room is used. */
export function TextField({
  item,
  value,
  id,
  labelledBy,
  describedBy,
  invalid,
  onAnswer,
  onSettle,
}: WidgetProps) {
  const words = useFormWords()
  const text = typeof value === 'string' ? value : ''
  const left = (item.maxLength ?? Number.POSITIVE_INFINITY) - text.length
  const shared = {
    id,
    class: 'f-field',
    value: text,
    autocomplete: 'off',
    'aria-labelledby': labelledBy,
    'aria-describedby': describedBy,
    'aria-invalid': invalid,
    onChange: onSettle,
    onInput: (event: { currentTarget: { value: string } }) => {
      const typed = event.currentTarget.value
      onAnswer(typed === '' ? undefined : typed, { typed: true })
    },
  }
  return (
    <div>
      {item.widget === 'long-text' ? <textarea rows={4} {...shared} /> : <input type="text" {...shared} />}
      {item.maxLength !== undefined && left <= item.maxLength * counterFrom && (
        <p class={left < 0 ? 'f-hint f-over' : 'f-hint'} role="status">
          <Own>{left < 0 ? words.lettersOver(-left) : words.lettersLeft(left)}</Own>
        </p>
      )}
    </div>
  )
}
