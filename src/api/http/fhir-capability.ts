// The CapabilityStatement of the FHIR door: what it can do, and nothing it cannot.
import type { Json } from '../../study/fhir-json.ts'

/** FHIR R4 (4.0.1); `date` is that of the statement's last change. */
export function capabilityStatement(version: string): Json {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-22',
    kind: 'instance',
    software: { name: 'Levee', version },
    implementation: { description: 'Takes patient-reported outcomes and keeps them before it answers.' },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: {
          description: 'A device token as bearer token (RFC 6750); it stands for one patient of one study.',
        },
        resource: [
          {
            type: 'QuestionnaireResponse',
            interaction: [
              {
                code: 'create',
                documentation:
                  'Answers 202 with a signed receipt once the resource is on disk, 200 with the same receipt when it is sent again, 409 when its identifier was used for other content. identifier (a UUID), status, questionnaire (url|version), subject and authored are required.',
              },
              { code: 'read', documentation: "The patient's own, by the UUID of the identifier." },
            ],
            versioning: 'no-version',
            conditionalCreate: false,
          },
          {
            type: 'Questionnaire',
            interaction: [{ code: 'read', documentation: 'By form id; ?version= asks for a version of it.' }],
          },
        ],
      },
    ],
  }
}
