// POST /v1/device/held: a device says what it holds, and asks what has arrived. So that an entry that never arrives is
// known, and a device keeps its copy until nobody can take the entry back (reliability: D14).
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { parseJson } from '../../../intake/basic-checks.ts'
import { uuidPattern } from '../../../intake/submission-schema.ts'
import { saysTheSame } from '../../../records/declared-store.ts'
import { Problem } from '../../../system/problem.ts'
import { entryStates } from '../../entry-states.ts'
import type { DoorParts } from '../../parts.ts'
import { identify, limitChanges, shed } from '../caller.ts'
import { answers } from '../schemas.ts'

const mostEntries = 200
const mostBytes = 128 * 1024
/** A declaration that says the same again is kept as contact once in this time, in milliseconds. */
const contactEveryMs = 3_600_000

const id = Type.String({ pattern: uuidPattern })
const short = (description: string) => Type.String({ minLength: 1, maxLength: 128, description })

export const HeldBody = Type.Object(
  {
    held: Type.Array(
      Type.Object({
        submissionId: id,
        form: short('The form filled in.'),
        occasion: Type.Optional(Type.Union([Type.String({ maxLength: 128 }), Type.Null()])),
        completedAt: short('By the device clock, RFC 9557.'),
        sequence: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
        problem: Type.Optional(
          Type.Union([Type.String({ maxLength: 64 }), Type.Null()], {
            description: 'Code of the problem that the device last had for an answer.',
          }),
        ),
      }),
      {
        maxItems: mostEntries,
        description: 'All that is finished and has no receipt; replaces what was said before.',
      },
    ),
    check: Type.Array(id, {
      maxItems: mostEntries,
      description: 'Entries whose copies the device still has.',
    }),
    deviceTime: Type.Optional(Type.String({ maxLength: 128 })),
    uptimeMs: Type.Optional(Type.Number({ minimum: 0 })),
  },
  { $id: 'Held' },
)
export const HeldAnswer = Type.Object(
  {
    serverTime: Type.String({ description: 'ISO 8601 UTC.' }),
    states: Type.Record(
      Type.String(),
      Type.Union(['unknown', 'received', 'settled'].map((s) => Type.Literal(s))),
      {
        description:
          'By submission id. received: kept, a receipt can be had by sending it again. settled: processed, and covered by a checkpoint of the audit log; the copy may go.',
      },
    ),
  },
  { description: 'Where the entries stand.' },
)
const compiled = Compile(HeldBody)

/** Adds the route. A replaced phone may call it too. */
export function heldRoute(app: FastifyInstance, parts: DoorParts): void {
  app.route({
    method: 'POST',
    url: '/v1/device/held',
    bodyLimit: mostBytes,
    schema: {
      operationId: 'deviceHeld',
      summary: 'Say which entries the device holds, and ask what has arrived',
      description:
        'Never with answers. What is declared and does not arrive shows in the ledger. A declaration that is the same as before is read and not written.',
      tags: ['device'],
      security: [{ device: [] }],
      body: HeldBody,
      response: answers({ 200: HeldAnswer }, [400, 401, 413, 415, 429, 503]),
    },
    validatorCompiler: () => () => true,
    serializerCompiler: () => (data) => JSON.stringify(data),
    // What is declared is written and can wait, unlike a diary: not while those come faster than they can be kept.
    onRequest: [shed(parts.journal), identify(parts.devices), limitChanges(parts.limits)],
    handler: async (request, reply) => {
      const said = readHeld(request.body)
      const sender = request.sender!
      const { stores } = parts.staff
      await declare(parts, sender, said)
      const ids = [...said.held.map((entry) => entry.submissionId), ...said.check]
      const states = await entryStates(stores, sender, new Set(ids.map((one) => one.toLowerCase())))
      reply.header('cache-control', 'no-store').type('application/json; charset=utf-8')
      return { serverTime: new Date().toISOString(), states }
    },
  })
}

/** Throws `request.invalid` with the member and what is wrong with it. */
function readHeld(body: unknown): Static<typeof HeldBody> {
  const value = parseJson(Buffer.isBuffer(body) ? body : Buffer.alloc(0))
  if (compiled.Check(value)) return value
  const [first] = compiled.Errors(value)
  const member = first?.instancePath.slice(1).replaceAll('/', '.') || 'body'
  throw new Problem('request.invalid', { member, expected: first?.message ?? 'as in the API description' })
}

type Sender = { readonly deviceId: number; readonly studyId: string; readonly patientId: string }

/** Writes only where there is something new: thousands of phones say "nothing" every few minutes. */
async function declare(
  { staff: { stores, act } }: DoorParts,
  { deviceId, studyId, patientId }: Sender,
  { held }: Static<typeof HeldBody>,
): Promise<void> {
  const entries = held.map(({ submissionId, form, occasion, completedAt, sequence, problem }) => ({
    submissionId: submissionId.toLowerCase(),
    form,
    occasion: occasion ?? null,
    completedAt,
    sequence,
    problem: problem ?? null,
  }))
  const before = await stores.declared.of(deviceId)
  const isKnown = saysTheSame(before?.entries ?? [], entries)
  const isFresh = entries.length === 0 || Date.now() - (before?.contactAt ?? 0) < contactEveryMs
  if (isKnown && isFresh) return
  const by = { actor: `device:${deviceId}`, reason: '' }
  await act({ do: 'declare-held', by, studyId, patientId, deviceId, entries })
}
