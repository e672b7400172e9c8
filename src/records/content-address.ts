// The address of a study's content: one hash over its files, the same on every machine and for every reader.
import { createHash } from 'node:crypto'

/**
 * SHA-256, hexadecimal, over the files in the byte order of their names: of each its name as a JSON string, a blank, its
 * length in bytes, a line feed, its bytes (UTF-8).
 */
export function contentAddress(files: ReadonlyMap<string, string>): string {
  const digest = createHash('sha256')
  const named = [...files].map(([name, text]) => ({ name: Buffer.from(name), text: Buffer.from(text) }))
  for (const { name, text } of named.sort((a, b) => Buffer.compare(a.name, b.name)))
    digest.update(`${JSON.stringify(name.toString())} ${text.length}\n`).update(text)
  return digest.digest('hex')
}

/** The address of a study's content whatever it calls its version: two versions that differ in nothing else share it. */
export function substanceAddress(files: ReadonlyMap<string, string>): string {
  const study = files.get('study.yaml') ?? ''
  return contentAddress(new Map(files).set('study.yaml', study.replace(/^version:.*$/m, 'version:')))
}
