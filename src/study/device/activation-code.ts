// The one-time code that binds a phone to a patient: ten characters, the last of them a check digit. Phone and server
// share this file, so that a slip of the finger is told at once and costs none of the few tries a code has.
// Letters and digits that look alike in some typeface or handwriting are left out; 23 remain, a prime number, which is
// what lets a weighted sum catch every single wrong character and every two that changed places.

/** The characters of a code, in the order of their values 0 to 22. Without 0 O 1 I L 5 S 2 Z 8 B U V. */
export const codeAlphabet = '34679ACDEFGHJKMNPQRTWXY'

/** Characters of a code, its check digit included. There are 23⁹ ≈ 1.8 × 10¹² codes. */
export const codeLength = 10

const modulus = codeAlphabet.length

/**
 * The check digit of the first nine characters: Σ i·vᵢ modulo 23, with the check digit itself weighing −1. All weights
 * differ and none is 0, hence any one wrong character and any exchange of two different ones changes the sum.
 * @throws RangeError where `nine` is not nine characters of {@link codeAlphabet}.
 */
export function checkDigitOf(nine: string): string {
  let sum = 0
  for (let i = 0; i < nine.length; i++) {
    const value = codeAlphabet.indexOf(nine.charAt(i))
    if (value < 0) throw new RangeError('a code has only the characters of its alphabet')
    sum += (i + 1) * value
  }
  if (nine.length !== codeLength - 1) throw new RangeError('a check digit is made of nine characters')
  return codeAlphabet.charAt(sum % modulus)
}

/**
 * What a patient typed or pasted, as the code it means: any case, any spaces and hyphens, full-width characters of a
 * Chinese keyboard and Arabic digits. Null where it is no code, a wrong check digit included.
 */
export function normaliseCode(text: string): string | null {
  if (text.length > 100) return null
  const code = text
    .normalize('NFKC')
    .replace(/[\s\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF\p{Pd}_.]/gu, '')
    .replace(/[\u0660-\u0669\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) % 16))
    .toUpperCase()
  if (code.length !== codeLength) return null
  for (const character of code) if (!codeAlphabet.includes(character)) return null
  return checkDigitOf(code.slice(0, -1)) === code.at(-1) ? code : null
}

/** A code as it is printed: `XXXXX-XXXXX`. */
export function codeInGroups(code: string): string {
  return `${code.slice(0, 5)}-${code.slice(5)}`
}
