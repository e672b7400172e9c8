// FHIR resources in the API's description: what this door reads of them. The rest is FHIR R4's own business.
import Type from 'typebox'

const reference = (description: string) =>
  Type.Object(
    {
      reference: Type.Optional(Type.String()),
      identifier: Type.Optional(Type.Object({ value: Type.String() })),
    },
    { additionalProperties: true, description },
  )

export const FhirResource = Type.Object(
  { resourceType: Type.String() },
  { additionalProperties: true, description: 'A FHIR R4 resource (hl7.org/fhir/R4).' },
)

/** What must be there; everything else is kept. */
export const SentResponse = Type.Object(
  {
    resourceType: Type.Literal('QuestionnaireResponse'),
    identifier: Type.Object(
      { system: Type.Optional(Type.String()), value: Type.String() },
      {
        description:
          'The submission id: a UUID, with or without urn:uuid:. A UUID as `id` serves without it.',
      },
    ),
    questionnaire: Type.String({ description: 'Canonical with version: url|version.' }),
    status: Type.Union(['completed', 'amended', 'stopped'].map((one) => Type.Literal(one))),
    subject: reference('Patient/<id>, or an identifier with the id as value: the patient of the token.'),
    authored: Type.String({
      description:
        'When the patient pressed Send, by the device clock. Its extension tz-code names the IANA zone; the zone of the home stands in.',
    }),
    source: Type.Optional(reference('Who answered; anybody but the patient is told as a finding.')),
    item: Type.Optional(Type.Array(Type.Object({ linkId: Type.String() }, { additionalProperties: true }))),
  },
  { additionalProperties: true },
)
