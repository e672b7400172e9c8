// What blinded staff see of a trial and do in it: every reading route of the staff door for blinded roles, taken
// from the door's own list, so that a new route is compared from its first day; and a change, decided and signed.
import { staffRoutes } from '../../src/api/http/staff/staff-door.ts'
import type { ControlClient } from '../../src/cli/control-client.ts'
import { demoFolder, demoStudyId, studyFiles } from '../../src/cli/demo-study.ts'
import type { ActionResults } from '../../src/processing/staff-actions.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { shown } from './blinding-seen.ts'

type Note = (place: string, text: string) => void

/** One role of each kind: those who treat, those who look after data, those who compute, those who run the system. */
const readers = [
  'principal-investigator',
  'site-nurse',
  'data-manager',
  'statistician',
  'administrator',
] as const

/** The moment for which figures are asked, the same in all runs. */
const soon = new Date(Date.now() + 3_600_000).toISOString()

/** A server with the cast's entries at these journal positions. */
export type Scene = {
  readonly control: ControlClient
  readonly http: string
  readonly positions: readonly string[]
}

/** Values for the parameters of routes, among which every kind of record of the cast is found. */
const valuesOf = (positions: readonly string[]): Readonly<Record<string, readonly string[]>> => ({
  study: [demoStudyId],
  patient: ['P-00001', 'P-00002'],
  position: [0, 1, 3, 6, 7].map((step) => positions[step] as string),
  id: ['1', '2'],
  value: ['phq-9-total'],
  dose: ['study-medicine'],
})

/** Staff of blinded roles work and read; each answer is noted with status and headers. */
export async function noteStaff({ control, http, positions }: Scene, note: Note): Promise<void> {
  const { roles } = compileStudy(new Map(studyFiles(demoFolder)))
  const blinded = readers.filter((role) => roles.get(role)?.blinded !== false)
  const tokens = new Map<string, string>()
  for (const role of blinded) {
    const member = { staffId: role, name: role, role, sites: null }
    const action = { do: 'create-staff', studyId: demoStudyId, ...member } as const
    tokens.set(role, ((await control.act(action, 'test')) as ActionResults['create-staff']).token)
  }
  await noteWork(http, positions.map(Number), tokens, note)
  const values = valuesOf(positions)
  const reading = staffRoutes.filter(({ method }) => method === 'GET')
  for (const [role, token] of tokens)
    for (const { url, query } of reading)
      for (const path of pathsOf(`/v1/studies/:study${url}`, values)) {
        const at = query?.properties.at === undefined ? '' : `?at=${soon}`
        const answer = await fetch(`${http}${path}${at}`, { headers: { authorization: `Bearer ${token}` } })
        note(`${role} GET ${path}`, await shown(answer))
      }
}

/** The site asks for another pack number, which is a deviation in one arm only; the investigator signs and approves. */
async function noteWork(
  http: string,
  [first, second]: readonly number[],
  tokens: ReadonlyMap<string, string>,
  note: Note,
): Promise<void> {
  const post = async (
    role: string,
    path: string,
    body?: object,
    etag?: string | null,
    noted: Note = note,
  ) => {
    const headers: Record<string, string> = { authorization: `Bearer ${tokens.get(role)}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (etag !== undefined && etag !== null) headers['if-match'] = etag
    const sent = { method: 'POST', headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const answer = await fetch(`${http}/v1/studies/${demoStudyId}${path}`, sent)
    if (answer.status > 201) throw new Error(`${path}: ${await answer.text()}`)
    noted(`${role} POST ${path}`, await shown(answer))
    return answer.headers.get('etag')
  }
  const [nurse, head] = ['site-nurse', 'principal-investigator']
  const change = { position: second, answers: { 'pack-number': '14543' }, source: 'pack', reason: 'misread' }
  const drafted = await post(nurse, '/change-requests', change)
  const submitted = await post(nurse, '/change-requests/1/submit', undefined, drafted)
  await post(head, '/signatures', { patientId: 'P-00001', positions: [second], meaning: 'reviewed' })
  await post(head, '/change-requests/1/approve', undefined, submitted)
  await post('data-manager', '/queries', { patientId: 'P-00001', position: first, note: 'why?' })
  const day = { from: '2026-03-02', to: '2026-03-02', cause: 'hospital', reason: 'letter' }
  await post(nurse, '/patients/P-00001/not-evaluable', day)
  await post('data-manager', '/conflicts/1/set-aside', { reason: 'looked at' })
  // The arm is what this answer is for, so it is not compared; what it leaves in tables, log and metrics is.
  const unblinding = '/patients/P-00001/unblinding'
  await post(head, unblinding, { reason: 'emergency' }, null, () => {})
}

/** The addresses of a route with every value of its parameters. Throws for a parameter that has none here. */
function pathsOf(url: string, values: Readonly<Record<string, readonly string[]>>): string[] {
  const name = /:([a-z]+)/.exec(url)?.[1]
  if (name === undefined) return [url]
  const known = values[name]
  if (known === undefined) throw new Error(`say which values ${name} of ${url} may have`)
  return known.flatMap((value) => pathsOf(url.replace(`:${name}`, value), values))
}
