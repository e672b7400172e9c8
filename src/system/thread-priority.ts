// Lets a thread stand back for others of the process when the processor is short.
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * Lowers the calling thread's scheduling priority by `nice` steps (Linux sets it for each thread; its id is
 * what /proc/thread-self points to). Where that is not possible nothing changes: it is an optimisation.
 *
 * Not SCHED_IDLE: it makes receiving a fifth faster on a full machine, but starves processing for minutes,
 * and a thread without privileges cannot leave it (sched(7)).
 */
export function standBack(nice: number): void {
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').pop())
    if (Number.isInteger(threadId)) setPriority(threadId, nice)
  } catch {
    // No /proc, or not allowed.
  }
}
