// How busy this node is, from figures that are counted anyway.
import type { Busyness } from './signature-checker.ts'

/** Entries that processing may be behind before it is said to be: about a batch. */
const mostBehind = 1000

/** What has happened since it was asked last. Positions are of the journal: kept, and taken by processing. */
export function busynessOf(positions: () => { kept: number; taken: number }): () => Busyness {
  let before = positions().kept
  return () => {
    const { kept, taken } = positions()
    const arrived = kept !== before
    before = kept
    if (taken > 0 && kept - taken > mostBehind) return 'behind'
    return arrived ? 'arriving' : 'idle'
  }
}
