// A tablet of the site is handed to a patient for one form: staff get a code that is good for one tablet and a quarter
// of an hour. What the tablet may do then ends by itself.
import Type from 'typebox'
import { actorOf } from '../../../processing/entitled.ts'
import { activationPath } from '../../activation-desk.ts'
import { onePatient } from './patients.ts'
import type { StaffRoute } from './staff-route.ts'

const id = Type.String({ minLength: 1, maxLength: 64 })

const HandOverBody = Type.Object(
  {
    form: id,
    formVersion: Type.Optional({
      ...id,
      description: "Standard: the one in use at the patient's site today.",
    }),
    occasion: Type.Optional({ ...id, description: 'Which due instance of the form, where it has one.' }),
  },
  { additionalProperties: false },
)

const HandOverAnswer = Type.Object(
  {
    code: Type.String({ description: 'Ten characters, shown once.' }),
    expiresAt: Type.String({ description: 'ISO 8601 UTC.' }),
    url: Type.String({ description: 'Opens the app with the code; relative to where the app is served.' }),
    form: id,
    formVersion: id,
  },
  { description: 'A code for one tablet.' },
)

export const handOverRoutes: readonly StaffRoute[] = [
  {
    method: 'POST',
    url: '/patients/:patient/handover',
    permission: 'devices.hand-over',
    id: 'handOver',
    summary: 'A code for a tablet of the site, for one form of one patient',
    body: HandOverBody,
    answer: HandOverAnswer,
    handler: async (call, parts) => {
      const { studyId, patientId } = await onePatient(call, parts.stores)
      const wanted = call.body as { form: string; formVersion?: string; occasion?: string }
      const by = { actor: actorOf(call.caller), reason: 'handed over at the site' }
      const { code, expiresAt, form } = await parts.handOver({ studyId, patientId, ...wanted }, by)
      const body = {
        code,
        expiresAt: new Date(expiresAt).toISOString(),
        url: activationPath(code),
        form: form.form,
        formVersion: form.formVersion,
      }
      return { body, status: 201 }
    },
  },
]
