// What a condition compares with: the texts and numbers written in a CEL expression.

/** The texts between quotes; escapes stay as written, raw and triple-quoted texts are taken as their parts. */
export function stringLiterals(expression: string): string[] {
  return [...expression.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g)]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((text) => text !== '')
}

/** The numbers outside of quotes and names. */
export function numberLiterals(expression: string): number[] {
  const outside = expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, ' ')
  return [...outside.matchAll(/(?<![\w.])\d+(?:\.\d+)?(?![\w.])/g)].map((match) => Number(match[0]))
}
