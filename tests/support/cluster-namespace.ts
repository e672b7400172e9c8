// A network namespace for nodes, with one cable to the database and another to the clients, of which a test can cut the
// first in either direction: frames go to an address that nobody has, so that no end hears anything of it.
import { spawnSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Direction } from './cluster-link.ts'
import type { NodePlan } from './cluster-nodes.ts'
import type { PostgresServer } from './postgres-server.ts'

export type Namespace = Disposable & {
  /** The plan of a node that runs inside, on a database of this server. */
  place(plan: NodePlan, primary: PostgresServer): NodePlan
  /** Nothing passes the cable to the database that way, seen from the node. */
  cut(...directions: readonly Direction[]): void
  heal(): void
}

/** A server that takes connections from namespaces must listen everywhere. */
export const listenEverywhere = { listen_addresses: '*' }

const name = `levee${process.pid}`
const [database, clients] = [`ld${process.pid}`, `lc${process.pid}`]
/** Private addresses (RFC 1918); the process's id keeps test runs apart. */
const net = `10.${200 + (process.pid % 50)}.${(process.pid >> 6) % 250}`
const at = { database: `${net}.1`, toDatabase: `${net}.2`, clients: `${net}.5`, toClients: `${net}.6` }
const nobody = '02:00:00:00:00:01'

/** Why there can be no namespace here, or undefined. Only root may make one. */
export function noNamespace(): string | undefined {
  if (process.getuid?.() !== 0)
    return 'network namespaces need root; the forwarder has cut the network instead'
  const made = spawnSync('ip', ['netns', 'add', `${name}try`], { encoding: 'utf8' })
  if (made.error !== undefined || made.status !== 0)
    return `network namespaces cannot be made here: ${made.error?.message ?? made.stderr}`
  ip('netns', 'del', `${name}try`)
  return undefined
}

/** Makes the namespace, and lets its nodes into the server by password. */
export async function openNamespace(primary: PostgresServer): Promise<Namespace> {
  ip('netns', 'add', name)
  cable(database, at.database, at.toDatabase)
  cable(clients, at.clients, at.toClients)
  appendFileSync(join(primary.folder, 'pg_hba.conf'), `host all all ${net}.0/29 scram-sha-256\n`)
  await primary.reload({})
  return {
    place: (plan, { port }) => ({
      ...plan,
      database: { host: at.database, port },
      host: at.toClients,
      life: {
        ...plan.life,
        within: ['ip', 'netns', 'exec', name],
        config: { ...plan.life?.config, host: at.toClients, behindTls: true },
      },
    }),
    cut(...directions) {
      for (const direction of directions) {
        const [where, whom] = sideOf(direction)
        ip(...where, 'neigh', 'replace', whom, 'lladdr', nobody, 'dev', database, 'nud', 'permanent')
      }
    },
    heal() {
      for (const [where, whom] of [sideOf('there'), sideOf('back')])
        spawnSync('ip', [...where, 'neigh', 'del', whom, 'dev', database])
    },
    [Symbol.dispose]: () => ip('netns', 'del', name),
  }
}

/** Who sends that way, and to whom. */
const sideOf = (direction: Direction): [where: string[], whom: string] =>
  direction === 'there' ? [['-n', name], at.database] : [[], at.toDatabase]

/** A pair of interfaces of one name, one on each side. */
function cable(both: string, outside: string, inside: string): void {
  ip('link', 'add', both, 'type', 'veth', 'peer', 'name', both, 'netns', name)
  ip('address', 'add', `${outside}/30`, 'dev', both)
  ip('link', 'set', both, 'up')
  ip('-n', name, 'address', 'add', `${inside}/30`, 'dev', both)
  ip('-n', name, 'link', 'set', both, 'up')
  ip('-n', name, 'link', 'set', 'lo', 'up')
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
}
