// Runs the clock of alerts: once soon after the start, then at a steady pace. On a cluster every processing node runs
// it; the transaction itself lets one node at a time.

/** How often, in milliseconds. A deadline is in hours, so this is soon enough, and an idle turn is two look-ups. */
export const tendEveryMs = 10_000

/** `tend` carries out one turn; what it throws is told and the next turn tries again. Returns how to stop. */
export function alertClock(
  tend: () => Promise<unknown>,
  onTrouble: (reason: string) => void,
  everyMs = tendEveryMs,
): Disposable {
  let running = false
  const timer = setInterval(async () => {
    if (running) return
    running = true
    try {
      await tend()
    } catch (error) {
      onTrouble((error as Error).message)
    } finally {
      running = false
    }
  }, everyMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
