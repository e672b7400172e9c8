// What phones are answered, as schemas for the API's description. `Today` of web/patient/src/model.ts is the same.
import Type from 'typebox'

const instant = (description: string) => Type.String({ format: 'date-time', description })
const maybe = (description: string) => Type.Union([Type.String(), Type.Null()], { description })
const named = { form: Type.String(), formVersion: Type.String(), title: Type.String() }

const Due = Type.Object({
  key: Type.String({ description: '`form/occasion`.' }),
  ...named,
  occasion: Type.String({ description: 'To be sent with the submission.' }),
  dueDate: Type.String({ format: 'date' }),
  zone: Type.String({ description: 'IANA zone in which the window was resolved.' }),
  opensAt: instant('First instant of the window.'),
  closesAt: instant('First instant after it.'),
  graceUntil: instant('What was opened before `closesAt` may be finished until then.'),
  justifyAt: maybe('From when a late entry needs a reason.'),
  locksAt: maybe('From when an entry counts as coming after the lock.'),
  reminderAt: maybe('When a reminder is due.'),
  state: Type.Union(
    ['planned', 'open', 'submitted', 'missed', 'not-evaluable'].map((state) => Type.Literal(state)),
    { description: 'As known here; a phone overlays what it holds.' },
  ),
  submittedAt: maybe('When its entry took effect here.'),
})

export const TodaySchema = Type.Object(
  {
    serverTime: instant('Not part of what the ETag stands for.'),
    study: Type.Object({ id: Type.String(), title: Type.String() }),
    patient: Type.Object({
      id: Type.String(),
      zone: Type.String({ description: 'IANA zone of the home.' }),
      language: Type.String(),
      status: Type.Union(['active', 'withdrawn', 'completed'].map((status) => Type.Literal(status))),
    }),
    languages: Type.Array(Type.String(), { description: 'BCP 47 tags the texts of the study have.' }),
    site: Type.Object({ name: Type.String(), phone: maybe('To be called for help.') }),
    help: maybe('What to do in an emergency.'),
    due: Type.Array(Due, { description: 'By due date.' }),
    events: Type.Array(Type.Object(named), {
      description: 'Forms that are filled in when something happens.',
    }),
    forms: Type.Array(
      Type.Object({
        ...named,
        sha256: Type.String({ description: 'Of the bytes at `url`, hex.' }),
        url: Type.String(),
      }),
      { description: 'Every form version that may be needed.' },
    ),
    lateReasons: Type.Array(Type.Object({ code: Type.String(), text: Type.String() })),
    proxy: Type.Boolean({ description: 'Whether somebody may answer for the patient.' }),
    receiptKeys: Type.Array(Type.Object({ id: Type.String(), spki: Type.String() }), {
      description: 'Ed25519 public keys that receipts are verified with; SPKI, base64.',
    }),
    reminders: Type.Object({
      pushKey: maybe('VAPID public key, base64url; null where no pushes are sent.'),
      quiet: Type.Object({ from: Type.String(), to: Type.String() }),
    }),
  },
  { description: 'What a phone shows and needs for the next 14 days.' },
)

export const DeviceFormSchema = Type.Object(
  { form: Type.String(), formVersion: Type.String(), language: Type.String(), title: Type.String() },
  {
    additionalProperties: true,
    description:
      'The form as screens, conditions and rules; its shape is DeviceForm in src/study/device/device-form.ts.',
  },
)
