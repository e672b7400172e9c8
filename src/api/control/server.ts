// The control door: a Unix socket in the data folder, for the command line of whoever may read that folder.
// It is how staff actions reach a running server until there are staff accounts.
import { chmodSync, rmSync } from 'node:fs'
import fastify, { type FastifyInstance } from 'fastify'
import type { Devices } from '../../identity/devices.ts'
import type { JournalReader } from '../../intake/journal-store.sqlite.ts'
import type { Action, ActionResults } from '../../processing/staff-actions.ts'
import type { Trial } from '../../processing/trial.ts'
import { listConflicts } from '../../records/conflict-store.sqlite.ts'
import { type HeldState, heldReader } from '../../records/held-store.sqlite.ts'
import { patientCounts, patientsAfter } from '../../records/patient-store.sqlite.ts'
import { studyIds, studyInForce } from '../../records/study-store.sqlite.ts'
import type { Database } from '../../storage/sqlite.ts'
import { Problem } from '../../system/problem.ts'
import { answerProblems } from '../http/problems.ts'
import type { DoorParts } from '../parts.ts'

export type ControlParts = DoorParts & {
  readonly trial: Trial
  readonly journalReader: JournalReader
  readonly records: Database
  readonly startedAt: number
  readonly version: string
  /** Addresses of the open doors. */
  readonly addresses: () => { http: string; grpc: string }
}

/** Opens the socket for this user only. A stale one of a dead process is replaced; the folder's lock is ours. */
export async function controlDoor(parts: ControlParts, socket: string): Promise<FastifyInstance> {
  const app = fastify({ logger: false, bodyLimit: 256 * 1024 * 1024 })
  answerProblems(app, parts)
  statusRoute(app, parts)
  recordRoutes(app, parts)
  app.post<{ Body: Action }>('/actions', async (request) => {
    const result = await parts.trial.act(request.body)
    followDevices(parts.devices, request.body, result)
    return result
  })
  rmSync(socket, { force: true })
  await app.listen({ path: socket })
  chmodSync(socket, 0o600)
  return app
}

/** A device counts, or counts no more, before the command that said so has its answer. */
function followDevices(devices: Devices, action: Action, result: ActionResults[Action['do']]): void {
  if (action.do === 'issue-tokens') {
    const { issued, revoked } = result as ActionResults['issue-tokens']
    for (const deviceId of revoked) devices.revoke(deviceId)
    for (const { tokenSha256, device } of issued) devices.add(tokenSha256, device)
  } else if (action.do === 'revoke-tokens') {
    for (const deviceId of (result as ActionResults['revoke-tokens']).revoked) devices.revoke(deviceId)
  }
}

function statusRoute(app: FastifyInstance, parts: ControlParts): void {
  app.get('/status', async () => ({
    version: parts.version,
    pid: process.pid,
    startedAt: parts.startedAt,
    now: Date.now(),
    addresses: parts.addresses(),
    received: parts.figures.received,
    duplicates: parts.figures.duplicates,
    problems: Object.fromEntries(parts.figures.problems),
    acknowledged: parts.figures.acknowledged.counts(),
    journal: parts.journal.figures(),
    processing: parts.trial.figures(),
    ledger: parts.ledger(),
    memoryBytes: process.memoryUsage.rss(),
    troubles: parts.troubles(),
    devices: parts.devices.size,
  }))
}

function recordRoutes(app: FastifyInstance, { records, journalReader }: ControlParts): void {
  app.get('/studies', async () => {
    const patients = patientCounts(records)
    return studyIds(records).map((studyId) => {
      const { version, sha256 } = studyInForce(records, studyId)!
      return { studyId, version, sha256, patients: patients.get(studyId) ?? 0 }
    })
  })
  app.get<{ Querystring: { studyId: string; after?: string; limit?: string } }>('/patients', async ({ query }) =>
    patientsAfter(records, query.studyId, query.after ?? '', Number(query.limit ?? 100)).map(({ arm: _, ...visible }) => visible),
  )
  app.get<{ Querystring: { states?: string; studyId?: string; all?: string; after?: string; limit?: string } }>(
    '/held',
    async ({ query }) => ({
      held: heldReader(records).list({
        states: (query.states ?? 'dead,quarantined,retrying').split(',') as HeldState[],
        ...(query.studyId === undefined ? {} : { studyId: query.studyId }),
        includeSetAside: query.all === 'true',
        after: Number(query.after ?? 0),
        limit: Number(query.limit ?? 100),
      }),
      conflicts: listConflicts(records, query.all === 'true', Number(query.limit ?? 100)),
    }),
  )
  app.get<{ Params: { position: string } }>('/entries/:position', async ({ params }) => {
    const position = Number(params.position)
    const entry = journalReader.entryAt(position)
    if (entry === undefined) throw new Problem('record.not-found', { record: `entry ${params.position}` })
    return { ...entry, body: entry.body.toString('base64'), held: heldReader(records).at(position) }
  })
}
