// The routes of the patient app: what is due, and the forms to fill it in. docs/device-api.md tells the whole contract.
import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Device } from '../../../identity/devices.ts'
import type { DerivationStore } from '../../../records/derivation-store.ts'
import type { Patient, PatientStore } from '../../../records/patient-store.ts'
import { type StudyBooks, studyBooks } from '../../../records/study-books.ts'
import type { StudyStore } from '../../../records/study-store.ts'
import { isGiven } from '../../../study/blinding/forms-by-arm.ts'
import type { StudyPlan } from '../../../study/plan.ts'
import { Problem } from '../../../system/problem.ts'
import { readerOf } from '../../admission.ts'
import type { DoorParts } from '../../parts.ts'
import { type Encoding, encodingFor, isKnown, packOnce, packTight } from '../encoding.ts'
import { answers } from '../schemas.ts'
import { DeviceFormSchema, TodaySchema } from './device-schemas.ts'
import { type FormBytes, formBytes, planDigits, studyLanguage } from './form-bytes.ts'
import {
  plannedOccasions,
  planOfToday,
  type TodayConstants,
  type TodayFacts,
  todayView,
} from './today-view.ts'

/** What the routes of phones use besides the devices. */
export type DeviceDoorParts = TodayConstants & {
  readonly stores: {
    readonly studies: StudyStore
    readonly patients: Pick<PatientStore, 'find'>
    readonly derivations: Pick<DerivationStore, 'filled'>
  }
}

type Asked = { Querystring: { language?: string; plan?: string; zone?: string } }

const language = Type.Optional(
  Type.String({ maxLength: 35, description: 'BCP 47 tag; the nearest language of the study answers.' }),
)

const zone = Type.Optional(
  Type.String({
    maxLength: 64,
    description: 'IANA zone the phone is in; windows still open are resolved there.',
  }),
)

/** Adds the reading routes of phones. */
export function deviceDoor(app: FastifyInstance, parts: DoorParts): void {
  // The parts are complete only when the door opens.
  let books: StudyBooks | undefined
  const booksOf = () => (books ??= studyBooks(parts.device.stores.studies))
  todayRoute(app, parts, booksOf)
  formRoute(app, parts, booksOf)
}

function todayRoute(app: FastifyInstance, parts: DoorParts, books: () => StudyBooks): void {
  app.route<Asked>({
    method: 'GET',
    url: '/v1/device/today',
    schema: {
      operationId: 'deviceToday',
      summary: 'What is due, and all a phone needs for it without a network',
      description:
        'From 31 days back to 14 days ahead. Ask with If-None-Match: 304 says that nothing but the time is different.',
      tags: ['device'],
      security: [{ device: [] }],
      querystring: Type.Object({ language, zone }),
      response: answers({ 200: TodaySchema }, [401, 410]),
    },
    serializerCompiler: () => String,
    handler: async (request, reply) => {
      const nowMs = Date.now()
      const facts = await factsOf(request, parts, books(), nowMs)
      const planned = plannedOccasions(facts)
      const { studyId, patientId } = facts.patient
      const dues = planned.map(({ due }) => due)
      const filled = await parts.device.stores.derivations.filled(studyId, patientId, dues)
      const view = JSON.stringify(todayView(facts, planned, filled, parts.device))
      // The time is not part of what the tag stands for, hence a weak one (RFC 9110 §8.8.1).
      const tag = `W/"${hash('sha256', view, 'base64url').slice(0, 27)}"`
      reply.header('etag', tag).header('cache-control', 'private, no-cache')
      reply.type('application/json; charset=utf-8')
      if (isKnown(request.headers['if-none-match'], tag)) return notModified(reply)
      const text = `{"serverTime":"${new Date(nowMs).toISOString()}",${view.slice(1)}`
      const encoding = encodingFor(request.headers['accept-encoding'])
      return encoded(reply, encoding).send(await packOnce(Buffer.from(text), encoding))
    },
  })
}

