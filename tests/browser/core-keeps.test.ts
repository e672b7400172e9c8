// What would lose or hold up an answer on the phone: a clinic's tablet with somebody else's entry, an entry that the
// server chokes on, a token that was revoked, a clock that was wrong for a while, a server that is away for hours.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type RunningTrial, startTrial } from '../support/start-trial.ts'
import { openPhone, type Phone, until } from './support/browser.ts'
import { corePage } from './support/core-page.ts'
import { bind, type Core, draftOf, entries, finish, resume, saveDraft, states } from './support/core-phone.ts'
import { type Front, startFront } from './support/front.ts'

declare const core: Core
declare const sync: ReturnType<Core['createSync']>

let trial: RunningTrial
let front: Front
let person = 0

before(async () => {
  trial = await startTrial({ patients: 20 })
  front = await startFront(trial.http, await corePage())
})
after(async () => {
  await front[Symbol.asyncDispose]()
  await trial[Symbol.asyncDispose]()
})

async function newPhone(more: Partial<Parameters<typeof openPhone>[0]> = {}): Promise<Phone> {
  const phone = await openPhone({ origin: front.url, ...more })
  await phone.page.goto(`${front.url}/app/`)
  front.fate = () => 'pass'
  front.target = trial.http
  front.seen.length = 0
  return phone
}
const nextPerson = () => trial.people[person++]!
const bodyOf = (call: { body: Buffer }) => JSON.parse(call.body.toString())

test("a clinic's tablet that is done with one patient keeps what it holds of another", async () => {
  await using phone = await newPhone()
  const [first, second] = [nextPerson(), nextPerson()]
  front.fate = (call) =>
    call.path === '/v1/submissions' && bodyOf(call).patientId === first.patientId ? { status: 400 } : 'pass'
  await bind(phone.page, { ...first, kind: 'clinic', deviceId: 7 })
  await finish(phone.page, '2026-11-21')
  await until('it is refused', async () => (await states(phone.page))[0] === 'refused')
  await bind(phone.page, { ...second, kind: 'clinic', deviceId: 8 })
  await finish(phone.page, '2026-11-21')
  await until('the second is done', () => phone.page.evaluate(() => sync.wiped.value))
  assert.deepEqual(
    (await entries(phone.page)).map((e) => [e.patientId, e.state]),
    [[first.patientId, 'refused']],
  )
  assert.equal(await phone.page.evaluate(async () => (await core.openStore()).device()), null)
  front.fate = () => 'pass'
  await bind(phone.page, { ...nextPerson(), kind: 'clinic', deviceId: 9 })
  await phone.page.evaluate(() => sync.flush('test'))
  // Once settled it is gone, which on a slow machine may be so by now.
  assert.ok(
    (await states(phone.page)).every((state) => state === 'sent'),
    'and it can still be sent',
  )
  await until('it came', () =>
    front.seen.some((call) => call.path === '/v1/submissions' && bodyOf(call).patientId === first.patientId),
  )
})

test('an entry that the server chokes on does not hold up the others (P5)', async () => {
  await using phone = await newPhone()
  await bind(phone.page, nextPerson(), false)
  front.fate = (call) =>
    call.path === '/v1/submissions' && bodyOf(call).occasion === '2026-11-20' ? { status: 500 } : 'pass'
  for (const day of ['2026-11-20', '2026-11-21']) await finish(phone.page, day)
  for (let i = 0; i < 3; i++) await phone.page.evaluate(() => sync.flush('test'))
  assert.deepEqual((await entries(phone.page)).map((e) => [e.occasion, e.state]).slice(0, 2), [
    ['2026-11-20', 'waiting'],
    ['2026-11-21', 'sent'],
  ])
})

