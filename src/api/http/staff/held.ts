// What could not be applied, for staff: held entries and conflicts by code and time, never with an answer. Only a named
// person moves them on, with a reason: another attempt, or set aside, which deletes nothing.
import Type from 'typebox'
import type { StaffMember } from '../../../identity/staff-store.ts'
import { actorOf } from '../../../processing/entitled.ts'
import type { Stores } from '../../../processing/stores.ts'
import type { Conflict } from '../../../records/conflict-store.ts'
import type { Held, HeldState } from '../../../records/held-store.ts'
import { Problem } from '../../../system/problem.ts'
import { ListQuery, limitOf, pageOf, sitesOf, timeOf } from './listing.ts'
import { numberIn, ofSite, type StaffCall, type StaffDoorParts, type StaffRoute } from './staff-route.ts'
import { pageSchema, ReasonBody } from './staff-schemas.ts'

const nullable = (of: Type.TSchema) => Type.Union([of, Type.Null()])
const closed = { additionalProperties: false }
const aside = Type.Optional(
  Type.Union([Type.Literal('true'), Type.Literal('false')], {
    description: 'Also what was set aside; standard false.',
  }),
)

const { after, limit, patient, site } = ListQuery.properties
const states = '(quarantined|dead|retrying|done)'
const HeldQuery = Type.Object(
  {
    after,
    limit,
    state: Type.Optional(
      Type.String({
        pattern: `^${states}(,${states})*$`,
        description: 'Only these states, comma-separated; standard quarantined,dead,retrying.',
      }),
    ),
    code: Type.Optional(
      Type.String({
        pattern: '^[a-z-]+(,[a-z-]+)*$',
        maxLength: 1000,
        description: 'Only what is held for these causes, comma-separated.',
      }),
    ),
    patient,
    site,
    aside,
  },
  closed,
)
const ConflictsQuery = Type.Object({ after, limit, patient, site, aside }, closed)

const ofPatient = {
  patientId: Type.String({ description: 'As the device named itself; it may be unknown to the study.' }),
  siteId: nullable(Type.String()),
  position: Type.Integer({ description: 'In the journal.' }),
}
const HeldSchema = Type.Object(
  {
    ...ofPatient,
    state: Type.String(),
    code: Type.String({ description: 'Why it is held.' }),
    attempts: Type.Integer(),
    heldAt: Type.String(),
    nextAttemptAt: nullable(Type.String()),
    setAsideAt: nullable(Type.String()),
  },
  { description: 'An entry that could not be applied, without its answers.' },
)
const ConflictSchema = Type.Object(
  {
    ...ofPatient,
    id: Type.Integer(),
    noticedAt: Type.String(),
    setAsideAt: nullable(Type.String()),
  },
  { description: 'Other content under a known submission id; the entry at `position` stands.' },
)

const timeOrNull = (at: number | undefined) => (at === undefined ? null : timeOf(at))
type AtSite<T> = T & { readonly siteId: string | null }

const heldView = (h: AtSite<Held>) => ({
  position: h.position,
  patientId: h.patientId,
  siteId: h.siteId,
  state: h.state,
  code: h.code,
  attempts: h.attempts,
  heldAt: timeOf(h.heldAt),
  nextAttemptAt: h.state === 'retrying' ? timeOrNull(h.nextAttemptAt) : null,
  setAsideAt: timeOrNull(h.setAsideAt),
})
const conflictView = (c: AtSite<Conflict>) => ({
  id: c.secondBodyId,
  position: c.position,
  patientId: c.patientId,
  siteId: c.siteId,
  noticedAt: timeOf(c.noticedAt),
  setAsideAt: timeOrNull(c.setAsideAt),
})

type OfPatient = { readonly studyId: string; readonly patientId: string }

/** Records with their patients' sites; null where the study has no such patient. */
async function atSites<T extends OfPatient>(
  { patients }: Stores,
  records: readonly T[],
): Promise<AtSite<T>[]> {
  const sites = new Map<string, string | null>()
  for (const { studyId, patientId } of records)
    if (!sites.has(patientId)) sites.set(patientId, (await patients.find(studyId, patientId))?.siteId ?? null)
  return records.map((record) => ({ ...record, siteId: sites.get(record.patientId) ?? null }))
}

