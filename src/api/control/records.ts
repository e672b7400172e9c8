// What the command line reads of the records through the control door: studies, patients, held entries, history.
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { HeldState } from '../../records/held-store.ts'
import type { Patient } from '../../records/patient-store.ts'
import { compileStudy } from '../../study/compile-study.ts'
import { textIn } from '../../study/text.ts'
import { Problem } from '../../system/problem.ts'
import type { ControlParts } from './server.ts'

/** One study in the list. */
export type StudyRow = { studyId: string; version: string; sha256: string; patients: number }
/** A study with what enrolment needs to know. */
export type StudyView = StudyRow & {
  readonly title: string
  readonly sites: { id: string; zone: string }[]
  readonly forms: { id: string; version: string }[]
}
/** A patient as blinded staff may see one. */
export type PatientView = Omit<Patient, 'arm'>

export function recordRoutes(app: FastifyInstance, parts: ControlParts): void {
  studyRoutes(app, parts)
  patientRoutes(app, parts)
  heldRoutes(app, parts)
  historyRoute(app, parts)
}

function studyRoutes(app: FastifyInstance, { stores: { studies, patients } }: ControlParts): void {
  app.get('/studies', async (): Promise<StudyRow[]> => {
    const counts = await patients.counts()
    const rows: StudyRow[] = []
    for (const studyId of await studies.ids()) {
      const { version, sha256 } = (await studies.inForce(studyId))!
      rows.push({ studyId, version, sha256, patients: counts.get(studyId) ?? 0 })
    }
    return rows
  })
  app.get<{ Params: { studyId: string } }>('/studies/:studyId', async ({ params }): Promise<StudyView> => {
    const study = await studies.inForce(params.studyId)
    if (study === undefined) throw new Problem('record.not-found', { record: `study ${params.studyId}` })
    const plan = compileStudy(study.files)
    return {
      studyId: study.studyId,
      version: study.version,
      sha256: study.sha256,
      patients: (await patients.counts()).get(study.studyId) ?? 0,
      title: textIn(plan.title, 'en'),
      sites: plan.sites.map(({ id, zone }) => ({ id, zone })),
      forms: [...plan.forms.values()].map(({ id, version }) => ({ id, version })),
    }
  })
}

function patientRoutes(app: FastifyInstance, { stores: { patients, devices } }: ControlParts): void {
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
      return { ...withoutArm(patient), devices: await devices.of(studyId, patientId) }
    },
  )
}

function withoutArm({ arm: _, ...visible }: Patient): PatientView {
  return visible
}

function heldRoutes(app: FastifyInstance, { stores: { held, conflicts, journal } }: ControlParts): void {
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
    return { ...(await entryAt(position)), held: await held.at(position) }
  })
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
