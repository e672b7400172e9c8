// The app's files in the browser's cache, fetched once, under names that change with their content. In two steps: what a
// diary is kept with when the worker is installed, all other screens once the page is quiet. A language or a rarely used
// part is kept once somebody used it. What one version has kept follows into the next.

/** What the build knows of its files; it puts the object in the place of `__SHELL__`. */
export type Shell = {
  /** Changes with any file. */
  readonly version: string
  /** Paths that every patient needs, the page itself as `/app/`. */
  readonly always: readonly string[]
  /** Paths by name of what is kept later: the other screens (`rest`, `rest.css`), languages, what only some need. */
  readonly some: Readonly<Record<string, string>>
}

/** Of all caches of this app; the version follows. */
export const cachePrefix = 'levee-app-'

/** Which of the rarely used files an earlier version of this app had kept: they are wanted again. */
export function keptBefore(shell: Shell, keptPaths: readonly string[]): string[] {
  const names = new Set(keptPaths.map(nameOf))
  return Object.values(shell.some).filter((path) => names.has(nameOf(path)))
}

/** `/app/assets/form-zh-Bx1_9aZ0.js` → `form-zh.js`: the name without the hash of its content. */
export const nameOf = (path: string): string =>
  path.replace(/^.*\//, '').replace(/-[\w-]{8}(?=\.[a-z0-9]+$)/i, '')

/** Fetches and keeps all files of a version; rejects, and so keeps the old version, where one is missing. */
export async function keepShell(shell: Shell): Promise<void> {
  const before = await keptPaths()
  const cache = await caches.open(cachePrefix + shell.version)
  const paths = [...shell.always, ...keptBefore(shell, before)]
  await cache.addAll(paths.map((path) => new Request(path, { cache: 'no-cache' })))
}

async function keptPaths(): Promise<string[]> {
  const own = (await caches.keys()).filter((name) => name.startsWith(cachePrefix))
  const lists = await Promise.all(own.map(async (name) => (await caches.open(name)).keys()))
  return lists.flat().map((request) => new URL(request.url).pathname)
}

/**
 * Keeps more of this version's files, by name or by path: what the page fetched before this worker served it, and what
 * comes in the second step. One that cannot be had now is asked for again by the next page.
 */
export async function keepMore(shell: Shell, wanted: readonly string[]): Promise<void> {
  const cache = await caches.open(cachePrefix + shell.version)
  for (const [name, path] of Object.entries(shell.some)) {
    if (!wanted.includes(name) && !wanted.includes(path)) continue
    if ((await cache.match(path)) === undefined) await cache.add(path).catch(() => undefined)
  }
}

/** Drops all but this version and the one before it, which another tab may still be showing. */
export async function dropOld(shell: Shell): Promise<void> {
  const own = (await caches.keys()).filter(
    (name) => name.startsWith(cachePrefix) && name !== cachePrefix + shell.version,
  )
  await Promise.all(own.slice(0, -1).map((name) => caches.delete(name)))
}

/** Answers a request of the page: files by their hashed name from any version, the page itself from this one. */
export async function answerFromShell(shell: Shell, request: Request): Promise<Response> {
  const path = new URL(request.url).pathname
  const cache = await caches.open(cachePrefix + shell.version)
  const isPage = request.mode === 'navigate'
  const kept = await (isPage
    ? cache.match('/app/')
    : path.startsWith('/app/assets/')
      ? caches.match(path)
      : cache.match(path))
  if (kept !== undefined) return kept
  const fresh = await fetch(request)
  if (fresh.ok && Object.values(shell.some).includes(path)) await cache.put(path, fresh.clone())
  return fresh
}
