// What intake hands to the journal and what it gets back, and how both travel between the threads.

/** A submission that passed the basic checks, with the bytes exactly as received. */
export type Arrival = {
  readonly studyId: string
  readonly patientId: string
  readonly deviceId: number
  /** Lower-case UUID text. */
  readonly submissionId: string
  /** Server clock, milliseconds since the epoch. */
  readonly receivedAt: number
  /** JSON text: the door and the headers that matter. */
  readonly head: string
  readonly body: Uint8Array
}

/**
 * What the journal says of one arrival.
 * - `received`: kept now. `duplicate`: the same content was kept before; the receipt is the original one.
 * - `conflict`: the id was used for other content; this body is kept as evidence.
 * - `failed`: nothing may be promised; `full` is a full disk, `stopping` an orderly stop, `io` a failed device.
 */
export type Verdict =
  | { kind: 'received' | 'duplicate'; receivedAt: number; receipt: string }
  | { kind: 'conflict' }
  | { kind: 'failed'; why: 'full' | 'io' | 'stopping' | 'overloaded' }

const separator = '\n'
const lengthBytes = 8

/**
 * Packs arrivals into one block of bytes that can be transferred: one message for many costs a thread switch,
 * one for each would cost more than the rest of intake. Each arrival is two lengths, its facts as text, its body.
 */
export function packArrivals(arrivals: readonly Arrival[]): Uint8Array<ArrayBuffer> {
  const facts = arrivals.map(factsText)
  let size = 0
  for (const [i, a] of arrivals.entries())
    size += lengthBytes + Buffer.byteLength(facts[i]!) + a.body.byteLength
  const block = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const [i, a] of arrivals.entries()) {
    const length = block.write(facts[i]!, at + lengthBytes)
    block.writeUInt32LE(length, at)
    block.writeUInt32LE(a.body.byteLength, at + 4)
    block.set(a.body, at + lengthBytes + length)
    at += lengthBytes + length + a.body.byteLength
  }
  return block
}

/** Ids and zones of a study hold no line breaks, the head is JSON: the separator is unambiguous. */
const factsText = (a: Arrival): string =>
  `${a.studyId}\n${a.patientId}\n${a.deviceId}\n${a.submissionId}\n${a.receivedAt}\n${a.head}`

/** The inverse of {@link packArrivals}; bodies are views into the block. */
export function unpackArrivals(bytes: Uint8Array): Arrival[] {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const arrivals: Arrival[] = []
  let at = 0
  while (at < block.length) {
    const bodyAt = at + lengthBytes + block.readUInt32LE(at)
    const end = bodyAt + block.readUInt32LE(at + 4)
    const [studyId, patientId, deviceId, submissionId, receivedAt, head] = block
      .toString('utf8', at + lengthBytes, bodyAt)
      .split(separator) as [string, string, string, string, string, string]
    const body = block.subarray(bodyAt, end)
    arrivals.push({
      studyId,
      patientId,
      deviceId: Number(deviceId),
      submissionId,
      receivedAt: Number(receivedAt),
      head,
      body,
    })
    at = end
  }
  return arrivals
}

/** Verdicts as one text, for the same reason; receipts are JSON on one line. */
export function packVerdicts(verdicts: readonly Verdict[]): string {
  return verdicts.map(verdictText).join(separator)
}

function verdictText(v: Verdict): string {
  if (v.kind === 'failed') return `f${v.why}`
  return v.kind === 'conflict' ? 'c' : `${v.kind[0]}${v.receivedAt} ${v.receipt}`
}

/** The inverse of {@link packVerdicts}. */
export function unpackVerdicts(text: string): Verdict[] {
  return text.split(separator).map((line): Verdict => {
    if (line[0] === 'c') return { kind: 'conflict' }
    if (line[0] === 'f') return { kind: 'failed', why: line.slice(1) as 'full' }
    const space = line.indexOf(' ')
    const kind = line[0] === 'r' ? 'received' : 'duplicate'
    return { kind, receivedAt: Number(line.slice(1, space)), receipt: line.slice(space + 1) }
  })
}
