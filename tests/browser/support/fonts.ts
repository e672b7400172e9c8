// Fonts for the browser tests, so that Chinese text is letters and not boxes on machines without Chinese fonts. The
// packed WOFF files of @fontsource are unpacked to plain font files, and a fontconfig folder makes Chromium find them.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateSync } from 'node:zlib'

const packed = fileURLToPath(new URL('../../../node_modules/@fontsource/noto-sans-sc/files', import.meta.url))
// They hold Latin letters too, so that pictures are alike on every machine.
const faces = ['chinese-simplified-400', 'chinese-simplified-700']

/** The font file inside a WOFF 1 file (W3C WOFF §4–5): its tables inflated and laid out under a plain directory. */
export function unpackWoff(woff: Buffer): Buffer {
  const count = woff.readUInt16BE(12)
  const head = Buffer.alloc(12 + 16 * count)
  woff.copy(head, 0, 4, 8)
  head.writeUInt16BE(count, 4)
  const log = Math.floor(Math.log2(count))
  head.writeUInt16BE(16 * 2 ** log, 6)
  head.writeUInt16BE(log, 8)
  head.writeUInt16BE(16 * (count - 2 ** log), 10)
  const parts = [head]
  let at = head.length
  for (let i = 0; i < count; i++) {
    const entry = 44 + 20 * i
    const [offset, short, long] = [4, 8, 12].map((o) => woff.readUInt32BE(entry + o)) as [
      number,
      number,
      number,
    ]
    const raw = woff.subarray(offset, offset + short)
    const table = short < long ? inflateSync(raw) : raw
    const row = 12 + 16 * i
    woff.copy(head, row, entry, entry + 4)
    woff.copy(head, row + 4, entry + 16, entry + 20)
    head.writeUInt32BE(at, row + 8)
    head.writeUInt32BE(long, row + 12)
    const padded = Buffer.alloc(Math.ceil(long / 4) * 4)
    table.copy(padded)
    parts.push(padded)
    at += padded.length
  }
  return Buffer.concat(parts)
}

/** Makes the folder once for this machine and returns it; set `FONTCONFIG_PATH` to it. System fonts stay in use. */
export function fontFolder(): string {
  const folder = join(tmpdir(), `levee-fonts-${process.getuid?.() ?? 0}`)
  const conf = join(folder, 'fonts.conf')
  if (existsSync(conf)) return folder
  mkdirSync(folder, { recursive: true })
  for (const face of faces) {
    const from = join(packed, `noto-sans-sc-${face}-normal.woff`)
    writeFileSync(join(folder, `${face}.ttf`), unpackWoff(readFileSync(from)))
  }
  // Last and in one step, so that a folder with it is whole.
  const unready = `${conf}.${process.pid}`
  writeFileSync(
    unready,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}</dir><dir>/usr/share/fonts</dir><dir>${join(tmpdir(), 'fonts')}</dir>
  <cachedir>${join(folder, 'cache')}</cachedir>
${['sans-serif', 'system-ui']
  .map(
    (family) =>
      `  <match target="pattern"><test name="family"><string>${family}</string></test><edit name="family" mode="prepend" binding="strong"><string>Noto Sans SC</string><string>DejaVu Sans</string><string>Open Sans</string></edit></match>`,
  )
  .join('\n')}
</fontconfig>
`,
  )
  renameSync(unready, conf)
  return folder
}
