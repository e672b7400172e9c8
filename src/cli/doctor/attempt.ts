// How groups of checks are carried out: one that cannot be done is a failed check among the others, and long ones
// show how far they are.
import type { Later } from '../../storage/later.ts'
import { progressBar } from '../progress.ts'
import { type Check, fail } from './check.ts'

/** The group's checks, or one that says why they could not be made. */
export async function attempt(name: string, check: () => Later<Check[]>): Promise<Check[]> {
  try {
    return await check()
  } catch (error) {
    return [
      fail(
        name,
        `could not be checked: ${(error as Error).message}`,
        'see docs/operations.md; the other checks are listed all the same',
      ),
    ]
  }
}

/** Runs a long group under a bar. */
export async function withBar(
  title: string,
  check: (tell: (done: number, total: number) => void) => Promise<Check[]>,
): Promise<Check[]> {
  const bar = progressBar(title)
  try {
    return await check((done, total) => bar.update(done, total))
  } finally {
    bar.stop()
  }
}
