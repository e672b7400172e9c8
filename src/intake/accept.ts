// Accepts one submission: basic checks, journal, acknowledgement. Both doors call this and nothing else (P1, P2).
import { isoTime } from '../system/iso-time.ts'
import { type Language, Problem } from '../system/problem.ts'
import type { Verdict } from './arrival.ts'
import { checkBasics, type Sender } from './basic-checks.ts'
import { headText } from './head.ts'
import type { Journal } from './journal.ts'
import { checkResponseBasics } from './response-basics.ts'

/** Who sends, through which door, and the headers worth keeping. */
export type Call = {
  readonly sender: Sender
  readonly door: 'http' | 'http-batch' | 'grpc' | 'fhir'
  readonly language: Language
  readonly contentType: string
  readonly userAgent: string | undefined
  /** What the device sent as its signature over the bytes, unchecked; absent where it sent none. */
  readonly signature?: string | undefined
}

/** The answer to a kept submission. `first` is false when it had been kept before. `receipt` is JSON text. */
export type Acknowledgement = {
  readonly first: boolean
  readonly submissionId: string
  readonly receivedAt: number
  readonly receipt: string
}

/** The friendly line of an acknowledgement (design §6). */
export const receivedMessage: Record<Language, string> = {
  en: 'Received, processing in the background',
  zh: '数据已接收，正在后台处理',
}

/**
 * Resolves once the submission is durable, or was durable before with the same content. Rejects with a
 * Problem otherwise; after `server.stopping` and `storage.failed` it is unknown whether it was kept, and the
 * same bytes may be sent again.
 */
export function acceptSubmission(
  journal: Journal,
  call: Call,
  body: Uint8Array,
  now: number,
): Promise<Acknowledgement> {
  return keep(checkSubmission, journal, call, body, now)
}

const checkSubmission = (body: Uint8Array, sender: Sender): string =>
  checkBasics(body, sender).submissionId.toLowerCase()

/** As {@link acceptSubmission}, of a FHIR QuestionnaireResponse; its bytes are what is kept. */
export function acceptResponse(
  journal: Journal,
  call: Call,
  body: Uint8Array,
  now: number,
): Promise<Acknowledgement> {
  return keep(checkResponseBasics, journal, call, body, now)
}

/** `check` returns the submission id, in lower case, or throws a Problem. */
async function keep(
  check: (body: Uint8Array, sender: Sender) => string,
  journal: Journal,
  call: Call,
  body: Uint8Array,
  now: number,
): Promise<Acknowledgement> {
  const submissionId = check(body, call.sender)
  const { studyId, patientId, deviceId } = call.sender
  const verdict = await journal.append({
    studyId,
    patientId,
    deviceId,
    submissionId,
    receivedAt: now,
    head: headText(call),
    body,
  })
  if (verdict.kind === 'conflict' || verdict.kind === 'failed') throw refusal(verdict, submissionId)
  return {
    first: verdict.kind === 'received',
    submissionId,
    receivedAt: verdict.receivedAt,
    receipt: verdict.receipt,
  }
}

function refusal(verdict: Extract<Verdict, { kind: 'conflict' | 'failed' }>, submissionId: string): Problem {
  if (verdict.kind === 'conflict') return new Problem('submission.conflict', { submissionId })
  switch (verdict.why) {
    case 'full':
      return new Problem('storage.full', {}, { retryAfterSeconds: retryAfter(30) })
    case 'io':
      return new Problem('storage.failed', {}, { retryAfterSeconds: retryAfter(10) })
    case 'stopping':
      return new Problem('server.stopping', {}, { retryAfterSeconds: retryAfter(5) })
    case 'overloaded':
      return new Problem('server.overloaded', {}, { retryAfterSeconds: retryAfter(2) })
  }
}

/** Seconds to wait, spread over one to two times `base`, so that the morning does not come back all at once. */
export const retryAfter = (base: number): number => Math.ceil(base * (1 + Math.random()))

/** The acknowledgement as the JSON text of design §6; the same for the first time and every later one. */
export function acknowledgementJson(ack: Acknowledgement, language: Language): string {
  return `{"status":"received","message":"${receivedMessage[language]}",${acknowledgedFacts(ack)}}`
}

/** The members every acknowledgement has, whatever the door. */
export const acknowledgedFacts = (ack: Acknowledgement): string =>
  `"submissionId":"${ack.submissionId}","receivedAt":"${isoTime(ack.receivedAt)}","receipt":${ack.receipt}`
