// Comma-separated values (RFC 4180), also with semicolons or tabs, into rows that know their line.

/** A row; `line` counts from 1 and is where the row begins. */
export type CsvRow = { readonly line: number; readonly fields: readonly string[] }

/** Rows without empty ones, or the line of a quote that is never closed. Fields are trimmed unless quoted. */
export function readCsv(
  text: string,
): { readonly rows: readonly CsvRow[] } | { readonly openQuoteAt: number } {
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const separator = separatorOf(source)
  const rows: CsvRow[] = []
  let fields: string[] = []
  let field = ''
  let quoted = false
  let wasQuoted = false
  let line = 1
  let rowLine = 1
  const endField = () => {
    fields.push(wasQuoted ? field : field.trim())
    field = ''
    wasQuoted = false
  }
  const endRow = () => {
    endField()
    if (fields.some((one) => one !== '')) rows.push({ line: rowLine, fields })
    fields = []
    rowLine = line
  }
  for (let i = 0; i < source.length; i++) {
    const char = source[i] as string
    if (char === '\n') line += 1
    if (quoted) {
      if (char !== '"') field += char
      else if (source[i + 1] === '"') {
        field += '"'
        i += 1
      } else quoted = false
    } else if (char === '"' && field.trim() === '') {
      quoted = true
      wasQuoted = true
      field = ''
    } else if (char === separator) endField()
    else if (char === '\n') endRow()
    else field += char
  }
  if (quoted) return { openQuoteAt: rowLine }
  endRow()
  return { rows }
}

/** The separator that the header uses most. */
function separatorOf(source: string): string {
  const header = source.slice(0, source.indexOf('\n') < 0 ? source.length : source.indexOf('\n'))
  const count = (separator: string) => header.split(separator).length
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best))
}