test('an entry whose answer never comes does not hold up the others for ever (P5)', async () => {
  await using phone = await newPhone()
  await bind(phone.page, nextPerson(), false)
  front.fate = (call) =>
    call.path === '/v1/submissions' && bodyOf(call).occasion === '2026-11-20' ? 'cut' : 'pass'
  for (const day of ['2026-11-20', '2026-11-21']) await finish(phone.page, day)
  for (let i = 0; i < 8; i++) await phone.page.evaluate(() => sync.flush('test'))
  assert.deepEqual(
    (await entries(phone.page)).map((e) => e.state),
    ['waiting', 'sent'],
  )
})

test('a token was revoked and the phone activated anew: what it held goes out with the new one', async () => {
  await using phone = await newPhone()
  const who = nextPerson()
  await bind(phone.page, { ...who, token: 'lvd_revoked', deviceId: 7 }, false)
  await finish(phone.page, '2026-11-21')
  await phone.page.evaluate(() => sync.flush('test'))
  assert.deepEqual(
    (await entries(phone.page)).map((e) => [e.state, e.lastProblem]),
    [['refused', 'token.unknown']],
  )
  await bind(phone.page, { ...who, deviceId: 8 }, false)
  await phone.page.evaluate(() => sync.flush('test'))
  assert.deepEqual(await states(phone.page), ['sent'])
  assert.equal(await phone.page.evaluate(() => sync.standing.value), 'good')
})

test('a server that is away is asked for today ever more rarely, not every second', async () => {
  await using phone = await newPhone()
  await bind(phone.page, nextPerson(), false)
  for (const away of [null, { status: 410 }] as const) {
    front.fate = () => away ?? 'cut'
    front.seen.length = 0
    await phone.page.reload()
    await resume(phone.page)
    await new Promise((resolve) => {
      setTimeout(resolve, 5_000)
    })
    const asked = front.seen.filter((call) => call.path.startsWith('/v1/device/today'))
    assert.ok(asked.length >= 1 && asked.length <= 4, `${asked.length} times in 5 s, ${JSON.stringify(away)}`)
    await phone.page.evaluate(() => sync.stop())
  }
})

test('a server that is busy is not asked for more than the submission itself', async () => {
  await using phone = await newPhone()
  await bind(phone.page, nextPerson(), false)
  front.fate = (call) => (call.path === '/v1/submissions' ? { status: 503 } : 'pass')
  front.seen.length = 0
  await finish(phone.page, '2026-11-21')
  await phone.page.evaluate(() => sync.flush('test'))
  assert.deepEqual(
    front.seen.map((call) => call.path),
    ['/v1/submissions'],
  )
  assert.equal(await phone.page.evaluate(() => sync.online.value), 'yes')
})

test('what a patient sent is known again after another patient used the phone', async () => {
  await using phone = await newPhone()
  const [first, second] = [nextPerson(), nextPerson()]
  front.fate = (call) => (call.path === '/v1/submissions' ? 'cut' : 'pass')
  await bind(phone.page, { ...first, deviceId: 7 }, false)
  await finish(phone.page, '2026-11-21')
  await bind(phone.page, { ...second, deviceId: 8 }, false)
  const sentKeys = () => phone.page.evaluate(async () => [...(await (await core.openStore()).sentKeys())])
  assert.deepEqual(await sentKeys(), [])
  await bind(phone.page, { ...first, deviceId: 9 }, false)
  assert.deepEqual(await sentKeys(), ['daily-diary/2026-11-21'])
})

test('a page of one patient seals nothing for a phone that is another patient’s by now', async () => {
  await using phone = await newPhone()
  const [first, second] = [nextPerson(), nextPerson()]
  await bind(phone.page, { ...first, deviceId: 7 }, false)
  const other = await phone.context.newPage()
  await other.goto(`${front.url}/app/`)
  await bind(other, { ...second, deviceId: 8 }, false)
  const why = await phone.page.evaluate(
    async ({ studyId, patientId }) => {
      const store = await core.openStore()
      const body = {
        ...({} as never as Parameters<typeof store.submit>[0]),
        studyId,
        patientId,
        form: 'daily-diary',
      }
      return store
        .submit(body, 'daily-diary/2026-11-21', 'Diary')
        .then(String, (e) => (e as { why: string }).why)
    },
    { studyId: first.studyId, patientId: first.patientId },
  )
  assert.equal(why, 'failed')
  assert.deepEqual(await entries(phone.page), [])
})

