// Every state × transition × role of every machine, against a table written by hand from the rules of the trade
// (ICH E6(R3) 3.16.1(i)-(j), 4.2.4; 21 CFR 11.10(f)-(g)), not from the code.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { staffRoles } from '../study/staff-roles.ts'
import { may, permissions, permits, seesRestricted } from './permissions.ts'
import { type Doer, type MachineName, machines, stateAfter, transitionOf } from './workflow.ts'

const short: Record<string, Doer> = {
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
  sys: 'system',
}

/** One line: transition: states → state, who, what must be said. `-` is a record yet to be made. */
const table: Record<MachineName, { states: string; ways: string[] }> = {
  occasion: {
    states: 'planned open missed submitted not-evaluable',
    ways: [
      'open: planned → open, sys',
      'submit: open missed → submitted, sys',
      'miss: open → missed, sys',
      'set-not-evaluable: planned open missed → not-evaluable, PI SI SN, reason',
    ],
  },
  submission: {
    states: 'received checked applied quarantined retrying dead',
    ways: [
      'check: received → checked, sys',
      'apply: checked retrying → applied, sys',
      'quarantine: received checked retrying → quarantined, sys',
      'hold: received checked → retrying, sys',
      'give-up: retrying → dead, sys',
      'retry: quarantined dead → retrying, PI SI DM, reason',
      'set-aside: quarantined → quarantined, PI SI DM, reason',
      'set-aside: dead → dead, PI SI DM, reason',
    ],
  },
  response: {
    states: 'submitted superseded duplicate void',
    ways: [
      'supersede: submitted superseded → superseded, sys',
      'void: submitted superseded duplicate → void, PI SI, reason',
      'restore: void → submitted, PI SI, reason',
      'choose: duplicate → submitted, PI SI SN, reason',
      'yield: submitted superseded → duplicate, sys',
    ],
  },
  alert: {
    states: 'raised delivered opened acknowledged resolved',
    ways: [
      'deliver: raised → delivered, sys',
      'open: raised delivered → opened, PI SI SN MM',
      'acknowledge: raised delivered opened → acknowledged, PI SI SN MM, note',
      'resolve: acknowledged → resolved, PI SI SN, note',
      'escalate: raised → raised, sys',
      'escalate: delivered → delivered, sys',
      'escalate: opened → opened, sys',
    ],
  },
  query: {
    states: 'open answered closed reopened cancelled',
    ways: [
      'ask: - → open, DM MM SM, note',
      'answer: open reopened → answered, PI SI SN, note',
      'close: answered → closed, DM MM SM',
      'reopen: answered → reopened, DM MM SM, note',
      'cancel: open reopened → cancelled, DM MM SM, note',
    ],
  },
  change: {
    states: 'draft submitted approved refused applied acknowledged',
    ways: [
      'draft: - → draft, PI SI SN, reason',
      'submit: draft → submitted, PI SI SN',
      'approve: submitted → approved, PI SI',
      'refuse: submitted → refused, PI SI, note',
      'apply: approved → applied, sys',
      'acknowledge: applied → acknowledged, DM',
      'comment: submitted → submitted, DM MM SM, note',
      'comment: approved → approved, DM MM SM, note',
      'comment: refused → refused, DM MM SM, note',
      'comment: applied → applied, DM MM SM, note',
      'comment: acknowledged → acknowledged, DM MM SM, note',
    ],
  },
  signature: {
    states: 'signed broken replaced',
    ways: [
      'sign: - → signed, PI SI, reason',
      'break: signed → broken, sys',
      'replace: broken → replaced, sys',
    ],
  },
  patient: { states: 'active withdrawn', ways: ['withdraw: active → withdrawn, PI SI SN, reason'] },
}

type Expected = { to: string; who: Set<Doer>; needs: string | null }

function expectedOf(ways: string[]): Map<string, Expected> {
  const all = new Map<string, Expected>()
  for (const line of ways) {
    const [, name, from, to, who, needs] = /^([\w-]+): (.+) → ([\w-]+), ([\w ]+?)(?:, (\w+))?$/.exec(line)!
    for (const state of from!.split(' '))
      all.set(`${state} ${name}`, {
        to: to!,
        who: new Set(who!.split(' ').map((s) => short[s]!)),
        needs: needs ?? null,
      })
  }
  return all
}

