// Dates and times, entered by parts in fields of their own with a keypad. The phone's own pickers are not used: some set
// today or now by being opened, which would be an answer nobody gave (U2), wheels need fine movements, and their language
// is the phone's and not the form's. "Today", "Yesterday" and "Now" are buttons for what is most often meant.
import { useRef } from 'preact/hooks'
import type { DateParts } from '../form/moments.ts'
import { dateOrder, dateParts, isTwelveHour, timeParts, zonedText } from '../form/moments.ts'
import { answerOfParts, type MomentKind, type Parts, partsOf } from '../form/partial-moment.ts'
import { Own, useFormLanguage } from '../form/surroundings.tsx'
import { useFormWords } from '../words/words.ts'
import type { WidgetProps } from './widget.ts'

/** A date, a time, or both. */
export function MomentFields({
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
  const language = useFormLanguage()
  const kind = item.widget as MomentKind
  const twelve = isTwelveHour(language)
  const kept = typeof value === 'string' ? value : undefined
  const typed = useRef<Parts>(partsOf(kept, twelve))
  // "7" and "07" mean the same: what was typed stays while it means the answer.
  if (answerOfParts(kind, typed.current, twelve) !== kept) typed.current = partsOf(kept, twelve)
  const parts = typed.current
  const tell = (changed: Partial<Parts>, isTyped: boolean): void => {
    typed.current = { ...typed.current, ...changed }
    onAnswer(answerOfParts(kind, typed.current, twelve), isTyped ? { typed: true } : undefined)
  }
  const field = (name: Exclude<keyof Parts, 'half'>, isFirst: boolean) => (
    <label class={`f-part f-part-${name}`} key={name}>
      <Own>{words[name]}</Own>
      <input
        type="text"
        class="f-field"
        inputMode="numeric"
        autocomplete="off"
        maxLength={name === 'year' ? 4 : 2}
        id={isFirst ? id : `${id}-${name}`}
        value={parts[name]}
        dir="ltr"
        aria-describedby={describedBy}
        aria-invalid={invalid}
        onInput={(event) => tell({ [name]: event.currentTarget.value }, true)}
        onChange={onSettle}
      />
    </label>
  )
  const order = dateOrder(language)
  return (
    <fieldset aria-labelledby={labelledBy} class="f-set f-moment">
      {kind !== 'time' && (
        <>
          <div class="f-parts">{order.map((name, at) => field(name, at === 0))}</div>
          <div class="f-quick">
            <Quick onTap={() => tell(dayParts(-1), false)}>{words.yesterday}</Quick>
            <Quick onTap={() => tell(dayParts(0), false)}>{words.today}</Quick>
          </div>
        </>
      )}
      {kind !== 'date' && (
        <>
          <div class="f-parts" dir="ltr">
            {field('hour', kind === 'time')}
            <span class="f-colon" aria-hidden="true">
              :
            </span>
            {field('minute', false)}
            {twelve && <Halves id={id} half={parts.half} onChoose={(half) => tell({ half }, false)} />}
          </div>
          <div class="f-quick">
            <Quick onTap={() => tell(nowParts(kind, twelve), false)}>{words.now}</Quick>
          </div>
        </>
      )}
    </fieldset>
  )
}

function Quick(props: { readonly onTap: () => void; readonly children: string }) {
  return (
    <button type="button" class="f-small" onClick={props.onTap}>
      <Own>{props.children}</Own>
    </button>
  )
}

function Halves(props: {
  readonly id: string
  readonly half: Parts['half']
  readonly onChoose: (half: 'am' | 'pm') => void
}) {
  const words = useFormWords()
  return (
    <div class="f-halves">
      {(['am', 'pm'] as const).map((half) => (
        <label key={half} class="f-half">
          <input
            type="radio"
            name={`${props.id}-half`}
            checked={props.half === half}
            onChange={() => props.onChoose(half)}
          />
          <span>
            <Own>{words[half]}</Own>
          </span>
        </label>
      ))}
    </div>
  )
}

/** The parts of a day counted from today, on the phone's calendar. */
function dayParts(days: number): DateParts {
  const day = new Date()
  day.setDate(day.getDate() + days)
  return dateParts(zonedText(day))
}

function nowParts(kind: MomentKind, twelve: boolean): Partial<Parts> {
  const now = zonedText(new Date())
  return kind === 'time' ? timeParts(now, twelve) : { ...dateParts(now), ...timeParts(now, twelve) }
}
