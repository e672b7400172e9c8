// What the page and the service worker have in common, as one classic script that both load, so that a phone fetches and
// keeps it once: the database, the seals, the sender. (One worker in three browsers cannot import modules yet.) The build
// puts the script's exports in the place of these modules wherever they are imported. One instance in each page and worker.
export * from './api/call.ts'
export * from './store/clock.ts'
export * from './store/credentials.ts'
export * from './store/database.ts'
export * from './store/outbox.ts'
export * from './store/seal.ts'
export * from './store/store-error.ts'
export * from './store/vault.ts'
export * from './sync/back-off.ts'
export * from './sync/bytes.ts'
export * from './sync/held.ts'
export * from './sync/receipt.ts'
export * from './sync/sender.ts'
export * from './sync/subscription.ts'
