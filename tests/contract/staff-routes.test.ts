// P12: every staff route × role × site. The table is written by hand: who may come through, and what comes then. For
// everybody else of the site it is 403 naming the permission, for the same role of another site 404 or an empty list.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { staffRoutes } from '../../src/api/http/staff/staff-door.ts'
import { type StaffRole, staffRoles } from '../../src/study/staff-roles.ts'
import { deviceHeaders, diary } from '../support/diary.ts'
import { type Member, memberWith, staffStudyId, staffTrial } from '../support/staff.ts'
import { type RunningTrial, startTrial } from '../support/start-trial.ts'

const short: Record<string, StaffRole> = {
  PI: 'principal-investigator',
  SI: 'site-investigator',
  SN: 'site-nurse',
  DM: 'data-manager',
  MM: 'medical-monitor',
  SM: 'sponsor-monitor',
  ST: 'statistician',
  AD: 'administrator',
  IN: 'inspector',
  UP: 'unblinded-pharmacist',
  US: 'unblinded-statistician',
}
const readers = 'PI SI SN DM MM SM ST IN US'
const site = 'PI SI SN'
const sponsor = 'DM MM SM'
const investigators = 'PI SI'

/** Method and path, who may, which permission, and the status for who may at the site and elsewhere. */
type Row = [route: string, who: string, permission: string, here: number, elsewhere: number]
const table: Row[] = [
  ['GET /alerts', readers, 'alerts.read', 200, 200],
  ['GET /alerts/:id', readers, 'alerts.read', 200, 404],
  // The revision sent is not the record's: who may come through gets 412, and nothing moves.
  ['POST /alerts/:id/open', `${site} MM`, 'alerts.acknowledge', 412, 404],
  ['POST /alerts/:id/acknowledge', `${site} MM`, 'alerts.acknowledge', 412, 404],
  ['POST /alerts/:id/resolve', site, 'alerts.resolve', 412, 404],
  ['GET /queries', readers, 'queries.read', 200, 200],
  ['GET /queries/:id', readers, 'queries.read', 200, 404],
  ['POST /queries', sponsor, 'queries.open', 201, 404],
  ['POST /queries/:id/answer', site, 'queries.answer', 412, 404],
  ['POST /queries/:id/close', sponsor, 'queries.close', 412, 404],
  ['POST /queries/:id/reopen', sponsor, 'queries.close', 412, 404],
  ['POST /queries/:id/cancel', sponsor, 'queries.open', 412, 404],
  ['GET /change-requests', readers, 'changes.read', 200, 200],
  ['GET /change-requests/:id', readers, 'changes.read', 200, 404],
  ['POST /change-requests', site, 'changes.draft', 201, 404],
  ['POST /change-requests/:id/submit', site, 'changes.draft', 412, 404],
  ['POST /change-requests/:id/approve', investigators, 'changes.decide', 412, 404],
  ['POST /change-requests/:id/refuse', investigators, 'changes.decide', 412, 404],
  ['POST /change-requests/:id/acknowledge', 'DM', 'changes.acknowledge', 412, 404],
  ['POST /change-requests/:id/comment', sponsor, 'changes.comment', 412, 404],
  ['GET /responses/:position', `${readers} UP`, 'responses.read', 200, 404],
  ['POST /responses/:position/void', investigators, 'responses.void', 412, 404],
  ['POST /responses/:position/restore', investigators, 'responses.void', 412, 404],
  ['POST /responses/:position/choose', site, 'responses.choose', 412, 404],
  ['GET /responses/:position/derivation', `${readers} UP`, 'responses.read', 200, 404],
  ['GET /responses/:position/derivation/:value', `${readers} UP`, 'responses.read', 200, 404],
  ['GET /patients/:patient/compliance', `${readers} UP`, 'responses.read', 200, 404],
  ['GET /patients/:patient/compliance/derivation', `${readers} UP`, 'responses.read', 200, 404],
  ['GET /patients/:patient/adherence', `${readers} UP`, 'responses.read', 200, 404],
  ['GET /patients/:patient/adherence/:dose/derivation', `${readers} UP`, 'responses.read', 200, 404],
  ['GET /signatures', readers, 'signatures.read', 200, 200],
  ['GET /signatures/:id', readers, 'signatures.read', 200, 404],
  ['POST /signatures', investigators, 'signatures.sign', 201, 404],
  ['GET /device-signatures/failed', readers, 'submissions.read', 200, 200],
  ['GET /deviations', 'UP US', 'restricted.read', 200, 200],
  ['GET /patients', `${readers} UP AD`, 'patients.read', 200, 200],
  ['GET /patients/:patient', `${readers} UP AD`, 'patients.read', 200, 404],
  // The instant is none, so nobody is withdrawn.
  ['POST /patients/:patient/withdrawal', site, 'patients.withdraw', 400, 404],
  ['GET /held', readers, 'submissions.read', 200, 200],
  ['GET /held/:position', readers, 'submissions.read', 200, 404],
  // Both are set aside already.
  ['POST /held/:position/set-aside', `${investigators} DM`, 'submissions.release', 409, 404],
  ['POST /held/:position/retry', `${investigators} DM`, 'submissions.release', 201, 404],
  ['GET /conflicts', readers, 'submissions.read', 200, 200],
  ['POST /conflicts/:id/set-aside', `${investigators} DM`, 'submissions.release', 409, 404],
  ['POST /patients/:patient/not-evaluable', site, 'occasions.judge', 201, 404],
  // The study has no such anchor and no levels; the hold would end before it begins; and nothing is held.
  ['POST /patients/:patient/anchors/:anchor', site, 'patients.course', 400, 404],
  ['POST /patients/:patient/doses/:dose/level', investigators, 'doses.change', 400, 404],
  ['POST /patients/:patient/doses/:dose/hold', investigators, 'doses.change', 400, 404],
  ['POST /patients/:patient/doses/:dose/resume', investigators, 'doses.change', 400, 404],
  ['POST /patients/:patient/handover', site, 'devices.hand-over', 201, 404],
  ['POST /patients/:patient/unblinding', `${investigators} UP US`, 'patients.unblind', 201, 404],
]

