// `levee explain RECORD`: how a value came about, in words that a coordinator understands, or whole as JSON.
import type { Command } from 'commander'
import type { Derived } from '../records/derivation.ts'
import type { DerivationInput } from '../study/derivation/derivation.ts'
import { numberText } from '../study/derivation/derivation.ts'
import { type ProductText, type Text, textIn } from '../study/text.ts'
import { WronglyCalled } from './failures.ts'
import { addClientFlags, addDatabaseFlag, addStudyFlag } from './flags.ts'
import { derivationsFrom, type OpenRecords, openRecords, type RecordsFlags } from './records-source.ts'
import { chooseStudy } from './study-choice.ts'
import { pairsText, tableText } from './tables.ts'
import { timeFlag } from './time-flag.ts'

type Flags = RecordsFlags & { at?: number; language: string }

export function explainCommand(program: Command): void {
  const command = program
    .command('explain <record>')
    .description('how a score, dose, finding, alert, compliance or adherence figure came about')
    .option('--at <time>', 'for figures of a patient: as of this time (standard: now)', timeFlag)
    .option('--language <tag>', 'en or zh', 'en')
  addClientFlags(addDatabaseFlag(addStudyFlag(command)))
    .addHelpText(
      'after',
      `
Records:
  response:123                                all that was derived of the response at journal position 123
  response:123/phq-9-total                    one score, dose, rule or finding of it
  alert:17                                    the rule that raised an alert, and what it read
  patient:P-00001/compliance                  diary compliance; …/compliance/form/daily-diary or …/phase/enrolled for one figure
  patient:P-00001/adherence/study-medicine    every measure of a dose; …/taking for one`,
    )
    .action(async (record: string, flags: Flags) => {
      await using records = await openRecords(flags)
      const study = chooseStudy(flags.study, await records.stores.studies.ids())
      const asked = readRecord(record)
      const found = await derivationsFor(records, study, asked, flags.at ?? Date.now())
      if (found.length === 0)
        throw new Error(
          `nothing was derived for ${record}; see what there is with "levee explain" and less of the name`,
        )
      if (flags.json) console.log(JSON.stringify(found, null, 2))
      else {
        const pages = found.map((one) => derivationText(one, flags.language))
        console.log([...pages, ...(await signatureText(records, asked))].join('\n\n'))
      }
    })
}

type Asked =
  | { readonly kind: 'response' | 'alert'; readonly number: number; readonly part: string | null }
  | { readonly kind: 'compliance'; readonly patient: string; readonly part: string | null }
  | {
      readonly kind: 'adherence'
      readonly patient: string
      readonly dose: string
      readonly part: string | null
    }

/** Throws WronglyCalled where the text names no record. */
export function readRecord(text: string): Asked {
  const [, kind, number, part] = /^(response|alert):(\d+)(?:\/(.+))?$/.exec(text) ?? []
  if (kind !== undefined)
    return { kind: kind as 'response' | 'alert', number: Number(number), part: part ?? null }
  const [, patient, figure, rest] = /^patient:([^/]+)\/(compliance|adherence)(?:\/(.+))?$/.exec(text) ?? []
  if (patient !== undefined && figure === 'compliance') return { kind: figure, patient, part: rest ?? null }
  if (patient !== undefined && rest !== undefined) {
    const [dose = '', measure] = rest.split('/')
    return { kind: 'adherence', patient, dose, part: measure ?? null }
  }
  throw new WronglyCalled(
    `${text} is no record. Write response:123, response:123/phq-9-total, alert:17, patient:P-00001/compliance or patient:P-00001/adherence/study-medicine`,
  )
}

async function derivationsFor(
  records: OpenRecords,
  study: string,
  asked: Asked,
  atMs: number,
): Promise<Derived[]> {
  const derivations = derivationsFrom(records)
  const only = (list: readonly Derived[], id: string | null) =>
    list.filter((one) => id === null || one.id === id || one.id.endsWith(`/${id}`))
  switch (asked.kind) {
    case 'response':
      return only(await derivations.ofResponse(study, asked.number), asked.part)
    case 'alert': {
      const { rule, position } = await derivations.alert(study, asked.number)
      const all = await derivations.ofResponse(study, position)
      return all.filter(({ kind, id }) => kind === 'alert' && id === rule)
    }
    case 'compliance':
      return only(await derivations.complianceDerivations(study, asked.patient, atMs), asked.part)
    case 'adherence':
      return only(
        await derivations.adherenceDerivations(study, asked.patient, asked.dose, atMs),
        asked.part === null ? null : `${asked.dose}/${asked.part}`,
      )
  }
}