test('a clock that ran years ahead for a while makes neither entries nor the PIN wait for years', async () => {
  await using phone = await newPhone()
  await bind(phone.page, nextPerson(), false)
  await saveDraft(phone.page, draftOf('daily-diary/2026-11-20', 2))
  const years = 4 * 365 * 86_400_000
  const waits = await phone.page.evaluate(async (ahead) => {
    await core.setPin('2580')
    await core.lock()
    for (let i = 0; i < 5; i++) await core.checkPin('0000', Date.now() + ahead)
    const soon = await core.checkPin('2580')
    const then = await core.checkPin('2580', Date.now() + 16 * 60_000)
    return [soon, then]
  }, years)
  assert.deepEqual(
    waits.map((result) => result.ok),
    [false, true],
  )
  await finish(phone.page, '2026-11-21')
  await phone.page.evaluate(async (ahead) => {
    const [entry] = await core.allEntries()
    const then = Date.now() + ahead
    await core.changeEntry(entry!.submissionId, () => ({ notBefore: then, nextAttemptAt: then }))
    await sync.flush('test')
  }, years)
  assert.deepEqual(await states(phone.page), ['sent'])
})

test("a patient's own phone that reads a tablet's code stays the patient's phone", async () => {
  await using phone = await newPhone()
  const who = nextPerson()
  await bind(phone.page, who, false)
  await saveDraft(phone.page, draftOf('daily-diary/2026-11-20', 2))
  const granted = { ...who, deviceId: 99, form: { form: 'daily-diary', formVersion: '1', occasion: null } }
  const activate = (kind: 'clinic' | 'own') => {
    front.fate = (call) =>
      call.path === '/v1/activation' ? { status: 201, body: JSON.stringify({ ...granted, kind }) } : 'pass'
    return phone.page.evaluate(async () => {
      const result = await core.activate('4Q4RDNCCTK')
      const store = await core.openStore()
      return [result.ok, (await store.device())?.deviceId, (await store.drafts()).length]
    })
  }
  assert.deepEqual(await activate('clinic'), [false, 7, 1])
  assert.deepEqual(await activate('own'), [true, 99, 1], 'control: a code of its own counts')
})

test('a server that has not heard yet of a phone just activated does not make it a stranger', async () => {
  await using phone = await newPhone()
  const who = nextPerson()
  front.fate = () => ({ status: 401, body: '{"code":"token.unknown"}' })
  const standing = () => phone.page.evaluate(() => sync.standing.value)
  await bind(phone.page, { ...who, activatedAt: new Date().toISOString() }, false)
  assert.equal(await standing(), 'good')
  await bind(phone.page, who, false)
  assert.equal(await standing(), 'refused', 'control: one activated long ago')
})

test("a clinic's tablet that could not remove everything does not say that it has", async () => {
  await using phone = await newPhone()
  await bind(phone.page, { ...nextPerson(), kind: 'clinic' }, false)
  await finish(phone.page, '2026-11-21')
  const said = await phone.page.evaluate(async () => {
    const store = await core.openStore()
    let isBroken = true
    const wipe = () => (isBroken ? Promise.reject(new core.StoreError('failed')) : store.wipe())
    const own = core.createSync({ ...store, wipe }, (await store.device())!)
    await own.flush('test')
    const first = own.wiped.value
    isBroken = false
    await own.flush('test')
    return [first, own.wiped.value, (await core.allEntries()).length]
  })
  assert.deepEqual(said, [false, true, 0])
})
