// A study of one form made in the test itself, for what the demo study does not use.
import { compileStudy } from '../compile-study.ts'
import { type FormPlan, findForm, type StudyPlan } from '../plan.ts'

type Element = Record<string, unknown>

/** The core translation extension with a Chinese text, as the member `_text`, `_title` or `_display`. */
export function zh(content: string): Element {
  const parts = [
    { url: 'lang', valueCode: 'zh-CN' },
    { url: 'content', valueString: content },
  ]
  return { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/translation', extension: parts }] }
}

/** A FHIR item with texts in both languages. */
export function item(linkId: string, type: string, rest: Element = {}): Element {
  return { linkId, type, text: `Text of ${linkId}`, _text: zh('文字'), ...rest }
}

/** A choice with its code as display. */
export function option(code: string, ordinal?: number): Element {
  const url = 'http://hl7.org/fhir/StructureDefinition/ordinalValue'
  const weight = ordinal === undefined ? {} : { extension: [{ url, valueDecimal: ordinal }] }
  return { valueCoding: { code, display: code, _display: zh('选项'), ...weight } }
}

export const skippable = {
  url: 'https://levee.example/fhir/StructureDefinition/skippable',
  valueBoolean: true,
}

/** The files of a study with the form `small` version 1; `more` is added to study.yaml. */
export function smallFiles(
  items: readonly Element[],
  more = '',
  schedule = '{ every: event }',
): Map<string, string> {
  const form = {
    resourceType: 'Questionnaire',
    url: 'https://levee.example/fhir/Questionnaire/small',
    version: '1',
    title: 'Small',
    _title: zh('小'),
    status: 'active',
    item: items,
  }
  const study = `id: SMALL
version: "1"
title: { en: Small, zh: 小 }
clock-tolerance-minutes: 10
sites: [{ id: "1", name: { en: One, zh: 一 }, zone: Europe/Berlin }]
arms: [{ code: A }, { code: B }]
forms: [{ file: forms/small.json, schedule: ${schedule} }]
restricted:
  arms:
    A: { role: treatment, text: { en: Drug, zh: 药 } }
    B: { role: control, text: { en: Placebo, zh: 安慰剂 } }
${more}`
  return new Map([
    ['study.yaml', study],
    ['forms/small.json', JSON.stringify(form, null, 2)],
  ])
}

/** The compiled small study and its form. */
export function small(
  items: readonly Element[],
  more = '',
  schedule = '{ every: event }',
): { plan: StudyPlan; form: FormPlan } {
  const plan = compileStudy(smallFiles(items, more, schedule))
  return { plan, form: findForm(plan, 'small', '1') as FormPlan }
}
