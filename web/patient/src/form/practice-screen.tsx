// The practice form: the same screens as a real one, with a line that says so; nothing is kept, nothing is sent.
import { useMemo, useState } from 'preact/hooks'
import { createFormRun } from '../../../../src/study/device/form-run.ts'
import type { PracticeLanguage } from '../../../../src/study/device/practice-form.ts'
import type { DeviceForm, Today } from '../model.ts'
import { Page } from '../screens/page.tsx'
import { language, useFormWords } from '../words/words.ts'
import { FormFlow } from './form-flow.tsx'
import { begun } from './open-draft.ts'

export type PracticeScreenProps = {
  /** The form to practise on, which is not among what is kept first. */
  readonly formIn: (language: PracticeLanguage) => DeviceForm
  /** For the site's number in Help; null before the first contact. */
  readonly today: Today | null
  readonly onDone: () => void
  readonly onLeave: () => void
}

/** Practises in the app's own language. */
export function PracticeScreen({ formIn, today, onDone, onLeave }: PracticeScreenProps) {
  const words = useFormWords()
  const [round, setRound] = useState(0)
  const [isDone, setDone] = useState(false)
  const tag = language().tag
  const plan = useMemo(() => formIn(tag), [tag])
  const run = useMemo(() => createFormRun(plan), [plan])
  const draft = useMemo(() => begun(plan, '', undefined), [plan, round])
  if (isDone)
    return (
      <Page title={words.practiceDone} lead={words.practiceDoneHow} back={onDone}>
        <div class="f-foot">
          <button type="button" class="f-primary" onClick={onDone}>
            {words.toToday}
          </button>
          <button
            type="button"
            class="f-secondary"
            onClick={() => {
              setRound(round + 1)
              setDone(false)
            }}
          >
            {words.practiceAgain}
          </button>
        </div>
      </Page>
    )
  return (
    <FormFlow
      key={`${tag}${round}`}
      plan={plan}
      run={run}
      draft={draft}
      today={today}
      isPractice
      asksWho={false}
      isLate={() => false}
      save={async () => {}}
      finish={async () => setDone(true)}
      onLeave={onLeave}
    />
  )
}
