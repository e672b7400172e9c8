// Signed notes and log checkpoints as C2SP publishes them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), with
// Ed25519 (RFC 8032): what an inspector's own tools can read. A text is only returned after its signature held.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'

/** A note that is malformed or that no trusted key signed. The message holds key names, never the text. */
export class NoteError extends Error {
  override name = 'NoteError'
}

/** Signs notes under `name`. `verifierKey` is the public half, for whoever checks. */
export type Signer = { name: string; keyId: Buffer; verifierKey: string; sign(text: string): Buffer }

/** A trusted public key. */
export type Verifier = { name: string; keyId: Buffer; verify(text: string, signature: Buffer): boolean }

/** What a checkpoint says: the log, its number of leaves, its RFC 6962 root and our extension lines. */
export type Checkpoint = { origin: string; size: number; root: Buffer; extensions?: readonly string[] }

// The signature type byte that C2SP assigns to Ed25519.
const ed25519 = 0x01
const dash = '\u2014 '
const maxNoteBytes = 1_000_000
const maxSignatures = 100

/** A new Ed25519 private key, PKCS #8 in PEM (RFC 7468, RFC 8410). Keep it outside the database. */
export function makeSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Throws NoteError when `name` cannot be a key name or the PEM holds no Ed25519 private key. */
export function importSigner(name: string, pem: string): Signer {
  const key = privateKey(pem)
  const raw = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url')
  const keyId = keyIdOf(name, raw)
  return {
    name,
    keyId,
    verifierKey: `${name}+${keyId.toString('hex')}+${Buffer.of(ed25519, ...raw).toString('base64')}`,
    sign: (text) => sign(null, Buffer.from(text), key),
  }
}

/**
 * Reads a verifier key `name+hexid+base64(0x01 ‖ key)` (the form of Go's sumdb/note). Throws NoteError when it is
 * malformed, of another signature type, or its id is not the id of its name and key.
 */
export function importVerifier(verifierKey: string): Verifier {
  const [, name = '', id = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(verifierKey.trim()) ?? []
  const typed = base64(encoded)
  if (typed?.length !== 33 || typed[0] !== ed25519) throw new NoteError('not an Ed25519 verifier key')
  const raw = typed.subarray(1)
  const keyId = keyIdOf(name, raw)
  if (keyId.toString('hex') !== id)
    throw new NoteError(`the id of verifier key ${name} does not match its key`)
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  })
  return { name, keyId, verify: (text, signature) => verify(null, Buffer.from(text), key, signature) }
}

/** The signed note over `text`, which must end in a newline and hold no other control character (else NoteError). */
export function signNote(text: string, signers: readonly Signer[]): string {
  checkText(text)
  if (!text.endsWith('\n')) throw new NoteError('a note must end in a newline')
  if (signers.length === 0) throw new NoteError('a note needs a signature')
  const lines = signers.map(
    (signer) =>
      `${dash}${signer.name} ${Buffer.concat([signer.keyId, signer.sign(text)]).toString('base64')}\n`,
  )
  return `${text}\n${lines.join('')}`
}

/**
 * The text of a signed note and the names of the trusted keys that signed it. Signatures of unknown keys are
 * ignored. Throws NoteError when the note is malformed, a trusted key's signature is wrong, or none is there.
 */
export function openNote(note: string, trusted: readonly Verifier[]): { text: string; signedBy: string[] } {
  checkText(note)
  const { text, signatures } = parseNote(note)
  const signedBy = new Set<string>()
  for (const { name, keyId, signature } of signatures) {
    const verifier = trusted.find((candidate) => candidate.name === name && candidate.keyId.equals(keyId))
    if (verifier === undefined) continue
    if (!verifier.verify(text, signature)) throw new NoteError(`the signature of ${name} is wrong`)
    signedBy.add(name)
  }
  if (signedBy.size === 0) throw new NoteError('no trusted key signed this note')
  return { text, signedBy: [...signedBy] }
}

/** The note text of a checkpoint. Throws NoteError when a member would break the line format. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root, extensions = [] } = checkpoint
  const lines = [origin, String(size), root.toString('base64'), ...extensions]
  const sound = Number.isSafeInteger(size) && size >= 0 && root.length === 32
  if (!sound || lines.some((line) => line === '' || line.includes('\n')))
    throw new NoteError('bad checkpoint')
  return `${lines.join('\n')}\n`
}

/** Reads a checkpoint's text (from {@link openNote}). Throws NoteError when it is not exactly of that form. */
export function parseCheckpoint(text: string): Required<Checkpoint> {
  const [origin = '', size = '', root = '', ...extensions] = text.split('\n')
  const end = extensions.pop()
  const rootBytes = base64(root)
  const sound =
    origin !== '' &&
    /^(0|[1-9]\d*)$/.test(size) &&
    Number.isSafeInteger(Number(size)) &&
    rootBytes?.length === 32 &&
    end === '' &&
    !extensions.includes('')
  if (!sound) throw new NoteError('not a checkpoint')
  return { origin, size: Number(size), root: rootBytes!, extensions }
}

function privateKey(pem: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (cause) {
    throw new NoteError('not a PKCS #8 private key', { cause })
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new NoteError('not an Ed25519 private key')
  return key
}

/** SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key)[:4]. Throws NoteError on a name that a signature line could not carry. */
function keyIdOf(name: string, raw: Buffer): Buffer {
  if (!/^[^\s+\p{Cc}]+$/u.test(name)) throw new NoteError('a key name is not empty and has no space or plus')
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(ed25519))
    .update(raw)
    .digest()
    .subarray(0, 4)
}

type Signature = { name: string; keyId: Buffer; signature: Buffer }

function parseNote(note: string): { text: string; signatures: Signature[] } {
  const split = note.lastIndexOf('\n\n')
  const lines = note.slice(split + 2).split('\n')
  if (split < 0 || lines.pop() !== '' || lines.length === 0 || lines.length > maxSignatures) {
    throw new NoteError('not a signed note')
  }
  const signatures = lines.map((line) => {
    const [, name = '', encoded = ''] = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line) ?? []
    const bytes = base64(encoded)
    if (bytes === undefined || bytes.length < 5) throw new NoteError('malformed signature line')
    return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) }
  })
  return { text: note.slice(0, split + 1), signatures }
}

/** C2SP forbids the ASCII control characters below U+0020 other than newline. */
function checkText(text: string): void {
  const sound =
    text.length <= maxNoteBytes && text.isWellFormed() && !/(?!\n|[\u007f-\u009f])\p{Cc}/u.test(text)
  if (!sound) throw new NoteError('a note is well-formed text without control characters')
}

/** Strict RFC 4648 §4: undefined for anything that would not encode back to the same characters. */
function base64(encoded: string): Buffer | undefined {
  const bytes = Buffer.from(encoded, 'base64')
  return encoded !== '' && bytes.toString('base64') === encoded ? bytes : undefined
}
