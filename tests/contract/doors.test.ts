// The contract's table of cases through every door: the same answers, the same problems, the same receipts.
// One real server of each engine for all; its log is read at the end: no answer may stand in it (P12).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { verifyReceipt } from '../../src/intake/receipt.ts'
import { kinds } from '../../src/system/problem.ts'
import { type ProblemCode, problems } from '../../src/system/problems.ts'
import { diary } from '../support/diary.ts'
import { engineNames, type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'
import { acceptedCases, type Case, marker, type Outcome, refusedCases } from './cases.ts'
import { type Answer, type DoorName, doorsOf, type Send } from './doors.ts'

const doorNames: DoorName[] = ['http', 'http-batch', 'grpc', 'grpc-stream']
let trial: RunningTrial
let doors: Record<DoorName, Send>
let nextPerson = 0
const bearer = (person: Person) => `Bearer ${person.token}`
/** Each test has a person of its own, so that no occasion is answered twice. */
const somebody = (): Person => trial.people[nextPerson++ % trial.people.length]!

const bodyOf = (c: Case, person: Person): string | Buffer => {
  const body = c.body(person, trial.people[0])
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
}
const received = async (): Promise<number> => (await trial.ledger()).studies[0]?.received ?? 0

function isReceived(answer: Answer): asserts answer is Extract<Answer, { kind: 'received' }> {
  assert.equal(answer.kind, 'received', JSON.stringify(answer))
}
function isProblem(answer: Answer, code: string): asserts answer is Extract<Answer, { kind: 'problem' }> {
  assert.equal(answer.kind === 'problem' ? answer.code : answer.kind, code)
}

/** How many bodies of other content are kept for an entry; waits until processing has seen at least one. */
async function evidenceOf(position: number): Promise<number> {
  const last = Date.now() + 10_000
  for (;;) {
    const { conflicts } = await trial.control.get<{ conflicts: { position: number }[] }>('/held?limit=1000')
    const found = conflicts.filter((c) => c.position === position).length
    if (found > 0 || Date.now() > last) return found
    await sleep(10)
  }
}

/** Sends a case twice, then looks at the receipt, the journal and what processing made of it. */
async function acceptedAndKept(door: DoorName, c: Case): Promise<void> {
  const person = somebody()
  const body = bodyOf(c, person)
  const answer = await doors[door](bearer(person), body)
  isReceived(answer)
  const { submissionId, receipt, receivedAt } = answer
  assert.equal(answer.already, false)
  const facts = {
    studyId: person.studyId,
    patientId: person.patientId,
    submissionId,
    receivedAt: Date.parse(receivedAt),
  }
  assert.ok(verifyReceipt(facts, receipt, trial.receiptKey), 'the receipt verifies')
  assert.ok(
    !verifyReceipt({ ...facts, patientId: 'P-0' }, receipt, trial.receiptKey),
    'and attests nothing else',
  )

  const again = await doors[door](bearer(person), body)
  assert.deepEqual(again, { ...answer, already: true })

  const entry = await trial.entry(receipt.position)
  assert.equal(entry.head.door, door === 'grpc-stream' ? 'grpc' : door)
  assert.equal(entry.sha256, receipt.sha256)
  if (door.startsWith('http'))
    assert.equal(entry.body.toString(), door === 'http' ? String(body) : String(body).trim())
  else assert.deepEqual(JSON.parse(entry.body.toString()), JSON.parse(String(body)))

  await trial.settle()
  const response = await fetch(`${trial.http}/v1/submissions/${submissionId}`, {
    headers: { authorization: bearer(person) },
  })
  const status = (await response.json()) as { status: string; code?: string; findings: { code: string }[] }
  const { status: state, code, findings } = c.expect as Outcome
  const found = [...new Set(status.findings.map((f) => f.code))].sort()
  assert.deepEqual(
    { status: status.status, code: status.code, findings: found },
    { status: state, code, findings: findings ?? [] },
  )
}

for (const engine of engineNames) {
  describe(engine, () => {
    before(async () => {
      trial = await startTrial({ asChild: true, patients: 400, engine })
      doors = doorsOf(trial.http, trial.grpc)
      nextPerson = 0
    })
    after(() => trial[Symbol.asyncDispose]())

    for (const door of doorNames) {
      describe(`refused by ${door}`, () => {
        for (const c of refusedCases.filter((c) => c.notBy?.[door] === undefined)) {
          test(c.name, async () => {
            const person = somebody()
            const kept = await received()
            const authorization = c.authorization === undefined ? bearer(person) : c.authorization(person)
            const answer = await doors[door](authorization, bodyOf(c, person))
            const expected = c.expect as { problem: ProblemCode; member?: string }
            isProblem(answer, expected.problem)
            assert.equal(answer.member, expected.member)
            assert.equal(answer.status, kinds[problems[expected.problem].kind].status)
            assert.ok(!answer.detail.includes(marker), 'a problem repeats no answer')
            assert.equal(await received(), kept, 'nothing is stored')
          })
        }
        test('a revoked token', async () => {
          const person = trial.people.at(-1 - doorNames.indexOf(door))!
          isReceived(await doors[door](bearer(person), JSON.stringify(diary(person))))
          await trial.revoke(person.patientId)
          isProblem(await doors[door](bearer(person), JSON.stringify(diary(person))), 'token.unknown')
        })
        test('problems in Chinese', async () => {
          const answer = await doors[door](bearer(somebody()), '{}', 'zh-CN')
          isProblem(answer, 'submission.invalid')
          assert.match(answer.detail, /成员“submissionId”/)
        })
      })

      describe(`accepted by ${door}`, () => {
        for (const c of acceptedCases.filter((c) => c.notBy?.[door] === undefined)) {
          test(c.name, () => acceptedAndKept(door, c))
        }
        test('the same id with other content is a conflict, and its body is kept as evidence', async () => {
          const person = somebody()
          const first = diary(person)
          const stands = await doors[door](bearer(person), JSON.stringify(first))
          isReceived(stands)
          const other = { ...first, answers: { ...first.answers, pain: 5, nausea: marker } }
          const answer = await doors[door](bearer(person), JSON.stringify(other))
          isProblem(answer, 'submission.conflict')
          assert.equal(answer.status, 409)
          isProblem(await doors[door](bearer(person), JSON.stringify(other)), 'submission.conflict')
          isReceived(await doors[door](bearer(person), JSON.stringify(first)))
          assert.equal(await evidenceOf(stands.receipt.position), 1, 'kept once, however often it came')
        })
        test('a message in Chinese', async () => {
          const person = somebody()
          const answer = await doors[door](bearer(person), JSON.stringify(diary(person)), 'zh')
          isReceived(answer)
          assert.equal(answer.message, '数据已接收，正在后台处理')
        })
      })
    }

    describe('the same submission across doors', () => {
      for (const first of doorNames) {
        for (const second of doorNames.filter((door) => door !== first)) {
          test(`${first} first, then ${second}: the same receipt`, async () => {
            const person = somebody()
            const sent = diary(person, { later: { list: [1, null, 'x'] } })
            const answer = await doors[first](bearer(person), JSON.stringify(sent))
            isReceived(answer)
            const resent = { ...sent, sentAt: Temporal.Now.zonedDateTimeISO(person.zone).toString() }
            assert.deepEqual(await doors[second](bearer(person), JSON.stringify(resent)), {
              ...answer,
              already: true,
            })
          })
        }
      }
    })

    describe('afterwards', () => {
      test('every entry is accounted for (P4)', async () => {
        const ledger = await trial.settle()
        assert.ok(ledger.balanced)
        const { received, applied, quarantined } = ledger.studies[0]!
        assert.equal(applied + quarantined, received)
      })
      test('no answer and no token stands in the log', () => {
        const log = trial.log()
        assert.match(log, /"msg":"ready"/)
        assert.ok(!log.includes(marker))
        for (const { token } of trial.people) assert.ok(!log.includes(token))
        assert.ok(!log.includes('internal error'), log)
      })
      test('no prototype was polluted and the server serves', async () => {
        assert.equal(({} as { polluted?: true }).polluted, undefined)
        const person = somebody()
        isReceived(await doors.http(bearer(person), JSON.stringify(diary(person))))
      })
    })
  })
}
