// A careful device's way to send in the crash suite: every id is in the log before its first byte leaves, and
// acknowledged there only after a whole 2xx; what got no answer can be sent again, with the same bytes (P2).
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClientLog } from '../../src/cli/load/client-log.ts'
import { createDiaries, type Diary, type LoadPatient } from '../../src/cli/load/diaries.ts'
import { receiptPosition } from '../../src/cli/load/sender.ts'
import { getHead, postHead, Wire } from '../../src/cli/load/wire.ts'
import { studyId } from './crash-seed.ts'

/** Status 0: no answer. `tookMs` from the call to the answer. */
export type Told = {
  readonly status: number
  readonly retryAfterSeconds: number
  readonly text: string
  readonly tookMs: number
}

export type CrashClient = Disposable & {
  readonly log: ClientLog
  /** New diaries, the patients in turn. */
  next(): Diary
  take(patient: number): Diary
  send(diary: Diary): Promise<Told>
  /** Sends `count` new diaries at once; resolves when each is answered or failed. */
  burst(count: number): Promise<Told[]>
  /** Sends again, until it is acknowledged, everything that was not. Throws after `atMostMs` (ten seconds). */
  retryAll(atMostMs?: number): Promise<void>
  /** GET /v1/submissions/{id} with the patient's own token. */
  status(diary: Diary): Promise<{ http: number; status: string; code?: string; position?: number }>
  /** Follows the server to another port. */
  connectTo(port: number): void
}

export function crashClient(
  server: { readonly port: number },
  patients: readonly LoadPatient[],
  seed = 1,
  connections = 64,
): CrashClient {
  const log = new ClientLog()
  const sent = new Map<string, Diary>()
  const diaries = createDiaries({ patients, studyId, seed, nowMs: Date.now() })
  const open = (port: number) => new Wire({ host: '127.0.0.1', port, connections, timeoutMs: 20_000 })
  let port = server.port
  let wire = open(port)

  const call = (head: Buffer, body: Buffer | null): Promise<Told> =>
    new Promise((resolve) => {
      const began = performance.now()
      wire.send(head, body, (failure, { status, retryAfterSeconds, body: answer }) => {
        const tookMs = performance.now() - began
        resolve(
          failure === null
            ? { status, retryAfterSeconds, text: answer.toString(), tookMs }
            : { status: 0, retryAfterSeconds: -1, text: failure, tookMs },
        )
      })
    })
  const send = async (diary: Diary): Promise<Told> => {
    const known = log.rowOf(diary.submissionId)
    const row = known < 0 ? log.add(diary.submissionId, hash('sha256', diary.body, 'buffer')) : known
    sent.set(diary.submissionId, diary)
    const told = await call(
      postHead(`127.0.0.1:${port}`, '/v1/submissions', patients[diary.patient]!.token),
      diary.body,
    )
    if (told.status === 202 || told.status === 200)
      log.acknowledge(row, receiptPosition(Buffer.from(told.text)))
    return told
  }
  const unknown = () => [...sent.values()].filter((diary) => !log.isAcked(log.rowOf(diary.submissionId)))
  return {
    log,
    next: () => diaries.next(),
    take: (patient) => diaries.take(patient),
    send,
    burst: (count) => Promise.all(Array.from({ length: count }, () => send(diaries.next()))),
    async retryAll(atMostMs = 10_000) {
      const last = performance.now() + atMostMs
      while (unknown().length > 0) {
        if (performance.now() > last)
          throw new Error(`${unknown().length} submissions are still not acknowledged`)
        await Promise.all(unknown().map(send))
        if (unknown().length > 0) await sleep(50)
      }
    },
    async status(diary) {
      const head = `GET /v1/submissions/${diary.submissionId} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${patients[diary.patient]!.token}\r\n\r\n`
      const told = await call(Buffer.from(head), null)
      const body = JSON.parse(told.status === 0 ? '{}' : told.text) as {
        status: string
        code?: string
        position?: number
      }
      return { ...body, http: told.status }
    },
    connectTo(next) {
      wire.close()
      port = next
      wire = open(port)
    },
    [Symbol.dispose]: () => wire.close(),
  }
}

/** The status of a plain GET, or 0 without an answer. */
export function httpGet(port: number, path: string): Promise<number> {
  const wire = new Wire({ host: '127.0.0.1', port, connections: 1, timeoutMs: 5000 })
  return new Promise((resolve) => {
    wire.send(getHead('127.0.0.1', path), null, (failure, { status }) => {
      wire.close()
      resolve(failure === null ? status : 0)
    })
  })
}
