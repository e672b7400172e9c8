// Salted commitments: the audit log proves what a record said without saying it. Destroying salt and record
// erases the content lawfully and leaves the log verifiable.
import { hash, randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(16 * 256)
let used = pool.length

/** 128 random bits, base64; drawn from a pool because one system call serves many records. */
export function newSalt(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += 16
  return pool.toString('base64', used - 16, used)
}

/** SHA-256 over salt, visible part and restricted part, one to a line; base64. Its size tells nothing (P10). */
export const commitment = (salt: string, visible: string, restricted: string | null): string =>
  hash('sha256', `${salt}\n${visible}\n${restricted ?? ''}\n`, 'base64')
