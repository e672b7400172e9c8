// Compiles the scores that study.yaml declares for one form, and those of the instruments whose scoring files it
// names: every item must exist in the form and carry numbers.
import type { CompiledForm } from './compile-form.ts'
import type { StudySource } from './read-study-yaml.ts'
import { readYaml } from './read-yaml.ts'
import { compileScore, type ScoreSurroundings } from './scoring/compile-score.ts'
import { factValues } from './scoring/compile-scoring.ts'
import { checkFacts, factsOf } from './scoring/facts-file.ts'
import { scaleOfItem } from './scoring/scales.ts'
import type { Scale, ScorePlan } from './scoring/score-plan.ts'
import { type ScoreFile, scoringSchema } from './scoring/scoring-file.ts'
import type { Faults } from './study-invalid.ts'

type Say = (member: readonly (string | number)[], message: string) => void

/**
 * The scores of `form` in the order declared, those of instruments first; `files` holds the study's files by name.
 * Those with faults are incomplete and the faults are added.
 */
export function compileScores(
  source: StudySource,
  form: CompiledForm,
  files: ReadonlyMap<string, string>,
  faults: Faults,
): ScorePlan[] {
  const plans: ScorePlan[] = []
  source.study.instruments?.forEach(({ form: id, scoring: file }, index) => {
    if (id !== form.id) return
    const text = files.get(file)
    if (text === undefined)
      faults.add(
        source.file,
        source.lineOf(['instruments', index, 'scoring']),
        `add the file ${file}, or correct its name`,
      )
    else addInstrument(plans, form, { file, text }, { source, index }, faults)
  })
  const studyFacts = Object.fromEntries(factsOf(source.study.facts))
  source.study.scores?.forEach((declared, index) => {
    const { form: id, ...score } = declared
    if (id !== form.id) return
    add(plans, form, score, { maps: {}, facts: studyFacts }, (member, message) =>
      faults.add(source.file, source.lineOf(['scores', index, ...member]), `score ${score.id}: ${message}`),
    )
  })
  return plans
}

/** A scoring file within a study: its rules, on the scales of the study's own form. */
function addInstrument(
  plans: ScorePlan[],
  form: CompiledForm,
  { file, text }: { readonly file: string; readonly text: string },
  { source, index }: { readonly source: StudySource; readonly index: number },
  faults: Faults,
): void {
  const read = readYaml(file, text, scoringSchema, faults)
  const maps = read?.value.maps ?? {}
  const facts = factValues(read?.value.facts)
  if (read !== null) checkFacts(source, index, facts, faults)
  read?.value.scores.forEach((score, at) => {
    add(plans, form, score, { maps, facts }, (member, message) =>
      faults.add(file, read.lineOf(['scores', at, ...member]), `score ${score.id}: ${message}`),
    )
  })
}

function add(
  plans: ScorePlan[],
  form: CompiledForm,
  score: ScoreFile,
  named: Pick<ScoreSurroundings, 'maps' | 'facts'>,
  complain: Say,
): void {
  const scaleOf = (linkId: string): Scale | string => {
    const item = form.itemById.get(linkId)
    return item === undefined ? `form ${form.id} has no item ${linkId}` : scaleOfItem(item)
  }
  const around = { form: form.id, formVersion: form.version, scaleOf, ...named, earlier: plans }
  plans.push(compileScore(score, around, complain))
}
