// The control door: a Unix socket in the data folder, for the command line of whoever may read that folder.
// It is the way of the machine's administrator; members of the staff come through the HTTP door.
import { chmodSync, rmSync } from 'node:fs'
import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import type { Devices } from '../../identity/devices.ts'
import type { JournalFigures } from '../../intake/journal.ts'
import { isMember } from '../../processing/entitled.ts'
import { isReminderAction } from '../../processing/reminders/reminder-actions.ts'
import type { Action, ActionResults } from '../../processing/staff-actions.ts'
import type { Stores } from '../../processing/stores.ts'
import type { Trial, TrialFigures } from '../../processing/trial.ts'
import { isUnaskedAction } from '../../processing/unasked-actions.ts'
import type { Authority } from '../../records/actions.ts'
import type { SignatureCounts } from '../../records/signature-check-store.ts'
import type { OutboxFigures } from '../../sending/claim-store.ts'
import type { Sender, SenderFigures } from '../../sending/sender.ts'
import type { LagCounts } from '../../system/lag-histogram.ts'
import { Problem } from '../../system/problem.ts'
import type { NewActivation } from '../activation-desk.ts'
import type { LedgerView } from '../ledger.ts'
import type { DoorParts } from '../parts.ts'
import { recordRoutes } from './records.ts'
import { reminderRoutes } from './reminders.ts'
import { socketPath } from './socket-path.ts'

export type ControlParts = DoorParts & {
  readonly trial: Trial
  readonly stores: Stores
  /** Undefined where this node sends nothing. */
  readonly sending: Sender | undefined
  /** The history checker's view of the entries from one position to another, as JSON lines. */
  readonly history: (from: number, to: number) => AsyncIterable<string>
  readonly socket: string
  readonly startedAt: number
  readonly version: string
  /** Addresses of the open doors. */
  readonly addresses: () => { http: string; grpc: string }
}

/** What is asked of `/activation-codes`: a code for each of these patients, valid for so many milliseconds. */
export type IssueCodes = {
  readonly studyId: string
  readonly patientIds: readonly string[]
  readonly validMs: number
  readonly by: Authority
}

/** What `levee status` shows; numbers, codes and addresses only. */
export type ServerStatus = {
  readonly version: string
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly now: number
  readonly addresses: { readonly http: string; readonly grpc: string }
  /** Submissions acknowledged for the first time since the start, and again. */
  readonly received: number
  readonly duplicates: number
  /** Problems answered since the start, by code. */
  readonly problems: Readonly<Record<string, number>>
  readonly acknowledged: LagCounts
  readonly journal: JournalFigures
  /** Highest position of the installation, whichever node kept it. */
  readonly lastPosition: number
  readonly processing: TrialFigures
  readonly ledger: LedgerView
  /** What waits for delivery in the installation, and what this node's sender does if it has one. */
  readonly outbox: OutboxFigures & { readonly sender: SenderFigures | undefined }
  readonly memoryBytes: number
  readonly peakMemoryBytes: number
  /** Why submissions cannot be taken or processed now; empty when all is well. */
  readonly troubles: readonly string[]
  readonly devices: number
  /** Signatures of devices, of all studies together. */
  readonly signatures: SignatureCounts
}

/** Opens the socket for this user only. A stale one of a dead process is replaced; the folder's lock is ours. */
export async function controlDoor(parts: ControlParts): Promise<FastifyInstance> {
  const { socket } = parts
  const app = fastify({ logger: false, bodyLimit: 256 * 1024 * 1024 })
  answerFailures(app, parts)
  statusRoute(app, parts)
  recordRoutes(app, parts)
  reminderRoutes(app, parts)
  app.post<{ Body: IssueCodes }>('/activation-codes', async ({ body }): Promise<NewActivation[]> => {
    const { studyId, patientIds, validMs, by } = body
    if (isMember(String(by.actor)))
      throw new Problem('permission.missing', { permission: 'staff token', role: 'local' })
    return parts.activation.issue(studyId, patientIds, validMs, by)
  })
  app.post<{ Body: Action }>('/actions', async (request) => {
    // Whoever may open the socket acts as this machine's user, never in the name of a member of the staff.
    const { body } = request
    if (
      body.do === 'work' ||
      isUnaskedAction(body) ||
      isReminderAction(body) ||
      isMember(String(body.by?.actor))
    )
      throw new Problem('permission.missing', { permission: 'staff token', role: 'local' })
    const result = await parts.trial.act(request.body)
    followDevices(parts.devices, request.body, result)
    return result
  })
  rmSync(socket, { force: true })
  await app.listen({ path: socketPath(socket) })
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

/** Who may open the socket may know why an action failed; whoever comes through the other doors may not. */
function answerFailures(app: FastifyInstance, { log }: ControlParts): void {
  app.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    if (error instanceof Problem) return reply.code(error.status).send(error.toDocument())
    log.warn('control request failed', { route: request.routeOptions.url ?? '' })
    return reply.code(error.statusCode ?? 500).send({ detail: error.message })
  })
}

function statusRoute(app: FastifyInstance, parts: ControlParts): void {
  app.get(
    '/status',
    async (): Promise<ServerStatus> => ({
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
      lastPosition: await parts.stores.journal.lastPosition(),
      processing: parts.trial.figures(),
      ledger: await parts.ledger(),
      outbox: { ...(await parts.stores.messages.figures()), sender: parts.sending?.figures() },
      memoryBytes: process.memoryUsage.rss(),
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      troubles: parts.troubles(),
      signatures: await parts.stores.signatureChecks.totals(),
      devices: parts.devices.size,
    }),
  )
}
