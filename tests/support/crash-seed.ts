// The demo study with some patients and their tokens, made through the control socket as `levee demo` does.

import { controlClient } from '../../src/cli/control-client.ts'
import { demoFolder, demoPatients, demoStudyId, studyFiles } from '../../src/cli/demo-study.ts'
import type { LoadPatient } from '../../src/cli/load/diaries.ts'
import type { ActionResults } from '../../src/processing/staff-actions.ts'
import { compileStudy } from '../../src/study/compile-study.ts'

export const studyId = demoStudyId
const reason = 'crash suite'

/** Publishes and enrols on the running server of a data folder. */
export async function seedStudy(data: string, patients: number): Promise<LoadPatient[]> {
  const client = controlClient(data)
  const files = studyFiles(demoFolder)
  await client.act({ do: 'publish', files }, reason)
  const people = demoPatients(compileStudy(new Map(files)), patients, Temporal.Now.plainDateISO('UTC'))
  await client.act({ do: 'create-patients', studyId, patients: people }, reason)
  const issue = {
    do: 'issue-tokens',
    studyId,
    patientIds: 'all',
    limit: patients,
    label: reason,
    replace: false,
  } as const
  const { issued } = (await client.act(issue, reason)) as ActionResults['issue-tokens']
  return issued.map(({ device, token }) => ({ patientId: device.patientId, token }))
}
