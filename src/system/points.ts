// Named points in the code where a crash would hurt most. In production reaching one does nothing; the crash
// suite loads a module that kills, delays or fails there. No setting or variable can switch it on: only a
// program that starts Levee's parts itself can name such a module.

/** The points of the data's way, in order. On PostgreSQL alone: `marked`, `retry-begun`, `heads-locked`. */
export type Point =
  | 'journal.before-commit'
  | 'journal.after-commit'
  | 'journal.before-answer'
  | 'processing.before-batch'
  | 'processing.marked'
  | 'processing.evaluate'
  | 'processing.retry-begun'
  | 'processing.heads-locked'
  | 'processing.before-commit'
  | 'processing.after-commit'
  | 'audit.before-checkpoint'
  | 'audit.after-checkpoint-row'
  | 'audit.after-checkpoint-file'

type Hook = (point: Point, subject?: string) => void
let hook: Hook | undefined

/** Marks a point; `subject` names the record in hand by id, never by content. */
export function reached(point: Point, subject?: string): void {
  if (hook !== undefined) hook(point, subject)
}

/** Loads a module whose default export is called at every point of this thread. */
export async function watchPoints(moduleUrl: string | undefined): Promise<void> {
  if (moduleUrl === undefined) return
  hook = ((await import(moduleUrl)) as { default: Hook }).default
}
