// One simulated phone of the morning. It does what the app does with the server: activates with a code and a key of its own,
// asks for today and its forms, fills in the morning diary, signs and sends it, and keeps its copy until it is settled.
// What happens to it on the way is its fate.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Histogram } from '../../src/cli/load/histogram.ts'
import type { Random } from '../../src/cli/load/random.ts'
import { newSubmissionId } from '../../src/cli/load/submission-id.ts'
import { type Receipt, verifyReceipt } from '../../src/intake/receipt.ts'
import type { Today } from '../../web/patient/src/model.ts'
import type { Answer, Call, Line } from './line.ts'
import type { Invited } from './server.ts'
import type { Acknowledged, Told } from './told.ts'

/**
 * `plain`: sends and has its receipt. `again`: sends the same bytes once more. `lost-answer`: the line breaks before the
 * first answer. `offline`: finishes without a network, says later what it holds, and sends later still.
 */
export const deviceFates = ['plain', 'again', 'lost-answer', 'offline'] as const
export type DeviceFate = (typeof deviceFates)[number]

/** What the devices did and met, together. `faults` are broken promises; there must be none. */
export type DeviceTotals = {
  readonly fates: Record<DeviceFate, number>
  calls: number
  /** Calls without an answer, or with one that says "later". */
  triedAgain: number
  /** Duplicates that were answered with the original receipt. */
  sameReceipt: number
  settled: number
  readonly faults: string[]
}

/** What all devices share. */
export type Swarm = {
  readonly line: Line
  readonly studyId: string
  readonly told: Told
  readonly totals: DeviceTotals
  readonly random: Random
  /** First tries of a submission that were answered, in milliseconds. */
  readonly acknowledged: Histogram
  /** How long a phone is away from the network, in milliseconds at most. */
  readonly awayMs: number
}

export type Phone = {
  readonly who: Invited
  readonly fate: DeviceFate
  /** Undefined until it has a receipt. */
  sent: { readonly token: string; readonly submissionId: string } | undefined
}

/** Tries of one call before a phone gives up for this morning: with the waits about two minutes. */
const mostTries = 60
const nausea = ['none', 'none', 'mild', 'moderate', 'severe']

/** From the code to the receipt. Whatever fails stands in the totals' faults; it never rejects. */
export async function spendMorning(swarm: Swarm, phone: Phone): Promise<void> {
  try {
    swarm.totals.fates[phone.fate]++
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const token = await activated(swarm, phone.who, publicKey)
    const { today, plan } = await prepared(swarm, token)
    const diary = diaryOf(swarm, phone.who, today, plan)
    if (phone.fate === 'offline') await stayAway(swarm, token, diary)
    const body = Buffer.from(JSON.stringify({ ...diary, sentAt: timeOf(phone.who.zone) }))
    await send(swarm, phone, { token, body, privateKey, submissionId: diary.submissionId, today })
    phone.sent = { token, submissionId: diary.submissionId }
    if (phone.fate === 'offline') await declared(swarm, token, [], [diary.submissionId])
  } catch (error) {
    fault(swarm, phone.who, error instanceof Error ? error.message : String(error))
  }
}

/** In the evening: asks until the copy may go, up to `withinMs`. */
export async function settle(swarm: Swarm, { who, sent }: Phone, withinMs: number): Promise<void> {
  if (sent === undefined) return
  const last = performance.now() + withinMs
  for (;;) {
    const states = await declared(swarm, sent.token, [], [sent.submissionId]).catch(() => undefined)
    if (states?.[sent.submissionId] === 'settled') {
      swarm.totals.settled++
      return
    }
    if (performance.now() > last) return fault(swarm, who, 'its copy may not go: the entry is not settled')
    await sleep(500 + swarm.random() * 500)
  }
}

const fault = ({ totals }: Swarm, { patientId }: Invited, what: string): void =>
  void totals.faults.push(`device of ${patientId}: ${what}`)

/** Calls until there is an answer that is not "later". @throws Error on any status not among `wanted`. */
async function until(
  swarm: Swarm,
  call: Call,
  wanted: readonly number[],
): Promise<Answer & { readonly tries: number }> {
  for (let tries = 1; ; tries++) {
    swarm.totals.calls++
    const answer = await swarm.line.call(call)
    if (wanted.includes(answer.status)) return { ...answer, tries }
    const later = answer.status === 0 || answer.status === 429 || answer.status >= 500
    if (!later || tries === mostTries) throw new Error(`${call.path} was answered with ${answer.status}`)
    swarm.totals.triedAgain++
    const most = Math.min(4000, 250 * 2 ** tries)
    await sleep(Math.max(answer.retryAfterSeconds * 1000, most * swarm.random()))
  }
}

async function activated(swarm: Swarm, { code }: Invited, publicKey: KeyObject): Promise<string> {
  const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  const app = { name: 'levee-morning', version: '1' }
  const body = Buffer.from(JSON.stringify({ code, publicKey: spki, app }))
  const { body: text } = await until(swarm, { method: 'POST', path: '/v1/activation', body }, [201])
  return (JSON.parse(text.toString()) as { token: string }).token
}

