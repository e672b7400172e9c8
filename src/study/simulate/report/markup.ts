// HTML by hand, safely: what comes from a study or a run is escaped at one place.

/** Text that is already HTML. */
export type Markup = { readonly html: string }

/** Markup from a template; every value is escaped unless it is Markup, or a list of Markup. */
export function markup(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Markup | readonly Markup[])[]
): Markup {
  let html = parts[0] as string
  for (const [i, value] of values.entries()) html += htmlOf(value) + (parts[i + 1] as string)
  return { html }
}

function htmlOf(value: string | number | Markup | readonly Markup[]): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return escapeHtml(value)
  if ('html' in value) return value.html
  return value.map(({ html }) => html).join('')
}

/** `&`, `<`, `>` and both quotes as entities. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

/** A text that may break after `/` and `_`, so that names of zones break where people expect it. */
export const breakable = (text: string): Markup => ({
  html: escapeHtml(text).replaceAll(/[/_]/g, (character) => `${character}<wbr>`),
})

/** A text that stays on one line. */
export const unbroken = (text: string): Markup => markup`<span class="nowrap">${text}</span>`

/** Nothing. */
export const nothing: Markup = { html: '' }

type Cell = string | number | Markup
/** A column's head; `number` aligns figures to the right. */
export type Column = { readonly head: string; readonly kind?: 'number' | 'text' }

/** A table with a caption for screen readers and a head that is repeated on each printed page. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  rowHead = true,
): Markup {
  const classOf = ({ kind }: Column) => (kind === 'number' ? markup` class="n"` : nothing)
  const heads = columns.map((column) => markup`<th scope="col"${classOf(column)}>${column.head}</th>`)
  const lines = rows.map((cells) => {
    const inner = cells.map((cell, i) =>
      i === 0 && rowHead
        ? markup`<th scope="row">${cell}</th>`
        : markup`<td${classOf(columns[i] ?? { head: '' })}>${cell}</td>`,
    )
    return markup`<tr>${inner}</tr>\n`
  })
  return markup`<table><caption>${caption}</caption><thead><tr>${heads}</tr></thead><tbody>\n${lines}</tbody></table>\n`
}
