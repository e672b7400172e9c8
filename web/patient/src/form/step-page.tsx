// One question, one text to read, or one dose of medicine.
import { useEffect } from 'preact/hooks'
import { levelAt } from '../../../../src/study/device/answers-at.ts'
import type { DeviceItem, DeviceScreen } from '../../../../src/study/device/device-form.ts'
import { AnswerField, isGrouped } from '../widgets/answer-field.tsx'
import { useFormWords } from '../words/words.ts'
import { isDeclined } from './answers.ts'
import { faultWords } from './fault-words.ts'
import type { FormPageProps } from './form-flow.tsx'
import { next, type View } from './form-state.ts'
import { MedicineFields } from './medicine-fields.tsx'
import { Above, FaultText, Foot, Heading, headingId } from './parts.tsx'
import { Own, useFormLanguage } from './surroundings.tsx'

export type StepPageProps = FormPageProps & { readonly view: View & { kind: 'step' } }

/** A screen with an answer, or with a text. */
export function StepPage({ form, view }: StepPageProps) {
  const words = useFormWords()
  const { screen } = view.step
  const { state, context } = form
  useFocusOnFault(form.state)
  return (
    <form
      class="f-main"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void form.move((now, moment) => next(context, now, moment))
      }}
    >
      <Above form={form} section={screen.section} />
      {screen.kind === 'display' && (
        <Heading turn={state.turn}>
          <span class="f-display">{screen.text}</span>
        </Heading>
      )}
      {screen.kind === 'question' && <Question form={form} view={view} today={null} screen={screen} />}
      {screen.kind === 'medicine' && <MedicineFields form={form} view={view} screen={screen} />}
      <Foot form={form}>
        <button type="submit" class="f-primary" aria-disabled={form.isBusy}>
          <Own>{words.next}</Own>
        </button>
      </Foot>
    </form>
  )
}

function Question({
  form,
  view,
  screen,
}: StepPageProps & { readonly screen: DeviceScreen & { kind: 'question' } }) {
  const { item, recall } = screen
  const turn = form.state.faults.length > 0 ? 0 : form.state.turn
  const text = (
    <>
      {recall !== undefined && <span class="f-recall">{recall}</span>}
      {item.text}
    </>
  )
  const field = <ItemField form={form} view={view} item={item} labelledBy={headingId} />
  if (!isGrouped({ item }))
    return (
      <>
        <Heading turn={turn}>{text}</Heading>
        {field}
      </>
    )
  return (
    <fieldset class="f-set" aria-describedby={describedBy(form, item)}>
      <legend>
        <Heading turn={turn}>{text}</Heading>
      </legend>
      {field}
    </fieldset>
  )
}

const describedBy = (form: FormPageProps['form'], { linkId, help }: DeviceItem): string | undefined => {
  const ids = [
    ...(help === undefined ? [] : [`f-help-${linkId}`]),
    ...(form.state.faults.some(({ item }) => item === linkId) ? [`f-fault-${linkId}`] : []),
  ]
  return ids.length === 0 ? undefined : ids.join(' ')
}

/** An item's widget with its help and what is wrong with its answer. */
export function ItemField(
  props: Omit<StepPageProps, 'today'> & { readonly item: DeviceItem; readonly labelledBy: string },
) {
  const { form, view, item } = props
  const words = useFormWords()
  const language = useFormLanguage()
  const { path } = view.step
  const value = levelAt(form.state.draft.answers, path)[item.linkId]
  const fault = form.state.faults.find((one) => one.item === item.linkId)
  return (
    <>
      {item.help !== undefined && (
        <p class="f-help" id={`f-help-${item.linkId}`}>
          {item.help}
        </p>
      )}
      {isDeclined(value) && (
        <p class="f-declined">
          <Own>{words.skipped}</Own>
        </p>
      )}
      <FaultText
        id={`f-fault-${item.linkId}`}
        text={fault === undefined ? null : faultWords(words, item, fault, value, language)}
      />
      <AnswerField
        item={item}
        value={isDeclined(value) ? undefined : value}
        id={`f-${item.linkId}`}
        labelledBy={props.labelledBy}
        describedBy={describedBy(form, item)}
        invalid={fault !== undefined}
        onAnswer={(changed, manner) => form.setAnswer(path, item, changed, manner)}
        onSettle={form.settleTyping}
      />
    </>
  )
}

/** What must be mended takes the focus: the field itself, whose description says what is wrong. */
export function useFocusOnFault({
  turn,
  faults,
}: {
  readonly turn: number
  readonly faults: readonly { item: string }[]
}): void {
  useEffect(() => {
    const [first] = faults
    if (first === undefined) return
    const field =
      document.getElementById(`f-${first.item}-other`) ?? document.getElementById(`f-${first.item}`)
    field?.focus()
    document.getElementById(`f-fault-${first.item}`)?.scrollIntoView?.({ block: 'nearest' })
  }, [turn])
}
