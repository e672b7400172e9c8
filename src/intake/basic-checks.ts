// What is checked before the journal: only what can be told from the envelope. Everything that can be wrong
// with the content is judged after the receipt, and can then no longer lose the diary.
import { isUtf8 } from 'node:buffer'
import { Problem } from '../system/problem.ts'
import { asSubmission, type Submission } from './submission-schema.ts'

/** Bytes of one submission at most. */
export const mostBodyBytes = 256 * 1024
/** Levels of nesting at most; the contract needs five. */
export const mostDepth = 32

/** The device a token stands for, and through it the one patient it may send for. */
export type Sender = {
  readonly deviceId: number
  readonly studyId: string
  readonly patientId: string
  /** A phone of the patient's `own` and a tablet of the `clinic` have a key and sign; a `token` has none (standard). */
  readonly kind?: 'own' | 'clinic' | 'token'
  /** When another phone had taken its place: server clock, milliseconds since the epoch. */
  readonly replacedAt?: number
  /** Of a tablet that was handed over: the only form it may send, and that once. */
  readonly form?: string
}

/**
 * Reads the bytes of one submission for this sender. Throws a Problem, and nothing is kept, if they are too
 * large, not UTF-8, not JSON, nested too deeply, not a well-formed envelope, or of another patient or study.
 */
export function checkBasics(body: Uint8Array, sender: Sender): Submission {
  if (body.byteLength > mostBodyBytes) throw new Problem('body.too-large', { limitBytes: mostBodyBytes })
  const submission = asSubmission(parseJson(body))
  if (submission.studyId !== sender.studyId) throw new Problem('token.other-patient', { member: 'studyId' })
  if (submission.patientId !== sender.patientId)
    throw new Problem('token.other-patient', { member: 'patientId' })
  if (sender.form !== undefined) refuseBeyond(sender, submission)
  return submission
}

/** What each tablet has sent at this node since its start; forgotten with the device. */
const sentByTablets = new WeakMap<Sender, string>()

/** Throws `token.other-form` for a tablet's second submission, or one of a form it was not handed over for. */
function refuseBeyond(tablet: Sender, { form, submissionId }: Submission): void {
  if (form !== tablet.form) throw new Problem('token.other-form', { member: 'form' })
  const id = submissionId.toLowerCase()
  const before = sentByTablets.get(tablet)
  if (before !== undefined && before !== id) throw new Problem('token.other-form', { member: 'submissionId' })
  sentByTablets.set(tablet, id)
}

/** Parses JSON within our bounds. The reason in the Problem says where, never what stood there. */
export function parseJson(body: Uint8Array, limit: number = mostDepth): unknown {
  if (!isUtf8(body)) throw new Problem('body.not-json', { reason: 'it is not UTF-8' })
  if (deeperThan(body, limit)) throw new Problem('body.too-deep', { limit })
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
  } catch (error) {
    const at = /position (\d+)/.exec((error as Error).message)?.[1]
    const reason =
      body.byteLength === 0
        ? 'it is empty'
        : at === undefined
          ? 'it ends too early'
          : `syntax error at byte ${at}`
    throw new Problem('body.not-json', { reason })
  }
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** Whether brackets outside strings nest deeper than the limit; one pass over the bytes, before any parsing. */
function deeperThan(body: Uint8Array, limit: number): boolean {
  let depth = 0
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]
    if (byte === quote) {
      for (i++; i < body.length && body[i] !== quote; i++) if (body[i] === backslash) i++
    } else if (byte === openBrace || byte === openBracket) {
      if (++depth > limit) return true
    } else if (byte === closeBrace || byte === closeBracket) depth--
  }
  return false
}
