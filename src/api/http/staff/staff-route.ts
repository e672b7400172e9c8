// How every staff route is made: who calls, in which study, with which permission, in this order, before anything is
// read. A route names its permission or is not made: deny by default (P12). What is of another study or of a site that
// is not the caller's is not found, so that nobody learns whether it exists.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type, { type TObject, type TProperties, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { StaffMember } from '../../../identity/staff-store.ts'
import { tokenHash } from '../../../identity/token.ts'
import { parseJson } from '../../../intake/basic-checks.ts'
import type { Stores } from '../../../processing/stores.ts'
import type { Trial } from '../../../processing/trial.ts'
import type { Work, WorkDone } from '../../../processing/work/work.ts'
import { may, type Permission, seesRestricted } from '../../../records/permissions.ts'
import { Problem } from '../../../system/problem.ts'
import type { ActivationDesk } from '../../activation-desk.ts'
import { answers } from '../schemas.ts'

/** What the staff door works with. */
export type StaffDoorParts = {
  readonly stores: Stores
  readonly act: Trial['act']
  readonly handOver: ActivationDesk['handOver']
}

/** One call of a staff route, let in. */
export type StaffCall = {
  readonly caller: StaffMember
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** As the route's schema has it; undefined where the route takes none. */
  readonly body: unknown
  /** The revision of If-Match. Throws `record.match-missing`. */
  revision(): number
}

/** What a route answers. `revision` becomes the ETag. */
export type StaffAnswer = { readonly body: unknown; readonly revision?: number; readonly status?: 200 | 201 }

export type StaffRoute = {
  readonly method: 'GET' | 'POST'
  /** Below `/v1/studies/:study`. */
  readonly url: string
  readonly permission: Permission
  readonly id: string
  readonly summary: string
  readonly query?: TObject
  readonly body?: TSchema
  readonly answer: TSchema
  /** Changes a record that others may have changed meanwhile: If-Match is required. */
  readonly conditional?: true
  readonly handler: (call: StaffCall, parts: StaffDoorParts) => Promise<StaffAnswer>
}

const scheme = 'bearer '
const mostBytes = 64 * 1024

/** Adds a route. Its parts are looked up at the call, because the description is made without any. */
export function addStaffRoute(app: FastifyInstance, parts: () => StaffDoorParts, route: StaffRoute): void {
  const body = route.body === undefined ? undefined : Compile(route.body)
  const query = Compile(route.query ?? Type.Object({}, { additionalProperties: false }))
  app.route<{ Params: Record<string, string>; Querystring: Record<string, string> }>({
    method: route.method,
    url: `/v1/studies/:study${route.url}`,
    bodyLimit: mostBytes,
    schema: schemaOf(route),
    validatorCompiler: () => () => true,
    serializerCompiler: () => (data) => JSON.stringify(data),
    handler: async (request, reply) => {
      const { stores, ...rest } = parts()
      const caller = await callerOf(request, stores)
      refuseNul(request.params, 'path')
      const { study = '' } = request.params
      if (caller.studyId !== study) throw new Problem('record.not-found', { record: `study ${study}` })
      refuseWithout(route.permission, caller)
      const call: StaffCall = {
        caller,
        params: request.params,
        query: checked(query, request.query) as Record<string, string>,
        body: body === undefined ? undefined : checked(body, parseJson(bytesOf(request))),
        revision: () => revisionOf(request),
      }
      return answer(reply, await route.handler(call, { stores, ...rest }))
    },
  })
}

function schemaOf({ method, url, id, summary, permission, query, body, answer, conditional }: StaffRoute) {
  const names = [...`/:study${url}`.matchAll(/:([a-z]+)/g)].map((m) => m[1]!)
  const members: TProperties = Object.fromEntries(names.map((name) => [name, Type.String()]))
  const statuses = [
    400,
    401,
    403,
    404,
    ...(method === 'POST' ? [409] : []),
    ...(conditional ? [412, 428] : []),
  ]
  return {
    operationId: id,
    summary,
    description: `Needs the permission \`${permission}\`.`,
    tags: ['staff'],
    security: [{ staff: [] }],
    params: Type.Object(members),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    ...(conditional ? { headers: ifMatch } : {}),
    response: answers(
      { [method === 'POST' && !conditional ? 201 : 200]: { description: summary, ...answer } },
      statuses,
    ),
  }
}

