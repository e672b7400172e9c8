// The study engine for the time machine: the schedule of src/study/schedule and the steps of processing, the very code
// that a server runs. What the simulation shows is therefore about them.
import { contextOf } from '../../processing/context-of-entry.ts'
import { runSteps } from '../../processing/steps.ts'
import type { Patient } from '../../records/patient-store.ts'
import { emptyCourse, type PatientCourse, zoneSeen } from '../../study/course.ts'
import type { AlertRaised } from '../../study/judge.ts'
import type { Placed } from '../../study/place.ts'
import { dueOccasions, type SchedulePatient } from '../../study/schedule/due-occasions.ts'
import type { Engine, Evaluated, EvaluateNext, VersionInUse } from '../../study/simulate/engine.ts'
import type { VirtualPatient } from '../../study/simulate/virtual-patient.ts'
import { type Adoption, type StudyVersions, studyVersions } from '../../study/study-versions.ts'
import { virtualHistory } from './virtual-history.ts'

const msPerHour = 3_600_000

/** The engine over versions in the order of their publication. */
export function studyEngine(versions: readonly VersionInUse[]): Engine {
  const published = publishedVersions(versions)
  return {
    due: (plan, patient, span) => dueOccasions(plan, schedulePatient(patient), span),
    begin: (patient) => evaluator(published, patient),
  }
}

function publishedVersions(versions: readonly VersionInUse[]): StudyVersions {
  const sources = versions.map(({ plan }) => {
    const keys = new Set(plan.forms.keys())
    return { version: plan.version, plan: () => plan, formKeys: () => keys }
  })
  const adoptions = versions.flatMap(({ plan, fromBySite }): Adoption[] =>
    [...(fromBySite ?? [])].map(([siteId, fromDate]) => ({ siteId, version: plan.version, fromDate })),
  )
  return studyVersions(versions[0]?.plan.id ?? '', sources, adoptions)
}

/** The patient as the schedule sees one of whom everything is known, trips included. */
function schedulePatient(patient: VirtualPatient): SchedulePatient {
  const zones = patient.stays
    .slice(1)
    .map(({ fromMs, zone }) => ({ from: new Date(fromMs).toISOString(), zone }))
  const known = {
    zone: patient.zone,
    enrolledOn: patient.enrolledOn,
    withdrawnAt: isoOrNull(patient.withdrawnAtMs),
    course: { ...emptyCourse, anchors: patient.anchors, zones },
    // A schedule that looked at the arm, against its type, would be seen by the comparison of arms.
    arm: patient.arm,
  }
  return known
}

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** Evaluates as processing does: it knows of a trip from the first entry made there, and of earlier entries. */
function evaluator(versions: StudyVersions, virtual: VirtualPatient): EvaluateNext {
  let course: PatientCourse = { ...emptyCourse, anchors: virtual.anchors }
  let patient = patientRow(versions, virtual, course, 'active')
  const { of: history, apply } = virtualHistory()
  let position = 0
  return (submission, receivedMs) => {
    position += 1
    if (virtual.withdrawnAtMs !== null && receivedMs >= virtual.withdrawnAtMs && patient.status === 'active')
      patient = patientRow(versions, virtual, course, 'withdrawn')
    const context = contextOf(versions, { patient, receivedAt: receivedMs, submission, history })
    const draft = runSteps(context)
    const { placed, quarantine, findings, scores, answers } = draft
    if (placed !== undefined) {
      apply(submission.form, placed, { position, answers, completedAt: submission.completedAt }, scores)
      const seen = courseAfter(course, patient.zone, placed)
      if (seen !== null) {
        course = seen
        patient = patientRow(versions, virtual, course, patient.status)
      }
    }
    return {
      placed,
      quarantine,
      findings,
      scores,
      alerts: draft.alerts.map((one) => deadlineOf(one, receivedMs)),
    }
  }
}

/** The course with the zone in which the entry was made; null where that is nothing new. */
function courseAfter(course: PatientCourse, home: string, placed: Placed): PatientCourse | null {
  const { deviceZone, completedAtMs } = placed
  if (deviceZone === null || (deviceZone === home && course.zones.length === 0)) return null
  return zoneSeen(course, home, deviceZone, new Date(completedAtMs).toISOString())
}

/** A deadline counts from when the entry is applied, not from when it was completed. */
const deadlineOf = (
  { rule, acknowledgeWithinHours }: AlertRaised,
  readableMs: number,
): Evaluated['alerts'][number] => ({
  rule,
  readableMs,
  deadlineMs: readableMs + acknowledgeWithinHours * msPerHour,
})

function patientRow(
  versions: StudyVersions,
  virtual: VirtualPatient,
  course: PatientCourse,
  status: Patient['status'],
): Patient {
  const { patientId, siteId, arm, zone, language, enrolledOn, withdrawnAtMs } = virtual
  return {
    studyId: versions.studyId,
    patientId,
    siteId,
    arm,
    zone,
    language,
    status,
    enrolledOn,
    withdrawnAt: status === 'withdrawn' ? (isoOrNull(withdrawnAtMs) ?? undefined) : undefined,
    course,
  }
}