/** Of a whole response: whether what its device signed verifies. */
async function signatureText({ stores }: OpenRecords, asked: Asked): Promise<string[]> {
  if (asked.kind !== 'response' || asked.part !== null) return []
  const check = await stores.signatureChecks.at(asked.number)
  if (check === undefined) return ['device signature: none; the device has no key']
  const { state, code, deviceId } = check
  const said = { waiting: 'waits to be checked', verified: 'verified', failed: `DOES NOT VERIFY (${code})` }
  return [`device signature: ${said[state]}, device ${deviceId}`]
}

/** One derivation as a page of text; inputs beyond the first few dozen are counted. */
export function derivationText(one: Derived, language: string): string {
  const say = (text: ProductText): string => textIn(text, language)
  const title = one.title === null ? '' : `  ${textIn(one.title, language)}`
  const value = `${valueText(one, say)}${one.meaning === null ? '' : `, ${textIn(one.meaning, language)}`}`
  const facts: [string, string][] = [
    ['value', value],
    ['rule', say(one.formula)],
    ...(one.calculation === null ? [] : [['calculation', one.calculation] as [string, string]]),
    ...(one.missing === null ? [] : [['if missing', say(one.missing)] as [string, string]]),
    ...(one.rounding === null ? [] : [['rounding', say(one.rounding)] as [string, string]]),
    ...detailsOf(one),
    [
      'rule version',
      `${one.rule.id} ${one.rule.version}${one.rule.source === null ? '' : `  (${one.rule.source})`}`,
    ],
    ...(one.form === null || one.form.version === ''
      ? []
      : [['form', `${one.form.id} ${one.form.version}`] as [string, string]]),
    ['study', `${one.study.id} version ${one.study.version}  (files ${one.study.sha256.slice(0, 16)}…)`],
    ['inputs, SHA-256', one.inputsSha256],
  ]
  // What is left out of a compliance figure is counted below; its occasions would hide the others.
  const shown = one.kind === 'compliance' ? one.inputs.filter(({ used }) => used !== null) : one.inputs
  return [
    `${one.kind} ${one.id}${title}`,
    '',
    pairsText(facts),
    ...(shown.length === 0 ? [] : ['', inputsTable(shown, language)]),
    ...(one.exclusions.length === 0 ? [] : ['', 'Left out:', exclusionsTable(one, say)]),
  ].join('\n')
}

function valueText({ value, unit, reason }: Derived, say: (text: ProductText) => string): string {
  if (value === null) return `none: ${reason === null ? '' : say(reason)}`
  if (typeof value === 'string') return value
  return unit === '%' ? `${value.toFixed(1)} %` : numberText(value)
}

/** The details that a person reads: numbers, plain words, and what lies between two bounds. */
function detailsOf({ details }: Derived): [string, string][] {
  return Object.entries(details).flatMap(([name, value]): [string, string][] => {
    const text = detailText(value)
    return text === null ? [] : [[name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`), text]]
  })
}

function detailText(value: unknown): string | null {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return null
  const { low, high, from, to, numerator, denominator } = value as Record<string, unknown>
  if (typeof low === 'number' && typeof high === 'number') return `${numberText(low)} to ${numberText(high)}`
  if (typeof from === 'string' && typeof to === 'string') return `${from} to ${to}`
  return numerator === undefined ? null : `${numerator} / ${denominator}`
}

const mostInputs = 60

function inputsTable(inputs: readonly DerivationInput[], language: string): string {
  const rows = inputs
    .slice(0, mostInputs)
    .map(({ position, occasion, item, label, raw, shown, used, weight, note }) => [
      position === null ? '' : `response:${position}`,
      occasion ?? '',
      item,
      labelText(label, language),
      `${rawText(raw)}${shown === null ? '' : `  (${textIn(shown, language)})`}`,
      used === null ? '–' : `${weight === null ? '' : `${weight} × `}${used}`,
      note === null ? '' : textIn(note, language),
    ])
  const heads = [
    'from',
    'occasion',
    'item',
    '',
    'answer as stored',
    { head: 'counts as', right: true } as const,
    '',
  ]
  // A column that says nothing is left away.
  const kept = heads.map((_, i) => rows.some((row) => row[i] !== ''))
  const more =
    inputs.length > mostInputs ? `\n… and ${inputs.length - mostInputs} more; --json has them all` : ''
  return `${tableText(
    heads.filter((_, i) => kept[i]),
    rows.map((row) => row.filter((_, i) => kept[i])),
  )}${more}`
}

function labelText(label: Text | null, language: string): string {
  const text = label === null ? '' : textIn(label, language)
  return text.length > 44 ? `${text.slice(0, 43)}…` : text
}

const rawText = (raw: unknown): string =>
  raw === null ? '' : typeof raw === 'string' ? raw : JSON.stringify(raw)

const exclusionsTable = ({ exclusions }: Derived, say: (text: ProductText) => string): string =>
  tableText(
    ['', { head: '', right: true }, ''],
    exclusions.map(({ what, count, reason }) => [what, count, say(reason)]),
  )