const ifMatch = Type.Object({
  'if-match': Type.String({ description: 'The ETag of the record as it was read.' }),
})

/** The member of an Authorization header (RFC 6750); looked up at each call, so a revocation counts at once. */
async function callerOf(request: FastifyRequest, { staff }: Stores): Promise<StaffMember> {
  const header = request.headers.authorization
  if (header === undefined || header.slice(0, scheme.length).toLowerCase() !== scheme)
    throw new Problem('staff.token-missing', {})
  const token = header.slice(scheme.length).trim()
  // By the hash of the token: how long the look-up takes says nothing about the token itself.
  const member = header.length > 512 ? undefined : await staff.byToken(tokenHash(token))
  if (member === undefined) throw new Problem('staff.token-unknown', {})
  return member
}

function refuseWithout(permission: Permission, caller: StaffMember): void {
  const granted = permission === 'restricted.read' ? seesRestricted(caller) : may(caller.role, permission)
  if (!granted) throw new Problem('permission.missing', { permission, role: caller.role })
}

type Checker = {
  Check(value: unknown): boolean
  Errors(value: unknown): { instancePath: string; message: string }[]
}

/** Throws `request.invalid` with the member and what is wrong with it, never with its value. */
function checked(checker: Checker, value: unknown): unknown {
  refuseNul(value, '')
  if (checker.Check(value)) return value
  const [first] = checker.Errors(value)
  const member = first?.instancePath.slice(1).replaceAll('/', '.') || 'body'
  throw new Problem('request.invalid', { member, expected: first?.message ?? 'as in the API description' })
}

/** A text with the character U+0000 is refused, because PostgreSQL keeps none, and what is kept is the same on both. */
function refuseNul(value: unknown, member: string): void {
  if (typeof value === 'string' && value.includes('\0'))
    throw new Problem('request.invalid', { member: member || 'body', expected: 'no character U+0000' })
  if (typeof value !== 'object' || value === null) return
  for (const [name, part] of Object.entries(value)) {
    refuseNul(name, member)
    // The first member names the place; below it stand answers, of which nothing is said.
    refuseNul(part, member || name)
  }
}

function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

function revisionOf(request: FastifyRequest): number {
  const header = request.headers['if-match']
  if (header === undefined) throw new Problem('record.match-missing', {})
  const revision = /^"(\d{1,9})"$/.exec(header.trim())?.[1]
  if (revision === undefined)
    throw new Problem('request.invalid', {
      member: 'If-Match',
      expected: 'the ETag of the record, such as "3"',
    })
  return Number(revision)
}

function answer(reply: FastifyReply, { body, revision, status = 200 }: StaffAnswer): unknown {
  if (revision !== undefined) reply.header('etag', `"${revision}"`)
  reply.header('cache-control', 'no-store').code(status).type('application/json; charset=utf-8')
  return body
}

/** Throws `record.not-found` where a record is missing or is of a site that is not the caller's. */
export function ofSite<T extends { readonly siteId: string }>(
  caller: StaffMember,
  record: T | undefined,
  name: string,
): T {
  if (record === undefined || !(caller.sites?.includes(record.siteId) ?? true))
    throw new Problem('record.not-found', { record: name })
  return record
}

/** A record's number in a path. */
export function numberIn(params: Readonly<Record<string, string>>, name: string): number {
  const text = params[name] ?? ''
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Problem('record.not-found', { record: `${name} ${text}` })
  return Number(text)
}

/** Has the writer carry out a piece of work in the caller's name. */
export function workBy(
  { act }: StaffDoorParts,
  caller: StaffMember,
  patientId: string,
  work: Work,
): Promise<WorkDone> {
  const { studyId, staffId } = caller
  const by = { actor: `member:${staffId}`, reason: '' }
  return act({ do: 'work', studyId, patientId, staffId, work, by }) as Promise<WorkDone>
}
