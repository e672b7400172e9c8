// Whom a new version of a study would touch on a running server: active patients by site, what falls due for them, and
// the occasions that run on the day of the change and keep the version they were due under.
import type { PatientView } from '../api/control/records.ts'
import type { StudyView } from '../api/control/studies.ts'
import { diffDue } from '../study/package/diff-due.ts'
import type { StudyPlan } from '../study/plan.ts'
import { dueOccasions, type SchedulePatient } from '../study/schedule/due-occasions.ts'
import { type ControlClient, NotRunning } from './control-client.ts'
import { progressBar } from './progress.ts'

/** One site. */
export type SiteRadius = {
  readonly site: string
  /** The version it holds today. */
  readonly version: string
  readonly activePatients: number
  /** Of these, for whom something falls due otherwise within 90 days of the date. */
  readonly patientsRescheduled: number
  /** Occasions due before the date whose entries may still come on time or late: they keep the old version. */
  readonly runningOccasions: number
}

/** `from`: ISO date of the change. */
export type Radius = { readonly from: string; readonly sites: readonly SiteRadius[] }

const pageSize = 1000
/** No window of a study that was seen is longer; what runs longer is not counted. */
const longestDays = 120
const aheadDays = 90

/** Undefined where no server runs, or where it does not know the study. */
export async function radiusOf(
  client: ControlClient,
  older: StudyPlan,
  newer: StudyPlan,
  from: string,
): Promise<Radius | undefined> {
  let view: StudyView
  try {
    view = await client.get<StudyView>(`/studies/${encodeURIComponent(newer.id)}`)
  } catch (error) {
    if (error instanceof NotRunning || /There is no study/.test((error as Error).message)) return undefined
    throw error
  }
  const bar = progressBar('Patients')
  const sites = new Map<string, { active: number; rescheduled: number; running: number }>()
  const touched = touchedBy(older, newer, from)
  try {
    let done = 0
    for await (const patient of patientsOf(client, newer.id)) {
      bar.update(++done, view.patients)
      if (patient.status !== 'active') continue
      const { siteId, zone, enrolledOn, course } = patient
      const of = sites.get(siteId) ?? { active: 0, rescheduled: 0, running: 0 }
      const { isRescheduled, running } = touched({ zone, enrolledOn, course })
      of.active += 1
      of.rescheduled += isRescheduled ? 1 : 0
      of.running += running
      sites.set(siteId, of)
    }
  } finally {
    bar.stop()
  }
  return {
    from,
    sites: [...sites.entries()].sort().map(([site, { active, rescheduled, running }]) => ({
      site,
      version: view.sites.find(({ id }) => id === site)?.version ?? '',
      activePatients: active,
      patientsRescheduled: rescheduled,
      runningOccasions: running,
    })),
  }
}

async function* patientsOf(client: ControlClient, studyId: string): AsyncGenerator<PatientView> {
  for (let after = ''; ; ) {
    const query = new URLSearchParams({ studyId, after, limit: String(pageSize) })
    const page = await client.get<PatientView[]>(`/patients?${query}`)
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = last.patientId
  }
}

/** Patients with the same zone, enrolment and course have the same due occasions: each is computed once. */
function touchedBy(older: StudyPlan, newer: StudyPlan, from: string) {
  const known = new Map<string, { isRescheduled: boolean; running: number }>()
  const day = Temporal.PlainDate.from(from)
  const before = {
    from: day.subtract({ days: longestDays }).toString(),
    to: day.subtract({ days: 1 }).toString(),
  }
  const ahead = { from, to: day.add({ days: aheadDays }).toString() }
  return (patient: SchedulePatient) => {
    const key = JSON.stringify(patient)
    let found = known.get(key)
    if (found === undefined) {
      const midnight = day.toZonedDateTime(patient.zone).toInstant().toString()
      const isOpen = (until: string | null) => until === null || Date.parse(until) > Date.parse(midnight)
      found = {
        isRescheduled: diffDue(older, newer, patient, ahead).length > 0,
        running: dueOccasions(older, patient, before).filter((due) => isOpen(due.locksAt)).length,
      }
      known.set(key, found)
    }
    return found
  }
}
