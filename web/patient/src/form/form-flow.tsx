// Shows the screen a form is at: who answers, a question, a list, why it is late, the review; and over it whatever the
// patient is asked or told.
import '../style/form.css'
import { useMemo } from 'preact/hooks'
import type { FormRun } from '../../../../src/study/device/form-run.ts'
import type { DeviceForm, Draft, Today } from '../model.ts'
import { Bar } from '../screens/page.tsx'
import { useFormWords } from '../words/words.ts'
import { FormDialogs } from './dialogs.tsx'
import { type FormContext, type Moment, viewOf } from './form-state.ts'
import { LatePage } from './late-page.tsx'
import { ListPage } from './list-page.tsx'
import { ReviewPage } from './review-page.tsx'
import { StepPage } from './step-page.tsx'
import { FormContent } from './surroundings.tsx'
import { type OpenForm, useForm } from './use-form.ts'
import { WhoPage } from './who-page.tsx'

/** What a rule of the study tells the patient. */
export type ShownMessage = ReturnType<FormRun['messages']>[number]

export type FormFlowProps = {
  readonly plan: DeviceForm
  readonly run: FormRun
  readonly draft: Draft
  readonly today: Today | null
  readonly isPractice?: boolean
  readonly asksWho: boolean
  readonly isLate: () => boolean
  readonly save: (draft: Draft) => Promise<void>
  readonly finish: (draft: Draft, moment: Moment, messages: readonly ShownMessage[]) => Promise<void>
  readonly onLeave: () => void
}

/** What each page of a form gets. */
export type FormPageProps = { readonly form: OpenForm; readonly today: Today | null }

/** One opening of a form. */
export function FormFlow(props: FormFlowProps) {
  const { plan, run, draft, today, asksWho, isLate } = props
  const words = useFormWords()
  const context: FormContext = useMemo(() => ({ form: plan, run, asksWho, isLate }), [plan, run])
  const form = useForm({
    context,
    draft,
    save: props.save,
    finish: (finished, moment) => props.finish(finished, moment, run.messages(finished.answers)),
    onLeave: props.onLeave,
  })
  return (
    <div class="f-page">
      <Bar back={form.back} />
      {props.isPractice === true && <p class="f-practice">{words.practice}</p>}
      <FormContent language={plan.language}>
        <FormPage form={form} today={today} />
        <FormDialogs form={form} today={today} />
      </FormContent>
    </div>
  )
}

function FormPage({ form, today }: FormPageProps) {
  const view = viewOf(form.context, form.state)
  if (view.kind !== 'step') {
    const Page = { who: WhoPage, late: LatePage, review: ReviewPage }[view.kind]
    return <Page form={form} today={today} />
  }
  const page = { form, today, view }
  if (view.step.screen.kind === 'repeat')
    return <ListPage key={view.step.id} {...page} screen={view.step.screen} />
  return <StepPage key={view.step.id} {...page} />
}
