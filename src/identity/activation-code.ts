// Makes one-time codes, and the keyed hash that stands for one in the database. What a code is made of stands in
// src/study/device/activation-code.ts, which the phone shares; how strong one is, in docs/decisions/0014.
import { createHmac, createPrivateKey, hkdfSync, randomInt } from 'node:crypto'
import { checkDigitOf, codeAlphabet, codeLength } from '../study/device/activation-code.ts'

/** A new code: nine random characters (40.7 bits) and their check digit. */
export function newCode(): string {
  let nine = ''
  while (nine.length < codeLength - 1) nine += codeAlphabet.charAt(randomInt(codeAlphabet.length))
  return nine + checkDigitOf(nine)
}

/**
 * The key of the hashes, made of the receipt key by HKDF (RFC 5869): every node of an installation has the same one
 * without another file to hand round, and who has only the database can try no codes against it. `pem` is PKCS #8.
 */
export function activationKeyOf(pem: string): Buffer {
  const secret = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return Buffer.from(hkdfSync('sha256', secret, '', 'levee activation codes v1', 32))
}

/** What is stored and looked up: HMAC-SHA-256 of the ten characters, base64. */
export const codeHmac = (key: Buffer, code: string): string =>
  createHmac('sha256', key).update(code).digest('base64')