function formRoute(app: FastifyInstance, parts: DoorParts, books: () => StudyBooks): void {
  app.route<Asked & { Params: { form: string; version: string } }>({
    method: 'GET',
    url: '/v1/device/forms/:form/:version',
    schema: {
      operationId: 'deviceForm',
      summary: 'A form as a phone fills it in',
      description:
        'One language, one item a screen. The SHA-256 of these bytes is what answers name in planSha256. With `plan`, as today gives it, the bytes never change.',
      tags: ['device'],
      security: [{ device: [] }],
      params: Type.Object({ form: Type.String(), version: Type.String() }),
      querystring: Type.Object({
        language,
        plan: Type.Optional(
          Type.String({ pattern: `^[0-9a-f]{${planDigits}}$`, description: 'Start of the SHA-256.' }),
        ),
      }),
      response: answers({ 200: DeviceFormSchema }, [401, 404, 410]),
    },
    serializerCompiler: () => String,
    handler: async (request, reply) => {
      const facts = await factsOf(request, parts, books(), Date.now())
      const { form, version } = request.params
      const { plan } = request.query
      const bytes = isMeant(facts, form) ? findBytes(facts, `${form}@${version}`, plan) : undefined
      if (bytes === undefined) throw new Problem('record.not-found', { record: `form ${form} ${version}` })
      const encoding = encodingFor(request.headers['accept-encoding'])
      // Compressed, they are other bytes, which a strong tag must not name (RFC 9110 §8.8.1).
      const tag = `${encoding === 'identity' ? '' : 'W/'}"${bytes.sha256}"`
      const cache = plan === undefined ? 'private, no-cache' : 'private, max-age=31536000, immutable'
      reply.header('etag', tag).header('cache-control', cache)
      reply.type('application/json; charset=utf-8')
      if (isKnown(request.headers['if-none-match'], tag)) return notModified(reply)
      return encoded(reply, encoding).send(await packedForm(bytes, encoding))
    },
  })
}

/** What the answers are made of. Throws as `readerOf` does. */
async function factsOf(
  request: FastifyRequest<Asked>,
  { devices, device: { stores } }: DoorParts,
  books: StudyBooks,
  nowMs: number,
): Promise<TodayFacts> {
  const device: Device = readerOf(request.headers.authorization, devices, { clinic: true })
  const patient: Patient | undefined = await stores.patients.find(device.studyId, device.patientId)
  // A device is issued to a patient, and patients are never deleted.
  if (patient === undefined) throw new Problem('token.unknown', {})
  const { versions } = await books.of(device.studyId)
  const asked = request.query.language
  const language = asked === undefined || asked === '' ? patient.language : asked
  return { versions, patient, nowMs, language, onlyForm: device.form, zone: request.query.zone }
}

const isMeant = ({ onlyForm }: TodayFacts, form: string): boolean =>
  onlyForm === undefined || onlyForm === form

/** The form as the version of today has it, else another version of the site; with `start`, the one of that hash. */
function findBytes(facts: TodayFacts, key: string, start: string | undefined) {
  const { versions, patient, language } = facts
  const plans: readonly StudyPlan[] = [planOfToday(facts), ...versions.ofSite(patient.siteId)]
  for (const plan of plans) {
    const form = plan.forms.get(key)
    if (form === undefined || !isGiven(plan, form.id, patient.arm)) continue
    const bytes = formBytes(plan, form, studyLanguage(plan, language))
    if (start === undefined || bytes.sha256.startsWith(start)) return bytes
  }
  return undefined
}

/** The compressed bytes of forms, made at first use. */
const packedForms = new WeakMap<FormBytes, Map<Encoding, Promise<Buffer>>>()

function packedForm(form: FormBytes, encoding: Encoding): Promise<Buffer> {
  const made = packedForms.get(form) ?? new Map<Encoding, Promise<Buffer>>()
  packedForms.set(form, made)
  const packed = made.get(encoding) ?? packTight(Buffer.from(form.text), encoding)
  made.set(encoding, packed)
  return packed
}

function encoded(reply: FastifyReply, encoding: Encoding): FastifyReply {
  reply.header('vary', 'accept-encoding')
  return encoding === 'identity' ? reply : reply.header('content-encoding', encoding)
}

function notModified(reply: FastifyReply): FastifyReply {
  return reply.code(304).removeHeader('content-type').send()
}
