// Cuts a batch into its submissions without touching a byte of them: the journal keeps each as it was sent.

const newline = 0x0a
const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const opens = (byte: number | undefined): boolean => byte === 0x7b || byte === 0x5b
const closes = (byte: number | undefined): boolean => byte === 0x7d || byte === 0x5d

function trimmed(body: Uint8Array, start: number, end: number): Uint8Array {
  let [from, to] = [start, end]
  while (from < to && isSpace(body[from])) from++
  while (to > from && isSpace(body[to - 1])) to--
  return body.subarray(from, to)
}

/** The lines of NDJSON; empty ones are passed over. */
export function linesOf(body: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  let start = 0
  for (let i = 0; i <= body.length; i++) {
    if (i < body.length && body[i] !== newline) continue
    const line = trimmed(body, start, i)
    if (line.length > 0) lines.push(line)
    start = i + 1
  }
  return lines
}

/** The elements of a JSON array that is known to be well-formed. */
export function elementsOf(body: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]
    if (byte === quote) {
      for (i++; body[i] !== quote; i++) if (body[i] === backslash) i++
    } else if (opens(byte)) {
      if (depth++ === 0) start = i + 1
    } else if (closes(byte) ? --depth === 0 : byte === comma && depth === 1) {
      const element = trimmed(body, start, i)
      if (element.length > 0) elements.push(element)
      start = i + 1
    }
  }
  return elements
}
