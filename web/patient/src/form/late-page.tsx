// Why a form is filled in late, in the study's own words; asked before the review, without blame.
import { useState } from 'preact/hooks'
import { ChoiceRow } from '../widgets/choice.tsx'
import { useFormWords } from '../words/words.ts'
import type { FormPageProps } from './form-flow.tsx'
import { chooseLateReason, next } from './form-state.ts'
import { FaultText, Foot, Heading } from './parts.tsx'
import { Own } from './surroundings.tsx'

/** One of the reasons must be chosen; it can be changed from the review. */
export function LatePage({ form, today }: FormPageProps) {
  const words = useFormWords()
  const [isMissing, setMissing] = useState(false)
  const { lateReason } = form.state.draft
  const goOn = (): void => {
    setMissing(lateReason === null)
    if (lateReason !== null) void form.move((now, moment) => next(form.context, now, moment))
  }
  return (
    <div class="f-main">
      <fieldset class="f-set">
        <legend>
          <Heading turn={form.state.turn}>
            <Own>{words.lateTitle}</Own>
          </Heading>
        </legend>
        <p class="f-help">
          <Own>{words.lateHow}</Own>
        </p>
        <FaultText id="f-fault-late" text={isMissing ? words.chooseOne : null} />
        <div class="f-choices">
          {today?.lateReasons.map(({ code, text }) => (
            <ChoiceRow
              key={code}
              isOne
              name="f-late"
              isChosen={lateReason === code}
              describedBy="f-fault-late"
              onChoose={() => form.change((now) => chooseLateReason(now, code))}
            >
              {text}
            </ChoiceRow>
          ))}
        </div>
      </fieldset>
      <Foot form={form}>
        <button type="button" class="f-primary" onClick={goOn}>
          <Own>{words.next}</Own>
        </button>
      </Foot>
    </div>
  )
}
