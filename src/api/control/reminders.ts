// What the command line does about reminders: the log of them, and how patients are reached besides by push. An address
// is sealed here; the writer and the database see the sealed value alone, and none is ever told again.
import type { FastifyInstance } from 'fastify'
import { isMember } from '../../processing/entitled.ts'
import type { Authority } from '../../records/actions.ts'
import { type ContactKind, contactKinds } from '../../sending/reminders/reach-store.ts'
import type { ReminderDoor } from '../../sending/reminders/reminder-door.ts'
import type { Reminder } from '../../sending/reminders/reminder-store.ts'
import { ownerOf } from '../../sending/reminders/seal.ts'
import { Problem } from '../../system/problem.ts'
import type { ControlParts } from './server.ts'

/** Enters, changes or, with null, forgets how a patient is reached. */
export type SetContact = {
  readonly studyId: string
  readonly patientId: string
  readonly kind: ContactKind
  readonly value: string | null
  readonly by: Authority
}

/** How a patient is reached: that there is something, never what it is. */
export type ContactView = {
  readonly phones: number
  readonly kinds: readonly ContactKind[]
  /** Ways in which this installation sends reminders. */
  readonly ways: ReminderDoor['ways']
}

/** One reminder as the site may see it. */
export type ReminderView = Reminder

const patterns: Readonly<Record<ContactKind, { readonly form: RegExp; readonly expected: string }>> = {
  // Not the whole of RFC 5321: what people have, and nothing that could become a header.
  email: {
    form: /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$/,
    expected: 'an e-mail address such as anna@example.org',
  },
  phone: { form: /^\+[1-9][0-9]{6,14}$/, expected: 'a number such as +49301234567 (E.164)' },
}

export function reminderRoutes(app: FastifyInstance, parts: ControlParts): void {
  const { stores, trial } = parts
  app.post<{ Body: SetContact }>('/contacts', async ({ body }) => {
    const { studyId, patientId, kind, value, by } = body
    if (isMember(String(by.actor)))
      throw new Problem('permission.missing', { permission: 'staff token', role: 'local' })
    if (!contactKinds.includes(kind))
      throw new Problem('request.invalid', { member: 'kind', expected: contactKinds.join(' or ') })
    const { form, expected } = patterns[kind]
    if (value !== null && !(value.length <= 254 && form.test(value)))
      throw new Problem('request.invalid', { member: kind, expected })
    const owner = ownerOf(studyId, patientId, kind)
    const sealed =
      value === null ? null : parts.reminders.seal.seal(owner, JSON.stringify(value)).toString('base64')
    return trial.act({ do: 'set-contact', studyId, patientId, kind, sealed, by })
  })
  app.get<{ Params: { studyId: string; patientId: string } }>(
    '/contacts/:studyId/:patientId',
    async ({ params: { studyId, patientId } }): Promise<ContactView> => {
      if ((await stores.patients.find(studyId, patientId)) === undefined)
        throw new Problem('record.not-found', { record: `patient ${patientId} in ${studyId}` })
      const { subscriptions, contacts } = await stores.reach.of(studyId, patientId)
      const kinds = contacts.map(({ kind }) => kind)
      return { phones: subscriptions.length, kinds, ways: parts.reminders.ways }
    },
  )
  app.get<{ Querystring: { studyId: string; patientId?: string; from: string; to: string; limit: string } }>(
    '/reminders',
    async ({ query }): Promise<readonly ReminderView[]> =>
      stores.reminders.list({
        studyId: query.studyId,
        ...(query.patientId === undefined ? {} : { patientId: query.patientId }),
        from: Number(query.from),
        to: Number(query.to),
        limit: Number(query.limit),
      }),
  )
  app.get<{ Params: { id: string } }>('/reminders/:id', async ({ params: { id } }): Promise<ReminderView> => {
    const found = await stores.reminders.one(id)
    if (found === undefined) throw new Problem('record.not-found', { record: `reminder ${id}` })
    return found
  })
}
