// One type for the two ways a store answers.

/**
 * A value, or a promise of it. Stores on SQLite answer at once, stores on PostgreSQL later; logic that serves
 * both awaits, and the embedded hot path, which knows its stores, does not.
 */
export type Later<T> = T | Promise<T>
