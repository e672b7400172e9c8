// What a phone says of reminders: where it takes pushes, what the patient chose, and that a reminder was shown or opened.
import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify'
import Type, { type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Device } from '../../../identity/devices.ts'
import { parseJson } from '../../../intake/basic-checks.ts'
import { uuidPattern } from '../../../intake/submission-schema.ts'
import { mostEndpointLength, readEndpoint } from '../../../sending/reminders/endpoint.ts'
import { ownerOf } from '../../../sending/reminders/seal.ts'
import { wallTimePattern } from '../../../study/reminders/quiet-hours.ts'
import { Problem } from '../../../system/problem.ts'
import type { DoorParts } from '../../parts.ts'
import { identifyReader, limitChanges } from '../caller.ts'
import { answers } from '../schemas.ts'

const closed = { additionalProperties: false }
const mostBytes = 4096

const Push = Type.Object(
  {
    endpoint: Type.String({
      minLength: 8,
      maxLength: mostEndpointLength,
      description: 'https address at the push service, as the browser gave it.',
    }),
    keys: Type.Object(
      {
        p256dh: Type.String({
          pattern: '^[A-Za-z0-9_-]{87}=?$',
          description: 'Public key, 65 bytes in base64url.',
        }),
        auth: Type.String({ pattern: '^[A-Za-z0-9_-]{22}(==)?$', description: '16 bytes in base64url.' }),
      },
      closed,
    ),
  },
  closed,
)

const wallTime = Type.String({ pattern: wallTimePattern, description: 'HH:MM where the patient is.' })
const Choice = Type.Object(
  {
    quiet: Type.Union([Type.Object({ from: wallTime, to: wallTime }, closed), Type.Null()], {
      description: "Nothing is sent from one to the other; null: the study's hours.",
    }),
    enabled: Type.Boolean(),
  },
  closed,
)

const Event = Type.Object(
  {
    event: Type.Union([Type.Literal('shown'), Type.Literal('opened')]),
    at: Type.String({
      minLength: 20,
      maxLength: 80,
      description: 'Time of the phone, RFC 3339 or RFC 9557.',
    }),
  },
  closed,
)

const done = { 204: Type.Null({ description: 'Done.' }) }
const Noted = Type.Object(
  { key: Type.String({ description: 'Form and occasion it is about, as `form/occasion`.' }) },
  { description: 'Noted.' },
)

const readPush = reader(Push)
const readChoice = reader(Choice)
const readEvent = reader(Event)

/** Nothing is told but that it was done; a replaced phone gets 410. */
export function deviceReminderRoutes(app: FastifyInstance, parts: DoorParts): void {
  pushRoutes(app, parts)
  app.put(
    '/v1/device/reminders',
    route(parts, {
      id: 'chooseReminders',
      summary: 'What the patient chose of reminders',
      body: Choice,
    }),
    async (request, reply) => {
      const { quiet, enabled } = readChoice(request)
      if (quiet !== null && quiet.from === quiet.to)
        throw new Problem('request.invalid', { member: 'quiet', expected: 'two different times, or null' })
      await parts.staff.act({ do: 'choose-reminders', ...own(request), choice: { enabled, quiet } })
      return reply.code(204).send()
    },
  )
  app.post<{ Params: { id: string } }>(
    '/v1/device/reminders/:id',
    route(parts, {
      id: 'noteReminder',
      summary: 'A reminder was shown or opened',
      body: Event,
      codes: [404],
      answer: Noted,
      params: Type.Object({ id: Type.String({ pattern: uuidPattern }) }),
    }),
    async (request) => {
      const { event, at } = readEvent(request)
      const reminderId = request.params.id.toLowerCase()
      const { key } = await parts.staff.act({
        do: 'note-reminder',
        ...own(request),
        reminderId,
        event,
        at: instantOf(at),
      })
      if (key === null) throw new Problem('record.not-found', { record: 'reminder' })
      return { key }
    },
  )
}

