// What intake hands to the journal and what it gets back.

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

/** Arrivals as they travel to the journal thread: one message for many, the bodies in one transferred block. */
export type ArrivalBlock = {
  readonly studyIds: string[]
  readonly patientIds: string[]
  readonly deviceIds: number[]
  readonly submissionIds: string[]
  readonly receivedAt: number[]
  readonly heads: string[]
  /** End of each body within `bodies`. */
  readonly ends: number[]
  readonly bodies: Uint8Array<ArrayBuffer>
}

/** Packs arrivals for the journey; the block's buffer is to be transferred, not copied. */
export function packArrivals(arrivals: readonly Arrival[]): ArrivalBlock {
  let size = 0
  for (const a of arrivals) size += a.body.byteLength
  const bodies = new Uint8Array(size)
  const block: ArrivalBlock = {
    studyIds: [],
    patientIds: [],
    deviceIds: [],
    submissionIds: [],
    receivedAt: [],
    heads: [],
    ends: [],
    bodies,
  }
  let end = 0
  for (const a of arrivals) {
    bodies.set(a.body, end)
    end += a.body.byteLength
    block.studyIds.push(a.studyId)
    block.patientIds.push(a.patientId)
    block.deviceIds.push(a.deviceId)
    block.submissionIds.push(a.submissionId)
    block.receivedAt.push(a.receivedAt)
    block.heads.push(a.head)
    block.ends.push(end)
  }
  return block
}

/** The inverse of {@link packArrivals}; bodies are views into the block. */
export function unpackArrivals(block: ArrivalBlock): Arrival[] {
  let start = 0
  return block.ends.map((end, i) => {
    const body = block.bodies.subarray(start, end)
    start = end
    return {
      studyId: block.studyIds[i]!,
      patientId: block.patientIds[i]!,
      deviceId: block.deviceIds[i]!,
      submissionId: block.submissionIds[i]!,
      receivedAt: block.receivedAt[i]!,
      head: block.heads[i]!,
      body,
    }
  })
}
