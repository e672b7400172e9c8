// The answers of the HTTP door as schemas, for the API's description.
import Type, { type TSchema } from 'typebox'

export const ReceiptSchema = Type.Object(
  {
    sha256: Type.String({ description: 'SHA-256 of the bytes as received, hex.' }),
    position: Type.Integer({ description: 'Position in the journal.' }),
    logIndex: Type.Integer({ description: 'Number of the entry within its study, from 0.' }),
    group: Type.Array(Type.Integer(), { description: 'First position and size of the commit.' }),
    path: Type.Array(Type.String(), {
      description: 'Merkle path from this receipt to the signed root, base64.',
    }),
    signature: Type.String({ description: 'Ed25519 over the root of the commit, base64.' }),
    key: Type.String({ description: 'Name of the signing key.' }),
  },
  { description: 'Signed proof of keeping; see docs/receipts.md for how to verify it.' },
)

/** Shown in the description; a patient of the demo study on a morning. */
export const exampleSubmission = {
  submissionId: '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001',
  studyId: 'MORNING-301',
  patientId: 'P-00001',
  form: 'daily-diary',
  formVersion: '1',
  occasion: '2026-11-22',
  startedAt: '2026-11-22T08:11:02+08:00[Asia/Shanghai]',
  completedAt: '2026-11-22T08:12:31+08:00[Asia/Shanghai]',
  sentAt: '2026-11-22T08:12:32+08:00[Asia/Shanghai]',
  uptimeMs: 88_123_456,
  deviceSequence: 41,
  language: 'zh-CN',
  answers: {
    pain: 4,
    nausea: 'mild',
    'dose-taken': true,
    'dose-time': '07:45',
    'sleep-hours': { skipped: 'asked-declined' },
  },
  app: { name: 'levee-web', version: '1.0.0' },
}

export const Acknowledgement = Type.Object(
  {
    status: Type.Literal('received'),
    message: Type.String({ description: "In the caller's language (Accept-Language: en or zh)." }),
    submissionId: Type.String(),
    receivedAt: Type.String({ description: 'Server time, ISO 8601 UTC.' }),
    receipt: ReceiptSchema,
  },
  {
    description:
      'The submission is on disk and is processed in the background: 202 the first time, 200 with the same receipt ever after.',
  },
)

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    member: Type.Optional(Type.String()),
  },
  { description: 'RFC 9457 problem details.', additionalProperties: true },
)

export const Status = Type.Object(
  {
    submissionId: Type.String(),
    status: Type.Union(
      ['received', 'applied', 'quarantined', 'retrying', 'dead'].map((s) => Type.Literal(s)),
    ),
    receivedAt: Type.String(),
    position: Type.Integer(),
    logIndex: Type.Integer(),
    code: Type.Optional(Type.String()),
    recordedAt: Type.Optional(Type.String()),
    occasion: Type.Optional(Type.String()),
    timing: Type.Optional(Type.String()),
    lateReceipt: Type.Optional(Type.Boolean()),
    auditIndex: Type.Optional(Type.Integer()),
    findings: Type.Array(
      Type.Object({ code: Type.String(), item: Type.Optional(Type.String()), text: Type.String() }),
    ),
  },
  { description: 'Where the submission stands.' },
)

const count = (description: string) => Type.Integer({ description })
export const Ledger = Type.Object(
  {
    at: Type.String(),
    balanced: Type.Boolean({
      description: 'received = applied + quarantined + inFlight + dead for every study.',
    }),
    studies: Type.Array(
      Type.Object({
        studyId: Type.String(),
        received: count('Entries in the journal.'),
        applied: count('Entries that are responses.'),
        quarantined: count('Entries waiting for a named person.'),
        waiting: count('Entries not taken by processing yet.'),
        retrying: count('Entries to be tried again.'),
        inFlight: count('waiting + retrying.'),
        dead: count('Dead letters.'),
        declared: count(
          'Entries that devices say they hold and that have not arrived; not part of the equation.',
        ),
        taken: count('Entries processing has taken.'),
        balanced: Type.Boolean(),
      }),
    ),
  },
  { description: 'Counts for each study.' },
)

/** What the status of a problem means. */
const meanings: Record<number, string> = {
  400: 'Malformed; nothing was stored. The problem names the member.',
  401: 'No token, or one that is unknown or revoked.',
  403: 'The token is not entitled to this; the problem names what is missing.',
  404: 'There is no such thing.',
  409: 'The id was used before for other content. The first stands; this body is kept as evidence.',
  410: 'Another phone has taken the place of this device; it may only hand in what it holds.',
  412: 'The record has changed since it was read. Read it again.',
  413: 'Too large; nothing was stored.',
  415: 'The media type is not supported; nothing was stored.',
  428: 'If-Match is missing.',
  429: 'Too many tries or calls. Try again after the time in Retry-After.',
  503: 'Too busy, or the storage cannot promise. Send it again after the time in Retry-After.',
  507: 'The disk is full; nothing was stored. Send it again after the time in Retry-After.',
}

/** Success schemas by status, plus the problem document for each other status. */
export function answers(successes: Record<number, TSchema>, problems: number[]): Record<number, object> {
  const all: Record<number, object> = { ...successes }
  for (const status of problems) {
    const content = { 'application/problem+json': { schema: ProblemSchema } }
    all[status] = { description: meanings[status], content }
  }
  return all
}
