// The basic checks of a FHIR QuestionnaireResponse: the same bounds and the same few facts as a submission's.
import { envelopeOfResponse, isEnvelopeFault } from '../study/form/response-envelope.ts'
import { Problem } from '../system/problem.ts'
import { mostBodyBytes, parseJson, type Sender } from './basic-checks.ts'

/** Levels of JSON at most: a group nested in a group costs two, an item inside an answer four. */
export const mostResponseDepth = 64

/**
 * Reads the bytes of one response for this sender and returns its submission id, in lower case. Throws a Problem,
 * and nothing is kept, if they are too large, not UTF-8, not JSON, nested too deeply, without a readable envelope, or
 * of another patient or study.
 */
export function checkResponseBasics(body: Uint8Array, sender: Sender): string {
  if (body.byteLength > mostBodyBytes) throw new Problem('body.too-large', { limitBytes: mostBodyBytes })
  const envelope = envelopeOfResponse(parseJson(body, mostResponseDepth))
  if (isEnvelopeFault(envelope)) throw new Problem('response.invalid', envelope)
  if (envelope.studyId !== undefined && envelope.studyId !== sender.studyId)
    throw new Problem('token.other-patient', { member: 'extension' })
  if (envelope.patientId !== sender.patientId) throw new Problem('token.other-patient', { member: 'subject' })
  if (sender.form !== undefined) throw new Problem('token.other-form', { member: 'questionnaire' })
  return envelope.submissionId
}
