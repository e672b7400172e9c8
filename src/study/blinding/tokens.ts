// Cuts texts and ids into words, so that words are compared whole, whatever case, accents or separators they have.

/** One word, number or run of a script without spaces, and where in the list it stands. */
export type Tokens = {
  /** Lower case, without Latin accents; numbers apart from letters. */
  readonly words: readonly string[]
  /** The whole text in the same spelling, for scripts that put no space between words. */
  readonly text: string
}

/** Scripts whose words are not parted by spaces. */
export const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u

const word = /\d+(?:[.,]\d+)?|\p{L}+|%/gu

/** The words of a text. */
export function tokensOf(text: string): Tokens {
  const spelt = plain(text)
  return { words: (spelt.match(word) ?? []).map((one) => one.replace(',', '.')), text: spelt }
}

/** The words of an id or a file name; `camelCase` is two words. */
export function tokensOfId(id: string): Tokens {
  return tokensOf(id.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2'))
}

/** Compatibility forms, case and Latin accents taken away; other scripts keep their marks. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
}

/** Whether the words stand in the text one after the other; where they begin, or -1. */
export function indexOfWords(words: readonly string[], sought: readonly string[], from = 0): number {
  for (let start = from; start + sought.length <= words.length; start += 1)
    if (sought.every((one, offset) => words[start + offset] === one)) return start
  return -1
}
