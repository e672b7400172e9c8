// POST /v1/activation: a phone brings a one-time code and its public key, and gets its token.
import { createPublicKey } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { parseJson } from '../../intake/basic-checks.ts'
import { Problem } from '../../system/problem.ts'
import type { DoorParts } from '../parts.ts'
import { answers } from './schemas.ts'

const mostBytes = 4096
/** Printable, for lists of devices. */
const name = Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,40}$' })

const Body = Type.Object(
  {
    code: Type.String({
      maxLength: 100,
      description: 'Ten characters, the last a check digit; in any case, with or without spaces and hyphens.',
    }),
    publicKey: Type.String({
      maxLength: 400,
      description:
        'ECDSA P-256, SubjectPublicKeyInfo, base64. Made on the phone; its private half never leaves it.',
    }),
    app: Type.Object({ name, version: name }, { description: 'Which app asks.' }),
    unsentElsewhere: Type.Optional(
      Type.Literal('known', {
        description: 'The patient knows that the present phone holds entries that were not received.',
      }),
    ),
  },
  { description: 'A code and a key.' },
)
const checker = Compile(Body)

const Activated = Type.Object(
  {
    token: Type.String({ description: 'Bearer token of this device; shown once.' }),
    deviceId: Type.Integer(),
    studyId: Type.String(),
    patientId: Type.String(),
    kind: Type.Union([Type.Literal('own'), Type.Literal('clinic')], {
      description: 'A phone of the patient, or a tablet of the site handed over for one form.',
    }),
    form: Type.Union([
      Type.Object({
        form: Type.String(),
        formVersion: Type.String(),
        occasion: Type.Union([Type.String(), Type.Null()]),
      }),
      Type.Null(),
    ]),
  },
  { description: 'The device. It has taken the place of the other phones of the patient.' },
)

/** Parts are looked up at the call, because the description is made without any. */
export function activationRoute(app: FastifyInstance, parts: DoorParts): void {
  app.route({
    method: 'POST',
    url: '/v1/activation',
    bodyLimit: mostBytes,
    schema: {
      operationId: 'activate',
      summary: 'Activate a phone by a one-time code',
      description:
        'Whatever is wrong with a code, the answer is the same `activation.refused`. The same code with the same key within 10 minutes gets a new token for the same device, in case the first answer was lost. At most 5 refused tries for a code and 10 for an address in 15 minutes.',
      tags: ['devices'],
      body: Body,
      response: answers({ 201: Activated }, [400, 403, 409, 413, 415, 429, 503, 507]),
    },
    validatorCompiler: () => () => true,
    serializerCompiler: () => (data) => JSON.stringify(data),
    handler: async (request, reply) => {
      const { code, publicKey, app, unsentElsewhere } = bodyOf(request)
      const device = await parts.activation.activate({
        code,
        publicKey: canonicalKey(publicKey),
        app: `${app.name} ${app.version}`,
        unsentKnown: unsentElsewhere === 'known',
        address: addressOf(request, parts.behindTls),
      })
      return reply.code(201).header('cache-control', 'no-store').send(device)
    },
  })
}

function bodyOf(request: FastifyRequest): Static<typeof Body> {
  const body = parseJson(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
  if (checker.Check(body)) return body
  const [first] = checker.Errors(body)
  const member = first?.instancePath.slice(1).replaceAll('/', '.') || 'body'
  throw new Problem('request.invalid', { member, expected: first?.message ?? 'as in the API description' })
}

/** The key in one form of writing. Throws unless it is a P-256 key. */
function canonicalKey(text: string): string {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1')
      return key.export({ format: 'der', type: 'spki' }).toString('base64')
  } catch {
    // Told below, without the reason: it may hold what was sent.
  }
  throw new Problem('request.invalid', {
    member: 'publicKey',
    expected: 'a P-256 public key as SubjectPublicKeyInfo, base64',
  })
}

/**
 * The caller's address. Behind a proxy it is the last one of X-Forwarded-For, which that proxy wrote; those before it
 * anybody may have invented.
 */
export function addressOf(request: FastifyRequest, behindProxy: boolean): string {
  const forwarded = behindProxy ? request.headers['x-forwarded-for'] : undefined
  const last = String(forwarded ?? '')
    .split(',')
    .at(-1)
    ?.trim()
    .slice(0, 45)
  return last || (request.socket.remoteAddress ?? '')
}