let trial: RunningTrial
let fixture: {
  patientId: string
  siteId: string
  position: number
  held: number
  ids: Record<string, number>
}
const members = new Map<string, { here: Member; elsewhere: Member }>()

before(async () => {
  trial = await startTrial({ patients: 1 })
  const { people, member } = await staffTrial(trial, 24)
  const [patient, other] = [people[0]!, people[1]!]
  for (const [name, role] of Object.entries(short))
    members.set(name, {
      here: await member(`${name}-here`, role, [patient.siteId]),
      elsewhere: await member(`${name}-elsewhere`, role, [other.siteId]),
    })
  const items = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`phq9-${i + 1}`, 'several-days']))
  const answers = { ...items, 'phq9-9': 'several-days', 'phq9-10': 'somewhat-difficult' }
  const send = async (body: object) => {
    const headers = deviceHeaders(patient.token)
    const sent = { method: 'POST', headers, body: JSON.stringify(body) }
    const answer = await fetch(`${trial.http}/v1/submissions`, sent)
    return ((await answer.json()) as { receipt?: { position: number } }).receipt?.position
  }
  const taken = diary(patient, { form: 'phq-9', answers })
  const position = (await send(taken))!
  const held = (await send(diary(patient, { form: 'none-such' })))!
  await send({ ...taken, answers: {} })
  await trial.settle()
  const { patientId, siteId } = patient
  fixture = { patientId, siteId, position, held, ids: {} }
  const here = (name: string) => members.get(name)!.here
  const alerts = await here('PI').get('/alerts')
  fixture.ids = {
    alerts: alerts.body.items[0].id,
    queries: (await here('DM').post('/queries', bodyOf('POST /queries'))).body.id,
    'change-requests': (await here('SN').post('/change-requests', bodyOf('POST /change-requests'))).body.id,
    signatures: (await here('PI').post('/signatures', bodyOf('POST /signatures'))).body.id,
    conflicts: await firstConflict(here('DM')),
  }
  const reason = { reason: 'setting up' }
  assert.equal((await here('DM').post(`/held/${held}/set-aside`, reason)).status, 201)
  assert.equal((await here('DM').post(`/conflicts/${fixture.ids.conflicts}/set-aside`, reason)).status, 201)
})
after(() => trial[Symbol.asyncDispose]())

/** The second body is noticed after the entries are applied. */
async function firstConflict(manager: Member): Promise<number> {
  const list = async () => (await manager.get('/conflicts')).body.items
  await until(async () => (await list()).length > 0)
  return (await list())[0].id
}

/** The entry that was tried again is held again, for the same cause. */
const heldAgain = (manager: Member): Promise<void> =>
  until(async () => (await manager.get(`/held/${fixture.held}`)).body.state === 'quarantined')

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, 'it never came to be')
    await sleep(10)
  }
}

const [day, dayBefore] = ['2026-03-02', '2026-03-01']
const bodies: Readonly<Record<string, object>> = {
  retry: { reason: 'test' },
  'set-aside': { reason: 'test' },
  'not-evaluable': { from: day, to: day, cause: 'hospital', reason: 'test' },
  ':anchor': { date: day, reason: 'test' },
  level: { level: 'none', from: day, reason: 'test' },
  hold: { from: day, to: dayBefore, cause: 'test', reason: 'test' },
  resume: { on: day, reason: 'test' },
  unblinding: { reason: 'test' },
  handover: { form: 'phq-9' },
}

