// All checks of a cluster, in groups, the quick ones first.
import { auditReader } from '../../records/audit-store.postgres.ts'
import { studiesWithCheckpoints } from '../../records/checkpoint-files.ts'
import type { DataFolder } from '../../storage/folder.ts'
import type { Copies } from '../../storage/postgres.ts'
import { verifierKeyOf } from '../audit.ts'
import { attempt, withBar } from './attempt.ts'
import { gateChecks, logChecks } from './audit-checks.ts'
import { type Check, warn } from './check.ts'
import {
  installationCheck,
  ledgerCheck,
  reconcileCluster,
  schemaCheck,
  waitingCheck,
} from './cluster-checks.ts'
import { auditWalk } from './cluster-store.postgres.ts'
import { nodesOf, readServer, serverChecks } from './server-checks.ts'
import { inLookSnapshot, type Look, openLook, sessions } from './server-store.postgres.ts'
import { standbyChecks } from './standby-checks.ts'

/** Where to look. `folder` is that of the node from whose machine we look. */
export type ClusterPlace = {
  readonly url: string
  readonly copies: Copies
  readonly folder: DataFolder
  readonly quick: boolean
}

/** `nodes` hears how many nodes are connected. A group that cannot be done is a failed check. */
export async function* examineCluster(
  place: ClusterPlace,
  nodes: (count: number) => void,
): AsyncGenerator<Check[]> {
  let open: Look | undefined
  const reached = await attempt('connection', async () => {
    open = await openLook(place.url)
    return []
  })
  if (open === undefined) return yield reached.map((check) => ({ ...check, remedy: unreachable }))
  await using look = open
  const server = await readServer(look)
  yield await attempt('server', () => serverChecks(look, server, place.copies))
  if (server.standby) return
  yield await attempt('copies', () => standbyChecks(look, server, place.copies))
  const connected = nodesOf(await sessions(look)).size
  nodes(connected)
  const schema = await attempt('schema', async () => [await schemaCheck(look.pool)])
  yield schema
  if (schema[0]?.state === 'fail') return
  yield* examineInstallation(place, look, connected > 0)
}

const unreachable = 'check the URL, that the server runs, pg_hba.conf, and the network between here and there'

async function* examineInstallation(
  { folder, quick }: ClusterPlace,
  look: Look,
  running: boolean,
): AsyncGenerator<Check[]> {
  const { pool } = look
  const installed = await attempt('installation', async () => [await installationCheck(pool, folder)])
  yield installed
  if (installed.some((check) => check.name === 'installation')) return
  yield await attempt('waiting', async () => [await waitingCheck(pool, Date.now()), await ledgerCheck(pool)])
  const key = keyOf(folder)
  if (key === undefined) return
  yield await attempt('audit gate', async () =>
    studiesWithCheckpoints(folder.checkpoints).length === 0
      ? [noCheckpoints(folder)]
      : gateChecks(folder.checkpoints, key, (read) =>
          inLookSnapshot(look, (client) => read(auditReader(client))),
        ),
  )
  if (quick) return
  yield await withBar('counting  ', (tell) =>
    attempt('accounting', () => reconcileCluster(pool, running, tell)),
  )
  yield await withBar('recomputing', (tell) =>
    attempt('audit log', async () => logChecks(auditWalk(pool), await auditReader(pool).heads(), key, tell)),
  )
}

const noCheckpoints = ({ checkpoints }: DataFolder): Check =>
  warn(
    'audit gate',
    `${checkpoints} holds no checkpoint, so a database that was rolled back is not noticed from here`,
    'look from a node that processes, or name its folder with --data or --checkpoints',
  )

/** The key that verifies checkpoints; undefined where the folder does not hold it, which another check tells. */
function keyOf(folder: DataFolder): string | undefined {
  try {
    return verifierKeyOf(folder.path)
  } catch {
    return undefined
  }
}
