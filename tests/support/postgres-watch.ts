// What tests about several nodes on one database wait for: that somebody waits for a lock, that somebody was told.
import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresGround } from './engines.ts'

/** Resolves when so many connections of the ground's database wait for a lock. */
export async function whenWaiting(ground: PostgresGround, connections: number): Promise<void> {
  const waiting = async () => {
    const { rows } = await ground.db.pool.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return rows[0].n as number
  }
  while ((await waiting()) < connections) await sleep(5)
}

/** Listens to a channel of the ground from now on; the result gives the first `n` payloads, once there are so many. */
export async function payloadsOn(
  ground: PostgresGround,
  channel: string,
): Promise<(n: number) => Promise<unknown[]>> {
  const payloads: unknown[] = []
  const heard = new EventEmitter()
  await ground.db.listen(
    channel,
    (payload) => {
      payloads.push(JSON.parse(payload))
      heard.emit('payload')
    },
    () => {},
  )
  return async (n) => {
    while (payloads.length < n) await once(heard, 'payload')
    return payloads
  }
}
