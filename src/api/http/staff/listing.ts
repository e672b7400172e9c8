// Lists of records: filters and pages, the same for alerts, queries, change requests and signatures. A caller sees the
// records of own sites; to ask for another site by name is refused by name, because the sites of a study are no secret.
import Type from 'typebox'
import type { StaffMember } from '../../../identity/staff-store.ts'
import type { CaseFilter, TransitionRow } from '../../../records/workflow-store.ts'
import { Problem } from '../../../system/problem.ts'

const idList = { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*(,[A-Za-z0-9][A-Za-z0-9._-]*)*$', maxLength: 1000 }
const closed = { additionalProperties: false }

const page = {
  after: Type.Optional(
    Type.String({
      pattern: '^\\d{1,15}$',
      description: 'Only records with a higher id; `next` of the last page.',
    }),
  ),
  limit: Type.Optional(
    Type.String({
      pattern: '^([1-9]\\d?|1\\d\\d|200)$',
      description: 'At most so many, 1 to 200; standard 50.',
    }),
  ),
}
const site = Type.Optional(Type.String({ ...idList, description: 'Only these sites, comma-separated.' }))

/** Filters of a list of records with a state. */
export const ListQuery = Type.Object(
  {
    ...page,
    state: Type.Optional(Type.String({ ...idList, description: 'Only these states, comma-separated.' })),
    patient: Type.Optional(Type.String({ ...idList, description: 'Only this patient.' })),
    site,
  },
  closed,
)
/** Filters of a list without states. */
export const PageQuery = Type.Object({ ...page, site }, closed)
/** Patients are in the order of their ids, which are texts. */
export const PatientsQuery = Type.Object(
  {
    ...page,
    after: Type.Optional(Type.String({ ...idList, description: '`next` of the last page.' })),
    site,
  },
  closed,
)

/** How many a page holds. */
export const limitOf = (query: Readonly<Record<string, string>>): number => Number(query.limit ?? 50)

/** The sites a list is about; null: all of the study. Throws `permission.site` for one that is not the caller's. */
export function sitesOf(
  caller: StaffMember,
  query: Readonly<Record<string, string>>,
): readonly string[] | null {
  const asked = query.site?.split(',')
  if (asked === undefined) return caller.sites
  const foreign = caller.sites === null ? undefined : asked.find((id) => !caller.sites!.includes(id))
  if (foreign !== undefined) throw new Problem('permission.site', { site: foreign })
  return asked
}

/** The filter a caller asks for. Throws `permission.site`. */
export function filterOf(caller: StaffMember, query: Readonly<Record<string, string>>): CaseFilter {
  return {
    sites: sitesOf(caller, query),
    ...(query.state === undefined ? {} : { states: query.state.split(',') }),
    ...(query.patient === undefined ? {} : { patientId: query.patient }),
    after: Number(query.after ?? 0),
    limit: limitOf(query),
  }
}

/** A page: its records, and after which id the next one begins; null: there is none. */
export function pageOf<T, V>(
  records: readonly T[],
  limit: number,
  view: (record: T) => V,
  idOf: (record: T) => string | number,
): { items: V[]; next: string | number | null } {
  const last = records.at(-1)
  return {
    items: records.map(view),
    next: last !== undefined && records.length === limit ? idOf(last) : null,
  }
}

/** A time as the API writes it. */
export const timeOf = (at: number): string => new Date(at).toISOString()

/** What happened to a record, oldest first, with who, in which role, when and what was said. */
export const historyView = (rows: readonly TransitionRow[]) =>
  rows.map(({ revision, transition, state, actor, role, at, said }) => ({
    revision,
    transition,
    state,
    actor,
    role,
    at: timeOf(at),
    said,
  }))
