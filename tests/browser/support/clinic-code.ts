// A code for a tablet of the site, as the site's staff get it over the API.
import assert from 'node:assert/strict'
import type { ActionResults } from '../../../src/processing/staff-actions.ts'
import type { RulesTrial } from './rules-trial.ts'

/** Hands over the short form of this patient; resolves to the code. */
export async function clinicCode(
  { trial }: RulesTrial,
  patientId: string,
  studyId = 'RULES-1',
): Promise<string> {
  const staff = {
    do: 'create-staff',
    studyId,
    staffId: 'nurse',
    name: 'Nurse',
    role: 'site-nurse',
    sites: null,
  } as const
  const { token } = (await trial.control.act(staff, 'test')) as ActionResults['create-staff']
  const answer = await fetch(`${trial.http}/v1/studies/${studyId}/patients/${patientId}/handover`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ form: 'short' }),
  })
  const text = await answer.text()
  assert.equal(answer.status, 201, text)
  return (JSON.parse(text) as { code: string }).code
}
