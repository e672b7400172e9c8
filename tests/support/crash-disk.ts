// The disk after a power cut, in its worst legal state: of every write since a file's last flush nothing arrived.
// Built from what strace saw, so it needs no special file system and no rights.
import { closeSync, existsSync, openSync, writeSync } from 'node:fs'
import { type Call, isFlushOf } from './crash-strace.ts'

/** The ranges of a file that were written and not flushed since; a range from an earlier life may be given. */
export function unflushed(calls: readonly Call[], file: string, before: readonly Range[] = []): Range[] {
  let open: (Range & { ended: number })[] = before.map((range) => ({ ...range, ended: -1 }))
  for (const call of calls) {
    if (isFlushOf(call, file)) {
      // A flush covers what was written before it began, by whichever process.
      open = open.filter((range) => range.ended > call.began)
    } else if (call.path === file && call.name === 'pwrite64' && !(call.result <= 0) && !call.injected) {
      open.push({
        start: call.offset,
        end: call.offset + (call.result || call.data.length),
        ended: call.ended,
      })
    }
  }
  return open.map(({ start, end }) => ({ start, end }))
}

/** Bytes `start` to `end`, the last not included. */
export type Range = { readonly start: number; readonly end: number }

/** Overwrites the ranges with zeros: what was there before the lost write is at best older, never newer. */
export function losePower(file: string, ranges: readonly Range[]): void {
  if (ranges.length === 0 || !existsSync(file)) return
  const fd = openSync(file, 'r+')
  try {
    for (const { start, end } of ranges) writeSync(fd, Buffer.alloc(end - start), 0, end - start, start)
  } finally {
    closeSync(fd)
  }
}