/** A body that the route takes. */
function bodyOf(route: string): object | undefined {
  const { patientId, position } = fixture
  if (route === 'POST /queries') return { patientId, position, note: 'why?' }
  if (route === 'POST /change-requests')
    return { position, answers: { 'phq9-1': 'not-at-all' }, source: 'note', reason: 'slip' }
  if (route === 'POST /signatures') return { patientId, positions: [position], meaning: 'reviewed' }
  if (route.endsWith('/withdrawal')) return { reason: 'test', effectiveAt: 'never' }
  if (route.startsWith('POST /responses')) return { reason: 'test' }
  const own = route.startsWith('GET') ? undefined : bodies[route.split('/').at(-1)!]
  if (own !== undefined) return own
  return /\/(?:open|close|submit|approve)$|^GET/.test(route) || /change.*acknowledge$/.test(route)
    ? undefined
    : { note: 'test' }
}

const pathOf = (route: string): string => {
  const [, path = ''] = route.split(' ')
  const [, kind = ''] = path.split('/')
  return path
    .replace(':id', String(fixture.ids[kind]))
    .replace(':position', String(kind === 'held' ? fixture.held : fixture.position))
    .replace(':anchor', 'none-such')
    .replace(':patient', fixture.patientId)
    .replace(':value', 'phq-9-total')
    .replace(':dose', 'study-medicine')
}

function call(member: Member, route: string, revision = 999) {
  const path = pathOf(route)
  return route.startsWith('GET') ? member.get(path) : member.post(path, bodyOf(route), revision)
}

test('the table has every route of the staff door, and the names every role', () => {
  assert.deepEqual(
    table.map(([route]) => route).sort(),
    staffRoutes.map(({ method, url }) => `${method} ${url}`).sort(),
  )
  assert.deepEqual(Object.values(short).sort(), [...staffRoles].sort())
})

for (const [route, who, permission, here, elsewhere] of table) {
  test(`P12: ${route}: ${who}, at their sites`, async () => {
    const allowed = new Set(who.split(' '))
    for (const [name, member] of members) {
      const at = await call(member.here, route)
      const away = await call(member.elsewhere, route)
      if (!allowed.has(name)) {
        for (const refused of [at, away])
          assert.deepEqual(
            [refused.status, refused.body.code, refused.body.permission],
            [403, 'permission.missing', permission],
            name,
          )
        continue
      }
      assert.equal(at.status, here, `${name} ${JSON.stringify(at.body)}`)
      if (route.endsWith('/retry')) await heldAgain(members.get('DM')!.here)
      assert.equal(away.status, elsewhere, `${name} elsewhere ${JSON.stringify(away.body)}`)
      if (elsewhere === 200) {
        assert.ok(!JSON.stringify(away.body).includes(fixture.patientId), `${name} sees another site`)
        const foreign = await member.elsewhere.get(`${pathOf(route)}?site=${fixture.siteId}`)
        assert.deepEqual([foreign.status, foreign.body.code], [403, 'permission.site'], name)
      }
    }
  })
}

test('P12: no token, a device token, and a token of another study open nothing', async () => {
  const device = memberWith(trial, 'device', trial.people[0].token)
  const nobody = memberWith(trial, 'nobody', '')
  for (const [route] of table) {
    for (const stranger of [device, nobody]) assert.equal((await call(stranger, route)).status, 401, route)
  }
  const { token } = (await trial.control.act(
    {
      do: 'create-staff',
      studyId: trial.studyId,
      staffId: 'elsewhere',
      name: 'Elsewhere',
      role: 'principal-investigator',
      sites: null,
    },
    'test',
  )) as { token: string }
  const foreign = memberWith(trial, 'elsewhere', token)
  for (const [route] of table) assert.equal((await call(foreign, route)).status, 404, route)
})

test('what does not exist and what is of another site answer alike', async () => {
  const nurse = members.get('SN')!
  const texts = await Promise.all(
    [nurse.elsewhere.get(`/alerts/${fixture.ids.alerts}`), nurse.elsewhere.get('/alerts/987654')].map(
      async (answer) => JSON.stringify((await answer).body).replace(/\d+/g, 'N'),
    ),
  )
  assert.equal(texts[0], texts[1])
})

test('a body that is not as described is refused by the name of its member, without its value', async () => {
  const nurse = members.get('SN')!.here
  const { position } = fixture
  const cases: [string, object, string][] = [
    ['/change-requests', { position, answers: {}, source: 's', reason: 'r' }, 'answers'],
    ['/change-requests', { position: 'secret', answers: { a: 1 }, source: 's', reason: 'r' }, 'position'],
    ['/change-requests', { position, answers: { 'phq9-1': 1 }, source: ' ', reason: 'r' }, 'source'],
  ]
  for (const [path, body, member] of cases) {
    const refused = await nurse.post(path, body)
    assert.deepEqual([refused.status, refused.body.member], [400, member])
    assert.doesNotMatch(JSON.stringify(refused.body), /secret/)
  }
  assert.equal((await nurse.get('/alerts?limit=0')).body.member, 'limit')
  assert.equal((await nurse.get('/alerts?unknown=1')).status, 400)
  const raw = await fetch(`${trial.http}/v1/studies/${staffStudyId}/alerts`)
  assert.equal(raw.headers.get('www-authenticate'), 'Bearer')
})
