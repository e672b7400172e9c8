// Checks an exported audit log (P6) without Levee and without any dependency: Node.js 20 or newer, no network.
// It holds three witnesses against one another: entries, tiles (the tree's hashes) and signed checkpoints. Each entry
// must hash to its tile, both must lead to each checkpoint's root, and each checkpoint must be signed. Where they part,
// the majority tells which was altered. RFC 6962 hashes; c2sp.org/tlog-tiles, /tlog-checkpoint, /signed-note.
import * as crypto from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'

const usage = `Usage: node verify-audit.mjs <folder> [--key KEY] [--checkpoint FILE] [--json]
  --key KEY          the log's public key as you know it: a line "name+id+key" or a file holding it
  --checkpoint FILE  one or more signed checkpoints that were kept outside this folder
  --json             the result as JSON
Exit code: 0 complete and unaltered, 1 broken, 2 not checked.`

// ---- Hashes (RFC 6962 §2.1) ----

const sha256 = crypto.hash
  ? (bytes) => crypto.hash('sha256', bytes, 'buffer')
  : (bytes) => crypto.createHash('sha256').update(bytes).digest()
const nodeBytes = Buffer.alloc(65, 1)

function nodeHash(left, right) {
  nodeBytes.set(left, 1)
  nodeBytes.set(right, 33)
  return sha256(nodeBytes)
}

/** A growing tree, kept as its right edge. `full[l]` is the root of the latest full tile of level l - 1. */
class Tree {
  constructor({ size, edge, full } = { size: 0, edge: [], full: [] }) {
    Object.assign(this, { size, edge: [...edge], full: [...full] })
  }

  add(leafHash) {
    let [hash, height] = [leafHash, 0]
    for (let n = this.size; n % 2 === 1; n = (n - 1) / 2) {
      hash = nodeHash(this.edge.pop(), hash)
      height += 1
      if (height % 8 === 0) this.full[height / 8] = hash
    }
    this.edge.push(hash)
    this.size += 1
  }

  root() {
    return this.size === 0 ? sha256('') : this.edge.reduceRight((right, left) => nodeHash(left, right))
  }
}

// ---- Keys and signed checkpoints ----

/** Strict: nothing but the one encoding of the bytes; else no bytes. */
function base64(text = '') {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : Buffer.alloc(0)
}

/** Reads "name+id+base64(0x01, Ed25519 key)"; undefined when it is not that. */
function readKey(text) {
  const line = text.trim()
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(line) ?? []
  const typed = base64(encoded)
  if (typed.length !== 33 || typed[0] !== 1) return undefined
  if (sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).toString('hex', 0, 4) !== id) return undefined
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: typed.toString('base64url', 1) }
  return { line, name, id, object: crypto.createPublicKey({ key: jwk, format: 'jwk' }) }
}

/** The notes of a file, read as a stream: text lines, then signature lines. What is signed is the text lines. */
function* readNotes(file) {
  let [text, signatures] = ['', []]
  for (const { buffer, from, to } of readLines(file)) {
    const line = buffer.toString('utf8', from, to)
    if (line.startsWith('\u2014 ')) signatures.push(line)
    else if (line !== '' && line !== '%%') {
      if (signatures.length > 0) {
        yield { text, signatures }
        ;[text, signatures] = ['', []]
      }
      text += `${line}\n`
    }
  }
  if (text !== '') yield { text, signatures }
}

/** What a note says; `fault` tells what is wrong with its signature; without a `size` it is no checkpoint. */
function readCheckpoint({ text, signatures }, key, title = '') {
  const [origin, size = '', encoded, ...extensions] = text.split('\n')
  const root = base64(encoded)
  const sound = /^(0|[1-9]\d{0,14})$/.test(size) && root.length === 32
  const entries = Number(extensions.map((line) => /^entries (\d+)$/.exec(line)?.[1]).find(Boolean) ?? 0)
  const fault = signatureFault(text, signatures, key)
  const name = `${title} (of ${size} entries)`
  return { name, origin, size: sound ? Number(size) : undefined, root, entries, fault }
}

