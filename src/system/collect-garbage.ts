// Gives back what starting up has left behind: on a quiet server V8 would keep it for good, on a busy one it adds to
// the peak. Once for each thread, when it is ready.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Milliseconds after a thread is ready in which its start has settled. */
export const startedMs = 3000

/** One full collection in this thread, 20 to 50 ms. V8 offers it under a flag only. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}
