// Finds the line of a string in a JSON file by looking for it as written, from its item on.
import type { Place } from './leak.ts'

/** Places of one file. */
export type Lines = {
  /** Where this string stands; within the item of that linkId where one is named. */
  place(text: string, linkId?: string): Place
}

/** Lines are of the first place that holds the string at or after the item's linkId; those of the item at worst. */
export function linesOf(file: string, content: string): Lines {
  const lineAt = (index: number): number => content.slice(0, index).split('\n').length
  return {
    place(text, linkId) {
      const item = linkId === undefined ? -1 : content.indexOf(JSON.stringify(linkId))
      const found = content.indexOf(JSON.stringify(text), Math.max(item, 0))
      const index = found >= 0 ? found : content.indexOf(JSON.stringify(text))
      const line = index >= 0 ? lineAt(index) : item >= 0 ? lineAt(item) : 1
      return { file, line, where: linkId === undefined ? file : `${file}#${linkId}` }
    },
  }
}
