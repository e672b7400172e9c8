// Submissions for tests: the example of design §6 with the times of now, complete and within its window.
import { newSubmissionId } from '../../src/cli/load/submission-id.ts'
import type { Person } from './start-trial.ts'

/** A submission as a device would send it; tests change or add members. */
export type Diary = Record<string, unknown> & { submissionId: string; answers: Record<string, unknown> }

/** A morning diary of this person, completed a moment ago where the person is; applied without findings. */
export function diary(person: Person, changes: Record<string, unknown> = {}): Diary {
  const now = Temporal.Now.zonedDateTimeISO(person.zone).round({
    smallestUnit: 'second',
    roundingMode: 'floor',
  })
  return {
    submissionId: newSubmissionId(Date.now()),
    studyId: person.studyId,
    patientId: person.patientId,
    form: 'daily-diary',
    formVersion: '1',
    occasion: now.toPlainDate().toString(),
    startedAt: now.toString(),
    completedAt: now.toString(),
    sentAt: now.toString(),
    uptimeMs: 88_123_456,
    deviceSequence: 41,
    language: 'zh-CN',
    answers: {
      pain: 4,
      fatigue: 3,
      nausea: 'mild',
      'dose-taken': true,
      'dose-time': '07:45',
      'rescue-taken': false,
      'sleep-hours': { skipped: 'asked-declined' },
    },
    app: { name: 'levee-web', version: '1.0.0' },
    ...changes,
  }
}

/** The headers of a device that sends JSON. */
export const deviceHeaders = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
})
