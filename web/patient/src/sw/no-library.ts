// Stands in the service worker for the library that checks Ed25519 where the browser cannot: the worker leaves sending
// to the pages there (`handOver`), so that this is never called.

/** Refuses. */
export const verifyAsync = (): Promise<never> => Promise.reject(new Error('not in the service worker'))
