// Derived values for staff: a patient's compliance and adherence, and how each value came about (P11). Blinded: nothing
// restricted is read for them, so everybody who may read responses sees the same (P10).
import type { StaffMember } from '../../identity/staff-store.ts'
import { derivationsIn } from '../../processing/derivations.ts'
import type { Stores } from '../../processing/stores.ts'
import { Problem } from '../../system/problem.ts'
import { AdherenceSchema, AtQuery, ComplianceSchema, DerivationsSchema } from './derivation-schemas.ts'
import { numberIn, ofSite, type StaffCall, type StaffRoute } from './staff/staff-route.ts'

/** The patient of the path, if the caller may see it. */
async function patientOf({ caller, params }: StaffCall, stores: Stores): Promise<string> {
  const { patient = '' } = params
  return ofSite(caller, await stores.patients.find(caller.studyId, patient), `patient ${patient}`).patientId
}

/** The position of the path, if the caller may see the response. */
async function positionOf(caller: StaffMember, params: StaffCall['params'], stores: Stores): Promise<number> {
  const position = numberIn(params, 'position')
  ofSite(caller, await stores.changes.response(caller.studyId, position), `response ${position}`)
  return position
}

/** Not after now: nothing is known of it, and what falls due up to a far year would keep the server busy for hours. */
function instantOf({ query }: StaffCall): number {
  const now = Date.now()
  if (query.at === undefined) return now
  const at = millisecondsOf(query.at)
  if (at !== null && at >= 0 && at <= now) return at
  throw new Problem('request.invalid', {
    member: 'at',
    expected: 'an instant since 1970 and not after now, such as 2026-11-22T08:00Z',
  })
}

function millisecondsOf(text: string): number | null {
  try {
    return Temporal.Instant.from(text).epochMilliseconds
  } catch {
    return null
  }
}

const permission = 'responses.read'
const ofResponse: readonly StaffRoute[] = [
  {
    method: 'GET',
    url: '/responses/:position/derivation',
    permission,
    id: 'responseDerivations',
    summary: 'How the scores, doses, findings and alerts of a response came about',
    answer: DerivationsSchema,
    handler: async ({ caller, params }, { stores }) => {
      const position = await positionOf(caller, params, stores)
      return { body: { items: await derivationsIn(stores).ofResponse(caller.studyId, position) } }
    },
  },
  {
    method: 'GET',
    url: '/responses/:position/derivation/:value',
    permission,
    id: 'responseDerivation',
    summary: 'How one score, dose, finding or rule of a response came about',
    answer: DerivationsSchema,
    handler: async ({ caller, params }, { stores }) => {
      const position = await positionOf(caller, params, stores)
      const all = await derivationsIn(stores).ofResponse(caller.studyId, position)
      const items = all.filter(({ id }) => id === params.value)
      if (items.length === 0)
        throw new Problem('record.not-found', { record: `${params.value} of response ${position}` })
      return { body: { items } }
    },
  },
]

const ofPatient: readonly StaffRoute[] = [
  {
    method: 'GET',
    url: '/patients/:patient/compliance',
    permission,
    id: 'patientCompliance',
    summary: "A patient's diary compliance, overall, by form and by phase",
    query: AtQuery,
    answer: ComplianceSchema,
    handler: async (call, { stores }) => {
      const patientId = await patientOf(call, stores)
      const { studyId } = call.caller
      return { body: await derivationsIn(stores).compliance(studyId, patientId, instantOf(call)) }
    },
  },
  {
    method: 'GET',
    url: '/patients/:patient/compliance/derivation',
    permission,
    id: 'patientComplianceDerivations',
    summary: 'How the compliance of a patient came about, occasion by occasion',
    query: AtQuery,
    answer: DerivationsSchema,
    handler: async (call, { stores }) => {
      const patientId = await patientOf(call, stores)
      const { studyId } = call.caller
      const items = await derivationsIn(stores).complianceDerivations(studyId, patientId, instantOf(call))
      return { body: { items } }
    },
  },
  {
    method: 'GET',
    url: '/patients/:patient/adherence',
    permission,
    id: 'patientAdherence',
    summary: "A patient's medication adherence, dose by dose",
    query: AtQuery,
    answer: AdherenceSchema,
    handler: async (call, { stores }) => {
      const patientId = await patientOf(call, stores)
      const { studyId } = call.caller
      const atMs = instantOf(call)
      const derivations = derivationsIn(stores)
      const doses = []
      for (const { id } of await derivations.doses(studyId, patientId, atMs))
        doses.push({ dose: id, report: await derivations.adherence(studyId, patientId, id, atMs) })
      return { body: { patientId, at: new Date(atMs).toISOString(), doses } }
    },
  },
  {
    method: 'GET',
    url: '/patients/:patient/adherence/:dose/derivation',
    permission,
    id: 'patientAdherenceDerivations',
    summary: 'How each measure of the adherence to a dose came about',
    query: AtQuery,
    answer: DerivationsSchema,
    handler: async (call, { stores }) => {
      const patientId = await patientOf(call, stores)
      const { caller, params } = call
      const derivations = derivationsIn(stores)
      const atMs = instantOf(call)
      const items = await derivations.adherenceDerivations(caller.studyId, patientId, params.dose ?? '', atMs)
      return { body: { items } }
    },
  },
]

export const derivationRoutes: readonly StaffRoute[] = [...ofResponse, ...ofPatient]
