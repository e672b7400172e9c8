// A Protobuf submission as the JSON text of the contract. From here on the door makes no difference: the same
// checks read it, the journal keeps it, the same content is recognised whichever way it comes.
import { type JsonValue, toJson } from '@bufbuild/protobuf'
import { Problem } from '../../system/problem.ts'
import {
  type SubmitPatientDataRequest,
  SubmitPatientDataRequestSchema,
} from './generated/levee/v1/patient_data_pb.ts'

type Members = Record<string, JsonValue>

/** The member that holds Protobuf fields the contract does not know: number, wire type, bytes in base64. */
const unknownMember = 'protobufUnknown'
const taken = new Set([
  ...SubmitPatientDataRequestSchema.fields.map(({ jsonName }) => jsonName),
  unknownMember,
])

/**
 * The submission's bytes. Unset fields are absent and further members stand beside the known ones. Protobuf
 * maps have no order, so the names in answers, app and extra are sorted: a retry gives the same bytes.
 * Throws `submission.invalid` where JSON has no such value (a number that is not finite), or where `extra`
 * holds a member that has its own field.
 */
export function submissionJson(request: SubmitPatientDataRequest): Uint8Array {
  const { extra = {}, ...known } = membersOf(request) as Members & { extra?: Members }
  for (const name of Object.keys(extra)) {
    if (taken.has(name))
      throw new Problem('submission.invalid', {
        member: 'extra',
        expected: 'only members without a field of their own',
      })
  }
  const unknown = (request.$unknown ?? []).map(({ no, wireType, data }) => ({
    no,
    wireType,
    data: Buffer.from(data).toString('base64'),
  }))
  const members = [...Object.entries(known), ...Object.entries(extra)]
  if (unknown.length > 0) members.push([unknownMember, unknown])
  return Buffer.from(
    JSON.stringify(Object.fromEntries(members.map(([name, value]) => [name, sorted(value)]))),
  )
}

/** Members by their JSON names (ProtoJSON). */
function membersOf(request: SubmitPatientDataRequest): Members {
  try {
    return toJson(SubmitPatientDataRequestSchema, request) as Members
  } catch {
    const member = (['answers', 'app', 'extra', 'prompts'] as const).find((name) => !finite(request[name]))
    throw new Problem('submission.invalid', { member: member ?? 'answers', expected: 'finite numbers' })
  }
}

function finite(value: JsonValue | undefined): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(finite)
}

/** The same value with the names of every object in order; `Object.fromEntries` keeps even `__proto__` a plain name. */
function sorted(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const entries = Object.entries(value).map(([name, inner]): [string, JsonValue] => [name, sorted(inner)])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
