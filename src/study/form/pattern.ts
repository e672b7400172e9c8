// Regular expressions of the regex extension: compiled once, refused where they could run away. A form comes from
// outside, and a pattern such as (a+)+$ would stop a server on one answer.

const longest = 500
const compiled = new Map<string, RegExp | null>()
const mostKept = 500

/**
 * The pattern, matched against the whole text, or null where it is not ECMAScript (Unicode mode, else legacy mode, as
 * authors write `\-`), too long, or shaped so that matching may take exponential time.
 */
export function compilePattern(source: string): RegExp | null {
  const known = compiled.get(source)
  if (known !== undefined) return known
  if (compiled.size >= mostKept) compiled.clear()
  const pattern = source.length > longest || mayRunAway(source) ? null : tryModes(source)
  compiled.set(source, pattern)
  return pattern
}

function tryModes(source: string): RegExp | null {
  for (const mode of ['u', '']) {
    try {
      return new RegExp(`^(?:${source})$`, mode)
    } catch {
      // The next mode may know it.
    }
  }
  return null
}

const isRepeat = (character: string | undefined) =>
  character === '*' || character === '+' || character === '{'

/**
 * Whether a repeated group holds a repetition or an alternative, at any depth: the shapes that make a backtracking
 * matcher try exponentially many ways. Refuses some harmless patterns; lets none of that kind through. A reference to
 * a group is refused too.
 */
function mayRunAway(source: string): boolean {
  /** For each open group: whether it holds something that can match in more than one way. */
  const open: boolean[] = [false]
  let inClass = false
  for (let i = 0; i < source.length; i++) {
    const character = source[i]
    if (character === '\\') {
      i += 1
      if (!inClass && /[1-9k]/.test(source[i] ?? '')) return true
    } else if (inClass) inClass = character !== ']'
    else if (character === '[') inClass = true
    else if (character === '(') open.push(false)
    else if (character === ')') {
      const many = open.pop() ?? false
      const repeated = isRepeat(source[i + 1])
      if (many && repeated) return true
      if (many || repeated) open[open.length - 1] = true
    } else if (isRepeat(character) || character === '|') open[open.length - 1] = true
  }
  return false
}
