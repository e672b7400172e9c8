// Careful devices under way: each sends one diary after the other, and none before the last one is acknowledged; some
// are sent once more. What they see of order and receipts is checked as they go.
import { setTimeout as sleep } from 'node:timers/promises'
import { receiptPosition } from '../../src/cli/load/sender.ts'
import type { Installation } from './cluster-nodes.ts'
import type { CrashClient, Told } from './crash-client.ts'

/** What the devices saw. */
export type Seen = {
  /** First acknowledgements. */
  acked: number
  /** Answers by their status; 0: none. */
  readonly statuses: Map<number, number>
  /** Acknowledged diaries sent again. */
  repeated: number
  /** What must not be: another receipt for the same diary (P2), a lower position for a later diary. */
  readonly faults: string[]
}

export type Traffic = AsyncDisposable & {
  readonly seen: Readonly<Seen>
  /** Lets every device end its request; what it could not deliver is left to `retryAll`. */
  stop(): Promise<Readonly<Seen>>
}

const isAck = ({ status }: Told) => status === 202 || status === 200

/** Starts so many senders, each of which stands for some of the patients in turn and rests between two diaries. */
export function startTraffic(
  { client, patients }: Pick<Installation, 'client' | 'patients'>,
  { senders = 16, restMs = 60 } = {},
): Traffic {
  const seen: Seen = { acked: 0, statuses: new Map(), repeated: 0, faults: [] }
  let stopping = false
  const device = async (first: number) => {
    let position = 0
    for (let sent = 0; !stopping; sent++) {
      const diary = client.take((first + sent * senders) % patients.length)
      const told = await deliver(diary)
      if (told === undefined) return
      seen.acked++
      const next = receiptPosition(Buffer.from(told.text)) ?? 0
      if (next <= position) seen.faults.push(`position ${next} after ${position}`)
      position = next
      if (sent % 10 === 3) await repeat(diary, told)
      await sleep(restMs * (0.5 + Math.random()))
    }
  }
  const ask = async (diary: Parameters<CrashClient['send']>[0]) => {
    const told = await client.send(diary)
    seen.statuses.set(told.status, (seen.statuses.get(told.status) ?? 0) + 1)
    return told
  }
  const deliver = async (diary: Parameters<CrashClient['send']>[0]) => {
    for (;;) {
      const told = await ask(diary)
      if (isAck(told)) return told
      if (told.status !== 0 && told.status < 500)
        seen.faults.push(`refused with ${told.status}: ${told.text}`)
      if (stopping) return undefined
      await sleep(100 * (0.5 + Math.random()))
    }
  }
  const repeat = async (diary: Parameters<CrashClient['send']>[0], first: Told) => {
    const told = await ask(diary)
    if (!isAck(told)) return
    seen.repeated++
    if (told.status !== 200 || told.text !== first.text)
      seen.faults.push(`another receipt: ${told.text} after ${first.text}`)
  }
  const running = Promise.all(Array.from({ length: senders }, (_, first) => device(first)))
  const stop = async () => {
    stopping = true
    await running
    return seen
  }
  return {
    seen,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}