function signatureFault(text, signatures, key) {
  let found = false
  for (const line of signatures) {
    const [, name, encoded] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? []
    const bytes = base64(encoded)
    if (name !== key.name || bytes.toString('hex', 0, 4) !== key.id) continue
    found = crypto.verify(null, Buffer.from(text), key.object, bytes.subarray(4))
    if (!found) return 'its signature is wrong'
  }
  return found ? undefined : 'no signature of this log’s key is on it'
}

// ---- Files, read in pieces ----

/** Lines as parts of one buffer, a spare byte before each: the leaf prefix 0x00 goes there without a copy. */
function* readLines(file) {
  const descriptor = openSync(file, 'r')
  try {
    let buffer = Buffer.alloc(1 << 20)
    let [from, to, searched, count] = [1, 1, 1, 1]
    while (count > 0) {
      const newline = buffer.subarray(0, to).indexOf(10, searched)
      if (newline >= 0) {
        yield { buffer, from, to: newline, whole: true }
        from = searched = newline + 1
        continue
      }
      if (to - from > buffer.length / 2) buffer = Buffer.concat([buffer], buffer.length * 2)
      buffer.copy(buffer, 1, from, to)
      ;[from, searched] = [1, 1 + to - from]
      count = readSync(descriptor, buffer, searched, buffer.length - searched)
      to = searched + count
    }
    if (to > from) yield { buffer, from, to, whole: false }
  } finally {
    closeSync(descriptor)
  }
}

/** c2sp.org/tlog-tiles: index in groups of three digits, all but the last after an x, `.p/<width>` if not full. */
function tilePath(level, number, width) {
  const digits = String(number)
  const name = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').replace(/\d{3}(?=\d)/g, 'x$&/')
  return `tile/${level}/${name}${width < 256 ? `.p/${width}` : ''}`
}

/** The stored hash at `index` of `level` and its tile; undefined where the file lacks it, which is reported once. */
function tileReader(folder, size, report) {
  const open = new Map()
  return (level, index) => {
    const number = Math.floor(index / 256)
    const at = (index % 256) * 32
    if (open.get(level)?.number !== number) {
      const width = Math.min(256, Math.floor(size / 256 ** level) - number * 256)
      const path = tilePath(level, number, width)
      const bytes = existsSync(join(folder, path)) ? readFileSync(join(folder, path)) : Buffer.alloc(0)
      if (bytes.length !== width * 32) report('tile', number * 256 ** (level + 1), say.tileCut(path))
      open.set(level, { number, path, bytes })
    }
    const { path, bytes } = open.get(level)
    return at + 32 <= bytes.length ? { path, hash: bytes.subarray(at, at + 32) } : undefined
  }
}

// ---- What can be wrong ----

const say = {
  tileCut: (path) => `The tile ${path} is missing or of the wrong length.`,
  tileAltered: (path, from, to) => `The tile ${path} was altered: its hash for ${span(from, to)} is wrong.`,
  forked: (name, from, size) => `The log was forked ${within(from, size)}: ${name} signs another root.`,
  rewritten: (name, from, size) => `The log was rewritten ${within(from, size)}: ${name} signs another root.`,
  reordered: (name, before) => `${name} stands after one of ${before}: reordered, or the log went back.`,
  missing: (name, from, size) => `The log ends early, ${within(from, size)}, which ${name} signs.`,
  'rolled-back': (name, from, size) => `The log was rolled back ${within(from, size)}, which ${name} signs.`,
  unaccounted: (name, entries, first) => `${name} accounts for log index < ${entries}; ${first} is missing.`,
  signature: (name, fault, agrees) => `${name}: ${fault}. Its root is ${agrees ? '' : 'not '}the log’s root.`,
  sizes: (said, size) => `log.json says ${said} entries, the latest checkpoint ${size}.`,
  notLatest: 'The file "checkpoint" is not the last one of checkpoints.txt.',
}
const span = (first, last) => (first === last ? `entry ${first}` : `entries ${first} to ${last}`)
const within = (from, size) => (from < size ? `within ${span(from, size - 1)}` : `at ${size} entries`)
const lookahead = 65_536

