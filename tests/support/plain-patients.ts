// Patients without meaning, for suites of what looks at their sites.
import * as postgres from '../../src/records/patient-store.postgres.ts'
import * as sqlite from '../../src/records/patient-store.sqlite.ts'
import type { Ground } from './engines.ts'

/** Enrols patients of the study S, each with a site. */
export async function addPatients(
  ground: Ground,
  ...patients: readonly (readonly [patientId: string, siteId: string])[]
): Promise<void> {
  const store =
    ground.name === 'sqlite' ? sqlite.patientStore(ground.trial) : postgres.patientStore(ground.db.pool)
  const rows = patients.map(([patientId, siteId]) => ({
    studyId: 'S',
    patientId,
    siteId,
    arm: 'A',
    zone: 'UTC',
    language: 'en',
    status: 'active' as const,
    enrolledOn: '2026-01-01',
    withdrawnAt: undefined,
    salt: patientId,
  }))
  await ground.transaction(async (tx) => store.addAll(tx, rows))
}
