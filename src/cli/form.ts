// `levee form …`: forms as files, without a server: what a Questionnaire becomes here, whether a response fits it,
// which items are enabled by it. Nothing these commands print repeats an answer.
import type { Command } from 'commander'
import { addFormCheck } from './form-check.ts'
import { addFormImport } from './form-import.ts'
import { addFormScore } from './form-score.ts'
import { addFormVisible } from './form-visible.ts'

export function formCommand(program: Command): void {
  const form = program
    .command('form')
    .description('FHIR R4 questionnaires and responses as files: import, check, visible items, scores')
    .addHelpText(
      'after',
      `
Examples:
  levee form import questionnaire.json                 what is used, ignored and refused of it
  levee form check questionnaire.json response.json    every finding of the response
  levee form visible questionnaire.json response.json  the items enabled by it

Exit codes: 0 all is well, 1 findings or refusals, 2 wrongly called, or a questionnaire that cannot be used.
More: docs/forms.md`,
    )
  addFormImport(form)
  addFormCheck(form)
  addFormVisible(form)
  addFormScore(form)
}
