// The code that runs forms on a phone stays small (interface.md §10): what every form needs, and the tree engine that is
// loaded only for a form that needs it. Bundled as the app is; Temporal, which many phones lack, is never relied on.
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'

const device = fileURLToPath(new URL('../../src/study/device/', import.meta.url))

/** The chunks of an app that runs forms, each with the files in it and its gzipped size. */
async function chunksOf(): Promise<{ name: string; files: string; code: string; bytes: number }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'levee-size-'))
  const entry = join(folder, 'entry.ts')
  writeFileSync(
    entry,
    `import { createFormRun } from '${device}form-run.ts'
export const open = async (form) =>
  createFormRun(form, form.needsTree ? (await import('${device}form-tree.ts')).createTreeJudge(form) : undefined)`,
  )
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    root: folder,
    build: { write: false, minify: true, lib: { entry, formats: ['es'], fileName: 'entry' } },
  })) as Rolldown.RolldownOutput[]
  return (built[0]?.output ?? []).flatMap((one) =>
    one.type !== 'chunk'
      ? []
      : [
          {
            name: one.fileName,
            files: Object.keys(one.modules).join(' '),
            code: one.code,
            bytes: gzipSync(one.code, { level: 9 }).length,
          },
        ],
  )
}

test('a form in one pass with its rules runs in 6 kB, the tree engine is 13 kB more', async (t) => {
  const chunks = await chunksOf()
  const tree = chunks.filter(({ files }) => files.includes('form-tree.ts'))
  const first = chunks.filter((one) => !tree.includes(one))
  const sum = (list: typeof chunks) => list.reduce((total, { bytes }) => total + bytes, 0)
  t.diagnostic(`one pass ${sum(first)} bytes, tree ${sum(tree)} bytes, gzipped`)
  assert.equal(tree.length, 1)
  assert.ok(sum(first) > 2_000 && sum(first) <= 6_000, `${sum(first)} bytes`)
  assert.ok(sum(tree) > 2_000 && sum(tree) <= 13_000, `${sum(tree)} bytes`)
  const all = chunks.map(({ code }) => code).join('\n')
  assert.doesNotMatch(all, /cel-js|node:/)
  // Asked for once, behind a test whether there is one.
  assert.equal(all.match(/Temporal\./g)?.length, 1)
  assert.match(all, /typeof Temporal/)
})
