// Compressed answers: phones are on slow networks, and what they are sent shrinks to a tenth. Compression runs beside the
// event loop, so that nobody's receipt waits for it.
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export type Encoding = 'br' | 'gzip' | 'identity'

/** The better encoding of those a caller takes (RFC 9110 §12.5.3). */
export function encodingFor(header: string | undefined): Encoding {
  const taken = new Set(
    (header ?? '')
      .split(',')
      .filter((one) => !/;\s*q=0(\.0*)?\s*$/.test(one))
      .map((one) => one.split(';')[0]?.trim().toLowerCase()),
  )
  return taken.has('br') ? 'br' : taken.has('gzip') ? 'gzip' : 'identity'
}

/** Whether the caller has it, by its If-None-Match (RFC 9110 §13.1.2: weak comparison). */
export function isKnown(header: string | undefined, tag: string): boolean {
  const opaque = (one: string): string => one.trim().replace(/^W\//, '')
  return (header ?? '').split(',').some((one) => opaque(one) === opaque(tag))
}

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** As small as possible, for bytes that are sent many times. */
export async function packTight(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'br') return brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
  return encoding === 'gzip' ? zip(bytes, { level: 9 }) : bytes
}

/** Quickly, for an answer that is sent once. */
export async function packOnce(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'br')
    return brotli(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 16 },
    })
  return encoding === 'gzip' ? zip(bytes, { level: 5 }) : bytes
}
