// One or several of a few answers, each a row of the whole width: a circle that fills, or a box that is ticked, so that
// the choice is told by shape and not by colour alone (U11). Yes and no are two such rows.
import { useState } from 'preact/hooks'
import type { DeviceItem, DeviceOption } from '../../../../src/study/device/device-form.ts'
import { isDeclined } from '../form/answers.ts'
import { Own } from '../form/surroundings.tsx'
import type { RawAnswer } from '../model.ts'
import { useFormWords } from '../words/words.ts'
import type { WidgetProps } from './widget.ts'

type Code = string | number | boolean

/** One row. `isOne`: of a group of which one can be chosen. */
export function ChoiceRow(props: {
  readonly isOne: boolean
  readonly name: string
  readonly id?: string
  readonly isChosen: boolean
  readonly describedBy?: string | undefined
  readonly onChoose: () => void
  readonly children: preact.ComponentChildren
}) {
  return (
    <label class="f-choice">
      <input
        type={props.isOne ? 'radio' : 'checkbox'}
        name={props.name}
        id={props.id}
        checked={props.isChosen}
        aria-describedby={props.describedBy}
        onChange={props.onChoose}
      />
      <span class="f-choice-text">{props.children}</span>
    </label>
  )
}

/** The rows an item offers. */
export function useOptions(
  item: DeviceItem,
): readonly { readonly code: Code; readonly text: preact.ComponentChildren; readonly exclusive?: true }[] {
  const words = useFormWords()
  if (item.kind !== 'boolean') return item.options ?? []
  return [
    { code: true, text: <Own>{words.yes}</Own> },
    { code: false, text: <Own>{words.no}</Own> },
  ]
}

/** Yes or no, or one of several; with "something else" where the item is open. */
export function SingleChoice({ item, value, id, onAnswer, onSettle, describedBy, invalid }: WidgetProps) {
  const options = useOptions(item)
  const words = useFormWords()
  const isOther = typeof value === 'string' && !options.some(({ code }) => code === value)
  return (
    <div class="f-choices">
      {options.map(({ code, text }, at) => (
        <ChoiceRow
          key={code}
          isOne
          name={id}
          id={at === 0 ? id : `${id}-${at}`}
          isChosen={value === code}
          onChoose={() => onAnswer(code)}
        >
          {text}
        </ChoiceRow>
      ))}
      {item.open === true && (
        <>
          <ChoiceRow isOne name={id} isChosen={isOther} onChoose={() => onAnswer('')}>
            <Own>{words.other}</Own>
          </ChoiceRow>
          {isOther && (
            <OtherText
              id={id}
              text={value}
              describedBy={describedBy}
              invalid={invalid}
              onSettle={onSettle}
              onText={(text) => onAnswer(text, { typed: true })}
            />
          )}
        </>
      )}
    </div>
  )
}

/** Any number of answers; one that excludes the others takes them away, and is taken away by them. */
export function MultiChoice({ item, value, id, onAnswer, onSettle, describedBy, invalid }: WidgetProps) {
  const options = useOptions(item)
  const words = useFormWords()
  const chosen = chosenOf(value)
  const others = chosen.filter((one) => !options.some(({ code }) => code === one))
  const tell = (codes: readonly Code[]): void => onAnswer(codes.length === 0 ? undefined : codes)
  return (
    <div class="f-choices">
      <p class="f-hint">
        <Own>{words.chooseSeveral}</Own>
      </p>
      {options.map(({ code, text }, at) => (
        <ChoiceRow
          key={code}
          isOne={false}
          name={id}
          id={at === 0 ? id : `${id}-${at}`}
          isChosen={chosen.includes(code)}
          onChoose={() => tell(toggled(item, chosen, code))}
        >
          {text}
        </ChoiceRow>
      ))}
      {item.open === true && (
        <>
          <ChoiceRow
            isOne={false}
            name={id}
            isChosen={others.length > 0}
            onChoose={() =>
              tell(others.length > 0 ? without(chosen, others) : [...withoutExclusive(item, chosen), ''])
            }
          >
            <Own>{words.other}</Own>
          </ChoiceRow>
          {others.length > 0 && (
            <OtherText
              id={id}
              text={String(others[0])}
              describedBy={describedBy}
              invalid={invalid}
              onSettle={onSettle}
              onText={(text) => onAnswer([...without(chosen, others), text], { typed: true })}
            />
          )}
        </>
      )}
    </div>
  )
}

