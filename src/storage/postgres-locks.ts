// The advisory locks of PostgreSQL mode. They are one name space for the whole database, so all are named here.

/** First key of `pg_advisory_xact_lock(class, which)`; the second says which one of the class. */
export const lockClasses = {
  /** Held while migrating; which = 0. */
  migration: 1_279_612_417,
  /** Held by the batch that takes a slot's entries; which = the slot. */
  slot: 1_279_612_418,
  /** Held by the node that signs this second's checkpoints; which = 0. */
  checkpoint: 1_279_612_419,
  /** Held by the node that tends alerts; which = 0. */
  alertClock: 1_279_612_420,
  /** Held by the node that plans or claims reminders; which = 0. */
  reminders: 1_279_612_421,
} as const
