// What staff put on record about a patient's course: days that cannot be judged, dates that schedules count from, dose
// levels and holds; and the emergency unblinding. Each is one action of the writer with its audit entry.
import Type, { type TProperties } from 'typebox'
import { notEvaluableCauses } from '../../../records/course-actions.ts'
import { byCaller } from './held.ts'
import { onePatient, patientView } from './patients.ts'
import type { StaffCall, StaffDoorParts, StaffRoute } from './staff-route.ts'
import { PatientSchema, ReasonBody, words } from './staff-schemas.ts'

const date = (description: string) => Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description })
const dateOrNull = (description: string) => Type.Union([date('ISO date.'), Type.Null()], { description })
const id = Type.String({ minLength: 1, maxLength: 64 })
const bodyOf = (members: TProperties) =>
  Type.Object(
    { ...members, reason: words('Becomes part of the audit log.') },
    { additionalProperties: false },
  )

const NotEvaluableBody = bodyOf({
  from: date('First day.'),
  to: date('Last day, included.'),
  cause: Type.Union(notEvaluableCauses.map((cause) => Type.Literal(cause))),
})
const AnchorBody = bodyOf({
  date: dateOrNull('ISO date at the site; null takes back one that was entered by mistake.'),
  cycle: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Which date of an anchor that repeats; left out: the next one.',
    }),
  ),
})
const LevelBody = bodyOf({ level: id, from: date('First day of the level.') })
const HoldBody = bodyOf({
  from: date('First day without the dose.'),
  to: Type.Optional(dateOrNull('Last day without it; null or left out: until it is resumed.')),
  cause: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'One of the causes the study names, if it names any.',
  }),
})
const ResumeBody = bodyOf({ on: date('First day on which the dose is taken again.') })

const UnblindingSchema = Type.Object(
  {
    patientId: Type.String(),
    arm: Type.String(),
    meaning: Type.Union([
      Type.Object({ role: Type.String(), text: Type.Record(Type.String(), Type.String()) }),
      Type.Null(),
    ]),
  },
  { description: 'The arm and what it means. Not to be kept where blinded people read.' },
)

type Acting = StaffCall & { readonly studyId: string; readonly patientId: string }

/** A route that changes the course of the patient of the path and answers the patient as it stands then. */
const changing = (
  url: string,
  of: Pick<StaffRoute, 'id' | 'permission' | 'summary' | 'body'>,
  act: (call: Acting, parts: StaffDoorParts) => Promise<unknown>,
): StaffRoute => ({
  ...of,
  method: 'POST',
  url: `/patients/:patient${url}`,
  answer: PatientSchema,
  handler: async (call, parts) => {
    const { studyId, patientId } = await onePatient(call, parts.stores)
    await act({ ...call, studyId, patientId }, parts)
    return { body: patientView(await onePatient(call, parts.stores)), status: 201 }
  },
})

/** Whose course the action of a call changes, and who acts. */
const of = (call: Acting) => ({ studyId: call.studyId, patientId: call.patientId, by: byCaller(call) })

const dateRoutes: readonly StaffRoute[] = [
  changing(
    '/not-evaluable',
    {
      id: 'markNotEvaluable',
      permission: 'occasions.judge',
      summary: 'Leave what was due on some days out of compliance',
      body: NotEvaluableBody,
    },
    (call, { act }) => {
      const { from, to, cause } = call.body as { from: string; to: string; cause: string }
      return act({ do: 'mark-not-evaluable', ...of(call), from, to, cause })
    },
  ),
  changing(
    '/anchors/:anchor',
    {
      id: 'setAnchor',
      permission: 'patients.course',
      summary: 'Enter, correct or take back a date that schedules count from',
      body: AnchorBody,
    },
    (call, { act }) => {
      const { date, cycle } = call.body as { date: string | null; cycle?: number }
      const { anchor = '' } = call.params
      return act({ do: 'set-anchor', ...of(call), anchor, date, ...(cycle === undefined ? {} : { cycle }) })
    },
  ),
]

const permission = 'doses.change'
const doseRoutes: readonly StaffRoute[] = [
  changing(
    '/doses/:dose/level',
    { id: 'setDoseLevel', permission, summary: 'Set the level of a dose from a day on', body: LevelBody },
    (call, { act }) => {
      const { level, from } = call.body as { level: string; from: string }
      return act({ do: 'set-dose-level', ...of(call), dose: call.params.dose ?? '', level, from })
    },
  ),
  changing(
    '/doses/:dose/hold',
    { id: 'holdDose', permission, summary: 'Hold a dose; a held dose is never a missed one', body: HoldBody },
    (call, { act }) => {
      const { from, to = null, cause } = call.body as { from: string; to?: string | null; cause: string }
      return act({ do: 'hold-dose', ...of(call), dose: call.params.dose ?? '', from, to, cause })
    },
  ),
  changing(
    '/doses/:dose/resume',
    { id: 'resumeDose', permission, summary: 'End the hold of a dose', body: ResumeBody },
    (call, { act }) => {
      const { on } = call.body as { on: string }
      return act({ do: 'resume-dose', ...of(call), dose: call.params.dose ?? '', on })
    },
  ),
]

/** The audit entry is kept before the arm is told; the answer is never cached, and nothing of it is kept. */
const unblinding: StaffRoute = {
  method: 'POST',
  url: '/patients/:patient/unblinding',
  permission: 'patients.unblind',
  id: 'unblindPatient',
  summary: "Tell a patient's arm, in an emergency or to unblinded staff",
  body: ReasonBody,
  answer: UnblindingSchema,
  handler: async (call, { stores, act }) => {
    const { studyId, patientId } = await onePatient(call, stores)
    const { arm, meaning } = await act({ do: 'unblind', studyId, patientId, by: byCaller(call) })
    return { body: { patientId, arm, meaning }, status: 201 }
  },
}

/** A patient's course as staff change it, and the unblinding of a patient. */
export const courseRoutes: readonly StaffRoute[] = [...dateRoutes, ...doseRoutes, unblinding]
