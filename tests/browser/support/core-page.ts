// A page with the app's core and no screens, for the tests of the core: what `web/patient/src` exports for its screens,
// on `window.core`. Built by vite into a temporary folder, once for each test process.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const source = fileURLToPath(new URL('../../../web/patient/src', import.meta.url))
const parts = [
  'store/store.ts',
  'store/save-device.ts',
  'store/database.ts',
  'store/outbox.ts',
  'store/clock.ts',
  'store/vault.ts',
  'sync/sync.ts',
  'sync/sender.ts',
  'sync/held.ts',
  'sync/refresh.ts',
  'crypto/lock.ts',
  'crypto/pin-change.ts',
  'api/activate.ts',
  'form/open-draft.ts',
]

let built: Promise<string> | undefined

/** The folder with `index.html` and `core.js`. Removed when the process ends. */
export function corePage(): Promise<string> {
  built ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'levee-core-page-'))
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    const imports = parts.map((path, i) => `import * as p${i} from ${JSON.stringify(join(source, path))}`)
    const entry = join(folder, 'entry.ts')
    writeFileSync(
      entry,
      `${imports.join('\n')}\nglobalThis.core = Object.assign({}, ${parts.map((_, i) => `p${i}`).join(', ')})\n`,
    )
    await build({
      configFile: false,
      logLevel: 'error',
      root: fileURLToPath(new URL('../../..', import.meta.url)),
      build: {
        outDir: folder,
        emptyOutDir: false,
        lib: { entry, formats: ['es'], fileName: () => 'core.js' },
        rolldownOptions: { output: { codeSplitting: false } },
      },
    })
    writeFileSync(
      join(folder, 'index.html'),
      '<!doctype html><html lang="en"><meta charset="utf-8"><title>core</title><body><script type="module" src="/app/core.js"></script>',
    )
    return folder
  })()
  return built
}
