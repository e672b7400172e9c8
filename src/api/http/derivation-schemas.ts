// What the routes of derived values answer, as schemas (docs/derivations.md).
import Type, { type TProperties } from 'typebox'

const nullable = (of: Type.TSchema) => Type.Union([of, Type.Null()])
const texts = Type.Record(Type.String(), Type.String(), { description: 'By language tag.' })
const scalar = Type.Union([Type.Number(), Type.String()])
const count = Type.Integer({ minimum: 0 })
const open = (members: TProperties, description?: string) =>
  Type.Object(members, description === undefined ? {} : { description })

/** One derived value with all that it is made of. */
export const DerivationSchema = open({
  kind: Type.String({ description: 'score, dose, finding, alert, message, compliance or adherence.' }),
  id: Type.String(),
  title: nullable(texts),
  value: nullable(scalar),
  unit: nullable(Type.String()),
  reason: nullable(texts),
  meaning: nullable(texts),
  formula: texts,
  calculation: nullable(Type.String({ description: 'The formula with the numbers put in.' })),
  inputs: Type.Array(
    open({
      position: nullable(count),
      occasion: nullable(Type.String()),
      item: Type.String(),
      label: nullable(texts),
      raw: Type.Unknown({ description: 'The answer as stored.' }),
      shown: nullable(texts),
      used: nullable(scalar),
      weight: nullable(Type.Number()),
      note: nullable(texts),
    }),
  ),
  exclusions: Type.Array(open({ what: Type.String(), count: Type.Number(), reason: texts })),
  missing: nullable(texts),
  rounding: nullable(texts),
  rule: open({ id: Type.String(), version: Type.String(), source: nullable(Type.String()) }),
  study: open({ id: Type.String(), version: Type.String(), sha256: Type.String() }),
  form: nullable(open({ id: Type.String(), version: Type.String() })),
  details: Type.Record(Type.String(), Type.Unknown()),
  inputsSha256: Type.String({ description: 'SHA-256 over the inputs and exclusions, hex.' }),
})

const share = { numerator: count, denominator: count, percent: nullable(Type.Number()) }
const figure = open({
  measure: Type.String(),
  ruleVersion: Type.String(),
  formula: Type.String(),
  ...share,
  acceptedLate: count,
  early: count,
  afterLock: count,
  withLate: open(share),
  withNotEvaluable: open(share, 'As if what could not be judged had been due.'),
  exclusions: Type.Array(open({ reason: Type.String(), count })),
})

/** Diary compliance of a patient. */
export const ComplianceSchema = open({
  patientId: Type.String(),
  siteId: Type.String(),
  at: Type.String({ description: 'ISO 8601, UTC.' }),
  overall: figure,
  byForm: Type.Record(Type.String(), figure),
  byPhase: Type.Record(Type.String(), figure),
})

/** Medication adherence of a patient, dose by dose (docs/adherence.md). */
export const AdherenceSchema = open({
  patientId: Type.String(),
  at: Type.String({ description: 'ISO 8601, UTC.' }),
  doses: Type.Array(
    open({
      dose: Type.String(),
      report: nullable(Type.Unknown({ description: 'Null where nothing has been prescribed yet.' })),
    }),
  ),
})

export const DerivationsSchema = open({ items: Type.Array(DerivationSchema) })

export const AtQuery = Type.Object(
  { at: Type.Optional(Type.String({ maxLength: 64, description: 'As of this instant; now, if left out.' })) },
  { additionalProperties: false },
)
