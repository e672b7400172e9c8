// Takes a FHIR R4 Questionnaire of any origin and makes a form of it, with a report on every element. Pure; throws
// nothing; invents nothing. What would change the form's meaning and cannot be honoured is refused with its reason.
import { asObject, type Json, objectsOf } from '../fhir-json.ts'
import type { FormDefinition } from './definition.ts'
import { isCode, isText, isUri } from './fhir-value.ts'
import { checkReferences } from './import-conditions.ts'
import { type ExpressionCheck, importExtensions } from './import-extensions.ts'
import { type Importing, importItems } from './import-item.ts'
import { checkNames } from './import-names.ts'
import { ImportReport } from './import-report.ts'
import { wordsOf } from './import-words.ts'

/** The result. `form` is null where a refusal stops everything. */
export type Imported = { readonly form: FormDefinition | null; readonly report: ImportReport }

const place = { path: 'Questionnaire' }
const isList = Array.isArray
const isMoment = (value: unknown) => typeof value === 'string'
const isObject = (value: unknown) => asObject(value) !== undefined

/** R4's members of Questionnaire with the JSON each must have; what is `used` decides something here. */
const members: Readonly<Record<string, { fits(value: unknown): boolean; used?: true }>> = {
  resourceType: { fits: isText, used: true },
  id: { fits: isText, used: true },
  meta: { fits: isObject },
  implicitRules: { fits: isUri },
  language: { fits: isCode, used: true },
  text: { fits: isObject },
  contained: { fits: isList, used: true },
  extension: { fits: isList },
  modifierExtension: { fits: isList },
  url: { fits: isUri, used: true },
  identifier: { fits: isList },
  version: { fits: isText, used: true },
  name: { fits: isText },
  title: { fits: isText, used: true },
  derivedFrom: { fits: isList },
  status: { fits: isCode },
  experimental: { fits: (value) => typeof value === 'boolean' },
  subjectType: { fits: isList, used: true },
  date: { fits: isMoment },
  publisher: { fits: isText },
  contact: { fits: isList },
  description: { fits: isText },
  useContext: { fits: isList },
  jurisdiction: { fits: isList },
  purpose: { fits: isText },
  copyright: { fits: isText },
  approvalDate: { fits: isMoment },
  lastReviewDate: { fits: isMoment },
  effectivePeriod: { fits: isObject },
  code: { fits: isList },
  item: { fits: isList, used: true },
}

/** Imports parsed JSON. `check` judges expressions; see expression-check.ts. */
export function importQuestionnaire(value: unknown, check: ExpressionCheck): Imported {
  const report = new ImportReport()
  const questionnaire = asObject(value)
  if (questionnaire?.resourceType !== 'Questionnaire') {
    report.refused(place, 'resourceType', 'not-questionnaire', 'everything')
    return { form: null, report }
  }
  checkMembers(questionnaire, report)
  const extended = importExtensions(questionnaire, place, report, check)
  const title = wordsOf(questionnaire, 'title', place, report)
  const contained = objectsOf(questionnaire.contained)
  const importing: Importing = { report, contained, check, linkIds: new Set() }
  const items = importItems(questionnaire.item, place.path, importing)
  checkReferences(items, report)
  checkNames({ ...extended, items }, report)
  if (report.stops('everything')) return { form: null, report }
  const { id, url, version, language, subjectType } = questionnaire
  const form: FormDefinition = {
    ...(typeof id === 'string' && { id }),
    ...(typeof url === 'string' && { url }),
    ...(typeof version === 'string' && { version }),
    ...(title && { title }),
    ...(typeof language === 'string' && { language }),
    ...(isList(subjectType) && { subjectTypes: subjectType.filter(isText) }),
    ...(extended.entryMode && { entryMode: extended.entryMode }),
    ...(extended.variables && { variables: extended.variables }),
    ...(extended.constraints && { constraints: extended.constraints }),
    items,
  }
  return { form, report }
}

function checkMembers(questionnaire: Json, report: ImportReport): void {
  for (const [member, value] of Object.entries(questionnaire)) {
    if (member.startsWith('_') && Object.hasOwn(members, member.slice(1))) continue
    const known = Object.hasOwn(members, member) ? members[member] : undefined
    if (known === undefined) report.refused(place, member, 'not-r4', 'publishing', member)
    else if (!known.fits(value)) report.refused(place, member, 'wrong-json', 'everything')
    else if (known.used) report.used(place, member)
    else if (member !== 'extension') report.ignored(place, member, 'no-influence')
  }
  if (questionnaire.modifierExtension !== undefined)
    report.refused(place, 'modifierExtension', 'modifier-extension', 'everything')
  if (questionnaire.implicitRules !== undefined)
    report.refused(place, 'implicitRules', 'implicit-rules', 'everything')
  if (questionnaire.status === undefined) report.refused(place, 'status', 'missing', 'publishing')
  if (questionnaire.item === undefined) report.refused(place, 'item', 'missing', 'publishing')
}
