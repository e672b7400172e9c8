// Many values for a statement of PostgreSQL as few long parameters: a row of parameters for each entry would cost more
// than keeping the entry, and `pg` writes arrays of bytes as hexadecimal text of twice their length.

/** An array literal of values that hold no comma, quote, brace or white space: numbers, hexadecimal, UUIDs, truth. */
export const arrayOf = (values: readonly (number | string | boolean)[]): string => `{${values.join(',')}}`

/** Texts without line breaks, at least one, for {@link cutLines}: ids and zones of a study, heads (which are JSON). */
export const linesOf = (values: readonly string[]): string => values.join('\n')

/** The SQL expression that cuts parameter number `n` into what {@link linesOf} joined. */
export const cutLines = (n: number): string => `string_to_array($${n}::text, E'\\n')`

/** Bytes as one binary parameter, and where each piece begins in it, counted from 1, for `substring`. */
export function piecesOf(pieces: readonly Uint8Array[]): {
  starts: number[]
  lengths: number[]
  all: Buffer
} {
  const starts: number[] = []
  const lengths: number[] = []
  let end = 0
  for (const { byteLength } of pieces) {
    starts.push(end + 1)
    lengths.push(byteLength)
    end += byteLength
  }
  return { starts, lengths, all: Buffer.concat(pieces, end) }
}
