// The blinding linter (promise P10): reads a study that compiles, and names every place by which a blinded role, a
// patient or a device could tell the arms apart. Pure; runs in `levee study check` and before anything is published.
// What it looks at and what no linter can see: docs/blinding.md.

import { withoutNotes } from '../package/notes.ts'
import type { StudyPlan } from '../plan.ts'
import { readStudyYaml, type StudySource } from '../read-study-yaml.ts'
import { StudyInvalid } from '../study-invalid.ts'
import { settleAllowances } from './allowances.ts'
import { armWords } from './arm-words.ts'
import { type Leak, type Leaks, leakAt, leakText } from './leak.ts'
import { lintAudience } from './lint-audience.ts'
import { lintArmCodes, lintCodesOutside } from './lint-codes.ts'
import { codedOf, lintCodedOutside, lintOpenRules, lintPackItems, lintPackNumbers } from './lint-packs.ts'
import { lintRepeated } from './lint-restricted.ts'
import { lintDosesByArm, lintFormsByArm } from './lint-structure.ts'
import { lintFileWords, lintStudyWords } from './lint-words.ts'

/**
 * The leaks of a compiled study in the order of its files and lines, errors, warnings and notes together. `source` is
 * its study.yaml as read, `files` all its files by name. A study that is `open-label: true` has notes only; one with a
 * single arm has nothing to tell apart.
 */
export function lintBlinding(
  plan: StudyPlan,
  source: StudySource,
  files: ReadonlyMap<string, string>,
): readonly Leak[] {
  const found: Leak[] = []
  const leaks: Leaks = { add: (code, place, how) => void found.push(leakAt(code, place, how)) }
  const { study } = source
  if (study.arms.length > 1) {
    const words = armWords(plan.restricted.arms)
    const named = new Set([
      ...study.forms.map(({ file }) => file),
      ...(study.instruments ?? []).map(({ scoring }) => scoring),
    ])
    lintStudyWords(source, words, leaks)
    lintFileWords(files, named, words, leaks)
    lintArmCodes(source, words, leaks)
    lintCodesOutside(source, files, leaks)
    lintPacks(plan, source, files, leaks)
    lintRepeated(source, files, leaks)
    lintFormsByArm(plan, source, leaks)
    lintDosesByArm(source, leaks)
    lintAudience(plan, source, leaks)
  }
  leaks.add(
    'restricted-file',
    { file: source.file, line: source.lineOf(['restricted']), where: 'restricted' },
    'this file says what the arms are',
  )
  const settled = settleAllowances(source, once(found))
  return inOrder(study['open-label'] === true ? settled.map(asNote) : settled)
}

function lintPacks(
  plan: StudyPlan,
  source: StudySource,
  files: ReadonlyMap<string, string>,
  leaks: Leaks,
): void {
  const coded = codedOf(plan, source)
  lintPackNumbers(source, coded, leaks)
  lintCodedOutside(files, coded, leaks)
  lintPackItems(plan, source, files, coded, leaks)
  lintOpenRules(source, coded, leaks)
}

/** {@link lintBlinding} for whoever has the files and their plan only. */
export function lintFiles(plan: StudyPlan, files: ReadonlyMap<string, string>): readonly Leak[] {
  const source = readStudyYaml('study.yaml', files.get('study.yaml') ?? '', { add() {} })
  return source === null ? [] : lintBlinding(plan, source, withoutNotes(files))
}

/** @throws StudyInvalid with every leak that is an error, as `[code] place: what tells; who; remedy`. */
export function refuseLeaks(plan: StudyPlan, files: ReadonlyMap<string, string>): void {
  const errors = lintFiles(plan, files).filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  throw new StudyInvalid(
    errors.map((leak) => ({
      file: leak.file,
      ...(leak.line === undefined ? {} : { line: leak.line }),
      message: leakText(leak),
    })),
  )
}

/** The same place tells the same thing once, however many of its strings do. */
function once(found: readonly Leak[]): Leak[] {
  const seen = new Map<string, Leak>()
  for (const leak of found) {
    const key = `${leak.code}\n${leak.where}\n${leak.how}`
    if (!seen.has(key)) seen.set(key, leak)
  }
  return [...seen.values()]
}

const asNote = (leak: Leak): Leak => ({ ...leak, severity: 'note' })

const inOrder = (found: readonly Leak[]): Leak[] =>
  [...found].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : (a.line ?? 0) - (b.line ?? 0)))
