// The shape of scoring files: how the numbers of an instrument are made from its answers, declared and versioned.
// One schema gives the check and the types. Unknown members are refused: a misspelt rule must not be ignored.
import { type Static, Type } from 'typebox'
import { closed, id, list, text, words } from '../file-schema.ts'

const pair = Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })

/** Raw number → used number; YAML and JSON write the raw number as a member's name. */
const numberMap = Type.Record(Type.String({ pattern: '^-?[0-9]+([.][0-9]+)?$' }), Type.Number(), closed)

/** One item within a score. */
const term = Type.Object(
  {
    item: Type.Optional(Type.String({ minLength: 1 })),
    score: Type.Optional(id),
    reverse: Type.Optional(Type.Boolean()),
    map: Type.Optional(Type.Unsafe<string | Record<string, number>>({})),
    weight: Type.Optional(Type.Number()),
    'at-least': Type.Optional(Type.Number()),
    'only-if': Type.Optional(Type.Object({ fact: id, in: list(Type.String()) }, closed)),
  },
  closed,
)

const missing = Type.Object(
  {
    'min-answered': Type.Unsafe<number | string>({}),
    as: Type.Unsafe<'prorate' | 'ignore' | number>({}),
  },
  closed,
)

const band = Type.Object(
  {
    code: id,
    from: Type.Number(),
    text,
    requires: Type.Optional(list(Type.Object({ score: id, from: Type.Number() }, closed))),
  },
  closed,
)

const lookup = Type.Object(
  {
    name: words,
    source: words,
    rows: list(Type.Array(Type.Number(), { minItems: 2, maxItems: 3 })),
  },
  closed,
)

/** The members of a score that do not depend on where it is declared. */
export const scoreMembers = {
  id,
  version: words,
  title: text,
  method: Type.Enum(['sum', 'mean', 'min', 'max', 'count']),
  items: Type.Optional(list(Type.Unsafe<string | Static<typeof term>>({}))),
  of: Type.Optional(list(Type.Unsafe<string | Static<typeof term>>({}))),
  missing: Type.Optional(Type.Unsafe<'all-required' | Static<typeof missing>>({})),
  'at-least': Type.Optional(Type.Number()),
  rescale: Type.Optional(Type.Object({ from: pair, to: pair }, closed)),
  round: Type.Optional(
    Type.Object(
      {
        decimals: Type.Integer({ minimum: 0, maximum: 9 }),
        mode: Type.Enum(['half-up', 'half-even', 'up', 'down']),
      },
      closed,
    ),
  ),
  lookup: Type.Optional(lookup),
  range: Type.Optional(Type.Object({ min: Type.Number(), max: Type.Number() }, closed)),
  bands: Type.Optional(Type.Array(band)),
  source: words,
}

/** A score as declared. `items` are linkIds, `of` are ids of scores declared before. */
export const scoreSchema = Type.Object(scoreMembers, closed)
export const termSchema = term
export const missingSchema = missing

/**
 * What an item's answer may be. `values`: code → printed number. `min` and `max`: a number, whole unless `decimals`
 * says how many places it may have. `absent`: printed numbers that stand for "not assessed". `also`: other codes and
 * words for a code, such as LOINC answer codes.
 */
const scale = Type.Object(
  {
    values: Type.Optional(Type.Record(Type.String({ minLength: 1 }), Type.Number())),
    min: Type.Optional(Type.Number()),
    max: Type.Optional(Type.Number()),
    decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 9 })),
    absent: Type.Optional(list(Type.Number())),
    also: Type.Optional(Type.Record(Type.String({ minLength: 1 }), list(words))),
  },
  closed,
)

export const scoringSchema = Type.Object(
  {
    instrument: id,
    version: words,
    title: text,
    source: words,
    licence: Type.Optional(words),
    questionnaire: Type.Optional(words),
    facts: Type.Optional(
      Type.Record(
        id,
        Type.Object(
          { text, values: Type.Record(id, Type.Object({ text, also: Type.Optional(list(words)) }, closed)) },
          closed,
        ),
      ),
    ),
    scales: Type.Record(id, scale, closed),
    maps: Type.Optional(Type.Record(id, numberMap, closed)),
    items: list(
      Type.Object(
        {
          item: Type.String({ minLength: 1 }),
          number: Type.Optional(Type.Integer({ minimum: 1 })),
          scale: id,
          also: Type.Optional(list(words)),
        },
        closed,
      ),
    ),
    scores: list(scoreSchema),
    alerts: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id,
            version: words,
            item: Type.String({ minLength: 1 }),
            'at-least': Type.Number(),
            severity: Type.Enum(['low', 'medium', 'high']),
            'acknowledge-within-hours': Type.Number({ exclusiveMinimum: 0 }),
            text,
            source: words,
          },
          closed,
        ),
      ),
    ),
  },
  closed,
)

/** A scoring file as written. */
export type ScoringFile = Static<typeof scoringSchema>
/** A score as written, in a scoring file or in study.yaml. */
export type ScoreFile = Static<typeof scoreSchema>
export type TermFile = Static<typeof term>
export type MissingFile = Static<typeof missing>
export type ScaleFile = Static<typeof scale>
