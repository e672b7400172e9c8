// Regular expressions in rules: bounded, because they run on what a patient typed. CEL's own `matches` promises RE2's
// linear time (CEL specification, "Regular Expressions"); JavaScript's matcher does not, so patterns are kept small.
import { compilePattern } from '../form/pattern.ts'

/** Longer texts are not searched: the rule fails and says so. */
export const longestSearched = 2000
/** In one pattern. A repetition costs a factor of the text's length, alternatives one of their number. */
const most = { repetitions: 1, alternatives: 2 }

const compiled = new Map<string, RegExp>()

/** What is wrong with the pattern of `matches`, or null. */
export function patternFault(pattern: string): string | null {
  if (compilePattern(pattern) === null)
    return 'the pattern cannot be read, or may take too long (a repeated group holds a repetition or alternatives)'
  const { repetitions, alternatives } = choices(pattern)
  if (repetitions > most.repetitions || alternatives > most.alternatives)
    return `the pattern may take too long; use at most ${most.repetitions} repetition and ${most.alternatives} groups of alternatives`
  return null
}

/**
 * Whether the pattern is found in the text. Stands for `matches` in rules.
 * @throws RangeError for a text longer than {@link longestSearched}.
 */
export function matchesWithin(text: string, pattern: string): boolean {
  if (text.length > longestSearched) throw new RangeError('the text is too long for a pattern')
  let found = compiled.get(pattern)
  if (found === undefined) {
    // The pattern is a literal of a published study, so there are few.
    found = new RegExp(pattern)
    compiled.set(pattern, found)
  }
  return found.test(text)
}

function choices(pattern: string): { repetitions: number; alternatives: number } {
  const count = { repetitions: 0, alternatives: 0 }
  let inClass = false
  const groups: boolean[] = [false]
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] as string
    if (character === '\\') i += 1
    else if (inClass) inClass = character !== ']'
    else if (character === '[') inClass = true
    else if (character === '(') {
      groups.push(false)
      if (pattern[i + 1] === '?') i += 1
    } else if (character === ')') groups.pop()
    else if (character === '|') {
      if (groups.at(-1) === false) count.alternatives += 1
      if (groups.length > 0) groups[groups.length - 1] = true
    } else if ('*+?{'.includes(character)) count.repetitions += 1
  }
  return count
}
