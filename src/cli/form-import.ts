// `levee form import`: the report on every element of a Questionnaire: used, kept but ignored, refused with the reason.
import type { Command } from 'commander'
import { type LanguageCount, type ReportEntry, reasons } from '../study/form/import-report.ts'
import { BadNews } from './failures.ts'
import { print, readForm, refusalJson } from './form-files.ts'
import { tableText } from './tables.ts'

export function addFormImport(form: Command): void {
  form
    .command('import <questionnaire>')
    .description('report what is used, ignored and refused of a Questionnaire (JSON)')
    .option('--json', 'print JSON: every element with its treatment')
    .option('--plan', 'print the form as compiled, JSON')
    .action(async (file: string, flags: { json?: true; plan?: true }) => {
      const { form: definition, report } = await readForm(file)
      const publishable = !report.stops('publishing')
      if (flags.plan === true && definition !== null) await print(JSON.stringify(definition))
      else if (flags.json === true)
        await print(reportJson(report.entries, report.languages(), definition !== null))
      else await print(reportText(report.entries, report.languages(), definition !== null))
      if (!publishable) throw new BadNews()
    })
}

/** `taken`: patients can be given the form. `checkable`: responses made elsewhere can be checked against it. */
function outcomeOf(entries: readonly ReportEntry[], usable: boolean): 'taken' | 'checkable' | 'refused' {
  if (!usable) return 'refused'
  return entries.some((entry) => entry.treatment === 'refused') ? 'checkable' : 'taken'
}

const countOf = (entries: readonly ReportEntry[], treatment: string) =>
  entries.filter((entry) => entry.treatment === treatment).length

function reportJson(
  entries: readonly ReportEntry[],
  languages: readonly LanguageCount[],
  usable: boolean,
): string {
  const counts = {
    used: countOf(entries, 'used'),
    ignored: countOf(entries, 'ignored'),
    refused: countOf(entries, 'refused'),
  }
  const report = {
    outcome: outcomeOf(entries, usable),
    counts,
    languages,
    elements: entries.map(refusalJson),
  }
  return JSON.stringify(report, null, 2)
}

function reportText(
  entries: readonly ReportEntry[],
  languages: readonly LanguageCount[],
  usable: boolean,
): string {
  const words = {
    taken: 'The form can be published: nothing of it is refused.',
    checkable: 'Responses can be checked against the form; it cannot be published to patients as it is.',
    refused: 'The form cannot be used: what it means is not certain.',
  }
  const parts = [
    words[outcomeOf(entries, usable)],
    `${countOf(entries, 'used')} elements used, ${countOf(entries, 'ignored')} kept but ignored, ${countOf(entries, 'refused')} refused.`,
  ]
  for (const treatment of ['refused', 'ignored'] as const) {
    const rows = groupRows(entries.filter((entry) => entry.treatment === treatment))
    if (rows.length > 0) parts.push(tableText([treatment, 'where', 'why'], rows))
  }
  const lacking = languages.filter((one) => one.missing > 0)
  if (lacking.length > 0)
    parts.push(lacking.map((one) => `${one.language}: ${one.missing} texts have no translation.`).join('\n'))
  return parts.join('\n\n')
}

/** One row for each element and reason, with the places together. */
function groupRows(entries: readonly ReportEntry[]): string[][] {
  const groups = new Map<string, { element: string; why: string; places: string[] }>()
  for (const { element, reason, linkId, path, detail } of entries) {
    const key = `${element}|${reason}|${detail ?? ''}`
    const why = reason === undefined ? '' : reasons[reason].en
    const group = groups.get(key) ?? { element, why, places: [] }
    group.places.push(linkId ?? path)
    groups.set(key, group)
  }
  return [...groups.values()].map(({ element, why, places }) => [
    element,
    places.length > 3 ? `${places.slice(0, 3).join(', ')} and ${places.length - 3} more` : places.join(', '),
    why,
  ])
}
