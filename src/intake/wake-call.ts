// Calls processing after commits: at once when it was quiet, else gathered, so that a busy node calls rarely.

export type WakeCall = {
  /** Something is there. Never throws. */
  ring(): void
  /** Makes the call that is due and no more after it. */
  stop(): Promise<void>
}

/**
 * Runs `call` for each ring, at most one at a time and at most once every `everyMs` milliseconds; rings in between
 * lead to one more call. A call that fails is not repeated: whoever listens looks for itself from time to time.
 */
export function wakeCall(call: () => Promise<unknown>, everyMs: number): WakeCall {
  let due = false
  let running: Promise<void> | undefined
  let pause: { timer: NodeJS.Timeout; end: () => void } | undefined
  let stopped = false
  const run = async () => {
    while (due) {
      due = false
      await call().catch(() => {})
      if (!stopped) await new Promise<void>((end) => (pause = { timer: setTimeout(end, everyMs), end }))
    }
  }
  return {
    ring() {
      if (stopped) return
      due = true
      running ??= run().finally(() => (running = undefined))
    },
    async stop() {
      stopped = true
      clearTimeout(pause?.timer)
      pause?.end()
      await running
    },
  }
}
