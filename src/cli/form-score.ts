// `levee form score`: the scores of an instrument with their derivation, from any answers to it.
// Exit code 1 where an answer could not be used: nothing that does not fit is scored silently.
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { Scoring } from '../study/scoring/compile-scoring.ts'
import { factCode, type InstrumentResult, scoreInstrument } from '../study/scoring/score-instrument.ts'
import type { ScoreDerivation, ScoreInput } from '../study/scoring/score-plan.ts'
import { textIn } from '../study/text.ts'
import { BadNews, WronglyCalled } from './failures.ts'
import { instrumentsFolder, openInstrument, otherRules, readText, shippedInstruments } from './instruments.ts'
import { parseJson } from './json-text.ts'
import { tableText } from './tables.ts'

type Flags = { json?: true; list?: true; rule?: string; fact?: readonly Fact[]; language: 'en' | 'zh' }
type Fact = { readonly name: string; readonly value: string }

/** Adds `score` to the group `levee form`. */
export function addFormScore(group: Command): void {
  group
    .command('score [instrument] [answers]')
    .description('scores of an instrument with their derivation (--list tells which ship)')
    .option('--list', 'the instruments that ship with Levee')
    .option('--rule <name>', 'another rule than the standard one, such as prorated')
    .option('--fact <name=value...>', 'what a rule asks about the patient, such as sex=female', facts)
    .option('--language <en|zh>', 'language of labels in tables', language, 'en')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
instrument: an id (phq-9), a scoring file (YAML or JSON), or a folder with scoring.yaml.
answers:    a JSON file or - for standard input: answers by linkId, by item1 … or q1 …, a list in the form's order,
            or a FHIR QuestionnaireResponse. An answer is a code, its words, or its printed number.

Examples:
  levee form score phq-9 answers.json --json
  echo '{"item1":2,"item2":"several-days","item3":null}' | levee form score gad-7 -`,
    )
    .action((name: string | undefined, answers: string | undefined, flags: Flags) => {
      if (flags.list === true) return printList(flags)
      if (name === undefined || answers === undefined)
        throw new WronglyCalled('give an instrument and a file of answers; --list tells the instruments')
      const scoring = openInstrument(name, flags.rule)
      const result = scoreInstrument(
        scoring,
        parseJson(answers, readText(answers), 'answers are JSON; correct it'),
        knownFacts(scoring, flags.fact ?? []),
      )
      if ('refused' in result) throw new WronglyCalled(`${answers}: ${result.refused}`)
      if (flags.json) console.log(JSON.stringify(result, null, 2))
      else printResult(result, flags.language)
      if (result.findings.some((finding) => finding.severity === 'error')) throw new BadNews()
    })
}

function facts(text: string, before: readonly Fact[] = []): Fact[] {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It takes name=value, such as sex=female.')
  return [...before, { name: name.trim(), value: value.trim() }]
}

function language(text: string): 'en' | 'zh' {
  if (text !== 'en' && text !== 'zh') throw new InvalidArgumentError('It takes en or zh.')
  return text
}

function knownFacts(scoring: Scoring, given: readonly Fact[]): Record<string, string> {
  return Object.fromEntries(
    given.map(({ name, value }) => {
      const plan = scoring.facts.get(name)
      const code = plan === undefined ? null : factCode(plan, value)
      if (plan === undefined)
        throw new WronglyCalled(
          `--fact ${name}: ${scoring.instrument} asks ${scoring.facts.size === 0 ? 'no facts' : `for ${[...scoring.facts.keys()].join(', ')}`}`,
        )
      if (code === null)
        throw new WronglyCalled(`--fact ${name} takes ${[...plan.values.keys()].join(', ')}; not ${value}`)
      return [name, code]
    }),
  )
}

function printList({ json, language: shown }: Flags): void {
  const instruments = shippedInstruments().map((id) => {
    const { version, title, source, licence, items, scores } = openInstrument(id)
    const rules = otherRules(join(instrumentsFolder, id))
    return {
      id,
      version,
      title,
      items: items.length,
      scores: scores.map((s) => s.id),
      rules,
      licence,
      source,
    }
  })
  if (json) {
    console.log(JSON.stringify(instruments, null, 2))
    return
  }
  const rows = instruments.map((i) => [i.id, i.items, textIn(i.title, shown), i.rules.join(', ')])
  console.log(tableText(['instrument', { head: 'items', right: true }, 'title', 'other rules'], rows))
}

function printResult(result: InstrumentResult, shown: 'en' | 'zh'): void {
  const rows = result.scores.map((score) => [
    textIn(score.title, shown),
    score.value ?? '–',
    score.band?.text === undefined
      ? score.reason === null
        ? ''
        : reasonText(score)
      : textIn(score.band.text, shown),
    score.imputed > 0 ? `${score.answered} of ${score.applicable} answered` : '',
  ])
  console.log(`${textIn(result.title, shown)}, rule version ${result.version}\n`)
  console.log(tableText(['score', { head: 'value', right: true }, 'label', ''], rows))
  for (const score of result.scores) console.log(`\n${derivationText(score)}`)
  for (const { severity, text } of result.alerts) console.log(`\nALERT (${severity}): ${textIn(text, shown)}`)
  for (const { severity, message } of result.findings) console.log(`\n${severity}: ${message}`)
}

function reasonText({ reason, answered, required, applicable }: ScoreDerivation): string {
  if (reason === 'too-few-answered' || reason === 'subscale-missing')
    return `no score: ${reason} (${answered} of ${applicable} answered, ${required} required)`
  return `no score: ${reason}`
}

function derivationText(score: ScoreDerivation): string {
  const head = `${score.id} (version ${score.version}) = ${score.formula}`
  return `${head}\n${tableText(['', '', { head: '', right: true }, ''], score.inputs.map(inputRow))}`
}

function inputRow({ item, score, raw, used, weight, state }: ScoreInput): (string | number)[] {
  const answer = raw === null ? '' : typeof raw === 'object' ? JSON.stringify(raw) : String(raw)
  return [
    `  ${item ?? score}`,
    answer,
    used ?? '–',
    [state, weight === undefined ? '' : `× ${weight}`].join(' ').trim(),
  ]
}
