// An installation of several nodes on one PostgreSQL database, each a process of its own that a test may kill, with
// its own path to the database; clients reach the intake nodes through one door, as through a load balancer.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { controlClient } from '../../src/cli/control-client.ts'
import type { LoadPatient } from '../../src/cli/load/diaries.ts'
import { openPostgres, type Postgres } from '../../src/storage/postgres.ts'
import { type Link, openLink, type Target } from './cluster-link.ts'
import { type CrashClient, crashClient } from './crash-client.ts'
import { seedStudy } from './crash-seed.ts'
import { type CrashServer, type ServerOptions, startServer, tempFolder } from './crash-server.ts'
import type { PostgresServer } from './postgres-server.ts'

/** How one life of a node differs from a plain one. */
export type Life = Pick<ServerOptions, 'config' | 'faults' | 'mutants' | 'within'>

/** `within`: surroundings in which the node runs: how it is started there, where it listens, how it sees the database. */
export type NodePlan = {
  readonly name: string
  readonly roles: string
  readonly life?: Life
  /** Where the node finds the primary, if not on its link. */
  readonly database?: Target
  /** Where the door finds the node's HTTP port; the loopback interface unless named. */
  readonly host?: string
}

export type ClusterNode = {
  readonly name: string
  readonly roles: string
  readonly data: string
  /** Its path to the database. */
  readonly link: Link
  /** Its present or last life. */
  readonly server: CrashServer
  /** Starts a new life, on the same port. Throws StartRefused. */
  start(life?: Life): Promise<void>
}

/** Two that receive, two that process. */
export const fourNodes: readonly NodePlan[] = [
  { name: 'i1', roles: 'intake,api' },
  { name: 'i2', roles: 'intake,api' },
  { name: 'p1', roles: 'processing' },
  { name: 'p2', roles: 'processing' },
]

export type InstallationOptions = {
  readonly primary: PostgresServer
  readonly nodes?: readonly NodePlan[]
  readonly copies?: 'standby' | 'one'
  /** Of every first life. */
  readonly life?: Life
  readonly patients?: number
}

export type Installation = AsyncDisposable & {
  /** By its name. */
  node(name: string): ClusterNode
  readonly nodes: readonly ClusterNode[]
  /** Leads to the intake nodes in turn, passing over those that are down. */
  readonly door: Link
  readonly client: CrashClient
  readonly patients: readonly LoadPatient[]
  /** A database connection of the test, which follows the primary. */
  readonly db: Postgres
  rows(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  /** The address of the primary now leads here, and connections that led elsewhere end. */
  turnTo(primary: PostgresServer): void
  /** Resolves when nothing is in flight and the last checkpoint covers every log. */
  settle(atMostMs?: number): Promise<void>
}

let made = 0

/** Makes a database on the primary, starts the nodes, and enrols patients. */
export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const { primary, nodes: plans = fourNodes, copies = 'standby', patients: count = 160 } = options
  await using parts = new AsyncDisposableStack()
  const database = `levee_${++made}`
  await primary.query(`CREATE DATABASE ${database}`)
  const links: Link[] = []
  const newLink = async () => {
    const link = parts.use(await openLink({ port: primary.port }))
    links.push(link)
    return link
  }
  const { password } = new URL(primary.url)
  const urlBy = ({ host = '127.0.0.1', port }: Target) =>
    `postgres://postgres:${password}@${host}:${port}/${database}`
  const open = async (plan: NodePlan, keysOf?: ClusterNode) => {
    const data = parts.use(tempFolder()).path
    if (keysOf !== undefined) cpSync(join(keysOf.data, 'keys'), join(data, 'keys'), { recursive: true })
    const link = await newLink()
    const config = { database: urlBy(plan.database ?? link), copies, node: plan.name, roles: plan.roles }
    const node = await startNode(plan, { data, link, config }, { ...options.life, ...plan.life })
    parts.defer(() => node.server[Symbol.asyncDispose]())
    return node
  }
  const first = await open(plans[0]!)
  const nodes = [first, ...(await Promise.all(plans.slice(1).map((plan) => open(plan, first))))]
  const patients = await seedStudy(first.data, count)
  const doors = nodes.filter((n) => n.roles.includes('intake'))
  for (const { data } of doors) await when('every node knows the devices', () => knows(data, count))
  const hostOf = (name: string) => plans.find((p) => p.name === name)?.host ?? '127.0.0.1'
  const door = parts.use(
    await openLink(...doors.map(({ name, server }) => ({ port: server.port, host: hostOf(name) }))),
  )
  const client = parts.use(crashClient(door, patients))
  const own = urlBy(await newLink())
  const db = parts.use(await openPostgres(own, { copies: 'one', name: 'test', connections: 2 }))
  const rows = async (text: string, values?: unknown[]) => (await db.pool.query(text, values)).rows
  const running = parts.move()
  return {
    ...{ nodes, door, client, patients, db, rows },
    node: (name) => nodes.find((n) => n.name === name)!,
    turnTo(primary) {
      for (const link of links) {
        link.leadTo({ port: primary.port })
        link.sever()
      }
    },
    settle: (atMostMs = 40_000) => when('nothing is in flight', () => isSettled(rows), atMostMs),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

type Ground = { readonly data: string; readonly link: Link; readonly config: Record<string, unknown> }

async function startNode(plan: NodePlan, { data, link, config }: Ground, first: Life): Promise<ClusterNode> {
  const live = (port: number, life: Life) =>
    startServer({
      ...plan.life,
      ...life,
      data,
      port,
      config: { ...plan.life?.config, ...life.config, ...config },
    })
  let server = await live(0, first)
  return {
    ...{ name: plan.name, roles: plan.roles, data, link },
    get server() {
      return server
    },
    async start(life = {}) {
      server = await live(server.port, life)
    },
  }
}

async function knows(data: string, devices: number): Promise<boolean> {
  return (await controlClient(data).get<{ devices: number }>('/status')).devices === devices
}

async function isSettled(rows: Installation['rows']): Promise<boolean> {
  const [row] = await rows(
    `SELECT NOT EXISTS (SELECT 1 FROM waiting) AND NOT EXISTS (SELECT 1 FROM held WHERE state = 'retrying')
       AND NOT EXISTS (SELECT 1 FROM audit_heads AS h WHERE h.size > (
         SELECT COALESCE(MAX(c.size), 0) FROM audit_checkpoints AS c WHERE c.study_id = h.study_id)) AS settled`,
  )
  return row?.settled === true
}

/** Waits for a condition; one that throws is not met yet. Rejects after `atMostMs` with what was waited for. */
export async function when(
  what: string,
  condition: () => boolean | Promise<boolean>,
  atMostMs = 40_000,
): Promise<void> {
  let why = ''
  const met = async () => condition()
  for (const last = performance.now() + atMostMs; ; await sleep(20)) {
    const yes = await met().catch((error: Error) => {
      why = `: ${error.message}`
      return false
    })
    if (yes) return
    if (performance.now() > last) throw new Error(`waited in vain until ${what}${why}`)
  }
}
