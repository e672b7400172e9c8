// Who answers: the patient, or somebody for the patient, in what relation and why. Kept with the form (FDA, Electronic
// Systems, Electronic Records, and Electronic Signatures in Clinical Investigations, October 2024, Q20: originator).
import { useState } from 'preact/hooks'
import { ChoiceRow } from '../widgets/choice.tsx'
import { language, useFormWords } from '../words/words.ts'
import type { FormPageProps } from './form-flow.tsx'
import { chooseWho } from './form-state.ts'
import { FaultText, Foot, Heading } from './parts.tsx'

/** Asked at the start of each form; nothing is remembered from the form before. */
export function WhoPage({ form }: FormPageProps) {
  const words = useFormWords()
  const [kind, setKind] = useState<'patient' | 'proxy' | null>(null)
  const [relationship, setRelationship] = useState<string | null>(null)
  const [reason, setReason] = useState<string | null>(null)
  const [isMissing, setMissing] = useState(false)
  const isComplete = kind === 'patient' || (kind === 'proxy' && relationship !== null && reason !== null)
  const goOn = (): void => {
    setMissing(!isComplete)
    if (!isComplete) return
    const originator =
      kind === 'proxy' && relationship !== null && reason !== null
        ? ({ kind, relationship, reason } as const)
        : ({ kind: 'patient' } as const)
    void form.move((now) => chooseWho(form.context, now, originator))
  }
  const { tag, dir } = language()
  return (
    <div class="f-main" lang={tag} dir={dir}>
      <fieldset class="f-set">
        <legend>
          <Heading turn={form.state.turn}>{words.whoTitle}</Heading>
        </legend>
        <FaultText
          id="f-fault-who"
          text={isMissing ? (kind === null ? words.whoChoose : words.chooseOne) : null}
        />
        <div class="f-choices">
          <ChoiceRow
            isOne
            name="f-who"
            id="f-who"
            isChosen={kind === 'patient'}
            describedBy="f-fault-who"
            onChoose={() => setKind('patient')}
          >
            {words.whoPatient}
          </ChoiceRow>
          <ChoiceRow
            isOne
            name="f-who"
            isChosen={kind === 'proxy'}
            describedBy="f-fault-who"
            onChoose={() => setKind('proxy')}
          >
            {words.whoProxy}
          </ChoiceRow>
        </div>
      </fieldset>
      {kind === 'proxy' && (
        <ProxyReasons
          relationship={relationship}
          reason={reason}
          onRelationship={setRelationship}
          onReason={setReason}
        />
      )}
      <Foot form={form}>
        <button type="button" class="f-primary" onClick={goOn}>
          {words.next}
        </button>
      </Foot>
    </div>
  )
}

function ProxyReasons(props: {
  readonly relationship: string | null
  readonly reason: string | null
  readonly onRelationship: (code: string) => void
  readonly onReason: (code: string) => void
}) {
  const words = useFormWords()
  return (
    <>
      <Reasons
        title={words.relationTitle}
        texts={words.relations}
        name="f-relation"
        chosen={props.relationship}
        onChoose={props.onRelationship}
      />
      <Reasons
        title={words.reasonTitle}
        texts={words.reasons}
        name="f-reason"
        chosen={props.reason}
        onChoose={props.onReason}
      />
      <p class="f-help">{words.proxyHow}</p>
    </>
  )
}

function Reasons(props: {
  readonly title: string
  readonly texts: Readonly<Record<string, string>>
  readonly name: string
  readonly chosen: string | null
  readonly onChoose: (code: string) => void
}) {
  return (
    <fieldset class="f-set f-set-more">
      <legend class="f-label">{props.title}</legend>
      <div class="f-choices">
        {Object.entries(props.texts).map(([code, text]) => (
          <ChoiceRow
            key={code}
            isOne
            name={props.name}
            isChosen={props.chosen === code}
            onChoose={() => props.onChoose(code)}
          >
            {text}
          </ChoiceRow>
        ))}
      </div>
    </fieldset>
  )
}