/** How entries and tiles part at `index`: each one's next hash is looked for in the other's row. */
function classify({ index, entries, tiles, cut, differing }) {
  if (tiles.length === 0) return ['inserted', `Line ${index} was inserted after the end of the log.`]
  if (cut) return ['missing', `The file of entries is cut off within entry ${index}: the rest is missing.`]
  if (entries.length === 0) return ['missing', `The entries end before entry ${index}: the rest is missing.`]
  const ahead = tiles.findIndex((hash) => hash.equals(entries[0]))
  const behind = entries.findIndex((hash) => hash.equals(tiles[0]))
  if (ahead > 0 && ahead === behind) return ['swapped', `Entries ${index} and ${index + ahead} were swapped.`]
  if (ahead > 0 && behind > 0) return ['swapped', `From entry ${index} on the order was changed.`]
  if (ahead > 0) return ['missing', `Missing: ${span(index, index + ahead - 1)}.`]
  if (behind > 0) return ['inserted', `Inserted: ${behind} before entry ${index} that the log does not hold.`]
  const more = differing > 1 ? ` ${differing} entries differ from the hashes of the log.` : ''
  return ['changed', `Entry ${index} was changed.${more}`]
}

// ---- The comparison ----

class Verification {
  breaks = []
  report = (how, index, text) => this.breaks.push({ how, index, text })
  checkpoints = 0
  entries = 0
  outOfOrder = 0
  good = { own: 0, kept: 0 } // The largest size whose root agreed, by where the checkpoint came from.
  position = -1
  accounted = 0 // Every log index below is named by an entry,
  named = new Set() // and of those above, these.
  fromEntries = new Tree()
  fromTiles = this.fromEntries

  constructor(folder, log, key, kept) {
    Object.assign(this, { folder, log, key, kept })
    this.latest = readNotes(join(folder, 'checkpoint')).next().value ?? { text: '', signatures: [] }
    this.size = readCheckpoint(this.latest, key).size ?? log.size
    this.tiles = tileReader(folder, this.size, this.report)
    this.notes = readNotes(join(folder, 'checkpoints.txt'))
  }

  run(progress) {
    const lines = readLines(join(this.folder, 'entries.jsonl'))
    this.next = this.nextCheckpoint()
    for (let index = 0; ; index++) {
      this.settle(index)
      const line = lines.next().value
      const stored = index < this.size ? this.tiles(0, index) : undefined
      if (line === undefined && stored === undefined) break
      this.compare(index, line, stored)
      this.compareUpper(index)
      if (index % 16_384 === 0) progress(index)
    }
    this.closeSuspect()
    this.settle(Number.POSITIVE_INFINITY)
    if (!isDeepStrictEqual(this.latest, this.lastNote)) this.report('checkpoint', this.size, say.notLatest)
    if (this.log.size !== this.size) this.report('checkpoint', this.size, say.sizes(this.log.size, this.size))
    return this.breaks.sort((a, b) => a.index - b.index)
  }

  /** Judges the checkpoints of the bundle and the kept ones up to this size. */
  settle(size) {
    for (; this.next?.size <= size; this.next = this.nextCheckpoint()) this.judge(this.next, 'own')
    for (; this.kept[0]?.size <= size; this.kept.shift()) this.judge(this.kept[0], 'kept')
  }

