// `levee form visible`: the items enabled by the answers of a response, in the form's order, and why others are not.
import type { Command } from 'commander'
import type { ClauseResult, DisabledBecause } from '../study/form/enablement.ts'
import { type VisibleItems, visibleItems } from '../study/form/visible-items.ts'
import { print, readForm, readResponse, usableForm } from './form-files.ts'
import { tableText } from './tables.ts'

export function addFormVisible(form: Command): void {
  form
    .command('visible <questionnaire> <response>')
    .description('list the linkIds enabled by a QuestionnaireResponse (JSON files)')
    .option('--json', 'print JSON')
    .option('--why', 'say for each hidden item why it is hidden')
    .action(async (questionnaire: string, response: string, flags: { json?: true; why?: true }) => {
      const read = await readForm(questionnaire)
      const definition = await usableForm(questionnaire, read, flags.json === true)
      const found = visibleItems(definition, readResponse(response), read.expressions)
      await print(
        flags.json === true ? visibleJson(found, flags.why === true) : visibleText(found, flags.why === true),
      )
    })
}

/** `enabled` lists each linkId once; `places` each place, which differ where something repeats. */
function visibleJson({ enabled, disabled, places, hidden }: VisibleItems, why: boolean): string {
  const shown = {
    enabled,
    disabled,
    places: places.map(({ place, linkId }) => ({ place, linkId })),
    ...(why && {
      why: hidden.map(({ place, linkId, because }) => ({
        place,
        linkId,
        ...because,
        reason: reasonText(because),
      })),
    }),
  }
  return JSON.stringify(shown, null, 2)
}

function visibleText({ places, hidden }: VisibleItems, why: boolean): string {
  const lines = places.map(({ place }) => place).join('\n')
  if (!why || hidden.length === 0) return lines
  const rows = hidden.map(({ place, because }) => [place, reasonText(because)])
  return `${lines}\n\n${tableText(['hidden', 'because'], rows)}`
}

function reasonText(because: DisabledBecause): string {
  if (because.by === 'parent') return `${because.parent}, around it, is hidden`
  if (because.by === 'enableWhenExpression')
    return because.failed ? 'its condition could not be evaluated' : 'its condition (FHIRPath) is not true'
  const unmet = because.clauses.filter((clause) => !clause.holds).map(clauseText)
  return because.behaviour === 'any' && because.clauses.length > 1
    ? `none of these holds: ${unmet.join('; ')}`
    : unmet.join('; ')
}

/** The form's condition in words, and whether its question has an answer; never the answer. */
function clauseText({ question, operator, answer, answered }: ClauseResult): string {
  const wanted = answer.value as { code?: string; display?: string; value?: number; unit?: string }
  const text =
    typeof answer.value === 'object'
      ? (wanted.code ?? wanted.display ?? `${wanted.value} ${wanted.unit ?? ''}`.trim())
      : String(answer.value)
  const state = answered ? '' : ` (${question} has no answer that counts)`
  if (operator === 'exists')
    return answer.value === true ? `${question} has no answer that counts` : `${question} has an answer`
  return `${question} ${operator} ${text} does not hold${state}`
}