function pushRoutes(app: FastifyInstance, parts: DoorParts): void {
  app.put(
    '/v1/device/push',
    route(parts, { id: 'setPush', summary: 'Where this phone takes pushes', body: Push }),
    async (request, reply) => {
      const said = readPush(request)
      try {
        readEndpoint(said.endpoint, parts.reminders.loopback)
      } catch {
        throw new Problem('request.invalid', {
          member: 'endpoint',
          expected: 'the https address of a public push service',
        })
      }
      const { by, ...of } = own(request)
      const owner = ownerOf(of.studyId, of.patientId, `push:${of.deviceId}`)
      const text = textOf(said)
      if ((await knownPush(parts, of, owner)) === text) return reply.code(204).send()
      const sealed = parts.reminders.seal.seal(owner, text).toString('base64')
      await parts.staff.act({ do: 'set-push', ...of, by, sealed })
      return reply.code(204).send()
    },
  )
  app.delete(
    '/v1/device/push',
    route(parts, { id: 'dropPush', summary: 'This phone takes no pushes any more' }),
    async (request, reply) => {
      await parts.staff.act({ do: 'drop-push', ...own(request), because: 'by the phone' })
      return reply.code(204).send()
    },
  )
}

/** A subscription as it is sealed: in one form, whatever the order of its members was. */
const textOf = ({ endpoint, keys: { p256dh, auth } }: Static<typeof Push>): string =>
  JSON.stringify({ endpoint, keys: { p256dh, auth } })

/** What this phone said before, as text; undefined where that is nothing, or cannot be opened any more. */
async function knownPush(
  { staff: { stores }, reminders: { seal } }: DoorParts,
  { studyId, patientId, deviceId }: Pick<Device, 'studyId' | 'patientId' | 'deviceId'>,
  owner: string,
): Promise<string | undefined> {
  const { subscriptions } = await stores.reach.of(studyId, patientId)
  const known = subscriptions.find((one) => one.deviceId === deviceId)
  try {
    return known === undefined ? undefined : seal.open(owner, known.sealed)
  } catch {
    return undefined
  }
}

type RouteOf = {
  readonly id: string
  readonly summary: string
  readonly body?: TSchema
  readonly params?: TSchema
  readonly codes?: readonly number[]
  readonly answer?: TSchema
}

const route = (
  { devices, limits }: DoorParts,
  { id, summary, body, params, answer, codes = [] }: RouteOf,
): RouteShorthandOptions & { bodyLimit: number } => ({
  bodyLimit: mostBytes,
  schema: {
    operationId: id,
    summary,
    tags: ['device'],
    security: [{ device: [] }],
    ...(body === undefined ? {} : { body }),
    ...(params === undefined ? {} : { params }),
    response: answers(answer === undefined ? done : { 200: answer }, [
      400,
      401,
      403,
      ...codes,
      410,
      429,
      503,
    ]),
  },
  // Bodies come as bytes, and are checked by their readers.
  validatorCompiler: () => () => true,
  onRequest: [identifyReader(devices), limitChanges(limits)],
})

/** Whose phone calls, as the actor of an action. */
function own(request: FastifyRequest) {
  const { studyId, patientId, deviceId } = request.sender as Device
  return { studyId, patientId, deviceId, by: { actor: `device:${deviceId}`, reason: '' } }
}

/** Reads bodies by a schema, compiled at the first call. Throws the Problem that names the member at fault. */
function reader<S extends TSchema>(schema: S): (request: FastifyRequest) => Static<S> {
  let compiled: ReturnType<typeof Compile> | undefined
  return ({ body }) => {
    compiled ??= Compile(schema)
    const said = parseJson(Buffer.isBuffer(body) ? body : Buffer.alloc(0))
    if (compiled.Check(said)) return said as Static<S>
    const [first] = compiled.Errors(said)
    const member = first?.instancePath.slice(1).replaceAll('/', '.') || 'body'
    throw new Problem('request.invalid', { member, expected: first?.message ?? 'as in the API description' })
  }
}

/** Of an RFC 9557 text the part before the bracket. Throws the Problem of a time that is none. */
function instantOf(text: string): number {
  const ms = Date.parse(text.replace(/\[.*$/, ''))
  if (Number.isNaN(ms))
    throw new Problem('request.invalid', {
      member: 'at',
      expected: 'a time such as 2026-11-22T08:12:31+08:00',
    })
  return ms
}