  /** One entry against its stored hash. While all agree, one tree stands for both; after that each has its own. */
  compare(index, line, stored) {
    let hash
    if (line !== undefined) {
      line.buffer[line.from - 1] = 0
      hash = sha256(line.buffer.subarray(line.from - 1, line.to))
      this.entries += 1
    }
    const agree = hash !== undefined && (stored ? hash.equals(stored.hash) : index < this.size)
    if (!agree && !this.suspect) {
      const [path, cut] = [stored?.path, line?.whole === false]
      this.suspect = { index, path, cut, entries: [], tiles: [], differing: 0 }
      this.fromTiles = new Tree(this.fromEntries)
    }
    if (this.suspect) {
      const { entries, tiles } = this.suspect
      if (hash && entries.length < lookahead) entries.push(hash)
      if (stored && tiles.length < lookahead) tiles.push(stored.hash)
      if (hash && stored && !agree) this.suspect.differing += 1
    } else this.readLeaf(index, line)
    if (index >= this.size) return
    if (hash) this.fromEntries.add(hash)
    if (this.suspect) this.fromTiles.add(stored?.hash ?? hash)
  }

  /** What an entry says: a JSON object of this study, and perhaps the journal entry it accounts for. */
  readLeaf(index, { buffer, from, to }) {
    let leaf
    try {
      leaf = JSON.parse(buffer.toString('utf8', from, to))
    } catch {}
    const ours = leaf instanceof Object && (leaf.study ?? this.log.study) === this.log.study
    if (!ours) return this.report('malformed', index, `Entry ${index} is no JSON object of this study.`)
    const { position, logIndex } = leaf.entry ?? {}
    if (position < this.position) this.outOfOrder += 1
    else this.position = position ?? this.position
    if (logIndex >= this.accounted) this.named.add(logIndex)
    while (this.named.delete(this.accounted)) this.accounted += 1
  }

  /** Tiles above level 0 hold the roots of the full tiles below them. */
  compareUpper(index) {
    for (let level = 1; (index + 1) % 256 ** level === 0 && index < this.size; level++) {
      const at = (index + 1) / 256 ** level - 1
      const stored = this.tiles(level, at)
      const trees = [this.fromEntries, this.fromTiles].filter((tree) => tree.size === index + 1)
      if (!stored || trees.some((tree) => tree.full[level].equals(stored.hash))) continue
      this.report('tile', at * 256 ** level, say.tileAltered(stored.path, at * 256 ** level, index))
    }
  }

  /** The next checkpoint that can be judged; those out of order are reported and passed over. */
  nextCheckpoint() {
    for (let { value } = this.notes.next(); value; { value } = this.notes.next()) {
      const found = readCheckpoint(value, this.key, `checkpoint ${++this.checkpoints}`)
      const before = this.last ?? { size: 0, entries: 0 }
      this.lastNote = value
      if (found.size >= before.size && found.entries >= before.entries) {
        this.last = found
        return found
      }
      if (found.size === undefined) this.report('checkpoint', before.size, `${found.name} cannot be read.`)
      else this.report('reordered', found.size, say.reordered(found.name, before.size))
    }
    return undefined
  }

  /** One checkpoint against the roots at its size. A kept one that does not fit shows a fork. */
  judge({ name, size, root, fault, origin, entries }, whose) {
    const fits = (tree) => tree.size === size && tree.root().equals(root)
    const [byEntries, byTiles] = [fits(this.fromEntries), fits(this.fromTiles)]
    const [agrees, kept, good] = [byEntries || byTiles, whose === 'kept', this.good[whose]]
    if (origin !== this.log.origin) this.report('other-log', size, `${name} is of another log, ${origin}.`)
    if (fault) {
      const text = say.signature(name, fault, agrees)
      return this.report(kept ? 'forked' : 'signature', kept && !agrees ? good : size, text)
    }
    if (this.suspect && !kept) this.suspect.proved ??= byEntries ? 'entries' : byTiles ? 'tiles' : 'nothing'
    if (!agrees && (kept || !this.suspect)) {
      const end = Math.max(this.fromEntries.size, this.fromTiles.size)
      const within = kept || good === size ? 'forked' : 'rewritten'
      const [how, from] = size > end ? [kept ? 'rolled-back' : 'missing', end] : [within, good]
      if (how !== this.otherRoot) this.report(how, from, say[how](name, from, size))
      this.otherRoot = how
    }
    if (this.breaks.length === 0 && !this.suspect && this.accounted < entries) {
      this.report('unaccounted', size, say.unaccounted(name, entries, this.accounted))
    }
    if (byEntries) this.closeSuspect()
    if (agrees) this.good[whose] = size
  }

