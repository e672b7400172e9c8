// Listening to a channel over a connection of its own, which is opened again whenever it is lost. What was notified
// meanwhile is lost as well, so after each reconnection the listener must look for itself.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Statement } from './postgres-types.ts'

/** Milliseconds between two signs of life; a dead network path says nothing by itself. */
const beatMs = 5000
const beat: Statement = { text: 'SELECT 1', query_timeout: beatMs }
/** First and longest wait before the next attempt to reconnect, in milliseconds. */
const backOffMs = { first: 100, most: 2000 }

/**
 * Listens until the returned handle is disposed of; resolves when the first LISTEN has taken effect. `open` makes
 * a connection that is fit and connected. `onPayload` gets each payload, `onReconnect` is called after each
 * reconnection; neither may throw. Rejects if the first connection cannot be made.
 */
export async function listenOn(
  open: () => Promise<pg.Client>,
  channel: string,
  onPayload: (payload: string) => void,
  onReconnect: () => void,
): Promise<AsyncDisposable> {
  const stop = new AbortController()
  const start = async () => {
    const client = await open()
    client.on('notification', (message) => {
      if (!stop.signal.aborted) onPayload(message.payload ?? '')
    })
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
    return client
  }
  let client: pg.Client | undefined = await start()
  const goOn = async () => {
    while (!stop.signal.aborted) {
      if (client !== undefined) await untilDead(client, stop.signal)
      client?.end().catch(() => {})
      client = undefined
      for (let wait = backOffMs.first; client === undefined && !stop.signal.aborted; wait *= 2) {
        client = await start().catch(() => undefined)
        if (client !== undefined) onReconnect()
        else await pause(Math.random() * Math.min(wait, backOffMs.most), stop.signal)
      }
    }
    await client?.end().catch(() => {})
  }
  const running = goOn()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

/** Resolves when the connection has ended, a sign of life is missing, or the signal is given. Never rejects. */
async function untilDead(client: pg.Client, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const ended = once(client, 'end', { signal: either }).catch(() => {})
  const silent = (async () => {
    while (!either.aborted) {
      await pause(beatMs, either)
      if (!either.aborted) await client.query(beat)
    }
  })().catch(() => {})
  await Promise.race([ended, silent])
  over.abort()
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => {})
