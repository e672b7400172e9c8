// What the command line reads of the records through the control door: studies, patients, held entries, history.
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { type Declaration, notArrived } from '../../records/declared-store.ts'
import type { HeldState } from '../../records/held-store.ts'
import type { Patient } from '../../records/patient-store.ts'
import { Problem } from '../../system/problem.ts'
import type { ControlParts } from './server.ts'
import { studyRoutes } from './studies.ts'

/** A patient as blinded staff may see one. */
export type PatientView = Omit<Patient, 'arm'>

/** Entries that a device says it holds and that have not arrived. */
export type HeldByDevice = Pick<Declaration, 'deviceId' | 'contactAt' | 'entries'>

export function recordRoutes(app: FastifyInstance, parts: ControlParts): void {
  studyRoutes(app, parts)
  patientRoutes(app, parts)
  heldRoutes(app, parts)
  staffListRoute(app, parts)
  historyRoute(app, parts)
}

function patientRoutes(
  app: FastifyInstance,
  { stores: { patients, devices, declared, journal } }: ControlParts,
): void {
  app.get<{ Querystring: { studyId: string; after?: string; limit?: string } }>(
    '/patients',
    async ({ query }) =>
      (await patients.after(query.studyId, query.after ?? '', Number(query.limit ?? 100))).map(withoutArm),
  )
  app.get<{ Params: { studyId: string; patientId: string } }>(
    '/patients/:studyId/:patientId',
    async ({ params: { studyId, patientId } }) => {
      const patient = await patients.find(studyId, patientId)
      if (patient === undefined)
        throw new Problem('record.not-found', { record: `patient ${patientId} in ${studyId}` })
      const held: HeldByDevice[] = []
      for (const { deviceId, entries, contactAt } of await declared.ofPatient(studyId, patientId)) {
        const missing = await notArrived(journal, studyId, patientId, entries)
        if (missing.length > 0) held.push({ deviceId, contactAt, entries: missing })
      }
      return { ...withoutArm(patient), devices: await devices.of(studyId, patientId), held }
    },
  )
}

function withoutArm({ arm: _, ...visible }: Patient): PatientView {
  return visible
}

function staffListRoute(app: FastifyInstance, { stores: { staff } }: ControlParts): void {
  app.get<{ Params: { studyId: string } }>('/staff/:studyId', async ({ params }) => staff.of(params.studyId))
}

function heldRoutes(
  app: FastifyInstance,
  { stores: { held, conflicts, journal, signatureChecks, devices } }: ControlParts,
): void {
  app.get<{
    Querystring: { states?: string; studyId?: string; all?: string; after?: string; limit?: string }
  }>('/held', async ({ query }) => ({
    held: await held.list({
      states: (query.states ?? 'dead,quarantined,retrying').split(',') as HeldState[],
      ...(query.studyId === undefined ? {} : { studyId: query.studyId }),
      includeSetAside: query.all === 'true',
      after: Number(query.after ?? 0),
      limit: Number(query.limit ?? 100),
    }),
    conflicts: await conflicts.list(query.all === 'true', Number(query.limit ?? 100)),
  }))
  const entryAt = async (position: number) => {
    const entry = await journal.entryAt(position)
    if (entry === undefined) throw new Problem('record.not-found', { record: `entry ${position}` })
    return { ...entry, body: entry.body.toString('base64') }
  }
  app.get<{ Params: { position: string } }>('/entries/:position', async ({ params }) => {
    const position = Number(params.position)
    const signature = (await signatureChecks.at(position)) ?? null
    const entry = await entryAt(position)
    const keys = await devices.publicKeysOf([entry.deviceId])
    const publicKey = keys.get(entry.deviceId) ?? null
    return { ...entry, held: await held.at(position), signature, publicKey }
  })
  app.get<{ Querystring: { studyId: string; after?: string; limit?: string } }>(
    '/signatures/failed',
    async ({ query }) =>
      signatureChecks.failed(query.studyId, {
        sites: null,
        after: Number(query.after ?? 0),
        limit: Number(query.limit ?? 100),
      }),
  )
  app.get<{ Params: { id: string } }>('/conflicts/:id', async ({ params }) => {
    const second = await journal.evidence(Number(params.id))
    if (second === undefined) throw new Problem('record.not-found', { record: `conflict ${params.id}` })
    return {
      first: await entryAt(second.position),
      second: { ...second, body: second.body.toString('base64') },
    }
  })
}

function historyRoute(app: FastifyInstance, { stores: { journal }, history }: ControlParts): void {
  app.get<{ Querystring: { from: string; to: string } }>('/history', async ({ query }, reply) => {
    const from = Math.max(1, Number(query.from))
    const to = Math.min(Number(query.to), await journal.lastPosition())
    if (!Number.isInteger(from) || !Number.isInteger(to))
      throw new Problem('submission.invalid', { member: 'to', expected: 'a journal position' })
    return reply.type('application/x-ndjson').send(Readable.from(history(from, to)))
  })
}
