// Exactly one initialisation under concurrency. A failure is not cached: the next caller tries again.

/**
 * Wraps `load` so that any number of simultaneous first callers cause one call of it and share its result;
 * later callers get the same result without waiting. If `load` rejects (or throws), everyone who waited
 * gets that rejection and the next caller starts afresh.
 */
export function once<T>(load: () => T | Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    if (running !== undefined) return running
    const attempt = Promise.resolve().then(load)
    running = attempt
    attempt.catch(() => {
      running = undefined
    })
    return attempt
  }
}

/** As {@link once}, one initialisation for each key. Keys are kept for the life of the process: bound them. */
export function oncePerKey<K, T>(load: (key: K) => T | Promise<T>): (key: K) => Promise<T> {
  const loaders = new Map<K, () => Promise<T>>()
  return (key) => {
    let loader = loaders.get(key)
    if (loader === undefined) {
      loader = once(() => load(key))
      loaders.set(key, loader)
    }
    return loader()
  }
}
