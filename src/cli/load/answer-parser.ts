// Reads one HTTP/1.1 answer from the bytes received so far: status, Content-Length, Retry-After, Connection, body.
// Promises: linear in the size, no allocation but the header text; what it cannot frame it calls unreadable
// (chunked or close-delimited bodies are not used by the intake API).

/** A complete answer; `close` = the server will not answer on this connection again. */
export type Parsed = { status: number; body: Buffer; retryAfterSeconds: number; close: boolean }

/** One answer from `data`, which starts at a status line (RFC 9112 §4); bytes after the body are not expected. */
export function parseAnswer(data: Buffer): Parsed | 'incomplete' | 'unreadable' {
  const headBytes = data.indexOf('\r\n\r\n', 0, 'latin1')
  if (headBytes < 0) return data.length > 65_536 ? 'unreadable' : 'incomplete'
  const head = data.toString('latin1', 0, headBytes).toLowerCase()
  if (!head.startsWith('http/1.1 ')) return 'unreadable'
  const status = Number(head.slice(9, 12))
  const length = status === 204 || status === 304 ? 0 : numberAfter(head, '\r\ncontent-length:')
  if (!Number.isInteger(status) || length < 0) return 'unreadable'
  const end = headBytes + 4 + length
  if (data.length < end) return 'incomplete'
  return {
    status,
    body: data.subarray(headBytes + 4, end),
    retryAfterSeconds: numberAfter(head, '\r\nretry-after:'),
    close: head.includes('\r\nconnection: close'),
  }
}

/** The whole number after a header's name, or -1 (also for Retry-After's date form, which Levee does not send). */
function numberAfter(head: string, name: string): number {
  const at = head.indexOf(name)
  if (at < 0) return -1
  const value = Number.parseInt(head.slice(at + name.length, at + name.length + 20), 10)
  return Number.isNaN(value) ? -1 : value
}
