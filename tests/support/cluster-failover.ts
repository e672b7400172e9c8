// What an operator, or Patroni for them, does when the primary is gone: promote the standby that has received most, let
// another follow it, and only then is anything acknowledged again.
import { setTimeout as sleep } from 'node:timers/promises'
import { addStandby } from './postgres-cluster.ts'
import type { PostgresServer } from './postgres-server.ts'

/** Whom commits of a promoted server wait for. */
const names = { synchronous_standby_names: 'ANY 1 (*)' }

/** Who follows whom now. */
export type Pair = { readonly primary: PostgresServer; readonly standby: PostgresServer }

/** Promotes one of two standbys of a dead primary; the other follows it. */
export async function failOver(one: PostgresServer, other: PostgresServer): Promise<Pair> {
  const [oneHas, otherHas] = [await received(one), await received(other)]
  const primary = oneHas >= otherHas ? one : other
  const standby = primary === one ? other : one
  await primary.reload({ primary_conninfo: '', ...names })
  await primary.query('SELECT pg_promote(true, 60)')
  const { password } = new URL(primary.url)
  await standby.restart({
    primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres password=${password} application_name=follower`,
  })
  return { primary, standby }
}

/**
 * Promotes the only standby of a dead primary and seeds another. The standby is killed first, so that only what it had
 * written counts: a frozen one would still find in its sockets what the network never delivered.
 */
export async function failOverToOnly(standby: PostgresServer): Promise<Pair> {
  await standby.kill()
  await standby.restart({ primary_conninfo: '', ...names })
  await standby.query('SELECT pg_promote(true, 60)')
  return { primary: standby, standby: await addStandby(standby, 'reseeded') }
}

/** How much of the log a standby has on disk, when nothing more comes. */
async function received(standby: PostgresServer): Promise<bigint> {
  while ((await standby.query('SELECT 1 FROM pg_stat_wal_receiver')).length > 0) await sleep(10)
  const [row] = await standby.query("SELECT (pg_last_wal_receive_lsn() - '0/0')::text AS bytes")
  return BigInt(String(row!.bytes))
}
