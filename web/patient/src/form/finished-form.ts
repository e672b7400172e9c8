// A finished draft as it is sealed: what was answered and can be seen, and how it came about (U17).
import type { FormRun } from '../../../../src/study/device/form-run.ts'
import type { Draft, Today } from '../model.ts'
import type { Finished } from '../store/store.ts'
import type { Moment } from './form-state.ts'

/** @param moment when Send was pressed, which is when the form is complete. */
export function finishedForm(
  run: FormRun,
  draft: Draft,
  today: Pick<Today, 'study' | 'patient'>,
  moment: Moment,
): Finished {
  const { form, formVersion, occasion, lateReason, startedAt, language, planSha256, originator } = draft
  return {
    studyId: today.study.id,
    patientId: today.patient.id,
    form,
    formVersion,
    ...(occasion === null ? {} : { occasion }),
    ...(lateReason === null ? {} : { lateReason }),
    startedAt,
    completedAt: moment.at,
    elapsedMs: moment.elapsedMs,
    language,
    planSha256,
    originator,
    answers: run.toSend(draft.answers),
    answerTrail: draft.trail,
    presentation: draft.presentation,
    prompts: draft.prompts,
  }
}
