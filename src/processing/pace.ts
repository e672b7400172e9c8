// How a trial thread paces itself, on either engine, and how it shows that it lives.

/** Receiving comes first: when the processor is short, processing waits (reliability: D20). */
export const niceness = 19
/** Small batches wait this long for company: one flush then serves many entries. */
export const gatherMs = 50
/** A thread without work looks again after this time. */
export const idleMs = 1000
export const figuresEveryMs = 250
export const checkpointEveryMs = 1000

/** Runs an evaluation under the watchdog's eye. */
export type Watched = <T>(evaluate: () => T) => T

/** The heartbeat is odd during an evaluation, so that the watchdog tells a long rest from an endless one. */
export const heartbeat =
  (beat: Int32Array): Watched =>
  (evaluate) => {
    Atomics.add(beat, 0, 1)
    try {
      return evaluate()
    } finally {
      Atomics.add(beat, 0, 1)
    }
  }
