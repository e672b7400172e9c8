// What the client knows of each id it sent: the content's hash, whether it was acknowledged, and at which position.
// Promises: 70 bytes an id (a million in under 80 MB), found again by id in constant time. It lives outside the
// server and outlives it: the history checker compares it with what the server kept.

/** Acknowledged = the client was told 202 or 200; unknown = anything else, from "never arrived" to "answer lost". */
export type SentState = 'acked' | 'unknown'

/** One line of the log. `position` is the acknowledged receipt's position, or undefined. */
export type SentEntry = {
  submissionId: string
  sha256: string
  state: SentState
  position: number | undefined
}

const idBytes = 16
const hashBytes = 32

export class ClientLog {
  private ids = Buffer.alloc(0)
  private hashes = Buffer.alloc(0)
  private acked = new Uint8Array(0)
  private positions = new Float64Array(0)
  /** Open addressing: row + 1, or 0 where free; always at least twice as many places as rows. */
  private index = new Int32Array(0)
  /** Number of ids. */
  size = 0

  /** Room for `capacity` ids from the start; it grows by itself. */
  constructor(capacity = 1024) {
    this.resize(capacity)
  }

  /**
   * Writes an id down before it is sent, as `unknown`, and returns its row.
   * @throws RangeError where the id is not a UUID, the hash not SHA-256, or the id is there already.
   */
  add(submissionId: string, sha256: Buffer): number {
    if (this.size === this.acked.length) this.resize(this.size * 2)
    const row = this.size
    if (this.ids.write(submissionId.replaceAll('-', ''), row * idBytes, idBytes, 'hex') !== idBytes)
      throw new RangeError(`not a UUID: ${submissionId}`)
    if (sha256.length !== hashBytes) throw new RangeError(`a SHA-256 hash has ${hashBytes} bytes`)
    const place = this.placeOf(this.ids, row)
    if (this.index[place] !== 0) throw new RangeError(`already in the log: ${submissionId}`)
    this.hashes.set(sha256, row * hashBytes)
    this.positions[row] = Number.NaN
    this.index[place] = row + 1
    this.size++
    return row
  }

  /** The client was told "received", at `position` where the receipt says so. */
  acknowledge(row: number, position?: number): void {
    this.acked[row] = 1
    if (position !== undefined) this.positions[row] = position
  }

  /** The row of an id, or -1. */
  rowOf(submissionId: string): number {
    const id = Buffer.from(submissionId.replaceAll('-', ''), 'hex')
    return id.length === idBytes ? (this.index[this.placeOf(id, 0)] as number) - 1 : -1
  }

  /** @throws RangeError for a row that was never added. */
  entry(row: number): SentEntry {
    if (!(row >= 0 && row < this.size)) throw new RangeError(`no row ${row}`)
    const id = this.ids.toString('hex', row * idBytes, (row + 1) * idBytes)
    const position = this.positions[row] as number
    return {
      submissionId: `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`,
      sha256: this.hashes.toString('hex', row * hashBytes, (row + 1) * hashBytes),
      state: this.acked[row] === 1 ? 'acked' : 'unknown',
      position: Number.isNaN(position) ? undefined : position,
    }
  }

  isAcked(row: number): boolean {
    return this.acked[row] === 1
  }

  /** The place of the id at `row` of `ids`, or the free place where it belongs. */
  private placeOf(ids: Buffer, row: number): number {
    const at = row * idBytes
    const mask = this.index.length - 1
    // Bytes 9 to 12 of a UUID of version 4 or 7 are random; the multiplication serves hand-made ids of tests.
    let place = Math.imul(ids.readUInt32LE(at + 9) ^ ids.readUInt32LE(at + 12), 0x9e3779b1) & mask
    for (;;) {
      const found = (this.index[place] as number) - 1
      if (found < 0) return place
      if (ids.compare(this.ids, found * idBytes, (found + 1) * idBytes, at, at + idBytes) === 0) return place
      place = (place + 1) & mask
    }
  }

  private resize(capacity: number): void {
    const ids = Buffer.alloc(capacity * idBytes)
    const hashes = Buffer.alloc(capacity * hashBytes)
    const acked = new Uint8Array(capacity)
    const positions = new Float64Array(capacity)
    ids.set(this.ids)
    hashes.set(this.hashes)
    acked.set(this.acked)
    positions.set(this.positions)
    Object.assign(this, { ids, hashes, acked, positions })
    this.index = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(8, capacity * 2))))
    for (let row = 0; row < this.size; row++) this.index[this.placeOf(this.ids, row)] = row + 1
  }
}
