// Sends what is finished, oldest first, one sender for all tabs and the service worker (Web Locks). States of an entry:
//   waiting → (202/200 and its receipt verifies) → sent → (settled at the server, D14) → gone
//   waiting → (4xx) → refused → tried again each hour, or at once when the patient asks
//   waiting → (5xx, no answer) → waiting, longer
// An attempt is written down, with the hash of its bytes, before it is made: whatever dies in between, a later receipt
// over those bytes still verifies (P1, P2). Nothing here removes an entry.
import { type Answer, call, problemCode } from '../api/call.ts'
import type { Today } from '../model.ts'
import { deviceNow } from '../store/clock.ts'
import { currentCredentials } from '../store/credentials.ts'
import { type Credentials, type KeptEntry, readValue, writeValue } from '../store/database.ts'
import { allEntries, changeEntry, credentialsOf } from '../store/outbox.ts'
import { unseal } from '../store/seal.ts'
import { outboxKey } from '../store/vault.ts'
import { longestHeldBackMs, refusedWaitMs, retryAfterMs, verdictOf, waitMs } from './back-off.ts'
import { sha256, toBase64Url, toHex } from './bytes.ts'
import { type Acknowledgement, type CheckEd25519, checkReceipt } from './receipt.ts'

/** What a round of sending saw of the server. `busy`: another tab is sending; `put-off`: the server cannot now. */
export type Round = {
  readonly outcome: 'busy' | 'nothing' | 'answered' | 'put-off' | 'no-answer'
  /** The present token is not accepted any more. */
  readonly tokenRefused: boolean
  /** A receipt names a key this phone does not have yet, so that `today` should be fetched. */
  readonly keysWanted: boolean
}

/** More uncertain attempts than this are not counted one by one: later ones leave `sentAt` out and so are alike. */
const mostHashes = 200

/**
 * Sends every entry that is due, or with `now` every one that the server did not ask to hold back. One round at a time
 * over all tabs; resolves when nothing more is due or the server does not answer. `check` verifies the receipts.
 */
export async function sendDue(options: { readonly now: boolean }, check: CheckEd25519): Promise<Round> {
  return navigator.locks.request('levee-send', { ifAvailable: true }, async (lock) => {
    if (lock === null) return { outcome: 'busy', tokenRefused: false, keysWanted: false } as const
    return sendRound(options.now, check)
  })
}

async function sendRound(now: boolean, check: CheckEd25519): Promise<Round> {
  const seen = { outcome: 'nothing' as Round['outcome'], tokenRefused: false, keysWanted: false }
  const tried = new Set<string>()
  for (;;) {
    const entry = nextDue(await allEntries(), tried, now, Date.now())
    if (entry === undefined) return seen
    tried.add(entry.submissionId)
    const credentials = await senderOf(entry)
    if (credentials === undefined) {
      await rest(entry, 'phone.no-key')
      continue
    }
    const attempt = await prepare(entry, credentials)
    const answer = await call('/v1/submissions', {
      method: 'POST',
      token: credentials.device.token,
      headers: { 'levee-signature': attempt.signature },
      body: attempt.bytes,
    })
    const verdict = answer === null ? 'later' : verdictOf(answer.status)
    if (verdict === 'later') {
      await postpone(answer)
      seen.outcome = answer === null ? 'no-answer' : 'put-off'
      return seen
    }
    if (verdict === 'choked') {
      await putOff(entry.submissionId, answer, Date.now() + waitMs(entry.attempts + 1))
      if (seen.outcome === 'nothing') seen.outcome = 'put-off'
      continue
    }
    seen.outcome = 'answered'
    await writeValue('failures', 0)
    if (verdict === 'refused') {
      seen.tokenRefused ||=
        answer!.status === 401 && credentials.device.deviceId === (await readValue('current'))
      await rest(entry, problemCode(answer!), attempt.hash)
    } else if ((await takeReceipt(entry, answer!, check)) === 'unknown-key') {
      seen.keysWanted = true
    }
  }
}

/**
 * Whose token and key send an entry: those of the phone it was finished on; where they count no more, because the site
 * revoked them and gave a new code, those the same patient has on this phone now.
 */
async function senderOf(entry: KeptEntry): Promise<Credentials | undefined> {
  const own = await credentialsOf(entry.deviceId)
  if (own !== undefined && entry.lastProblem !== 'token.unknown') return own
  const present = await currentCredentials()
  const { kind, deviceId, studyId, patientId } = present?.device ?? {}
  if (kind !== 'own' || studyId !== entry.studyId || patientId !== entry.patientId) return own
  if (deviceId !== undefined && deviceId !== entry.deviceId)
    await changeEntry(entry.submissionId, () => ({ deviceId }))
  return present
}

