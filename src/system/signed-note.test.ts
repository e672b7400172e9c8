// The published example of the format, and that nothing but an untouched note of a trusted key opens.
import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  formatCheckpoint,
  importSigner,
  importVerifier,
  makeSigningKey,
  NoteError,
  openNote,
  parseCheckpoint,
  signNote,
} from './signed-note.ts'

// The example in the documentation of golang.org/x/mod/sumdb/note, the format's first implementation.
const example = {
  verifierKey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  seed: Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1),
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  signature:
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
}
const signer = importSigner('levee.example/MORNING-301', makeSigningKey())
const trusted = [importVerifier(signer.verifierKey)]
const root = Buffer.alloc(32, 9)

test('P6: the published example note opens, and its key signs the same bytes', () => {
  const note = `${example.text}\n${example.signature}`
  assert.deepEqual(openNote(note, [importVerifier(example.verifierKey)]), {
    text: example.text,
    signedBy: ['PeterNeumann'],
  })
  // PKCS #8 of an Ed25519 seed (RFC 8410 §7).
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), example.seed])
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    type: 'pkcs8',
    format: 'pem',
  })
  const peter = importSigner('PeterNeumann', pem.toString())
  assert.equal(peter.verifierKey, example.verifierKey)
  assert.equal(signNote(example.text, [peter]), note)
})

test('a checkpoint comes back as it was signed', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, bytes) => {
      const checkpoint = {
        origin: signer.name,
        size,
        root: Buffer.from(bytes),
        extensions: [`entries ${size}`],
      }
      const { text } = openNote(signNote(formatCheckpoint(checkpoint), [signer]), trusted)
      assert.deepEqual(parseCheckpoint(text), checkpoint)
    }),
  )
})

test('P6: a note with any character changed does not open as another text', () => {
  const text = formatCheckpoint({ origin: signer.name, size: 42, root, extensions: ['entries 40'] })
  const note = signNote(text, [signer])
  for (let index = 0; index < note.length; index++) {
    const changed =
      note.slice(0, index) + String.fromCodePoint(note.codePointAt(index)! ^ 1) + note.slice(index + 1)
    assert.throws(() => openNote(changed, trusted), NoteError, `character ${index}`)
  }
  for (let length = 0; length < note.length; length++) {
    assert.throws(() => openNote(note.slice(0, length), trusted), NoteError, `cut to ${length}`)
  }
})

test('unknown signatures are ignored, a wrong one of a known key is not', () => {
  const stranger = importSigner('stranger.example', makeSigningKey())
  const namesake = importSigner(signer.name, makeSigningKey())
  const text = formatCheckpoint({ origin: signer.name, size: 1, root })
  assert.throws(() => openNote(signNote(text, [stranger]), trusted), NoteError)
  assert.throws(() => openNote(signNote(text, [namesake]), trusted), NoteError)
  assert.deepEqual(openNote(signNote(text, [stranger, namesake, signer]), trusted).signedBy, [signer.name])
  const forger = { ...signer, sign: stranger.sign }
  assert.throws(() => openNote(signNote(text, [signer, forger]), trusted), NoteError)
})

test('malformed keys, texts and checkpoints are refused', () => {
  const [name, id, key] = signer.verifierKey.split('+') as [string, string, string]
  for (const bad of [
    '',
    name,
    `${name}+${id}`,
    `${name}+00000000+${key}`,
    `other+${id}+${key}`,
    `${name}+${id}+AA==`,
  ]) {
    assert.throws(() => importVerifier(bad), NoteError, bad)
  }
  for (const bad of ['', 'a b', 'a+b', 'a\nb', 'a\u3000b']) {
    assert.throws(() => importSigner(bad, makeSigningKey()), NoteError, bad)
  }
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  })
  assert.throws(() => importSigner('a', ec.toString()), NoteError)
  assert.throws(() => importSigner('a', 'no key'), NoteError)
  for (const bad of ['no newline', 'tab\there\n', 'half \ud800\n'])
    assert.throws(() => signNote(bad, [signer]), NoteError)
  assert.throws(() => formatCheckpoint({ origin: 'two\nlines', size: 1, root }), NoteError)
  assert.throws(() => formatCheckpoint({ origin: 'o', size: 1.5, root }), NoteError)
  const line = root.toString('base64')
  for (const bad of [
    `o\n01\n${line}\n`,
    `o\n1\n${line}`,
    `o\n1\n${line}\n\n`,
    `\n1\n${line}\n`,
    'o\n1\nAA==\n',
    'o\n1\n',
  ]) {
    assert.throws(() => parseCheckpoint(bad), NoteError, JSON.stringify(bad))
  }
})
