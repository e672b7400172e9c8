// What the FHIR door reads: published Questionnaires byte for byte, and responses made again from the cleaned answers.
// Restricted records are not read here at all (P10).
import type { Sender } from '../../intake/basic-checks.ts'
import type { JournalReader } from '../../intake/journal-store.ts'
import type { PatientStore } from '../../records/patient-store.ts'
import type { ResponseReader } from '../../records/response-store.ts'
import type { StudyStore } from '../../records/study-store.ts'
import { asObject, type Json } from '../../study/fhir-json.ts'
import type { FormDefinition } from '../../study/form/definition.ts'
import { createExpressions } from '../../study/form/expressions.ts'
import { isFhirDateTime } from '../../study/form/fhir-time.ts'
import { importQuestionnaire } from '../../study/form/import-questionnaire.ts'
import { responseExtensions } from '../../study/form/response-envelope.ts'
import { responseOfAnswers } from '../../study/form/response-of-answers.ts'

export type FhirReader = {
  /** Undefined for ids this patient never used; `not-ready` for an entry that is no response (yet). */
  response(sender: Sender, submissionId: string): Promise<Json | 'not-ready' | undefined>
  /** The published file: of the form's version, or of the one in use at the patient's site today. */
  questionnaire(sender: Sender, form: string, version: string | undefined): Promise<string | undefined>
}

type Stores = {
  readonly journal: Pick<JournalReader, 'find'>
  readonly responses: ResponseReader
  readonly patients: Pick<PatientStore, 'find'>
  readonly studies: Pick<StudyStore, 'all' | 'version' | 'siteVersions'>
}
/** The members of a stored response that its FHIR form needs. */
type Effect = {
  readonly studyVersion: string
  readonly form: string
  readonly formVersion: string
  readonly occasion: string
  readonly lateReason?: string
  readonly answers: Record<string, unknown>
  readonly findings: readonly { readonly code: string }[]
  readonly device: { readonly completedAt: string; readonly startedAt?: string; readonly language?: string }
}

/** `today` gives the date in a zone. */
export function fhirReader(stores: Stores, today: (zone: string) => string): FhirReader {
  const { journal, responses, patients, studies } = stores
  // A published version never changes, so a form is read from it once.
  const definitions = new Map<string, FormDefinition | null>()

  const definitionOf = async (studyId: string, effect: Effect): Promise<FormDefinition | null> => {
    const { studyVersion, form, formVersion } = effect
    const key = [studyId, studyVersion, form, formVersion].join('\n')
    let definition = definitions.get(key)
    if (definition === undefined) {
      const study = await studies.version(studyId, studyVersion)
      const text = study === undefined ? undefined : formOf(study.files, form, formVersion)
      definition = text === undefined ? null : importQuestionnaire(JSON.parse(text), checkExpression).form
      definitions.set(key, definition)
    }
    return definition
  }

  return {
    async questionnaire({ studyId, patientId }, form, version) {
      const patient = await patients.find(studyId, patientId)
      const published = (await studies.all(studyId)).map((one) => one.version)
      if (patient === undefined || published.length === 0) return undefined
      const date = today(patient.zone)
      const taken = (await studies.siteVersions(studyId)).findLast(
        ({ siteId, fromDate }) => siteId === patient.siteId && fromDate <= date,
      )
      const inUse = taken?.version ?? (published[0] as string)
      const others = version === undefined ? [] : published.toReversed()
      for (const one of new Set([inUse, ...others])) {
        const study = await studies.version(studyId, one)
        const text = study === undefined ? undefined : formOf(study.files, form, version)
        if (text !== undefined) return text
      }
      return undefined
    },
    async response({ studyId, patientId }, submissionId) {
      const entry = await journal.find(studyId, patientId, submissionId)
      if (entry === undefined) return undefined
      const kept = await responses.visible(entry.position)
      if (kept === undefined) return 'not-ready'
      const effect = JSON.parse(kept.effect) as Effect
      const definition = await definitionOf(studyId, effect)
      if (definition === null) return 'not-ready'
      const language = effect.device.language ?? (await patients.find(studyId, patientId))?.language
      const head = headOf(effect, { studyId, patientId, submissionId, language, recordedAt: kept.recordedAt })
      return responseOfAnswers(definition, effect.answers, head, language)
    },
  }
}

const checkExpression = createExpressions(null).check

/** The Questionnaire among a study's files; without `version` the last one when sorted as numbers and words. */
function formOf(
  files: ReadonlyMap<string, string>,
  form: string,
  version: string | undefined,
): string | undefined {
  const found: { readonly text: string; readonly own: string }[] = []
  for (const [name, text] of files) {
    if (!name.endsWith('.json') || !text.includes(form)) continue
    const { url, version: own, resourceType } = asObject(JSON.parse(text)) ?? {}
    if (resourceType !== 'Questionnaire' || typeof url !== 'string' || typeof own !== 'string') continue
    if (url.split('/').at(-1) === form && (version === undefined || own === version))
      found.push({ text, own })
  }
  const order = new Intl.Collator('en', { numeric: true })
  return found.sort((a, b) => order.compare(a.own, b.own)).at(-1)?.text
}

type Facts = {
  readonly studyId: string
  readonly patientId: string
  readonly submissionId: string
  readonly language: string | undefined
  readonly recordedAt: number
}

function headOf({ occasion, lateReason, device, findings }: Effect, facts: Facts): Json {
  const { studyId, patientId, submissionId, language, recordedAt } = facts
  const authored = fhirMoment(device.completedAt)
  const started = device.startedAt === undefined ? null : fhirMoment(device.startedAt)
  const patient = { type: 'Patient', identifier: { value: patientId } }
  return {
    id: submissionId,
    meta: { lastUpdated: new Date(recordedAt).toISOString() },
    ...(language !== undefined && { language }),
    extension: [
      { url: responseExtensions.study, valueString: studyId },
      { url: responseExtensions.occasion, valueString: occasion },
      ...(lateReason === undefined ? [] : [{ url: responseExtensions.lateReason, valueCode: lateReason }]),
      ...(started === null
        ? []
        : [{ url: responseExtensions.startedAt, ...momentMembers('valueDateTime', started) }]),
    ],
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${submissionId}` },
    subject: patient,
    ...(authored !== null && momentMembers('authored', authored)),
    ...(!findings.some(({ code }) => code === 'answered-by-other') && { source: patient }),
  }
}

type FhirMoment = { readonly time: string; readonly zone: string | undefined }

/** A device's time (RFC 9557) as a FHIR dateTime, digit for digit where FHIR can hold it; null where it cannot. */
export function fhirMoment(text: string): FhirMoment | null {
  const [, time = text, zone] = /^([^[]+)(?:\[!?([^\]=]+)\])?/.exec(text) ?? []
  if (isFhirDateTime(time) && time.includes('T')) return { time, zone }
  try {
    return { time: Temporal.Instant.from(text).toString(), zone }
  } catch {
    return null
  }
}

function momentMembers(member: string, { time, zone }: FhirMoment): Json {
  const named = zone !== undefined && !/^[+-]/.test(zone)
  const beside = { extension: [{ url: responseExtensions.zone, valueCode: zone }] }
  return { [member]: time, ...(named && { [`_${member}`]: beside }) }
}
