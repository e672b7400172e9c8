// Refuses expressions that use a name nobody gives a value to (`%patient` of a launch context, a misspelt variable):
// they fail on every response, so that an item would never be asked. Names: FHIRPath 2.0 §9, FHIR R4 fhirpath.html,
// SDC "Form Behavior and Calculation".
import { eachItem, type FormDefinition, type Variable } from './definition.ts'
import type { ImportReport, Place } from './import-report.ts'

const alwaysKnown = ['resource', 'rootResource', 'context', 'questionnaire', 'qitem', 'ucum', 'sct', 'loinc']
const quotedOrName =
  /'(?:[^'\\]|\\.)*'|\/\/[^\n]*|\/\*[\s\S]*?\*\/|%(?<bare>[A-Za-z_]\w*)|%[`'](?<quoted>[^`']+)[`']/g

/** The names an expression uses, without `%`; text in quotes and comments holds none. */
export function namesIn(expression: string): string[] {
  return [...expression.matchAll(quotedOrName)].flatMap(({ groups }) => groups?.bare ?? groups?.quoted ?? [])
}

/** Checks every expression of the form. Variables count for their own element, those after them, and all items inside. */
export function checkNames(
  form: Pick<FormDefinition, 'items' | 'variables' | 'constraints'>,
  report: ImportReport,
): void {
  const check = (expression: string | undefined, known: readonly string[], place: Place, element: string) => {
    const unknown = namesIn(expression ?? '').find(
      (name) => !known.includes(name) && !/^(?:vs|ext)-/.test(name),
    )
    if (unknown === undefined) return
    // Without its condition, whether the item is asked at all would be a guess.
    const blocks = element === 'enableWhenExpression' ? 'everything' : 'publishing'
    report.refused(place, element, 'name-unknown', blocks, `%${unknown}`)
  }
  const withVariables = (outer: readonly string[], own: readonly Variable[] = [], place: Place): string[] => {
    const known = [...outer]
    for (const { name, expression } of own) {
      check(expression, known, place, `variable ${name}`)
      known.push(name)
    }
    return known
  }
  const top = withVariables(alwaysKnown, form.variables, { path: 'Questionnaire' })
  for (const { expression } of form.constraints ?? [])
    check(expression, top, { path: 'Questionnaire' }, 'constraint')
  const byItem = new Map<unknown, readonly string[]>()
  eachItem(form.items, (item, parents) => {
    const { linkId } = item
    const place = { path: `Questionnaire.descendants().where(linkId='${linkId}')`, linkId }
    const known = withVariables(byItem.get(parents.at(-1)) ?? top, item.variables, place)
    byItem.set(item, known)
    check(item.enableExpression, known, place, 'enableWhenExpression')
    check(item.calculated, known, place, 'calculatedExpression')
    for (const { expression } of item.constraints ?? []) check(expression, known, place, 'constraint')
  })
}
