// What is kept beside the bytes of an entry: the door, a few headers and, where there is more to say, the marks of the
// device: its signature, that it had been replaced, that it is a clinic's. Marks stand first, so that the head of an
// entry without any is told by its first letters and nothing is parsed for it.
import type { Call } from './accept.ts'

/** What an entry's head says of its device. An entry without marks has none of these. */
export type Marks = {
  /** Base64url, 64 bytes (P1363); null: the device has a key and sent none. Absent: it has no key and sent none. */
  readonly signature?: string | null
  /** The beginning of a signature header that cannot be one. */
  readonly malformed?: string
  /** When another phone had taken the place of this one: server clock, milliseconds since the epoch. */
  readonly replacedAt?: number
  /** Sent from a tablet of the clinic, handed to the patient. */
  readonly clinic?: true
}

/** The header, and the metadata of gRPC, that carries a signature over the exact bytes of the body. */
export const signatureHeader = 'levee-signature'

const signatureShape = /^[A-Za-z0-9_-]{86}$/
const mostOfMalformed = 128
const heads = new Map<string, string>()

/**
 * The head as JSON text. Devices send the same few headers again and again, so the texts are remembered, in bounds; marks
 * are put in front of such a text.
 */
export function headText(call: Call): string {
  const key = `${call.door}\n${call.contentType}\n${call.userAgent ?? ''}`
  let text = heads.get(key)
  if (text === undefined) {
    text = JSON.stringify({
      door: call.door,
      contentType: call.contentType,
      userAgent: call.userAgent?.slice(0, 256),
    })
    if (heads.size >= 1024) heads.clear()
    heads.set(key, text)
  }
  const { kind, replacedAt } = call.sender
  if (call.signature === undefined && replacedAt === undefined && (kind === undefined || kind === 'token'))
    return text
  return `${JSON.stringify(marksOfCall(call)).slice(0, -1)},${text.slice(1)}`
}

/** Never empty: whoever calls has seen that there is something to say. */
function marksOfCall({ signature, sender: { kind, replacedAt } }: Call): Marks {
  const signed =
    signature === undefined
      ? kind === undefined || kind === 'token'
        ? {}
        : { signature: null }
      : signatureShape.test(signature)
        ? { signature }
        : { malformed: signature.slice(0, mostOfMalformed) }
  return {
    ...signed,
    ...(replacedAt === undefined ? {} : { replacedAt }),
    ...(kind === 'clinic' ? { clinic: true } : {}),
  }
}

/** The marks of a kept head, or null where it has none. Both journals leave heads without marks out of what they read. */
export function marksOf(head: string | null | undefined): Marks | null {
  if (head === null || head === undefined || head.startsWith('{"door"')) return null
  const { signature, malformed, replacedAt, clinic } = parsed(head)
  if (signature === undefined && malformed === undefined && replacedAt === undefined && clinic !== true)
    return null
  return {
    ...(signature === undefined ? {} : { signature }),
    ...(malformed === undefined ? {} : { malformed }),
    ...(replacedAt === undefined ? {} : { replacedAt }),
    ...(clinic === true ? { clinic } : {}),
  }
}

/** A head that storage has damaged says nothing; what counts of an entry is its body, which has its SHA-256. */
function parsed(head: string): Marks {
  try {
    return (JSON.parse(head) ?? {}) as Marks
  } catch {
    return {}
  }
}

/** Whether an entry was signed, or should have been. */
export function isSigned({ head }: { readonly head?: string | null }): boolean {
  const marks = marksOf(head)
  return marks !== null && (marks.signature !== undefined || marks.malformed !== undefined)
}
