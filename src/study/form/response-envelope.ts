// The envelope of a FHIR R4 QuestionnaireResponse: which submission it is, of whom, to which form, and when. The door
// refuses what has none; everything inside the items is judged after the receipt. Pure; survives any JSON value.
import { asObject, extensionOf, type Json } from '../fhir-json.ts'
import { isFhirDateTime } from './fhir-time.ts'

const own = 'https://levee.example/fhir/StructureDefinition/'
const core = 'http://hl7.org/fhir/StructureDefinition/'

/** Extensions of a response that this product reads and writes. R4 has no element for what they say. */
export const responseExtensions = {
  /** valueString: the study's id. */
  study: `${own}study`,
  /** valueString: which due instance of the form, as in a submission. */
  occasion: `${own}occasion`,
  /** valueDateTime: when the form was opened, with `zone` as `authored` has it. */
  startedAt: `${own}started-at`,
  /** valueCode: why it was completed late, where the study asks for it. */
  lateReason: `${own}late-reason`,
  /** valueCode on a dateTime: the IANA zone behind its offset (R4 `tz-code`; the later name is read too). */
  zone: `${core}tz-code`,
  zoneLater: `${core}timezone`,
} as const

/** What a response says besides its answers, in the words of a submission; times are RFC 9557. */
export type ResponseEnvelope = {
  /** Lower-case UUID. */
  readonly submissionId: string
  readonly patientId: string
  readonly studyId?: string
  /** The whole canonical url without its version. */
  readonly questionnaire: string
  /** Its last part. */
  readonly form: string
  readonly formVersion: string
  readonly completedAt: string
  readonly startedAt?: string
  readonly occasion?: string
  readonly lateReason?: string
  readonly language?: string
  /** Somebody else than the patient answered: `source` names a person of another kind or id. */
  readonly byOther: boolean
}

/** The first element at fault, and what stands there in a sound response. */
export type EnvelopeFault = { readonly member: string; readonly expected: string }

const uuid = /^(?:urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i
const finished = new Set(['completed', 'amended', 'stopped'])
const most = 128

/**
 * Reads the envelope. `identifier` (a UUID, with or without `urn:uuid:`) names the submission, else `id` does.
 * A fault names an element and what was expected, never what stood there.
 */
export function envelopeOfResponse(resource: unknown): ResponseEnvelope | EnvelopeFault {
  const response = asObject(resource)
  if (response?.resourceType !== 'QuestionnaireResponse')
    return { member: 'resourceType', expected: 'QuestionnaireResponse (FHIR R4)' }
  // A submission of the JSON door is told from a response by this member, for as long as the journal is read.
  if (response.submissionId !== undefined)
    return { member: 'submissionId', expected: 'nothing: FHIR has no such element; use identifier' }
  const submissionId = submissionIdOf(response)
  if (submissionId === undefined)
    return { member: 'identifier', expected: 'a value that is a UUID, such as urn:uuid:0198f2c4-7b1a-7c3e-…' }
  if (typeof response.status !== 'string' || !finished.has(response.status))
    return { member: 'status', expected: 'completed, amended or stopped; a draft stays on the device' }
  const canonical = canonicalParts(response.questionnaire)
  if (canonical === undefined)
    return { member: 'questionnaire', expected: 'the canonical url with version: url|version' }
  const patientId = nameOf(response.subject, 'Patient')
  if (patientId === undefined)
    return { member: 'subject', expected: 'a reference Patient/<id>, or an identifier with the id as value' }
  const completedAt = zoned(response.authored, response._authored)
  if (completedAt === undefined)
    return {
      member: 'authored',
      expected: 'a FHIR dateTime: when the patient pressed Send, by the device clock',
    }
  const source = response.source === undefined ? patientId : nameOf(response.source, 'Patient')
  return {
    submissionId,
    patientId,
    ...canonical,
    completedAt,
    byOther: source !== patientId,
    ...optional(response),
  }
}

/** Whether the envelope could not be read. */
export function isEnvelopeFault(read: ResponseEnvelope | EnvelopeFault): read is EnvelopeFault {
  return 'member' in read
}

function submissionIdOf(response: Json): string | undefined {
  const { identifier, id } = response
  const named = identifier === undefined ? id : asObject(identifier)?.value
  return typeof named === 'string' ? uuid.exec(named)?.[1]?.toLowerCase() : undefined
}

function canonicalParts(
  text: unknown,
): Pick<ResponseEnvelope, 'questionnaire' | 'form' | 'formVersion'> | undefined {
  if (typeof text !== 'string') return undefined
  const [questionnaire = '', formVersion = '', more] = text.split('|')
  const form = questionnaire.split('/').at(-1) ?? ''
  const fits = [form, formVersion].every((one) => one !== '' && one.length <= most)
  return fits && more === undefined ? { questionnaire, form, formVersion } : undefined
}

/** The id in `Patient/<id>` or `https://…/Patient/<id>`, else the value of the logical identifier. */
function nameOf(reference: unknown, type: string): string | undefined {
  const { reference: literal, identifier, type: stated } = asObject(reference) ?? {}
  if (stated !== undefined && stated !== type) return undefined
  if (typeof literal === 'string') {
    const [kind, id] = literal.split('/').slice(-2)
    return kind === type ? bounded(id) : undefined
  }
  return bounded(asObject(identifier)?.value)
}

const bounded = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= most ? value : undefined

/** A FHIR dateTime with its zone in brackets, where one is stated (RFC 9557). Precision is judged by processing. */
function zoned(time: unknown, sibling: unknown): string | undefined {
  if (typeof time !== 'string' || time.length > most || !isFhirDateTime(time)) return undefined
  const beside = asObject(sibling)
  const code = (
    extensionOf(beside, responseExtensions.zone) ?? extensionOf(beside, responseExtensions.zoneLater)
  )?.valueCode
  return typeof code === 'string' && /^[A-Za-z0-9_+/-]{1,64}$/.test(code) ? `${time}[${code}]` : time
}

function optional(
  response: Json,
): Pick<ResponseEnvelope, 'studyId' | 'startedAt' | 'occasion' | 'lateReason' | 'language'> {
  const started = extensionOf(response, responseExtensions.startedAt)
  const facts = {
    studyId: bounded(extensionOf(response, responseExtensions.study)?.valueString),
    startedAt: zoned(started?.valueDateTime, started?._valueDateTime),
    occasion: bounded(extensionOf(response, responseExtensions.occasion)?.valueString),
    lateReason: bounded(extensionOf(response, responseExtensions.lateReason)?.valueCode),
    language: bounded(response.language)?.slice(0, 35),
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}