test('the short names stand for every role', () => {
  assert.deepEqual(Object.values(short).sort(), [...staffRoles, 'system'].sort())
})

for (const [name, { states, ways }] of Object.entries(table)) {
  const machine = name as MachineName
  test(`${machine}: every state × transition × role`, () => {
    const expected = expectedOf(ways)
    const transitions = new Set([...expected.keys()].map((key) => key.split(' ')[1]!))
    assert.deepEqual([...transitions].sort(), Object.keys(machines[machine]).sort())
    let allowed = 0
    for (const state of [null, ...states.split(' ')]) {
      for (const transition of transitions) {
        const wanted = expected.get(`${state ?? '-'} ${transition}`)
        const entitled = [...expected].find(([key]) => key.endsWith(` ${transition}`))![1].who
        for (const doer of Object.values(short)) {
          const at = `${doer} ${transition} from ${state}`
          const verdict = transitionOf(machine, state, transition, doer)
          assert.equal(verdict.allowed, wanted?.who.has(doer) ?? false, at)
          if (verdict.allowed) {
            allowed += 1
            assert.equal(stateAfter(verdict.transition, state, []), wanted!.to, at)
            assert.equal(verdict.transition.needs, wanted!.needs, at)
          } else assert.equal(verdict.why, entitled.has(doer) ? 'wrong-state' : 'no-permission', at)
        }
      }
    }
    assert.equal(
      allowed,
      [...expected.values()].reduce((n, { who }) => n + who.size, 0),
    )
  })
}

test('a transition that no machine has, or a state that none has, is refused', () => {
  assert.deepEqual(transitionOf('alert', 'raised', 'toString', 'system'), {
    allowed: false,
    why: 'unknown-transition',
  })
  assert.deepEqual(transitionOf('alert', 'asleep', 'deliver', 'system'), {
    allowed: false,
    why: 'wrong-state',
  })
})

test('what counts again is in the state in which it last counted', () => {
  const { restore } = machines.response
  assert.equal(stateAfter(restore, 'void', ['submitted', 'superseded', 'void']), 'superseded')
  assert.equal(stateAfter(restore, 'void', ['duplicate', 'void']), 'submitted')
})

test("the sponsor's roles, statisticians and inspectors never decide about data (E6(R3) 3.16.1(i))", () => {
  const decisions = [
    'changes.draft',
    'changes.decide',
    'responses.void',
    'responses.choose',
    'signatures.sign',
    'patients.withdraw',
    'queries.answer',
    'occasions.judge',
    'patients.course',
    'doses.change',
  ] as const
  const outside = ['data-manager', 'medical-monitor', 'sponsor-monitor', 'statistician', 'inspector']
  for (const role of [...outside, 'administrator', 'unblinded-pharmacist', 'unblinded-statistician'])
    for (const permission of decisions) assert.equal(may(role, permission), false, `${role} ${permission}`)
  for (const permission of decisions) assert.equal(may('principal-investigator', permission), true)
  for (const permission of permissions)
    assert.equal(
      may('inspector', permission),
      permission.endsWith('.read') && permission !== 'restricted.read',
    )
  assert.equal(may('constructor', 'alerts.read'), false)
})

test('P10: only who is unblinded sees what is restricted, and an administrator never', () => {
  for (const role of staffRoles) assert.equal(seesRestricted({ role, blinded: true }), false, role)
  for (const role of staffRoles)
    assert.equal(seesRestricted({ role, blinded: false }), role !== 'administrator', role)
})

test('P10: an arm is told to investigators, and to unblinded roles where the study has not blinded them', () => {
  const told = (blinded: boolean) =>
    staffRoles.filter((role) => permits({ role, blinded }, 'patients.unblind')).sort()
  const investigators = ['principal-investigator', 'site-investigator']
  assert.deepEqual(told(true), investigators)
  assert.deepEqual(told(false), [...investigators, 'unblinded-pharmacist', 'unblinded-statistician'])
  for (const role of staffRoles)
    for (const blinded of [true, false])
      assert.equal(permits({ role, blinded }, 'restricted.read'), seesRestricted({ role, blinded }), role)
})