/** After so many attempts at the oldest entry the next one has its turn, in case it is the entry that is at fault (P5). */
const attemptsOfTurn = 4

/**
 * The entry to try: not tried in this round, not held back by the server, and due unless everything is. The oldest goes
 * first, unless it has been tried much more often than another.
 */
export function nextDue(
  entries: readonly KeptEntry[],
  tried: ReadonlySet<string>,
  everything: boolean,
  now: number,
): KeptEntry | undefined {
  const isOver = (time: number) => time <= now || time > now + longestHeldBackMs
  const due = entries.filter(
    (e) =>
      e.state !== 'sent' &&
      !tried.has(e.submissionId) &&
      isOver(e.notBefore) &&
      (everything || isOver(e.nextAttemptAt)),
  )
  const turn = (e: KeptEntry) => Math.floor(e.attempts / attemptsOfTurn)
  const next = Math.min(...due.map(turn))
  return due.find((e) => turn(e) === next)
}

/** The bytes of one attempt with the time it is made at, signed with the phone's key; noted before it is made. */
async function prepare(entry: KeptEntry, { signer }: Credentials) {
  const body = await unseal(await outboxKey(), `entry ${entry.submissionId}`, entry.body)
  const timed = entry.hashes.length < mostHashes ? { ...(body as object), sentAt: deviceNow() } : body
  const bytes = new TextEncoder().encode(JSON.stringify(timed))
  const hash = toHex(await sha256(bytes))
  const how = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = new Uint8Array(await crypto.subtle.sign(how, signer.privateKey, bytes))
  const failures = ((await readValue('failures')) ?? 0) + 1
  await changeEntry(entry.submissionId, (e) => ({
    attempts: e.attempts + 1,
    hashes: e.hashes.includes(hash) ? e.hashes : [...e.hashes, hash],
    // Should the app die before the answer: not tried again at once.
    nextAttemptAt: Date.now() + waitMs(failures),
  }))
  return { bytes, hash, signature: toBase64Url(signature) }
}

/** No answer, or the server cannot now: everything that waits waits longer, and as long as the server asked. */
async function postpone(answer: Answer | null): Promise<void> {
  const failures = ((await readValue('failures')) ?? 0) + 1
  await writeValue('failures', failures)
  const now = Date.now()
  const asked = retryAfterMs(answer?.headers.get('retry-after') ?? null, now)
  const until = now + Math.max(asked, waitMs(failures))
  const heldBack = asked > 0 ? { notBefore: now + asked } : {}
  for (const e of await allEntries())
    if (e.state !== 'sent') await putOff(e.submissionId, answer, until, heldBack)
}

const putOff = (id: string, answer: Answer | null, until: number, heldBack: Partial<KeptEntry> = {}) =>
  changeEntry(id, (entry) => ({
    nextAttemptAt: Math.max(until, entry.state === 'refused' ? entry.nextAttemptAt : 0),
    ...heldBack,
    ...(entry.state === 'waiting'
      ? { lastProblem: answer === null ? 'no-answer' : problemCode(answer) }
      : {}),
  }))

/** The server refused this entry: it stays, rests an hour, is shown and declared. Its bytes were not kept there. */
const rest = (entry: KeptEntry, problem: string, hash?: string) =>
  changeEntry(entry.submissionId, (e) => ({
    state: 'refused',
    lastProblem: problem,
    nextAttemptAt: Date.now() + refusedWaitMs,
    hashes: e.hashes.filter((known) => known !== hash),
  }))

/** Keeps a receipt that verifies. One that does not changes nothing: the entry waits and is declared. */
async function takeReceipt(
  entry: KeptEntry,
  answer: Answer,
  check: CheckEd25519,
): Promise<'valid' | 'unknown-key' | 'invalid'> {
  const keys = ((await readValue('today')) as Today | undefined)?.receiptKeys ?? []
  const acknowledgement = answer.json() as Acknowledgement
  const now = (await allEntries()).find((e) => e.submissionId === entry.submissionId) ?? entry
  const result = await checkReceipt(now, acknowledgement, keys, check)
  await changeEntry(entry.submissionId, (e) =>
    result === 'valid'
      ? {
          state: 'sent',
          receipt: new TextDecoder().decode(answer.bytes),
          receivedAt: acknowledgement.receivedAt,
          lastProblem: null,
        }
      : {
          state: 'waiting',
          lastProblem: `receipt.${result}`,
          nextAttemptAt: Date.now() + waitMs(e.attempts),
        },
  )
  return result
}
