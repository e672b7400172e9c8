// Progress of long work: a bar on standard error while that is a terminal, nothing otherwise, so that output stays clean.
import { SingleBar } from 'cli-progress'

export type Progress = {
  /** `note` stands behind the bar. */
  update(done: number, total: number, note?: string): void
  /** Removes the bar. Safe to call twice. */
  stop(): void
}

/** A bar under a title. It is drawn with the first update. */
export function progressBar(title: string): Progress {
  if (!process.stderr.isTTY) return { update() {}, stop() {} }
  const bar = new SingleBar({
    format: `${title} {bar} {percentage} %  {note}`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    barsize: 28,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  })
  let started = false
  return {
    update(done, total, note = '') {
      if (!started) bar.start(Math.max(1, total), 0, { note })
      started = true
      bar.setTotal(Math.max(1, total))
      bar.update(Math.min(done, total), { note })
    },
    stop: () => bar.stop(),
  }
}
