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

export const Acknowledgement = Type.Object({
  status: Type.Literal('received'),
  message: Type.String({ description: "In the caller's language (Accept-Language: en or zh)." }),
  submissionId: Type.String(),
  receivedAt: Type.String({ description: 'Server time, ISO 8601 UTC.' }),
  receipt: ReceiptSchema,
})

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

export const Status = Type.Object({
  submissionId: Type.String(),
  status: Type.Union(['received', 'applied', 'quarantined', 'retrying', 'dead'].map((s) => Type.Literal(s))),
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
})

const count = (description: string) => Type.Integer({ description })
export const Ledger = Type.Object({
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
      taken: count('Entries processing has taken.'),
      balanced: Type.Boolean(),
    }),
  ),
})

/** Success schemas by status, plus the problem document for each other status. */
export function answers(
  successes: Record<number, TSchema>,
  problems: number[],
): Record<number, TSchema | object> {
  const all: Record<number, object> = { ...successes }
  for (const status of problems)
    all[status] = { content: { 'application/problem+json': { schema: ProblemSchema } } }
  return all
}
