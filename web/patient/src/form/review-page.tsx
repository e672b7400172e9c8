// "Check your answers" (U5): every question with its answer and a way to change it; what was left out says so.
import { levelAt, repetitionsAt } from '../../../../src/study/device/answers-at.ts'
import type { Step } from '../../../../src/study/device/form-run.ts'
import { useFormWords } from '../words/words.ts'
import { answerWords, entryWords, medicineWords } from './answer-words.ts'
import type { FormPageProps } from './form-flow.tsx'
import { change, places, send } from './form-state.ts'
import { Above, Foot, Heading } from './parts.tsx'
import { Own, useFormLanguage } from './surroundings.tsx'

/** The last screen before sending. */
export function ReviewPage({ form, today }: FormPageProps) {
  const words = useFormWords()
  const { state, context } = form
  const { draft } = state
  const { originator, lateReason } = draft
  const steps = context.run
    .steps(draft.answers)
    .filter(({ path, screen }) => path.length === 0 && screen.kind !== 'display')
  const goTo = (at: string) => () => void form.move((now) => change(now, at))
  return (
    <div class="f-main">
      <Above form={form} />
      <Heading turn={state.turn}>
        <Own>{words.reviewTitle}</Own>
      </Heading>
      <p class="f-help">
        <Own>{words.reviewHow}</Own>
      </p>
      <dl class="f-review">
        {originator.kind === 'proxy' && (
          <Row question={<Own>{words.answeredBy}</Own>} name={words.answeredBy} onChange={goTo(places.who)}>
            <Own>
              {(words.relations as Record<string, string>)[originator.relationship] ??
                originator.relationship}
            </Own>
          </Row>
        )}
        {steps.map((step) => (
          <AnswerRow key={step.id} form={form} today={today} step={step} onChange={goTo(step.id)} />
        ))}
        {lateReason !== null && (
          <Row question={<Own>{words.lateTitle}</Own>} name={words.lateTitle} onChange={goTo(places.late)}>
            {today?.lateReasons.find(({ code }) => code === lateReason)?.text}
          </Row>
        )}
      </dl>
      <Foot form={form}>
        <button
          type="button"
          class="f-primary"
          aria-disabled={form.isBusy}
          onClick={() => void form.move((now, moment) => send(context, now, moment))}
        >
          <Own>{state.ready ? words.sending : words.send}</Own>
        </button>
      </Foot>
    </div>
  )
}

function AnswerRow({
  form,
  step,
  onChange,
}: FormPageProps & { readonly step: Step; readonly onChange: () => void }) {
  const words = useFormWords()
  const language = useFormLanguage()
  const { screen } = step
  const here = levelAt(form.state.draft.answers, step.path)
  if (screen.kind === 'display') return null
  if (screen.kind === 'repeat') {
    const entries = repetitionsAt(here, screen.linkId)
    return (
      <Row question={screen.text} name={screen.text} onChange={onChange}>
        <Own>{words.entries(entries.length)}</Own>
        {entries.length > 0 && (
          <ul>
            {entries.map((entry, index) => (
              <li key={index}>
                {entryWords(words, screen.screens, entry, language) ?? words.entry(index + 1)}
              </li>
            ))}
          </ul>
        )}
      </Row>
    )
  }
  const item = screen.kind === 'medicine' ? screen.taken : screen.item
  const told =
    screen.kind === 'medicine'
      ? medicineWords(words, screen, here, language)
      : answerWords(words, item, here[item.linkId], language)
  return (
    <Row
      question={screen.kind === 'medicine' ? (screen.name ?? item.text) : item.text}
      name={item.text}
      onChange={onChange}
    >
      {told ?? (
        <span class="f-not-answered">
          <Own>{words.notAnswered}</Own>
        </span>
      )}
    </Row>
  )
}

function Row(props: {
  readonly question: preact.ComponentChildren
  readonly name: string
  readonly onChange: () => void
  readonly children: preact.ComponentChildren
}) {
  const words = useFormWords()
  return (
    <div class="f-row">
      <dt>{props.question}</dt>
      <dd>{props.children}</dd>
      <dd class="f-row-act">
        <button
          type="button"
          class="f-small"
          aria-label={words.changeWhat(props.name)}
          onClick={props.onChange}
        >
          <Own>{words.change}</Own>
        </button>
      </dd>
    </div>
  )
}
