// Regular expressions of the regex extension: compiled once, refused where they could run away. A form comes from
// outside, and a pattern such as (a+)+$ would stop a server on one answer.

const longest = 500
/** A quantified group that itself holds a quantifier: the usual shape of exponential backtracking. */
const nested = /\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,)/

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
  const pattern = source.length > longest || nested.test(source) ? null : tryModes(source)
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