  /** Reports where entries and tiles part, once a checkpoint (or the end) decides which of the two was altered. */
  closeSuspect() {
    if (!this.suspect) return
    const { index, path, proved } = this.suspect
    const [how, text] = classify(this.suspect)
    const doubt =
      proved === 'tiles' || index >= this.size ? '' : ' No signed checkpoint agrees with the tiles either.'
    if (proved === 'entries') this.report('tile', index, say.tileAltered(path, index, index))
    else this.report(how, index, text + doubt)
    this.fromTiles = this.fromEntries
    this.suspect = undefined
  }
}

// ---- The command ----

function toText({ ok, breaks, checkpoints, entries, kept, outOfOrder, study, origin, key }, keyGiven) {
  const lines = [`Study ${study}, log ${origin}: ${entries} entries, ${checkpoints} checkpoints`]
  for (const [at, { index, text }] of breaks.slice(0, 20).entries()) {
    lines.push(`${at > 0 ? '  also' : 'BROKEN 自此不一致'} at ${index}: ${text}`)
  }
  if (breaks.length > 20) lines.push(`  and ${breaks.length - 20} more`)
  if (ok) lines.push('COMPLETE AND UNALTERED 完整且未被更改: all entries lead to all signed checkpoints.')
  if (outOfOrder > 0) lines.push(`  ${outOfOrder} entries came after a later one, as retried submissions do.`)
  if (!keyGiven) lines.push(`  The key came with the folder; compare it with the one you know: ${key}`)
  if (kept > 0) lines.push(`  Checkpoints kept elsewhere that were compared: ${kept}`)
  else lines.push('  No checkpoint kept elsewhere was given: entries cut off at the end would not show.')
  return lines.join('\n')
}

function readKept(file, key) {
  const kept = [...readNotes(file)].map((note) => readCheckpoint(note, key, 'the kept checkpoint'))
  if (!kept.length || kept.some(({ size }) => size === undefined)) throw new Error(`no checkpoint in ${file}`)
  return kept.sort((a, b) => a.size - b.size)
}

function main() {
  const show = (text) => process.stderr.isTTY && process.stderr.write(`\r\u001b[K${text}`)
  const options = { key: { type: 'string' }, checkpoint: { type: 'string' }, json: { type: 'boolean' } }
  const { values, positionals } = parseArgs({ allowPositionals: true, options })
  if (positionals.length !== 1) throw new Error('name one folder')
  const [folder] = positionals
  const { study, origin, size } = JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8'))
  const keyFile = values.key ?? join(folder, 'key.vkey')
  const key = readKey(existsSync(keyFile) ? readFileSync(keyFile, 'utf8') : keyFile)
  if (!key) throw new Error('the key is not of the form name+id+key')
  const kept = values.checkpoint ? readKept(values.checkpoint, key) : []
  const verification = new Verification(folder, { study, origin, size }, key, [...kept])
  const breaks = verification.run((done) => show(`${done} of ${size} entries`))
  const { entries, checkpoints, outOfOrder } = verification
  const facts = { study, origin, key: key.line, kept: kept.length }
  const result = { ok: breaks.length === 0, ...facts, entries, checkpoints, outOfOrder, breaks }
  show('')
  console.log(values.json ? JSON.stringify(result) : toText(result, values.key !== undefined))
  process.exitCode = result.ok ? 0 : 1
}

try {
  main()
} catch (error) {
  console.error(`Not checked: ${error.message}\n${usage}`)
  process.exitCode = 2
}
