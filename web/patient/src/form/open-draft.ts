// Finds or begins the draft of a form. A draft that is there decides everything: the version and the plan it was opened
// with stay until it is sent, whatever has been published since (U16).
import { createFormRun, type FormRun } from '../../../../src/study/device/form-run.ts'
import type { DeviceForm, Draft, DueOccasion, Today } from '../model.ts'
import { deviceNow } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import { formLanguage } from './form-language.ts'
import { markNow } from './history.ts'

/** A form that is filled in when something happens. */
export type EventForm = Today['events'][number]

/** What is to be filled in: one due occasion, or an event. */
export type Wanted = { readonly occasion?: DueOccasion | undefined; readonly event?: EventForm | undefined }

export type Opened =
  | { readonly kind: 'open'; readonly draft: Draft; readonly plan: DeviceForm; readonly run: FormRun }
  /** It was sent from this phone, or the server has it. */
  | { readonly kind: 'sent' }
  /** Its plan is not on this phone. */
  | { readonly kind: 'missing' }

/** Opens it in the language that fits best. @throws what the store throws. */
export async function openDraft(
  store: Store,
  today: Today,
  wanted: Wanted,
  appLanguage: string,
): Promise<Opened> {
  const sent = await store.sentKeys()
  const mark = markNow()
  if (mark !== null && sent.has(mark.key)) return { kind: 'sent' }
  const { occasion, event } = wanted
  if (occasion !== undefined && (sent.has(occasion.key) || occasion.submittedAt !== null))
    return { kind: 'sent' }
  const kept = occasion === undefined ? await eventDraft(store, event) : await store.draft(occasion.key)
  const asked = kept ?? occasion ?? event
  if (asked === undefined) return { kind: 'missing' }
  const tag = kept?.language ?? formLanguage(appLanguage, today.patient.language, today.languages)
  const own = kept && (await store.plan(kept))
  if (own !== null) return { kind: 'open', draft: kept!, plan: own, run: await runOf(own) }
  const found = await store.form(asked.form, asked.formVersion, tag ?? appLanguage)
  if (found === null) return { kind: 'missing' }
  const { plan, sha256 } = found
  // Where the draft's own plan is gone, it names the one that is shown from now on (U17).
  const draft =
    kept === null ? begun(plan, sha256, occasion) : { ...kept, planSha256: sha256, language: plan.language }
  await store.saveDraft(draft)
  return { kind: 'open', draft, plan, run: await runOf(plan) }
}

/** The form's run; the engine for forms that one pass cannot decide is loaded only for them. */
export async function runOf(plan: DeviceForm): Promise<FormRun> {
  if (plan.needsTree !== true) return createFormRun(plan)
  const { createTreeJudge } = await import('../../../../src/study/device/form-tree.ts')
  return createFormRun(plan, createTreeJudge(plan))
}

/** A draft in which nothing stands yet. */
export function begun(plan: DeviceForm, planSha256: string, occasion: DueOccasion | undefined): Draft {
  const { form, formVersion, language } = plan
  return {
    key: occasion?.key ?? `${form}/${crypto.randomUUID()}`,
    form,
    formVersion,
    planSha256,
    occasion: occasion?.occasion ?? null,
    language,
    originator: { kind: 'patient' },
    startedAt: deviceNow(),
    elapsedMs: 0,
    answers: {},
    at: null,
    changing: false,
    trail: [],
    presentation: {},
    prompts: [],
    lateReason: null,
  }
}

/** An event's unfinished form; one that was opened and left empty is forgotten, as it began at another time. */
async function eventDraft(store: Store, event: EventForm | undefined): Promise<Draft | null> {
  const drafts = (await store.drafts()).filter(
    ({ form, occasion }) => form === event?.form && occasion === null,
  )
  for (const draft of drafts) {
    if (draft.trail.length > 0) return draft
    await store.dropDraft(draft.key)
  }
  return null
}
