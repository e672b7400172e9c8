// Patients as staff see them: never with the arm (P10). And their withdrawal by the site.
import type { Stores } from '../../../processing/stores.ts'
import type { Patient } from '../../../records/patient-store.ts'
import { limitOf, PatientsQuery, pageOf, sitesOf } from './listing.ts'
import { ofSite, type StaffCall, type StaffRoute, workBy } from './staff-route.ts'
import { PatientSchema, pageSchema, WithdrawBody } from './staff-schemas.ts'

/** Named member by member, so that what a patient's row gains is not shown by itself. */
export const patientView = ({
  patientId,
  siteId,
  zone,
  language,
  status,
  enrolledOn,
  withdrawnAt,
  course,
}: Patient) => ({
  patientId,
  siteId,
  zone,
  language,
  status,
  enrolledOn,
  withdrawnAt: withdrawnAt ?? null,
  // A dose level is one of those that all arms share (the study's own, not those under `restricted`), so it tells none.
  course: {
    anchors: course.anchors,
    doseLevels: course.doseLevels,
    holds: course.holds,
    notEvaluable: course.notEvaluable,
  },
})

/** Patients read at a time while those of other sites are passed over. */
const readAtOnce = 500

async function patientsOf(
  { patients }: Stores,
  studyId: string,
  sites: readonly string[] | null,
  first: string,
  limit: number,
): Promise<Patient[]> {
  const found: Patient[] = []
  for (let after = first; ; ) {
    const rows = await patients.after(studyId, after, readAtOnce)
    found.push(...rows.filter((p) => sites === null || sites.includes(p.siteId)))
    if (found.length >= limit || rows.length < readAtOnce) return found.slice(0, limit)
    after = rows.at(-1)!.patientId
  }
}

/** The patient of the path, if the caller may see it; else throws `record.not-found`. */
export async function onePatient({ caller, params }: StaffCall, { patients }: Stores): Promise<Patient> {
  const { patient: id = '' } = params
  return ofSite(caller, await patients.find(caller.studyId, id), `patient ${id}`)
}

export const patientRoutes: readonly StaffRoute[] = [
  {
    method: 'GET',
    url: '/patients',
    permission: 'patients.read',
    id: 'listPatients',
    summary: "The patients of the caller's sites",
    query: PatientsQuery,
    answer: pageSchema(PatientSchema),
    handler: async ({ caller, query }, { stores }) => {
      const limit = limitOf(query)
      const sites = sitesOf(caller, query)
      const found = await patientsOf(stores, caller.studyId, sites, query.after ?? '', limit)
      return { body: pageOf(found, limit, patientView, (p) => p.patientId) }
    },
  },
  {
    method: 'GET',
    url: '/patients/:patient',
    permission: 'patients.read',
    id: 'patientById',
    summary: 'One patient',
    answer: PatientSchema,
    handler: async (call, { stores }) => ({ body: patientView(await onePatient(call, stores)) }),
  },
  {
    method: 'POST',
    url: '/patients/:patient/withdrawal',
    permission: 'patients.withdraw',
    id: 'withdrawPatient',
    summary: "End a patient's participation from an instant on",
    body: WithdrawBody,
    answer: PatientSchema,
    handler: async (call, parts) => {
      const { patientId } = await onePatient(call, parts.stores)
      const { reason, effectiveAt } = call.body as { reason: string; effectiveAt?: string }
      await workBy(parts, call.caller, patientId, {
        on: 'patient',
        transition: 'withdraw',
        said: reason,
        ...(effectiveAt === undefined ? {} : { effectiveAt }),
      })
      return { body: patientView(await onePatient(call, parts.stores)), status: 201 }
    },
  },
]
