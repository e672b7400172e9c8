// The widget for an item, and several of them where an item takes several answers that are no choices.

import { Own } from '../form/surroundings.tsx'
import type { RawAnswer } from '../model.ts'
import { useFormWords } from '../words/words.ts'
import { chosenOf, MultiChoice, SearchedList, SingleChoice } from './choice.tsx'
import { MomentFields } from './moments.tsx'
import { MarkedLine, NumericRating } from './scales.tsx'
import { NumberField, TextField } from './typed.tsx'
import type { WidgetProps } from './widget.ts'

const widgets = {
  'yes-no': SingleChoice,
  single: SingleChoice,
  multi: MultiChoice,
  list: SearchedList,
  nrs: NumericRating,
  vas: MarkedLine,
  number: NumberField,
  date: MomentFields,
  time: MomentFields,
  'date-time': MomentFields,
  text: TextField,
  'long-text': TextField,
} as const

/** Widgets whose name comes from a `legend`, because they have several inputs. */
export const isGrouped = ({ item }: Pick<WidgetProps, 'item'>): boolean =>
  ['yes-no', 'single', 'multi', 'list', 'nrs'].includes(item.widget)

/** Shows the item's widget. */
export function AnswerField(props: WidgetProps) {
  const { item } = props
  const Field = widgets[item.widget]
  const takesList = item.widget === 'multi' || item.widget === 'list'
  return item.repeats && !takesList ? <Several {...props} /> : <Field {...props} />
}

/** One widget for each answer, and one more to be filled in. */
function Several(props: WidgetProps) {
  const words = useFormWords()
  const { item, value, id, onAnswer } = props
  const values = chosenOf(value)
  const Field = widgets[item.widget]
  const tell = (at: number, one: RawAnswer | undefined, typed?: boolean): void => {
    const changed = [...values.slice(0, at), ...(one === undefined ? [] : [one]), ...values.slice(at + 1)]
    onAnswer(changed.length === 0 ? undefined : (changed as string[]), typed ? { typed } : undefined)
  }
  const rows = values.length < (item.maxAnswers ?? 100) ? [...values, undefined] : values
  return (
    <div class="f-several">
      {rows.map((one, at) => (
        <div class="f-several-row" key={at}>
          <Field
            {...props}
            item={{ ...item, repeats: false }}
            value={one}
            id={at === 0 ? id : `${id}-${at}`}
            onAnswer={(changed, manner) => tell(at, changed, manner?.typed)}
          />
          {one !== undefined && (
            <button type="button" class="f-small" onClick={() => tell(at, undefined)}>
              <Own>{words.remove}</Own>
            </button>
          )}
        </div>
      ))}
    </div>
  )
}
