// Sealing of what names a person or a phone: AES-256-GCM, bound to whom it belongs, so that a value moved to another
// row opens nowhere. The key is not in the database, so the database alone tells nobody.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const scheme = 1
const nonceBytes = 12
const tagBytes = 16
/** Texts are filled up to a multiple of this, so that lengths tell little. */
const blockBytes = 64

/** Seals and opens texts; `owner` names whose it is and what. */
export type Seal = {
  seal(owner: string, text: string): Buffer
  /** Throws where it was sealed for another owner, by another key, or altered. */
  open(owner: string, sealed: Uint8Array): string
}

/** The owner of a subscription or contact, as it is sealed with it. */
export const ownerOf = (studyId: string, patientId: string, what: string): string =>
  JSON.stringify([studyId, patientId, what])

/** Seals by a key of 32 bytes. */
export function sealBy(key: Buffer): Seal {
  return {
    seal(owner, text) {
      const bytes = Buffer.from(text, 'utf8')
      const padded = Buffer.alloc(Math.ceil((bytes.length + 1) / blockBytes) * blockBytes)
      bytes.copy(padded)
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(owner))
      const sealed = Buffer.concat([cipher.update(padded), cipher.final()])
      return Buffer.concat([Buffer.from([scheme]), nonce, cipher.getAuthTag(), sealed])
    },
    open(owner, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      if (bytes[0] !== scheme || bytes.length < 1 + nonceBytes + tagBytes)
        throw new Error('not a sealed value')
      const nonce = bytes.subarray(1, 1 + nonceBytes)
      const tag = bytes.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(owner)).setAuthTag(tag)
      const padded = Buffer.concat([
        decipher.update(bytes.subarray(1 + nonceBytes + tagBytes)),
        decipher.final(),
      ])
      const end = padded.indexOf(0)
      return padded.subarray(0, end === -1 ? padded.length : end).toString('utf8')
    },
  }
}