/** A list of answers as chosen; a skip or nothing is none. */
export function chosenOf(value: RawAnswer | undefined): readonly Code[] {
  if (value === undefined || isDeclined(value)) return []
  return Array.isArray(value) ? (value as readonly Code[]) : [value as Code]
}

/** The answers after a tap on one of them, in the order of the form. */
export function toggled(item: DeviceItem, chosen: readonly Code[], code: Code): readonly Code[] {
  if (chosen.includes(code)) return without(chosen, [code])
  const option = item.options?.find((one) => one.code === code)
  const kept = option?.exclusive === true ? [] : withoutExclusive(item, chosen)
  const all: readonly Code[] = [...kept, code]
  const known = (item.options ?? []).map((one): Code => one.code)
  return [...known.filter((one) => all.includes(one)), ...without(all, known)]
}

const without = (codes: readonly Code[], gone: readonly Code[]): readonly Code[] =>
  codes.filter((one) => !gone.includes(one))
const withoutExclusive = (item: DeviceItem, chosen: readonly Code[]): readonly Code[] =>
  chosen.filter((code) => item.options?.find((one) => one.code === code)?.exclusive !== true)

function OtherText(props: {
  readonly id: string
  readonly text: string
  readonly describedBy: string | undefined
  readonly invalid: boolean
  readonly onText: (text: string) => void
  readonly onSettle: () => void
}) {
  const words = useFormWords()
  return (
    <div class="f-other">
      <label for={`${props.id}-other`}>
        <Own>{words.otherLabel}</Own>
      </label>
      <input
        type="text"
        class="f-field"
        id={`${props.id}-other`}
        value={props.text}
        autocomplete="off"
        aria-describedby={props.describedBy}
        aria-invalid={props.invalid}
        onInput={(event) => props.onText(event.currentTarget.value)}
        onChange={props.onSettle}
      />
    </div>
  )
}

/** How many matches are shown at once. */
const mostShown = 20

/** More options than fit on a screen: what is chosen, and what matches the letters typed. */
export function SearchedList({ item, value, id, labelledBy, onAnswer }: WidgetProps) {
  const words = useFormWords()
  const [typed, setTyped] = useState('')
  const chosen = chosenOf(value)
  const options: readonly DeviceOption[] = item.options ?? []
  const letters = fold(typed)
  const matching = options.filter(({ code, text }) => !chosen.includes(code) && fold(text).includes(letters))
  const choose = (code: Code): void => {
    const codes = item.repeats ? toggled(item, chosen, code) : code
    onAnswer(Array.isArray(codes) && codes.length === 0 ? undefined : (codes as RawAnswer))
  }
  const row = ({ code, text }: DeviceOption) => (
    <ChoiceRow
      key={code}
      isOne={!item.repeats}
      name={`${id}-row`}
      isChosen={chosen.includes(code)}
      onChoose={() => choose(code)}
    >
      {text}
    </ChoiceRow>
  )
  return (
    <div class="f-choices">
      {options.filter(({ code }) => chosen.includes(code)).map(row)}
      <label class="f-label" for={id}>
        <Own>{words.search}</Own>
      </label>
      <input
        type="search"
        class="f-field"
        id={id}
        value={typed}
        autocomplete="off"
        aria-describedby={labelledBy}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      {matching.slice(0, mostShown).map(row)}
      <p class="f-hint" role="status">
        {matching.length === 0 && chosen.length === 0 && <Own>{words.foundNone}</Own>}
        {matching.length > mostShown && <Own>{words.moreFound(matching.length - mostShown)}</Own>}
      </p>
    </div>
  )
}

const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
