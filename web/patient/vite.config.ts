// Builds the patient app into web/patient/dist, which the HTTP door serves under /app/: the page with its chunks, and
// from the list of them the service worker, one classic script without imports (Firefox has no module workers there).
// No inline scripts and styles: the content security policy forbids them. `.vite/manifest.json` is for the budgets.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, defineConfig, type Plugin, type Rolldown } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, '../../package.json'), 'utf8')) as { version: string }
const target = ['es2022', 'chrome111', 'safari16', 'firefox115']
const define = { __APP_VERSION__: JSON.stringify(version) }
const base = '/app/'

/** Chunks that only some patients need: they are kept on the phone once they were used. */
const onlySome = (chunk: Rolldown.OutputChunk): boolean =>
  chunk.isDynamicEntry &&
  (chunk.moduleIds.some((id) => /node_modules\/(?:qr|@noble\/ed25519)\/|\/device\/form-tree\.ts$/.test(id)) ||
    (chunk.moduleIds.length > 0 && chunk.moduleIds.every((id) => id.startsWith(join(root, 'src/words')))))

/** What the service worker keeps; see src/sw/shell.ts for the meaning. */
function shellOf(bundle: Rolldown.OutputBundle) {
  const always = ['/app/', '/app/manifest.webmanifest', '/app/icons/192.png']
  const some: Record<string, string> = {}
  const hash = createHash('sha256')
  for (const output of Object.values(bundle).sort((a, b) => (a.fileName < b.fileName ? -1 : 1))) {
    if (output.fileName.startsWith('.vite/')) continue
    const content = output.type === 'chunk' ? output.code : output.source
    hash.update(output.fileName).update(content)
    if (output.fileName === 'index.html') continue
    if (output.type === 'chunk' && onlySome(output)) some[output.name] = base + output.fileName
    else always.push(base + output.fileName)
  }
  return { version: hash.digest('hex').slice(0, 16), always, some }
}

const staticIds = new Map<string, boolean>()

/** Whether a module is there from the first screen on: reached from the page's entry without a dynamic import. */
function isFirst(id: string, known: Rolldown.ChunkingContext): boolean {
  const before = staticIds.get(id)
  if (before !== undefined) return before
  staticIds.set(id, false)
  const info = known.getModuleInfo(id)
  const first = info?.isEntry === true || (info?.importers ?? []).some((importer) => isFirst(importer, known))
  staticIds.set(id, first)
  return first
}

/** Few chunks, because each costs a slow network a round: the first screen, the form, all other screens. */
function chunkOf(id: string, known: Rolldown.ChunkingContext): string | null {
  if (isFirst(id, known)) return 'app'
  if (/[\\/]src[\\/](?:form|widgets)[\\/]/.test(id)) return 'form'
  return /[\\/]src[\\/]screens[\\/](?!scanner)/.test(id) ? 'screens' : null
}

function serviceWorker(): Plugin {
  let shell: ReturnType<typeof shellOf> | undefined
  return {
    name: 'levee-service-worker',
    apply: 'build',
    writeBundle(_options, bundle) {
      shell = shellOf(bundle)
    },
    async closeBundle() {
      if (shell === undefined) return
      const given = shell
      shell = undefined
      await build({
        configFile: false,
        logLevel: 'warn',
        root,
        base,
        publicDir: false,
        resolve: { alias: { '@noble/ed25519': join(root, 'src/sw/no-library.ts') } },
        define: { ...define, __SHELL__: JSON.stringify(given) },
        build: {
          outDir: 'dist',
          emptyOutDir: false,
          target,
          lib: { entry: 'src/sw/sw.ts', formats: ['iife'], name: 'levee', fileName: () => 'sw.js' },
          rolldownOptions: { output: { codeSplitting: false } },
        },
      })
    },
  }
}

export default defineConfig({
  root,
  base,
  define,
  plugins: [serviceWorker()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target,
    manifest: true,
    // Nothing as a data: address: every file has its name, and the policy stays narrow.
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: chunkOf, debugName: 'screens' }] } } },
  },
})
