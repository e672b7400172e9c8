// The shape of study.yaml. One schema gives the check at compile and the types; meaning is checked where it is used.
// Unknown members are refused: a misspelt member of a protocol must not be ignored.
import { type Static, Type } from 'typebox'
import { closed, id, list, text, words } from './file-schema.ts'
import { scoreMembers } from './scoring/scoring-file.ts'

const clock = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'HH:MM in quotes' })
const closing = Type.String({
  pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
  description: 'HH:MM in quotes, 24:00 for midnight at the end of the day',
})

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
    'clock-tolerance-minutes': Type.Integer({ minimum: 0, maximum: 1440 }),
    sites: list(Type.Object({ id, name: text, zone: words }, closed)),
    arms: list(Type.Object({ code: id }, closed)),
    forms: list(
      Type.Object(
        {
          file: words,
          schedule: Type.Union([
            Type.Object({ every: Type.Literal('event') }, closed),
            Type.Object(
              {
                every: Type.Union([Type.Literal('day'), Type.Literal('week')]),
                window: Type.Object(
                  {
                    opens: clock,
                    closes: closing,
                    'closes-days-later': Type.Integer({ minimum: 0, maximum: 31 }),
                  },
                  closed,
                ),
                'locks-after-days': Type.Integer({ minimum: 0, maximum: 3650 }),
                reminder: Type.Optional(clock),
              },
              closed,
            ),
          ]),
        },
        closed,
      ),
    ),
    dose: Type.Optional(
      Type.Object(
        {
          id,
          version: words,
          form: id,
          'taken-item': Type.String(),
          'time-item': Type.String(),
          'doses-per-day': Type.Literal(1),
          window: Type.Object({ opens: clock, closes: clock }, closed),
        },
        closed,
      ),
    ),
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
