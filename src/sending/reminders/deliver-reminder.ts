// One attempt to remind one patient: by push where a phone takes them, else by e-mail, else by SMS. A push service that
// fails for a while is tried again before the others are; one that says the subscription is gone is believed.
import { createHmac } from 'node:crypto'
import type { Outcome } from '../settlement.ts'
import type { Mailer } from './mail.ts'
import type { Reach } from './reach-store.ts'
import type { Channel, Reminder } from './reminder-store.ts'
import { ownerOf, type Seal } from './seal.ts'
import type { Texter } from './sms.ts'
import type { Subscription, WebPush } from './web-push.ts'
import { reminderWords } from './words.ts'

/** A reminder that is this node's alone for a while, and how its patient can be reached. */
export type ClaimedReminder = Pick<
  Reminder,
  'reminderId' | 'studyId' | 'patientId' | 'form' | 'occasion' | 'closesAt' | 'attempts'
> & {
  /** BCP 47 tag. */
  readonly language: string
  readonly claimedUntil: number
  readonly reach: Reach
}

/** How an attempt ended. */
export type Delivery = {
  readonly state: 'sent' | 'again' | 'failed'
  readonly channel: Channel | null
  /** A status or a word; never text of the other side. */
  readonly code: string
  readonly retryAfterMs: number
  /** Devices whose subscription is gone. */
  readonly gone: readonly number[]
}

/** The ways this installation has; undefined where it lacks one. */
export type Channels = {
  readonly push: WebPush | undefined
  readonly mailer: Mailer | undefined
  readonly texter: Texter | undefined
  /** Origin of the app, such as `https://diary.example`; empty: messages hold no link. */
  readonly origin: string
  readonly seal: Seal
  /** Makes names that tell nothing of what they name. */
  readonly tagKey: Buffer
}

/** Attempts by push that fail for a while before other ways are taken. */
const pushAttempts = 3
/** Attempts altogether. */
const mostAttempts = 6

/** Makes one attempt. Never rejects. `now` in ms since the epoch. */
export async function deliverReminder(
  channels: Channels,
  reminder: ClaimedReminder,
  now: number,
): Promise<Delivery> {
  const attempt = reminder.attempts + 1
  const pushed = await byPush(channels, reminder, now)
  if (pushed.state === 'sent' || (pushed.state === 'again' && attempt < pushAttempts)) return pushed
  const { gone } = pushed
  let last: Delivery = pushed
  for (const way of [byMail, byText]) {
    const tried = await way(channels, reminder)
    if (tried === undefined) continue
    if (tried.state === 'sent') return { ...tried, gone }
    // What may still succeed counts for more than what failed for good.
    if (last.state !== 'again' || tried.state === 'again') last = { ...tried, gone }
  }
  return last.state === 'again' && attempt >= mostAttempts ? { ...last, state: 'failed' } : last
}

/** Every phone of the patient; one that takes it is enough. */
async function byPush(
  { push, seal, tagKey }: Channels,
  reminder: ClaimedReminder,
  now: number,
): Promise<Delivery> {
  const gone: number[] = []
  const none = { state: 'failed', channel: null, code: 'no-way', retryAfterMs: 0, gone } as const
  if (push === undefined) return none
  const { reminderId, studyId, patientId, form, occasion, closesAt, language, reach } = reminder
  const { title, body } = reminderWords(language)
  const tag = createHmac('sha256', tagKey)
    .update(JSON.stringify([studyId, patientId, form, occasion]))
    .digest('base64url')
    .slice(0, 24)
  const key = `${form}/${occasion}`
  const payload = { id: reminderId, key, title, body, url: linkTo('', reminderId), tag }
  const terms = { ttl: Math.max(0, Math.floor((closesAt - now) / 1000)), topic: tag }
  let [sent, failed]: (Outcome | undefined)[] = [undefined, undefined]
  for (const { deviceId, sealed } of reach.subscriptions) {
    const subscription = opened<Subscription>(seal, ownerOf(studyId, patientId, `push:${deviceId}`), sealed)
    const outcome =
      subscription === undefined
        ? ({ state: 'given-up', code: 'unreadable', gone: false } as const)
        : await push.push(subscription, payload, terms)
    if (outcome.gone) gone.push(deviceId)
    else if (outcome.state === 'sent') sent = outcome
    else failed = outcome.state === 'again' || failed === undefined ? outcome : failed
  }
  if (sent !== undefined) return { state: 'sent', channel: 'push', code: sent.code, retryAfterMs: 0, gone }
  if (failed === undefined) return gone.length === 0 ? none : { ...none, code: 'gone', channel: 'push' }
  const { state, code, retryAfterMs = 0 } = failed
  return { state: state === 'again' ? 'again' : 'failed', channel: 'push', code, retryAfterMs, gone }
}

async function byMail(
  { mailer, origin, seal }: Channels,
  { reminderId, studyId, patientId, language, reach }: ClaimedReminder,
): Promise<Omit<Delivery, 'gone'> | undefined> {
  const to = contactOf(seal, reach, studyId, patientId, 'email')
  if (mailer === undefined || to === undefined) return undefined
  const { title, body, open } = reminderWords(language)
  const link = origin === '' ? '' : `\n\n${open}\n${linkTo(origin, reminderId)}`
  return told('e-mail', await mailer.mail({ id: reminderId, to, subject: title, text: `${body}${link}\n` }))
}

async function byText(
  { texter, origin, seal }: Channels,
  { reminderId, studyId, patientId, language, reach }: ClaimedReminder,
): Promise<Omit<Delivery, 'gone'> | undefined> {
  const to = contactOf(seal, reach, studyId, patientId, 'phone')
  if (texter === undefined || to === undefined) return undefined
  const { body } = reminderWords(language)
  const text = origin === '' ? body : `${body} ${linkTo(origin, reminderId)}`
  return told('sms', await texter.text({ id: reminderId, to, text }))
}

const told = (channel: Channel, { state, code, retryAfterMs = 0 }: Outcome): Omit<Delivery, 'gone'> => ({
  state: state === 'given-up' ? 'failed' : state,
  channel,
  code,
  retryAfterMs,
})

/** The id stands behind the #, so no log of a server or proxy has it. */
const linkTo = (origin: string, reminderId: string): string => `${origin}/app/#/reminder/${reminderId}`

function contactOf(
  seal: Seal,
  reach: Reach,
  studyId: string,
  patientId: string,
  kind: 'email' | 'phone',
): string | undefined {
  const contact = reach.contacts.find((one) => one.kind === kind)
  if (contact === undefined) return undefined
  return opened<string>(seal, ownerOf(studyId, patientId, kind), contact.sealed)
}

function opened<T>(seal: Seal, owner: string, sealed: Uint8Array): T | undefined {
  try {
    return JSON.parse(seal.open(owner, sealed)) as T
  } catch {
    return undefined
  }
}
