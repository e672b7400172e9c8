// A dose of medicine (U21): taken now in one tap, taken at another time, or not taken and why. Nothing is chosen before.
import { levelAt } from '../../../../src/study/device/answers-at.ts'
import type { DeviceItem, MedicineScreen } from '../../../../src/study/device/device-form.ts'
import type { RawAnswers } from '../model.ts'
import { ChoiceRow } from '../widgets/choice.tsx'
import { useFormWords } from '../words/words.ts'
import { isDeclined, placeName } from './answers.ts'
import { faultWords } from './fault-words.ts'
import { answer, type Moment } from './form-state.ts'
import { momentInWords, zonedText } from './moments.ts'
import { FaultText, Heading, headingId } from './parts.tsx'
import { presentedNow } from './presented.ts'
import { ItemField, type StepPageProps } from './step-page.tsx'
import { Own, useFormLanguage } from './surroundings.tsx'

type Choice = 'now' | 'other' | 'not'
type Props = Omit<StepPageProps, 'today'> & { readonly screen: MedicineScreen }

/** The medicine's name and pack, the three ways to answer, and what the chosen one asks further. */
export function MedicineFields({ form, view, screen }: Props) {
  const words = useFormWords()
  const language = useFormLanguage()
  const { taken, time, reason } = screen
  const { state, context } = form
  const { path } = view.step
  const here = levelAt(state.draft.answers, path)
  const choice = choiceOf(screen, here, state.draft.presentation[placeName(path, taken.linkId)]?.widget)
  const asked = context.run.asked(view.step, state.draft.answers)
  const fault = state.faults.find(({ item }) => item === taken.linkId)
  const choose = (chosen: Choice) => () =>
    form.change((now, moment) => chooseDose(now, screen, path, chosen, moment))
  const row = (one: Choice, text: string) => (
    <ChoiceRow
      isOne
      name="f-dose"
      id={one === 'now' ? `f-${taken.linkId}` : `f-dose-${one}`}
      isChosen={choice === one}
      onChoose={choose(one)}
    >
      <Own>{text}</Own>
    </ChoiceRow>
  )
  const given = time === undefined ? undefined : here[time.linkId]
  return (
    <fieldset class="f-set">
      <legend>
        <Heading turn={state.faults.length > 0 ? 0 : state.turn}>
          {screen.recall !== undefined && <span class="f-recall">{screen.recall}</span>}
          {taken.text}
        </Heading>
      </legend>
      <Pack screen={screen} />
      {taken.help !== undefined && <p class="f-help">{taken.help}</p>}
      {isDeclined(here[taken.linkId]) && (
        <p class="f-declined">
          <Own>{words.skipped}</Own>
        </p>
      )}
      <FaultText
        id={`f-fault-${taken.linkId}`}
        text={fault === undefined ? null : faultWords(words, taken, fault, undefined, language)}
      />
      <div class="f-choices">
        {row('now', time === undefined ? words.taken : words.takenNow)}
        {choice === 'now' && typeof given === 'string' && (
          <p class="f-note" role="status">
            <Own>{words.takenAt(momentInWords(given, language))}</Own>
          </p>
        )}
        {time !== undefined && row('other', words.takenOther)}
        {choice === 'other' && asked.includes(time!) && <Further form={form} view={view} item={time!} />}
        {row('not', words.notTaken)}
        {choice === 'not' && reason !== undefined && asked.includes(reason) && (
          <Further form={form} view={view} item={reason} />
        )}
      </div>
    </fieldset>
  )
}

/** The medicine's name and a picture of its pack, where the study gives them. */
function Pack({ screen: { name, picture } }: Pick<Props, 'screen'>) {
  if (name === undefined && picture === undefined) return null
  return (
    <div class="f-medicine">
      {picture !== undefined && (
        <img src={pictureUrl(picture)} alt="" width="72" height="72" onError={hide} />
      )}
      {name !== undefined && <strong>{name}</strong>}
    </div>
  )
}

function Further({ form, view, item }: Omit<StepPageProps, 'today'> & { readonly item: DeviceItem }) {
  return (
    <fieldset class="f-set f-further">
      <legend class="f-label" id={`f-label-${item.linkId}`}>
        {item.text}
      </legend>
      <ItemField form={form} view={view} item={item} labelledBy={`${headingId} f-label-${item.linkId}`} />
    </fieldset>
  )
}

/** Which of the three stands; `shown` is how the answer was given, which tells now from another time. */
function choiceOf(
  { taken, time }: MedicineScreen,
  here: RawAnswers,
  shown: string | undefined,
): Choice | null {
  const given = here[taken.linkId]
  if (typeof given !== 'boolean') return null
  if (!given) return 'not'
  return time === undefined || shown === 'medicine-now' ? 'now' : 'other'
}

/** The answers that a choice gives: taken or not, and for "now" the time on the phone. */
function chooseDose(
  state: Parameters<typeof answer>[0],
  { taken, time, reason }: MedicineScreen,
  path: Parameters<typeof answer>[1],
  choice: Choice,
  moment: Moment,
) {
  const isTaken = choice !== 'not'
  let next = answer(state, path, taken.linkId, isTaken, moment)
  const put = (item: DeviceItem | undefined, value: string | undefined): void => {
    if (item === undefined) return
    if (value === undefined && levelAt(next.draft.answers, path)[item.linkId] === undefined) return
    next = answer(next, path, item.linkId, value, moment)
  }
  put(time, choice === 'now' ? nowFor(time) : undefined)
  if (isTaken) put(reason, undefined)
  const presented = presentedNow(`medicine-${choice}`)
  const presentation = { ...next.draft.presentation, [placeName(path, taken.linkId)]: presented }
  return { ...next, draft: { ...next.draft, presentation } }
}

function nowFor(time: DeviceItem | undefined): string {
  const now = zonedText(new Date())
  return time?.kind === 'time' ? now.slice(11, 16) : time?.kind === 'date' ? now.slice(0, 10) : now
}

/** A picture that cannot be drawn is left out; the name says the same. */
const hide = (event: { currentTarget: HTMLElement }): void => {
  event.currentTarget.hidden = true
}

/** The picture comes within the form, as text of an SVG; as an image it can run nothing. */
const pictureUrl = (svg: string): string => `data:image/svg+xml,${encodeURIComponent(svg)}`
