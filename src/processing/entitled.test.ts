// P12: the writer asks again what the door has asked, in the transaction of the action: for every action a member may
// do, who is revoked, of another role or of another site is refused, and what members may not do is refused to all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type StaffRole, staffRoles } from '../study/staff-roles.ts'
import type { Problem } from '../system/problem.ts'
import { type ByMember, refuseUnlessEntitled } from './entitled.ts'
import { type ActionScene, perform } from './staff-actions.ts'
import type { Stores } from './stores.ts'

type Member = { role: StaffRole; sites: string[] | null; blinded?: boolean }

/** Stores with one member, `ann`, of study S, patient P at site 101, and an entry and a conflict of P and of a stranger. */
const storesWith = (member: Member | undefined): Stores => {
  const of = (id: number) => ({ studyId: 'S', patientId: id === 1 ? 'P' : 'stranger' })
  const known = member === undefined ? undefined : { blinded: true, ...member }
  return {
    staff: { find: async (study: string, id: string) => (study === 'S' && id === 'ann' ? known : undefined) },
    patients: { find: (_: string, id: string) => (id === 'P' ? { siteId: '101' } : undefined) },
    held: { at: (position: number) => (position < 3 ? of(position) : undefined) },
    conflicts: { one: (id: number) => (id < 3 ? of(id) : undefined) },
  } as unknown as Stores
}

const ofPatient = { studyId: 'S', patientId: 'P' }
const investigators = 'principal-investigator site-investigator'
/** Written by hand: each action, and the roles that may do it. */
const table: [ByMember, string][] = [
  [{ do: 'retry', position: 1 }, `data-manager ${investigators}`],
  [{ do: 'set-aside', position: 1 }, `data-manager ${investigators}`],
  [{ do: 'set-conflict-aside', secondBodyId: 1 }, `data-manager ${investigators}`],
  [{ do: 'mark-not-evaluable', ...ofPatient }, `${investigators} site-nurse`],
  [{ do: 'set-anchor', ...ofPatient }, `${investigators} site-nurse`],
  [{ do: 'set-dose-level', ...ofPatient }, investigators],
  [{ do: 'hold-dose', ...ofPatient }, investigators],
  [{ do: 'resume-dose', ...ofPatient }, investigators],
  [{ do: 'unblind', ...ofPatient }, investigators],
  [{ do: 'publish' }, ''],
  [{ do: 'create-staff', studyId: 'S' }, ''],
  [{ do: 'issue-tokens', ...ofPatient }, ''],
]

const outcome = async (member: Member | undefined, action: ByMember, actor = 'member:ann') => {
  try {
    await refuseUnlessEntitled(storesWith(member), action, actor)
    return 'done'
  } catch (error) {
    return (error as Problem).code
  }
}

for (const [action, roles] of table)
  test(`P12: ${action.do}: ${roles || 'no member'}`, async () => {
    const may = new Set(roles.split(' '))
    for (const role of staffRoles) {
      const [here, away] = [
        { role, sites: ['101', '102'] },
        { role, sites: ['102'] },
      ]
      const refusal = action.do === 'publish' ? 'record.not-found' : 'permission.missing'
      assert.equal(await outcome(here, action), may.has(role) ? 'done' : refusal, role)
      assert.equal(await outcome(away, action), may.has(role) ? 'record.not-found' : refusal, role)
    }
    const gone = action.do === 'publish' ? 'record.not-found' : 'staff.token-unknown'
    assert.equal(await outcome(undefined, action), gone)
  })

test('P10: an unblinded role whom the study has blinded is told no arm', async () => {
  const action = { do: 'unblind', ...ofPatient }
  for (const role of ['unblinded-pharmacist', 'unblinded-statistician'] as const) {
    assert.equal(await outcome({ role, sites: null, blinded: true }, action), 'permission.missing')
    assert.equal(await outcome({ role, sites: null, blinded: false }, action), 'done')
  }
})

test('what is of a patient nobody knows is for members with all sites', async () => {
  for (const action of [
    { do: 'retry', position: 2 },
    { do: 'set-conflict-aside', secondBodyId: 2 },
  ]) {
    assert.equal(await outcome({ role: 'data-manager', sites: null }, action), 'done')
    assert.equal(await outcome({ role: 'data-manager', sites: ['101'] }, action), 'record.not-found')
  }
  assert.equal(
    await outcome({ role: 'data-manager', sites: null }, { do: 'retry', position: 3 }),
    'record.not-found',
  )
})

test('an action in the name of a member who was revoked is refused before anything is done', async () => {
  const scene = { stores: storesWith(undefined), now: 0 } as unknown as ActionScene
  const retry = { do: 'retry', position: 3 } as const
  const asked = (actor: string, position: number) =>
    perform(scene, { ...retry, position, by: { actor, reason: 'test' } })
  await assert.rejects(asked('member:ann', 1), { code: 'staff.token-unknown' })
  // Control: the administrator's action goes on to look for the entry.
  await assert.rejects(asked('cli:root', 3), { code: 'record.not-found' })
})
