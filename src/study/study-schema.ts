// The shape of study.yaml. One schema gives the check at compile and the types; meaning is checked where it is used.
// Unknown members are refused: a misspelt member of a protocol must not be ignored.
import { type Static, Type } from 'typebox'
import { doseSchema } from './dose-file.ts'
import { closed, id, languageTag, list, text, words } from './file-schema.ts'
import { scheduleSchema } from './schedule/schedule-file.ts'
import { scoreMembers } from './scoring/scoring-file.ts'

const rule = {
  id,
  version: words,
  form: id,
  item: Type.Optional(Type.String()),
  when: words,
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
    sites: list(Type.Object({ id, name: text, zone: words }, closed)),
    arms: list(Type.Object({ code: id }, closed)),
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
    scores: Type.Optional(Type.Array(Type.Object({ ...scoreMembers, form: id }, closed))),
    instruments: Type.Optional(Type.Array(Type.Object({ form: id, scoring: words }, closed))),
    checks: Type.Optional(Type.Array(Type.Object(rule, closed))),
    alerts: Type.Optional(
      Type.Array(
        Type.Object(
          {
            ...rule,
            severity: Type.Union([Type.Literal('low'), Type.Literal('medium'), Type.Literal('high')]),
            audience,
            'acknowledge-within-hours': Type.Number({ exclusiveMinimum: 0 }),
            'patient-message': Type.Optional(text),
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
        deviations: Type.Optional(
          Type.Array(
            Type.Object(
              { ...rule, severity: Type.Union([Type.Literal('minor'), Type.Literal('major')]) },
              closed,
            ),
          ),
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
