// Builds the patient app into web/patient/dist, which the HTTP door serves under /app/: a script that page and service
// worker share, the page with its chunks, and from the list of them the worker. The worker is a classic script (Firefox has
// no module workers there). No inline scripts and styles: the content security policy forbids them. `.vite/manifest.json`
// is for the budgets.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, defineConfig, type Plugin, type Rolldown } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, '../../package.json'), 'utf8')) as { version: string }
const target = ['es2022', 'chrome111', 'safari16', 'firefox115']
const define = { __APP_VERSION__: JSON.stringify(version) }
const base = '/app/'

/** Of those that are not kept from the start. */
const laterParts = /node_modules\/(?:qr|@noble\/ed25519)\/|\/device\/form-tree\.ts$|\/screens\/rest\.ts$/

/** Chunks that a diary can be kept without, or only some patients need: they are kept once they are asked for. */
const onlySome = (chunk: Rolldown.OutputChunk): boolean =>
  chunk.isDynamicEntry &&
  (chunk.moduleIds.some((id) => laterParts.test(id)) ||
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
    const name = output.type === 'chunk' ? output.name : (output.names[0] ?? '')
    if (output.type === 'chunk' ? onlySome(output) : name === 'rest.css') some[name] = base + output.fileName
    else always.push(base + output.fileName)
  }
  return { version: hash.digest('hex').slice(0, 16), always, some }
}

/** Few chunks, because each costs a slow network a round: the first screen, forms, all other screens. */
const entries = { app: /[\\/]src[\\/]main\.tsx$/, form: /[\\/]src[\\/]form[\\/]entry\.ts$/ }

const reached = new Map<string, boolean>()

/** Whether a module belongs to a chunk: its entry reaches it without a dynamic import. */
function isOf(chunk: keyof typeof entries, id: string, known: Rolldown.ChunkingContext): boolean {
  const place = `${chunk} ${id}`
  const before = reached.get(place)
  if (before !== undefined) return before
  reached.set(place, entries[chunk].test(id))
  const importers = known.getModuleInfo(id)?.importers ?? []
  const found = entries[chunk].test(id) || importers.some((importer) => isOf(chunk, importer, known))
  reached.set(place, found)
  return found
}

function chunkOf(id: string, known: Rolldown.ChunkingContext): string | null {
  if (isOf('app', id, known) || id.endsWith('/words/plural.ts')) return 'app'
  return isOf('form', id, known) ? 'form' : null
}

/**
 * Vite wraps each dynamic import into a helper that loads the stylesheets of its chunk first. Here no chunk has one: all
 * styles come with the page.
 */
function plainImports(): Plugin {
  const helper = '\0vite/preload-helper.js'
  return {
    name: 'levee-plain-imports',
    enforce: 'pre',
    load: (id) => (id === helper ? 'export const __vitePreload = (load) => load()' : null),
    generateBundle(_options, bundle) {
      for (const output of Object.values(bundle))
        if (
          output.type === 'chunk' &&
          output.name !== 'app' &&
          (output.viteMetadata?.importedCss.size ?? 0) > 0
        )
          this.error(`styles of ${output.fileName} would not be loaded: import them in main.tsx as well`)
    },
  }
}

/** Name of the shared script's exports in the page and in the worker. */
const coreGlobal = 'levee'
const coreEntry = join(root, 'src/core.ts')
const coreModules = new Set(
  [...readFileSync(coreEntry, 'utf8').matchAll(/from '(.+)'/g)].map((found) => join(root, 'src', found[1]!)),
)

/** By module, what others import from it, each with its short name in the shared script. */
type CoreNames = ReadonlyMap<string, ReadonlyMap<string, string>>
type Core = { readonly path: string; readonly code: string; readonly names: CoreNames }

/** Reads the sources for what page and worker import from the shared modules; a name it misses breaks the build. */
function namesWanted(): CoreNames {
  const wanted = new Map<string, Map<string, string>>()
  let count = 0
  for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    const path = join(root, 'src', file)
    if (!/(?<!\.test)\.tsx?$/.test(file) || path === coreEntry || coreModules.has(path)) continue
    for (const [, list, from] of readFileSync(path, 'utf8').matchAll(/\{([^{}]*)\} from '(\.[^']*)'/g)) {
      const id = join(path, '..', from!)
      if (!coreModules.has(id)) continue
      const names = wanted.get(id) ?? new Map<string, string>()
      wanted.set(id, names)
      for (const name of list!.split(',').map((one) => one.trim()))
        if (/^\w+$/.test(name) && !names.has(name)) names.set(name, `e${(count++).toString(36)}`)
    }
  }
  return wanted
}

/** The shared script, named by its content. */
async function buildCore(): Promise<Core> {
  const names = namesWanted()
  const exported = [...names].map(
    ([id, ids]) =>
      `export { ${[...ids].map(([name, short]) => `${name} as ${short}`)} } from ${JSON.stringify(id)}`,
  )
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    root,
    publicDir: false,
    define,
    plugins: [{ name: 'levee-core-entry', load: (id) => (id === coreEntry ? exported.join('\n') : null) }],
    build: {
      write: false,
      target,
      lib: { entry: coreEntry, formats: ['iife'], name: coreGlobal },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
  const { code } = (built as Rolldown.RolldownOutput[])[0]!.output[0]
  const hash = createHash('sha256').update(code).digest('base64url').slice(0, 8)
  return { path: `assets/core-${hash}.js`, code, names }
}

/** Takes what the shared script exports from there, instead of a copy of its modules. */
function useCore(core: () => Core): Plugin {
  const mark = '\0core:'
  return {
    name: 'levee-core',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!source.startsWith('.') || importer === undefined) return null
      const id = join(importer, '..', source)
      return coreModules.has(id) ? mark + id : null
    },
    load(id) {
      if (!id.startsWith(mark)) return null
      const names = core().names.get(id.slice(mark.length)) ?? []
      const lines = [...names].map(
        ([name, short]) => `export const ${name} = /* @__PURE__ */ (() => ${coreGlobal}.${short})()`,
      )
      return { code: lines.join('\n'), moduleSideEffects: false }
    },
  }
}

/** Builds the shared script, and has the page load it before its own. */
function sharedCore(): Plugin[] {
  let core: Core | undefined
  return [
    useCore(() => core!),
    {
      name: 'levee-core-script',
      apply: 'build',
      async buildStart() {
        core = await buildCore()
        this.emitFile({ type: 'asset', fileName: core.path, source: core.code })
      },
      // Such scripts and modules run in the order they stand in.
      transformIndexHtml: (html) =>
        html.replace('<script type="module"', `<script defer src="${base}${core!.path}"></script>\n    $&`),
    },
    serviceWorker(() => core!),
  ]
}

/** In the worker: the shared script comes first, by an address as the content security policy wants it (Trusted Types). */
const loadCore = (path: string): string =>
  `importScripts((self.trustedTypes?.createPolicy('levee-core',{createScriptURL:(url)=>url}).createScriptURL('${base}${path}'))??'${base}${path}');`

function serviceWorker(core: () => Core): Plugin {
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
        define: { ...define, __SHELL__: JSON.stringify(given) },
        plugins: [useCore(core)],
        build: {
          outDir: 'dist',
          emptyOutDir: false,
          target,
          lib: { entry: 'src/sw/sw.ts', formats: ['iife'], name: 'worker', fileName: () => 'sw.js' },
          rolldownOptions: { output: { codeSplitting: false, banner: loadCore(core().path) } },
        },
      })
    },
  }
}

export default defineConfig({
  root,
  base,
  define,
  plugins: [plainImports(), ...sharedCore()],
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
