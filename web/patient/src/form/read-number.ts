// Reads a number as people type it on any keyboard: Arabic, Persian, Devanagari or full-width digits, a comma or an
// Arabic separator for the decimal point. Nothing is guessed: what is not plainly one number is left as typed.

/** First code points of the decimal digits people's keyboards have beside the ASCII ones. */
const zeros = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0xff10]
const plain = /^-?(\d+(\.\d+)?|\.\d+)$/
/** As many digits as the server reads. */
const longest = 15

/** The number, or null where the text is not one. Grouping marks are refused, as "1,500" is 1.5 elsewhere. */
export function readNumber(typed: string): number | null {
  const text = asciiDigits(typed)
    .trim()
    .replace(/[,٫，．。]/g, '.')
    .replace(/^[−－–]/, '-')
    .replace(/\.$/, '')
  if (!plain.test(text) || text.replace(/\D/g, '').length > longest) return null
  const value = Number(text)
  return value === 0 ? 0 : value
}

/** The text with every decimal digit as an ASCII one. */
export function asciiDigits(typed: string): string {
  return typed.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!
    const zero = zeros.find((first) => code >= first && code < first + 10)
    return zero === undefined ? digit : String(code - zero)
  })
}