/** A record the caller may see; one of a patient who is not known is for members with all sites. */
async function seen<T extends OfPatient>(
  caller: StaffMember,
  stores: Stores,
  record: T | undefined,
  name: string,
): Promise<AtSite<T>> {
  const ofStudy = record?.studyId === caller.studyId ? record : undefined
  const [found] = await atSites(stores, ofStudy === undefined ? [] : [ofStudy])
  ofSite(caller, found === undefined ? undefined : { siteId: found.siteId ?? '' }, name)
  return found as AtSite<T>
}

async function heldOf({ caller, params }: StaffCall, stores: Stores): Promise<AtSite<Held>> {
  const position = numberIn(params, 'position')
  return seen(caller, stores, await stores.held.at(position), `held entry ${position}`)
}
async function conflictOf({ caller, params }: StaffCall, stores: Stores): Promise<AtSite<Conflict>> {
  const id = numberIn(params, 'id')
  return seen(caller, stores, await stores.conflicts.one(id), `conflict ${id}`)
}

/** The filters that lists of both kinds have. */
const shared = ({ caller, query }: StaffCall) => ({
  studyId: caller.studyId,
  sites: sitesOf(caller, query),
  ...(query.patient === undefined ? {} : { patientId: query.patient }),
  includeSetAside: query.aside === 'true',
  after: Number(query.after ?? 0),
  limit: limitOf(query),
})

/** The member who acts, and why. */
export const byCaller = ({ caller, body }: StaffCall) => ({
  actor: actorOf(caller),
  reason: (body as { reason: string }).reason,
})

const heldRoutes: readonly StaffRoute[] = [
  {
    method: 'GET',
    url: '/held',
    permission: 'submissions.read',
    id: 'listHeld',
    summary: "Entries of the caller's sites that could not be applied",
    query: HeldQuery,
    answer: pageSchema(HeldSchema),
    handler: async (call, { stores }) => {
      const { state = 'quarantined,dead,retrying', code } = call.query
      const filter = shared(call)
      const found = await stores.held.list({
        ...filter,
        states: state.split(',') as HeldState[],
        ...(code === undefined ? {} : { codes: code.split(',') }),
      })
      return { body: pageOf(await atSites(stores, found), filter.limit, heldView, (h) => h.position) }
    },
  },
  {
    method: 'GET',
    url: '/held/:position',
    permission: 'submissions.read',
    id: 'heldByPosition',
    summary: 'One entry that could not be applied',
    answer: HeldSchema,
    handler: async (call, { stores }) => ({ body: heldView(await heldOf(call, stores)) }),
  },
  decision('retry', 'Try a held entry again, from its first attempt'),
  decision('set-aside', 'Mark a held entry as dealt with; nothing is deleted'),
]

function decision(action: 'retry' | 'set-aside', summary: string): StaffRoute {
  return {
    method: 'POST',
    url: `/held/:position/${action}`,
    permission: 'submissions.release',
    id: `held-${action}`,
    summary,
    body: ReasonBody,
    answer: HeldSchema,
    handler: async (call, { stores, act }: StaffDoorParts) => {
      const { position } = await heldOf(call, stores)
      await act({ do: action, position, by: byCaller(call) })
      return { body: heldView(await heldOf(call, stores)), status: 201 }
    },
  }
}

const conflictRoutes: readonly StaffRoute[] = [
  {
    method: 'GET',
    url: '/conflicts',
    permission: 'submissions.read',
    id: 'listConflicts',
    summary: 'Other contents that came under known submission ids',
    query: ConflictsQuery,
    answer: pageSchema(ConflictSchema),
    handler: async (call, { stores }) => {
      const filter = shared(call)
      const found = await stores.conflicts.of(filter)
      return { body: pageOf(await atSites(stores, found), filter.limit, conflictView, (c) => c.secondBodyId) }
    },
  },
  {
    method: 'POST',
    url: '/conflicts/:id/set-aside',
    permission: 'submissions.release',
    id: 'conflict-set-aside',
    summary: 'Mark a conflict as dealt with; both contents stay',
    body: ReasonBody,
    answer: ConflictSchema,
    handler: async (call, { stores, act }) => {
      const { secondBodyId, setAsideAt } = await conflictOf(call, stores)
      if (setAsideAt !== undefined)
        throw new Problem('state.not-allowed', { state: 'set aside', action: 'set-aside' })
      await act({ do: 'set-conflict-aside', secondBodyId, by: byCaller(call) })
      return { body: conflictView(await conflictOf(call, stores)), status: 201 }
    },
  },
]

/** Held entries and conflicts: lists, one, and what a named person decides about them. */
export const heldAndConflictRoutes: readonly StaffRoute[] = [...heldRoutes, ...conflictRoutes]