/** Today, and every form it names, whose bytes must have the hash that today gives. */
async function prepared(swarm: Swarm, token: string): Promise<{ today: Today; plan: string }> {
  const path = '/v1/device/today'
  const answer = await until(swarm, { method: 'GET', path, token }, [200])
  const today = JSON.parse(answer.body.toString()) as Today
  for (const { url, sha256, form } of today.forms) {
    const { body } = await until(swarm, { method: 'GET', path: url, token }, [200])
    if (createHash('sha256').update(body).digest('hex') !== sha256)
      throw new Error(`the plan of ${form} has other bytes than today says`)
  }
  const asked = { method: 'GET', path, token, headers: { 'if-none-match': answer.etag ?? '' } } as const
  await until(swarm, asked, [304, 200])
  const plan = today.forms.find(({ form }) => form === 'daily-diary')?.sha256
  if (plan === undefined) throw new Error('today does not name the morning diary')
  return { today, plan }
}

/** The moment in the zone, RFC 9557, `agoSeconds` before now. */
const timeOf = (zone: string, agoSeconds = 0): string =>
  Temporal.Now.zonedDateTimeISO(zone)
    .subtract({ seconds: agoSeconds })
    .round({ smallestUnit: 'second', roundingMode: 'floor' })
    .toString()

function diaryOf({ random, studyId }: Swarm, { patientId, zone }: Invited, today: Today, planSha256: string) {
  const due = today.due.find(({ form, state }) => form === 'daily-diary' && state === 'open')
  if (due === undefined) throw new Error('no morning diary is open')
  const seconds = 40 + Math.floor(random() * 60)
  const taken = random() < 0.93
  return {
    submissionId: newSubmissionId(Date.now()),
    studyId,
    patientId,
    form: due.form,
    formVersion: due.formVersion,
    occasion: due.occasion,
    startedAt: timeOf(zone, seconds),
    completedAt: timeOf(zone),
    elapsedMs: seconds * 1000,
    uptimeMs: 3_600_000 + Math.floor(random() * 8e8),
    deviceSequence: 0,
    language: today.patient.language,
    planSha256,
    originator: { kind: 'patient' },
    answers: {
      pain: 1 + Math.floor(random() * 9),
      fatigue: Math.floor(random() * 10),
      nausea: nausea[Math.floor(random() * nausea.length)],
      'dose-taken': taken,
      ...(taken ? { 'dose-time': '07:45' } : {}),
      'rescue-taken': false,
      'sleep-hours': 4 + Math.floor(random() * 10) / 2,
    },
    answerTrail: [],
    presentation: {},
    prompts: [],
    app: { name: 'levee-morning', version: '1' },
  }
}
type Diary = ReturnType<typeof diaryOf>

/** Says what it holds when it meets the network for a moment, and is away again. */
async function stayAway(swarm: Swarm, token: string, diary: Diary): Promise<void> {
  const { submissionId, form, occasion, completedAt, deviceSequence: sequence } = diary
  await sleep(swarm.random() * swarm.awayMs)
  const states = await declared(swarm, token, [{ submissionId, form, occasion, completedAt, sequence }], [])
  if (states[submissionId] !== 'unknown') throw new Error('what was never sent is not unknown to the server')
  await sleep(swarm.random() * swarm.awayMs)
}

/** One declaration; the states of what it names. */
async function declared(swarm: Swarm, token: string, held: readonly unknown[], check: readonly string[]) {
  const said = { held, check, deviceTime: new Date().toISOString(), uptimeMs: performance.now() }
  const body = Buffer.from(JSON.stringify(said))
  const { body: text } = await until(swarm, { method: 'POST', path: '/v1/device/held', token, body }, [200])
  return (JSON.parse(text.toString()) as { states: Record<string, string> }).states
}

type Sealed = {
  readonly token: string
  readonly submissionId: string
  readonly body: Buffer
  readonly privateKey: KeyObject
  readonly today: Today
}

async function send(swarm: Swarm, phone: Phone, sealed: Sealed): Promise<void> {
  const { token, body, privateKey, submissionId } = sealed
  const signature = sign('sha256', body, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  const headers = { 'levee-signature': signature }
  const call: Call = { method: 'POST', path: '/v1/submissions', token, headers, body }
  swarm.told.sent(submissionId, body)
  if (phone.fate === 'lost-answer') {
    swarm.totals.calls++
    await swarm.line.call({ ...call, loseAnswer: true })
    await sleep(100 + swarm.random() * 400)
  }
  const began = performance.now()
  const first = await until(swarm, call, [200, 202])
  if (first.tries === 1) swarm.acknowledged.record(performance.now() - began)
  const receipt = takeReceipt(swarm, phone, sealed, first)
  if (phone.fate !== 'again') return
  const second = takeReceipt(swarm, phone, sealed, await until(swarm, call, [200]))
  if (JSON.stringify(second) !== JSON.stringify(receipt)) throw new Error('a duplicate has another receipt')
  swarm.totals.sameReceipt++
}

/** @throws Error unless the receipt attests these bytes under a key that today named. */
function takeReceipt({ told, studyId }: Swarm, { who }: Phone, sealed: Sealed, { body }: Answer): Receipt {
  const said = JSON.parse(body.toString()) as Acknowledged & { receipt: Receipt }
  const key = sealed.today.receiptKeys.find(({ id }) => id === said.receipt.key)
  if (key === undefined) throw new Error('the receipt names a key that today does not')
  const publicKey = createPublicKey({ key: Buffer.from(key.spki, 'base64'), format: 'der', type: 'spki' })
  const { submissionId } = sealed
  const facts = { studyId, patientId: who.patientId, submissionId, receivedAt: Date.parse(said.receivedAt) }
  const sha256 = createHash('sha256').update(sealed.body).digest('hex')
  if (said.receipt.sha256 !== sha256 || !verifyReceipt(facts, said.receipt, publicKey))
    throw new Error('the receipt does not verify')
  told.received(said)
  return said.receipt
}
