// The rules of a PIN, without the browser: what counts as one, and how long wrong ones make wait.

/** Wrong tries that cost nothing but the try. */
export const freeTries = 4
const firstWaitMs = 30_000
const longestWaitMs = 15 * 60_000

/** Milliseconds to wait after so many wrong tries in a row: none for four, then 30 s, doubling, at most 15 minutes. */
export const waitAfterMs = (wrong: number): number =>
  wrong <= freeTries ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(20, wrong - freeTries - 1))

/** The digits of a PIN in ASCII, whatever script they were typed in; null where it is not 4 to 12 digits. */
export function pinText(typed: string): string | null {
  const digits = typed
    .normalize('NFKC')
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String((digit.codePointAt(0)! & 0xf) % 10))
    .replace(/\s/g, '')
  return /^[0-9]{4,12}$/.test(digits) ? digits : null
}
