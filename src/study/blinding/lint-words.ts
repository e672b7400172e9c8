// Words that tell an arm in study.yaml outside "restricted", in the forms and in the names of files.
import { Type } from 'typebox'
import type { Json } from '../fhir-json.ts'
import type { StudySource } from '../read-study-yaml.ts'
import { readYaml } from '../read-yaml.ts'
import type { ArmWords, Told } from './arm-words.ts'
import { stringLiterals } from './cel-literals.ts'
import type { Leaks, Place } from './leak.ts'
import { linesOf } from './lines-of.ts'
import { yamlPlace } from './place-of.ts'

/** Top members that hold no words of the study, that say the same to everybody, or that are looked at elsewhere. */
const passed = new Set([
  'id',
  'version',
  // Every patient consents to these two: they describe the trial, not a patient.
  'title',
  'description',
  'languages',
  'sites',
  'arms',
  'roles',
  'restricted',
  'blinding-allow',
])
/** Members that cite where something comes from. */
const citations = new Set(['source', 'sources', 'licence', 'license', 'copyright', 'citation'])
/** Members of study.yaml and scoring files that people read. */
const readable = new Set([
  'title',
  'description',
  'name',
  'text',
  'patient-message',
  'prompt',
  'help',
  'reason',
  'unit',
])
/** FHIR members that people read; all other strings are ids and codes. */
const shown =
  /^(text|display|title|prefix|valueString|valueMarkdown|description|purpose|usage|publisher|definition|comment|div|unit|label)$/

/** Adds a leak for every place of study.yaml, but for `restricted`, whose words tell an arm. */
export function lintStudyWords(source: StudySource, words: ArmWords, leaks: Leaks): void {
  const study = source.study as unknown as Json
  for (const [member, value] of Object.entries(study)) {
    if (passed.has(member)) continue
    eachString(value, [member], (text, path, kind) => {
      const place = () => yamlPlace(source, path)
      if (kind === 'condition')
        for (const one of stringLiterals(text)) report(words.inId(one), 'id-tells', place, leaks)
      else if (kind === 'text') report(words.inText(text), 'text-tells', place, leaks)
      else if (path.at(-1) === 'file' || path.at(-1) === 'scoring')
        report(words.inId(text), 'file-name-tells', place, leaks)
      else report(words.inId(text), 'id-tells', place, leaks)
    })
  }
}

/** Adds a leak for every string of the other files that tells, and for telling names of files. */
export function lintFileWords(
  files: ReadonlyMap<string, string>,
  named: ReadonlySet<string>,
  words: ArmWords,
  leaks: Leaks,
): void {
  for (const [file, text] of files) {
    if (file === 'study.yaml') continue
    if (!named.has(file))
      report(words.inId(file), 'file-name-tells', () => ({ file, line: 1, where: file }), leaks)
    if (file.endsWith('.svg')) lintPictureWords(file, text, words, leaks)
    else if (file.endsWith('.json')) lintFormWords(file, text, words, leaks)
    else lintScoringWords(file, text, words, leaks)
  }
}

/** A picture is given to the device as it is: its words, its ids and its comments. */
function lintPictureWords(file: string, text: string, words: ArmWords, leaks: Leaks): void {
  const place = () => ({ file, line: 1, where: file })
  report(words.inText(text.replaceAll(/[<>="']/g, ' ')), 'text-tells', place, leaks)
}

/** Ids and titles of scores become columns and figures. */
function lintScoringWords(file: string, text: string, words: ArmWords, leaks: Leaks): void {
  const read = readYaml(file, text, Type.Unknown(), { add() {} })
  if (read === null) return
  eachString(read.value, [], (one, path, kind) => {
    const place = () => ({ file, line: read.lineOf(path), where: `${file}#${path.join('.')}` })
    if (kind === 'text') report(words.inText(one), 'text-tells', place, leaks)
    else report(words.inId(one), 'id-tells', place, leaks)
  })
}

/** A device is given the Questionnaire byte for byte, so every string of it counts. */
function lintFormWords(file: string, text: string, words: ArmWords, leaks: Leaks): void {
  const lines = linesOf(file, text)
  eachFormString(JSON.parse(text), (value, member, linkId) => {
    if (citations.has(member) || fixed.has(member) || isStandard(value)) return
    const place = () => lines.place(value, linkId)
    const told = shown.test(member)
      ? words.inText(value)
      : words.inId(member === 'url' ? lastPart(value) : value)
    report(told, shown.test(member) ? 'text-tells' : 'id-tells', place, leaks)
  })
}

/** Visits every string of a form with the member it stands in and the nearest linkId around it. */
export function eachFormString(
  value: unknown,
  visit: (text: string, member: string, linkId: string | undefined) => void,
  member = '',
  linkId?: string,
): void {
  if (typeof value === 'string') visit(value, member, linkId)
  else if (Array.isArray(value)) for (const one of value) eachFormString(one, visit, member, linkId)
  else if (typeof value === 'object' && value !== null) {
    const own = (value as Json).linkId
    const near = typeof own === 'string' ? own : linkId
    for (const [name, inner] of Object.entries(value)) eachFormString(inner, visit, name, near)
  }
}

/** FHIR members whose values FHIR fixes, and bytes. */
const fixed = new Set([
  'resourceType',
  'status',
  'type',
  'subjectType',
  'operator',
  'enableBehavior',
  'language',
  'data',
])

/** Canonical names of FHIR and of code systems everybody uses say nothing of a study. */
const isStandard = (text: string): boolean =>
  /^(https?:\/\/(hl7\.org|terminology\.hl7\.org|loinc\.org|snomed\.info|unitsofmeasure\.org)\b|urn:)/.test(
    text,
  )

const lastPart = (url: string): string => url.split('/').at(-1) ?? url

type Kind = 'id' | 'text' | 'condition'

/** Visits every string of a member of study.yaml, record keys included, with what kind of string it is. */
function eachString(
  value: unknown,
  path: readonly (string | number)[],
  visit: (text: string, path: readonly (string | number)[], kind: Kind) => void,
  kind: Kind = 'id',
): void {
  if (typeof value === 'string') visit(value, path, kind)
  else if (Array.isArray(value))
    for (const [index, one] of value.entries()) eachString(one, [...path, index], visit, kind)
  else if (typeof value === 'object' && value !== null)
    for (const [member, inner] of Object.entries(value)) {
      if (citations.has(member)) continue
      if (kind === 'id') visit(member, [...path, member], 'id')
      eachString(inner, [...path, member], visit, kindOf(member, kind))
    }
}

function kindOf(member: string, outer: Kind): Kind {
  if (outer === 'text' || readable.has(member)) return 'text'
  return member === 'when' || member === 'expression' ? 'condition' : 'id'
}

function report(
  told: Told | undefined,
  code: 'id-tells' | 'text-tells' | 'file-name-tells',
  place: () => Place,
  leaks: Leaks,
): void {
  if (told !== undefined)
    leaks.add(told.sure ? code : 'may-tell', place(), `“${told.word}” is a word for an arm`)
}
