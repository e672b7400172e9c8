// One line of `levee doctor`: what was looked at, how it is, and what to do about it.

export type Check = {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'fail'
  /** What was found, with figures. */
  readonly says: string
  /** What to do; given unless the state is `ok`. */
  readonly remedy?: string
}

export const ok = (name: string, says: string): Check => ({ name, state: 'ok', says })
export const warn = (name: string, says: string, remedy: string): Check => ({
  name,
  state: 'warn',
  says,
  remedy,
})
export const fail = (name: string, says: string, remedy: string): Check => ({
  name,
  state: 'fail',
  says,
  remedy,
})

/** The first faults in words and how many more there are. */
export class Faults {
  readonly #first: string[] = []
  count = 0

  add(fault: string): void {
    this.count += 1
    if (this.#first.length < 5) this.#first.push(fault)
  }

  toString(): string {
    const more = this.count - this.#first.length
    return this.#first.join('; ') + (more > 0 ? `; and ${more} more` : '')
  }
}
