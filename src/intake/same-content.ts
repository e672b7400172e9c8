// Whether two bodies under one submission id say the same thing: P2 speaks of content, not of spelling.
import { isDeepStrictEqual } from 'node:util'

/**
 * True when both bodies are JSON objects with equal members, whatever their order, white space or escapes.
 * `sentAt` is left out: it is the time of one attempt to send, and an honest retry may state a new one.
 * Called only when the bytes differ, which an honest retry's rarely do.
 */
export function sameContent(a: Uint8Array, b: Uint8Array): boolean {
  const left = members(a)
  const right = members(b)
  return left !== undefined && right !== undefined && isDeepStrictEqual(left, right)
}

function members(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const { sentAt: _, ...rest } = JSON.parse(
      Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(),
    )
    return rest
  } catch {
    return undefined
  }
}
