// Staff actions on records, each one transaction with its audit entry, on either engine.
import { hash } from 'node:crypto'
import type { Transaction } from '../storage/transaction.ts'
import { compileStudy } from '../study/compile-study.ts'
import type { StudyPlan } from '../study/plan.ts'
import { Problem } from '../system/problem.ts'
import type { AuditLog } from './audit-log.ts'
import { commitment, newSalt } from './commitment.ts'
import type { NewPatientRow, Patient, PatientStore } from './patient-store.ts'
import type { StudyStore } from './study-store.ts'

export type NewPatient = Omit<Patient, 'studyId' | 'status' | 'withdrawnAt'>
/** Who acts and why; both become part of the audit log. */
export type Authority = { readonly actor: string; readonly reason: string }

const plainId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** Publishes the study made of these files. Throws StudyInvalid if it does not compile. */
export async function publish(
  tx: Transaction,
  studies: StudyStore,
  audit: AuditLog,
  files: ReadonlyMap<string, string>,
  by: Authority,
  now: number,
) {
  const plan = compileStudy(files)
  if (!plainId.test(plan.id))
    throw new Problem('submission.invalid', { member: 'studyId', expected: 'letters, digits, . _ -' })
  const content = JSON.stringify([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
  const sha256 = hash('sha256', content, 'hex')
  const isNew = await studies.publish(tx, { studyId: plan.id, version: plan.version, sha256, files }, now)
  const at = new Date(now).toISOString()
  if (isNew) {
    await audit.append(tx, {
      at,
      ...by,
      action: 'study.published',
      study: plan.id,
      record: `study:${plan.version}`,
      after: sha256,
    })
  }
  return { studyId: plan.id, version: plan.version, isNew }
}

/** What blinded staff may know of a patient, as the JSON text that the audit entry commits to: one fixed order. */
const visiblePatient = ({ patientId, siteId, zone, language, enrolledOn }: Patient): string =>
  JSON.stringify({ patientId, siteId, zone, language, enrolledOn })

/** Enrols patients; ids already taken are left alone. Throws a Problem naming the member for a site or arm the study lacks. */
export async function createPatients(
  tx: Transaction,
  store: PatientStore,
  audit: AuditLog,
  plan: StudyPlan,
  patients: readonly NewPatient[],
  by: Authority,
  now: number,
): Promise<number> {
  refuseUnknown(plan, patients)
  const at = new Date(now).toISOString()
  const rows = new Map<string, NewPatientRow>()
  for (const p of patients) {
    if (rows.has(p.patientId)) continue
    rows.set(p.patientId, {
      ...p,
      studyId: plan.id,
      status: 'active',
      withdrawnAt: undefined,
      salt: newSalt(),
    })
  }
  const added = await store.addAll(tx, [...rows.values()])
  for (const row of rows.values()) {
    if (!added.has(row.patientId)) continue
    await audit.append(tx, {
      at,
      ...by,
      action: 'patient.enrolled',
      study: plan.id,
      patient: row.patientId,
      record: `patient:${row.patientId}`,
      after: commitment(row.salt, visiblePatient(row), row.arm),
    })
  }
  return added.size
}

function refuseUnknown(plan: StudyPlan, patients: readonly NewPatient[]): void {
  const sites = new Set(plan.sites.map((s) => s.id))
  const arms = new Set(plan.arms.map((a) => a.code))
  for (const p of patients) {
    if (!plainId.test(p.patientId))
      throw new Problem('submission.invalid', { member: 'patientId', expected: 'letters, digits, . _ -' })
    if (!sites.has(p.siteId))
      throw new Problem('submission.invalid', { member: 'siteId', expected: 'a site of the study' })
    if (!arms.has(p.arm))
      throw new Problem('submission.invalid', { member: 'arm', expected: 'an arm code of the study' })
  }
}

/** Ends a patient's participation; entries completed later are quarantined. */
export async function withdraw(
  tx: Transaction,
  store: PatientStore,
  audit: AuditLog,
  studyId: string,
  patientId: string,
  by: Authority,
  now: number,
): Promise<void> {
  const at = new Date(now).toISOString()
  if (!(await store.withdraw(tx, studyId, patientId, at)))
    throw new Problem('record.not-found', { record: `active patient ${patientId}` })
  await audit.append(tx, {
    at,
    ...by,
    action: 'patient.withdrawn',
    study: studyId,
    patient: patientId,
    record: `patient:${patientId}`,
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
