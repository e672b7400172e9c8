// Texts of a study, in the languages it declares, and of the product, which are always English and Chinese.

/** A text by BCP 47 language tag; a study's texts have one for each of its `languages`, in that order. Never empty. */
export type Text = { readonly [language: string]: string }

/** A text of the product itself; `zh` is Simplified Chinese. */
export type ProductText = { readonly en: string; readonly zh: string }

/** The text in that language, else in its nearest relative (`zh` for `zh-CN`), else in the first it has. */
export function textIn(text: Text, language: string): string {
  const exact = text[language]
  if (exact !== undefined) return exact
  const tags = Object.keys(text)
  const near = nearestTag(tags, language) ?? tags[0]
  return near === undefined ? '' : (text[near] as string)
}

/** The tag with the same primary language, an exact one first (RFC 4647 §3.4 shortens ranges from the end). */
export function nearestTag(tags: readonly string[], language: string): string | undefined {
  const wanted = language.toLowerCase()
  const primary = wanted.split('-')[0]
  return (
    tags.find((tag) => tag.toLowerCase() === wanted) ??
    tags.find((tag) => tag.toLowerCase() === primary) ??
    tags.find((tag) => tag.split('-')[0]?.toLowerCase() === primary)
  )
}
