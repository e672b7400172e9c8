// Whether JSON is a resource that FHIR R4 knows: every element at its place, single or listed as defined, primitives of
// their type's grammar, required elements there, no empty lists or objects, extensions with one content. The definitions are those
// of the fhirpath package's R4 model, which is made from HL7's own; grammars are from FHIR R4 datatypes.
import { createRequire } from 'node:module'

type Json = Record<string, unknown>
type Type = string | { readonly code: string }
const load = createRequire(import.meta.url)
const model = (name: string): unknown => load(`../../node_modules/fhirpath/fhir-context/r4/${name}.json`)
const types = model('path2Type') as Record<string, Type>
const repeating = new Set(model('path2Repeating') as string[])
const elsewhere = model('pathsDefinedElsewhere') as Record<string, string>

const grammars: Record<string, (value: unknown) => boolean> = {
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  positiveInt: (value) => Number.isInteger(value) && (value as number) > 0,
  unsignedInt: (value) => Number.isInteger(value) && (value as number) >= 0,
  decimal: (value) => typeof value === 'number',
  string: text(/\S/),
  markdown: text(/\S/),
  uri: text(/^\S+$/),
  url: text(/^\S+$/),
  canonical: text(/^\S+$/),
  code: text(/^[^\s]+(?:\s[^\s]+)*$/),
  id: text(/^[A-Za-z0-9\-.]{1,64}$/),
  'System.String': text(/\S/),
  date: text(/^\d{4}(-\d\d(-\d\d)?)?$/),
  dateTime: text(/^\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$/),
  instant: text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/),
  time: text(/^\d\d:\d\d:\d\d(\.\d+)?$/),
}
function text(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && pattern.test(value)
}

/** Elements that R4 requires (min 1) in what this product sends. */
const required: Record<string, readonly string[]> = {
  QuestionnaireResponse: ['status'],
  'QuestionnaireResponse.item': ['linkId'],
  OperationOutcome: ['issue'],
  'OperationOutcome.issue': ['severity', 'code'],
  CapabilityStatement: ['status', 'date', 'kind', 'fhirVersion', 'format'],
  'CapabilityStatement.implementation': ['description'],
  'CapabilityStatement.rest': ['mode'],
  'CapabilityStatement.rest.resource': ['type'],
  'CapabilityStatement.rest.resource.interaction': ['code'],
  'CapabilityStatement.software': ['name'],
  Extension: ['url'],
}

/** What is wrong, by path; empty for a sound resource. */
export function r4Faults(resource: object): string[] {
  const faults: string[] = []
  const { resourceType, ...members } = resource as Json
  if (typeof resourceType !== 'string') return ['resourceType: missing']
  walk(members, resourceType, resourceType, faults)
  return faults
}

function walk(element: Json, type: string, at: string, faults: string[]): void {
  if (Object.keys(element).length === 0) faults.push(`${at}: empty`)
  for (const member of required[type] ?? [])
    if (element[member] === undefined) faults.push(`${at}.${member}: missing`)
  if (type === 'Extension') {
    const contents = Object.keys(element).filter((name) => name === 'extension' || name.startsWith('value'))
    if (contents.length !== 1) faults.push(`${at}: an extension has one content (ext-1)`)
  }
  if (type === 'QuestionnaireResponse.item' && element.answer !== undefined && element.item !== undefined)
    faults.push(`${at}: answer and item (qrs-1)`)
  for (const [name, value] of Object.entries(element)) {
    const member = name.startsWith('_') ? name.slice(1) : name
    const found = typeOf(type, member)
    if (found === undefined) faults.push(`${at}.${name}: R4 has no such element`)
    else if (name.startsWith('_')) walk(value as Json, 'Element', `${at}.${name}`, faults)
    else judge(value, found, `${at}.${name}`, faults)
  }
}

function judge(
  value: unknown,
  { type, list }: { type: string; list: boolean },
  at: string,
  faults: string[],
): void {
  if (Array.isArray(value) !== list) faults.push(`${at}: ${list ? 'a list' : 'one value'} is defined`)
  if (Array.isArray(value) && value.length === 0) faults.push(`${at}: empty list`)
  for (const [index, one] of (Array.isArray(value) ? value : [value]).entries()) {
    const here = Array.isArray(value) ? `${at}[${index}]` : at
    const grammar = grammars[type]
    if (grammar !== undefined) {
      if (!grammar(one)) faults.push(`${here}: no ${type}`)
    } else if (type === 'Resource') faults.push(...r4Faults(one as Json).map((fault) => `${here} ${fault}`))
    else if (typeof one === 'object' && one !== null && !Array.isArray(one))
      walk(one as Json, type, here, faults)
    else faults.push(`${here}: no ${type}`)
  }
}

/** The type of a member: a backbone element keeps its path as its type. */
function typeOf(type: string, member: string): { type: string; list: boolean } | undefined {
  const own = `${type}.${member}`
  const path = elsewhere[own] ?? own
  const stated = elsewhere[own] === undefined ? types[path] : 'BackboneElement'
  if (stated === undefined) {
    if (member === 'id') return { type: 'System.String', list: false }
    if (member === 'extension') return { type: 'Extension', list: true }
    return undefined
  }
  const code = typeof stated === 'string' ? stated : stated.code
  const inside = code === 'BackboneElement' || code === 'Element'
  const list = repeating.has(own) || repeating.has(path) || member === 'extension'
  return { type: inside ? path : code, list }
}
