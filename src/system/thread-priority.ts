// Lets a thread stand back for others of the process when the processor is short.
import { execFile } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * `back`: runs only while no other thread wants the core, and leaves it at once when one does (SCHED_IDLE of
 * Linux). `part`: takes a small part even then (lowest ordinary priority, whose turns may last milliseconds).
 */
export type Standing = 'back' | 'part'

const lowest = 19

/**
 * Changes the calling thread's scheduling. SCHED_IDLE is set by `chrt` of util-linux; where that or /proc is
 * missing, the lowest ordinary priority remains, and where that is not possible either, nothing changes: it is
 * an optimisation. Done soon after the call.
 */
export function stand(standing: Standing): void {
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').pop())
    if (!Number.isInteger(threadId)) return
    setPriority(threadId, lowest)
    const policy = standing === 'back' ? '--idle' : '--other'
    execFile('chrt', [policy, '--pid', '0', String(threadId)], () => {})
  } catch {
    // No /proc, or not allowed.
  }
}
