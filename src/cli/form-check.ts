// `levee form check`: every finding of a QuestionnaireResponse against its Questionnaire, without any answer in it.
import type { Command } from 'commander'
import { checkResponse } from '../study/form/check-response.ts'
import type { ResponseFinding, Severity } from '../study/form/response-finding.ts'
import { BadNews } from './failures.ts'
import { print, readForm, readResponse, usableForm } from './form-files.ts'
import { tableText } from './tables.ts'

export function addFormCheck(form: Command): void {
  form
    .command('check <questionnaire> <response>')
    .description('check a QuestionnaireResponse against its Questionnaire (JSON files)')
    .option('--json', 'print JSON: each finding with code, severity, linkId, path and message')
    .action(async (questionnaire: string, response: string, flags: { json?: true }) => {
      const read = await readForm(questionnaire)
      const definition = await usableForm(questionnaire, read, flags.json === true)
      const { findings } = checkResponse(definition, readResponse(response), read.expressions)
      const errors = countOf(findings, 'error')
      await print(flags.json === true ? findingsJson(findings) : findingsText(findings))
      if (errors > 0) throw new BadNews()
    })
}

const countOf = (findings: readonly ResponseFinding[], severity: Severity) =>
  findings.filter((finding) => finding.severity === severity).length

function findingsJson(findings: readonly ResponseFinding[]): string {
  const counts = {
    error: countOf(findings, 'error'),
    warning: countOf(findings, 'warning'),
    information: countOf(findings, 'information'),
  }
  return JSON.stringify({ valid: counts.error === 0, counts, findings }, null, 2)
}

function findingsText(findings: readonly ResponseFinding[]): string {
  if (findings.length === 0) return 'No findings: the response fits the form.'
  const rows = findings.map(({ severity, code, linkId, message, expected, actual, path }) => [
    severity,
    code,
    linkId ?? '',
    [message.en, expected && `Expected: ${expected}.`, actual && `Found: ${actual}.`]
      .filter(Boolean)
      .join(' '),
    path,
  ])
  return tableText(['severity', 'code', 'item', 'what', 'where'], rows)
}
