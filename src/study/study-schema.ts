// The shape of study.yaml. One schema gives the check at compile and the types; meaning is checked where it is used.
// Unknown members are refused: a misspelt member of a protocol must not be ignored.
import { type Static, Type } from 'typebox'
import { blindingMembers, restrictedFormsSchema } from './blinding/blinding-file.ts'
import { doseSchema, restrictedDosesSchema } from './dose-file.ts'
import { closed, id, languageTag, list, text, words } from './file-schema.ts'
import { patientAppSchema, phoneNumber } from './patient-app-file.ts'
import { rolesSchema } from './roles-file.ts'
import { escalateSchema, looksBackSchema } from './rules/look-back-file.ts'
import { anchorsSchema, scheduleSchema, travelSchema, visitsSchema } from './schedule/schedule-file.ts'
import { factsSchema } from './scoring/facts-file.ts'
import { scoreMembers } from './scoring/scoring-file.ts'

const rule = {
  id,
  version: words,
  form: id,
  item: Type.Optional(Type.String()),
  when: words,
  'looks-back': Type.Optional(looksBackSchema),
  text,
}
const audience = list(id)

export const studySchema = Type.Object(
  {
    id,
    version: id,
    title: text,
    description: Type.Optional(text),
    languages: Type.Optional(list(Type.String({ pattern: languageTag, description: 'a BCP 47 tag' }))),
    'clock-tolerance-minutes': Type.Integer({ minimum: 0, maximum: 1440 }),
    sites: list(Type.Object({ id, name: text, zone: words, phone: Type.Optional(phoneNumber) }, closed)),
    arms: list(Type.Object({ code: id }, closed)),
    roles: Type.Optional(rolesSchema),
    ...blindingMembers,
    'patient-app': Type.Optional(patientAppSchema),
    travel: Type.Optional(travelSchema),
    anchors: Type.Optional(anchorsSchema),
    visits: Type.Optional(visitsSchema),
    forms: list(
      Type.Object(
        {
          file: words,
          schedule: scheduleSchema,
        },
        closed,
      ),
    ),
    dose: Type.Optional(doseSchema),
    doses: Type.Optional(list(doseSchema)),
    facts: Type.Optional(factsSchema),
    scores: Type.Optional(Type.Array(Type.Object({ ...scoreMembers, form: id }, closed))),
    instruments: Type.Optional(Type.Array(Type.Object({ form: id, scoring: words }, closed))),
    checks: Type.Optional(Type.Array(Type.Object({ ...rule, prompt: Type.Optional(text) }, closed))),
    alerts: Type.Optional(
      Type.Array(
        Type.Object(
          {
            ...rule,
            severity: Type.Enum(['low', 'medium', 'high']),
            audience,
            'acknowledge-within-hours': Type.Number({ exclusiveMinimum: 0 }),
            'patient-message': Type.Optional(text),
            escalate: Type.Optional(escalateSchema),
          },
          closed,
        ),
      ),
    ),
    messages: Type.Optional(Type.Array(Type.Object({ ...rule, topic: id, audience }, closed))),
    restricted: Type.Object(
      {
        arms: Type.Record(id, Type.Object({ role: id, text }, closed)),
        packs: Type.Optional(Type.Record(id, Type.Array(words))),
        'drug-codes': Type.Optional(Type.Record(Type.String(), id)),
        doses: Type.Optional(restrictedDosesSchema),
        forms: Type.Optional(restrictedFormsSchema),
        deviations: Type.Optional(
          Type.Array(Type.Object({ ...rule, severity: Type.Enum(['minor', 'major']) }, closed)),
        ),
      },
      closed,
    ),
  },
  closed,
)

/** study.yaml as written. */
export type StudyFile = Static<typeof studySchema>
/** What every kind of rule has in study.yaml. */
export type RuleFile = NonNullable<StudyFile['checks']>[number]
