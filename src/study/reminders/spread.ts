// Where in its span of time a reminder lies: the same for the same patient and occasion, even over all patients, so
// that what is due at eight does not go out, and come back as a peak of diaries, at eight.

/** A share from 0 to below 1 that follows from the texts alone. */
export function shareOf(...texts: readonly string[]): number {
  // FNV-1a, then the finish of MurmurHash3: ids that differ in one digit must lie far apart.
  let hash = 0x811c9dc5
  for (const text of texts)
    for (let i = 0; i <= text.length; i++) hash = Math.imul(hash ^ (text.charCodeAt(i) || 0), 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  hash ^= hash >>> 16
  return (hash >>> 0) / 2 ** 32
}
