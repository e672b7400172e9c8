// Staff actions on records, each one transaction with its audit entry, on either engine.
import type { Transaction } from '../storage/transaction.ts'
import { courseText, emptyCourse } from '../study/course.ts'
import type { StudyVersions } from '../study/study-versions.ts'
import { Problem } from '../system/problem.ts'
import type { AuditLog } from './audit-log.ts'
import { commitment, newSalt } from './commitment.ts'
import type { NewPatientRow, Patient, PatientStore } from './patient-store.ts'

export type NewPatient = Omit<Patient, 'studyId' | 'status' | 'withdrawnAt' | 'course'> & {
  /** What the study's scores may know besides the answers, such as sex. */
  readonly facts?: { readonly [fact: string]: string }
}
/** Who acts and why; both become part of the audit log. */
export type Authority = { readonly actor: string; readonly reason: string }

const plainId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** What blinded staff may know of a patient, as the JSON text that the audit entry commits to: one fixed order. */
const visiblePatient = ({ patientId, siteId, zone, language, enrolledOn, facts }: NewPatient): string =>
  JSON.stringify({ patientId, siteId, zone, language, enrolledOn, ...(facts === undefined ? {} : { facts }) })

/** Enrols patients; ids already taken are left alone. Throws a Problem naming the member for a site or arm the study lacks. */
export async function createPatients(
  tx: Transaction,
  store: PatientStore,
  audit: AuditLog,
  versions: StudyVersions,
  patients: readonly NewPatient[],
  by: Authority,
  now: number,
): Promise<number> {
  refuseUnknown(versions, patients)
  const at = new Date(now).toISOString()
  const rows = new Map<string, NewPatientRow & Pick<NewPatient, 'facts'>>()
  for (const p of patients) {
    if (rows.has(p.patientId)) continue
    rows.set(p.patientId, {
      ...p,
      studyId: versions.studyId,
      status: 'active',
      withdrawnAt: undefined,
      salt: newSalt(),
    })
  }
  const added = await store.addAll(tx, [...rows.values()])
  for (const row of rows.values()) {
    if (!added.has(row.patientId)) continue
    if (row.facts !== undefined)
      await store.setCourse(tx, row.studyId, row.patientId, courseText({ ...emptyCourse, facts: row.facts }))
    await audit.append(tx, {
      at,
      ...by,
      action: 'patient.enrolled',
      study: versions.studyId,
      patient: row.patientId,
      record: `patient:${row.patientId}`,
      after: commitment(row.salt, visiblePatient(row), row.arm),
    })
  }
  return added.size
}

/** Site and arm must be of the version that holds at the site on the day of enrolment. */
function refuseUnknown(versions: StudyVersions, patients: readonly NewPatient[]): void {
  for (const p of patients) {
    if (!plainId.test(p.patientId))
      throw new Problem('submission.invalid', { member: 'patientId', expected: 'letters, digits, . _ -' })
    const { sites, arms, facts } = versions.at(p.siteId, p.enrolledOn)
    if (!sites.some((site) => site.id === p.siteId))
      throw new Problem('submission.invalid', { member: 'siteId', expected: 'a site of the study' })
    if (!arms.some((arm) => arm.code === p.arm))
      throw new Problem('submission.invalid', { member: 'arm', expected: 'an arm code of the study' })
    for (const [fact, value] of Object.entries(p.facts ?? {}))
      if (facts.get(fact)?.has(value) !== true)
        throw new Problem('submission.invalid', {
          member: `facts.${fact}`,
          expected: [...(facts.get(fact) ?? ['a fact that the study declares'])].join(' or '),
        })
  }
}

/**
 * The instant from which a withdrawal counts: the one given, or now. Throws a Problem where it is no ISO 8601 instant
 * with an offset.
 */
export function effectiveInstant(given: string | undefined, now: number): string {
  if (given === undefined) return new Date(now).toISOString()
  try {
    return new Date(Temporal.Instant.from(given).epochMilliseconds).toISOString()
  } catch {
    throw new Problem('request.invalid', {
      member: 'effectiveAt',
      expected: 'an instant with its offset, such as 2026-11-22T08:00:00+08:00',
    })
  }
}

/** Ends a patient's participation from an instant on, or from now; entries completed later are quarantined. */
export async function withdraw(
  tx: Transaction,
  store: PatientStore,
  audit: AuditLog,
  studyId: string,
  patientId: string,
  by: Authority,
  now: number,
  effectiveAt?: string,
): Promise<void> {
  const at = new Date(now).toISOString()
  const from = effectiveInstant(effectiveAt, now)
  if (!(await store.withdraw(tx, studyId, patientId, from)))
    throw new Problem('record.not-found', { record: `active patient ${patientId}` })
  await audit.append(tx, {
    at,
    ...by,
    action: 'patient.withdrawn',
    study: studyId,
    patient: patientId,
    record: `patient:${patientId}`,
    ...(effectiveAt === undefined ? {} : { effectiveAt: from }),
  })
}

/** Tells a patient's arm code, and puts on record who asked and why (ICH E6(R3) 4.1.4). */
export async function unblind(
  tx: Transaction,
  store: PatientStore,
  audit: AuditLog,
  studyId: string,
  patientId: string,
  by: Authority,
  now: number,
): Promise<string> {
  const patient = await store.find(studyId, patientId)
  if (patient === undefined) throw new Problem('record.not-found', { record: `patient ${patientId}` })
  const at = new Date(now).toISOString()
  await audit.append(tx, {
    at,
    ...by,
    action: 'patient.unblinded',
    study: studyId,
    patient: patientId,
    record: `patient:${patientId}`,
  })
  return patient.arm
}
