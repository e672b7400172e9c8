// Staff for tests: members created as `levee staff create` does, who call the API as browsers and scripts would. And a
// study like the demo one in which nobody has long to acknowledge an alert.
import assert from 'node:assert/strict'
import { demoFolder, demoPatients, studyFiles } from '../../src/cli/demo-study.ts'
import type { ActionResults } from '../../src/processing/staff-actions.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import type { StaffRole } from '../../src/study/staff-roles.ts'
import type { Person, RunningTrial } from './start-trial.ts'

export const staffStudyId = 'STAFF-301'

/** What a call came to. */
export type Answered = {
  readonly status: number
  readonly etag: string | null
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly body: any
}

/** Somebody of the staff. Paths are below the study's address. */
export type Member = {
  readonly staffId: string
  get(path: string): Promise<Answered>
  /** `revision`: what If-Match says; left out: no such header. */
  post(path: string, body?: object, revision?: number): Promise<Answered>
}

/**
 * The demo study under another id, with hardly any time to acknowledge, its patients, one at each site, and staff.
 * `edited`: what else is other in study.yaml.
 */
export async function staffTrial(
  trial: RunningTrial,
  hours = 0.0001,
  edited: (yaml: string) => string = (yaml) => yaml,
) {
  const files = studyFiles(demoFolder).map(([name, text]): [string, string] => [
    name,
    name !== 'study.yaml'
      ? text
      : edited(
          text
            .replace(/^id: .*$/m, `id: ${staffStudyId}`)
            .replace(/acknowledge-within-hours: [\d.]+/g, `acknowledge-within-hours: ${hours}`)
            .replace(/after-hours: [\d.]+/g, `after-hours: ${hours}`),
        ),
  ])
  const { control } = trial
  await control.act({ do: 'publish', files }, 'test')
  const wanted = demoPatients(compileStudy(new Map(files)), 6, Temporal.Now.plainDateISO('UTC'))
  await control.act({ do: 'create-patients', studyId: staffStudyId, patients: wanted }, 'test')
  const issue = { studyId: staffStudyId, limit: 6, label: 'test', replace: true } as const
  const { issued } = (await control.act(
    { do: 'issue-tokens', ...issue, patientIds: wanted.map((p) => p.patientId) },
    'test',
  )) as ActionResults['issue-tokens']
  const people: Person[] = wanted.map((p, i) => ({ ...p, studyId: staffStudyId, token: issued[i]!.token }))
  return {
    people,
    async member(staffId: string, role: StaffRole, sites: readonly string[] | null): Promise<Member> {
      const name = `Test ${staffId}`
      const { token } = (await control.act(
        { do: 'create-staff', studyId: staffStudyId, staffId, name, role, sites },
        'test',
      )) as ActionResults['create-staff']
      return memberWith(trial, staffId, token)
    },
  }
}

/** Calls the API with a token. */
export function memberWith(trial: Pick<RunningTrial, 'http'>, staffId: string, token: string): Member {
  const call = async (method: string, path: string, body?: object, revision?: number): Promise<Answered> => {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (revision !== undefined) headers['if-match'] = `"${revision}"`
    const response = await fetch(`${trial.http}/v1/studies/${staffStudyId}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    assert.match(response.headers.get('content-type') ?? '', /^application\/(problem\+)?json/, text)
    return { status: response.status, etag: response.headers.get('etag'), body: JSON.parse(text) }
  }
  return {
    staffId,
    get: (path) => call('GET', path),
    post: (path, body, revision) => call('POST', path, body, revision),
  }
}
