// The diary of tests/support/diary.ts as a hospital's FHIR client would send it.
import { newSubmissionId } from '../../src/cli/load/submission-id.ts'
import { responseExtensions } from '../../src/study/form/response-envelope.ts'
import type { Person } from './start-trial.ts'

type Sender = Pick<Person, 'patientId' | 'studyId' | 'zone'>

export type FhirDiary = Record<string, unknown> & { item: Record<string, unknown>[] }

const choice = (code: string) => [{ valueCoding: { code } }]

/** A morning diary of this person, completed a moment ago where the person is; applied without findings. */
export function fhirDiary(person: Sender, changes: Record<string, unknown> = {}): FhirDiary {
  const now = Temporal.Now.zonedDateTimeISO(person.zone).round({
    smallestUnit: 'second',
    roundingMode: 'floor',
  })
  return {
    resourceType: 'QuestionnaireResponse',
    language: 'zh-CN',
    extension: [
      { url: responseExtensions.study, valueString: person.studyId },
      { url: responseExtensions.occasion, valueString: now.toPlainDate().toString() },
    ],
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${newSubmissionId(Date.now())}` },
    questionnaire: 'https://levee.example/fhir/Questionnaire/daily-diary|1',
    status: 'completed',
    subject: { reference: `Patient/${person.patientId}` },
    authored: now.toString({ timeZoneName: 'never' }),
    _authored: { extension: [{ url: responseExtensions.zone, valueCode: person.zone }] },
    source: { reference: `Patient/${person.patientId}` },
    item: [
      {
        linkId: 'symptoms',
        item: [
          { linkId: 'pain', answer: [{ valueInteger: 4 }] },
          { linkId: 'fatigue', answer: [{ valueInteger: 3 }] },
          { linkId: 'nausea', answer: choice('mild') },
        ],
      },
      {
        linkId: 'medicine',
        item: [
          { linkId: 'dose-taken', answer: [{ valueBoolean: true }] },
          { linkId: 'dose-time', answer: [{ valueTime: '07:45:00' }] },
          { linkId: 'rescue-taken', answer: [{ valueBoolean: false }] },
        ],
      },
      {
        linkId: 'sleep-hours',
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
            valueCode: 'asked-declined',
          },
        ],
      },
    ],
    ...changes,
  }
}
