// Responses with their versions and history, and signatures over them.
import type { StaffMember } from '../../../identity/staff-store.ts'
import type { Stores } from '../../../processing/stores.ts'
import { movingResponse } from '../../../processing/work/on-responses.ts'
import type { StandingResponse } from '../../../records/change-store.ts'
import { seesRestricted } from '../../../records/permissions.ts'
import type { Signature } from '../../../records/signature-store.ts'
import { signatureOfDevice } from './device-signatures.ts'
import { filterOf, historyView, ListQuery, limitOf, PageQuery, pageOf, sitesOf, timeOf } from './listing.ts'
import { numberIn, ofSite, type StaffAnswer, type StaffRoute, workBy } from './staff-route.ts'
import {
  DeviationSchema,
  pageSchema,
  ReasonBody,
  ResponseSchema,
  SignatureSchema,
  SignBody,
} from './staff-schemas.ts'

async function responseAt(stores: Stores, caller: StaffMember, position: number): Promise<StandingResponse> {
  return ofSite(caller, await stores.changes.response(caller.studyId, position), `response ${position}`)
}

async function shown(stores: Stores, caller: StaffMember, position: number): Promise<StaffAnswer> {
  const { state, revision } = await movingResponse({ stores }, await responseAt(stores, caller, position))
  // Read after the revision: of a response that changes meanwhile the ETag is the old one, and acting on it is refused.
  const r = await responseAt(stores, caller, position)
  const first = (await stores.changes.first(position))!
  const later = await stores.changes.versions(position)
  const versions = [
    { version: 1, recordedAt: timeOf(first.recordedAt), changeId: null, record: JSON.parse(first.effect) },
    ...later.map(({ version, recordedAt, changeId, effect }) => ({
      version,
      recordedAt: timeOf(recordedAt),
      changeId,
      record: JSON.parse(effect),
    })),
  ]
  const { patientId, siteId, form, formVersion, occasion, version, filledBy } = r
  const body = {
    position,
    patientId,
    siteId,
    form,
    formVersion,
    occasion,
    state,
    revision,
    version,
    filledBy,
    deviceSignature: signatureOfDevice(await stores.signatureChecks.at(position)),
    record: JSON.parse(r.effect),
    versions,
    history: historyView(await stores.transitions.of(r.studyId, `response:${position}`)),
    // Absent for blinded staff, whatever there is (P10).
    ...(seesRestricted(caller)
      ? { restricted: r.restricted === null ? null : JSON.parse(r.restricted) }
      : {}),
  }
  return { body, revision }
}

const reading: StaffRoute = {
  method: 'GET',
  url: '/responses/:position',
  permission: 'responses.read',
  id: 'responseByPosition',
  summary: 'A response with its versions and its history',
  answer: ResponseSchema,
  handler: ({ caller, params }, { stores }) => shown(stores, caller, numberIn(params, 'position')),
}

const transitions = (['void', 'restore', 'choose'] as const).map(
  (transition): StaffRoute => ({
    method: 'POST',
    url: `/responses/:position/${transition}`,
    permission: transition === 'choose' ? 'responses.choose' : 'responses.void',
    id: `response-${transition}`,
    summary: {
      void: 'Set a response aside: it stays on record and counts no more',
      restore: 'Let a response count again',
      choose: 'Say that this one of two entries for an occasion counts',
    }[transition],
    body: ReasonBody,
    answer: ResponseSchema,
    conditional: true,
    handler: async (call, parts) => {
      const position = numberIn(call.params, 'position')
      const { patientId } = await responseAt(parts.stores, call.caller, position)
      const { reason } = call.body as { reason: string }
      await workBy(parts, call.caller, patientId, {
        on: 'response',
        transition,
        position,
        revision: call.revision(),
        said: reason,
      })
      return shown(parts.stores, call.caller, position)
    },
  }),
)

const signatureView = ({ studyId: _, signedAt, ...rest }: Signature) => ({
  ...rest,
  signedAt: timeOf(signedAt),
})

async function shownSignature(
  stores: Stores,
  caller: StaffMember,
  id: number,
  status: 200 | 201 = 200,
): Promise<StaffAnswer> {
  const signature = ofSite(caller, await stores.signatures.one(caller.studyId, id), `signature ${id}`)
  const history = historyView(await stores.transitions.of(caller.studyId, `signature:${id}`))
  const positions = await stores.signatures.positions(id)
  return {
    body: { ...signatureView(signature), positions, history },
    revision: signature.revision,
    status,
  }
}

const signatures: StaffRoute[] = [
  {
    method: 'GET',
    url: '/signatures',
    permission: 'signatures.read',
    id: 'listSignatures',
    summary: "The signatures of the caller's sites; those in state `broken` ask to be given again",
    query: ListQuery,
    answer: pageSchema(SignatureSchema),
    handler: async ({ caller, query }, { stores }) => {
      const filter = filterOf(caller, query)
      const found = await stores.signatures.list(caller.studyId, filter)
      return { body: pageOf(found, filter.limit, signatureView, (s) => s.id) }
    },
  },
  {
    method: 'GET',
    url: '/signatures/:id',
    permission: 'signatures.read',
    id: 'signatureById',
    summary: 'One signature with what it is about and its history',
    answer: SignatureSchema,
    handler: ({ caller, params }, { stores }) => shownSignature(stores, caller, numberIn(params, 'id')),
  },
  {
    method: 'POST',
    url: '/signatures',
    permission: 'signatures.sign',
    id: 'sign',
    summary: 'Sign responses of a patient as they stand',
    body: SignBody,
    answer: SignatureSchema,
    handler: async ({ caller, body }, parts) => {
      const { patientId, positions, meaning } = body as {
        patientId: string
        positions: number[]
        meaning: string
      }
      const work = { on: 'signature', transition: 'sign', positions, said: meaning } as const
      const done = await workBy(parts, caller, patientId, work)
      return shownSignature(parts.stores, caller, done.id, 201)
    },
  },
]

const deviations: StaffRoute = {
  method: 'GET',
  url: '/deviations',
  permission: 'restricted.read',
  id: 'listDeviations',
  summary: 'Restricted: protocol deviations, for unblinded staff only',
  query: PageQuery,
  answer: pageSchema(DeviationSchema),
  handler: async ({ caller, query }, { stores }) => {
    const limit = limitOf(query)
    const found = await stores.changes.deviations(
      caller.studyId,
      sitesOf(caller, query),
      Number(query.after ?? 0),
      limit,
    )
    const view = (d: (typeof found)[number]) => ({ ...d, raisedAt: timeOf(d.raisedAt) })
    return { body: pageOf(found, limit, view, (d) => d.id) }
  },
}

export const responseRoutes: readonly StaffRoute[] = [reading, ...transitions, ...signatures, deviations]
