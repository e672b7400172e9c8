// What the doors stand on, whichever database keeps the data. Its twins: engine.sqlite.ts for one machine,
// engine.postgres.ts for many nodes.
import type { Devices } from '../identity/devices.ts'
import type { Journal } from '../intake/journal.ts'
import type { Stores } from '../processing/stores.ts'
import type { Trial } from '../processing/trial.ts'
import type { Claims } from '../sending/claim-store.ts'
import type { ReminderKeys } from '../sending/reminders/reminder-keys.ts'
import type { DataFolder } from '../storage/folder.ts'
import type { Config } from '../system/config.ts'
import type { Log } from '../system/log.ts'

/** What a test may replace; production uses none of it. */
export type EngineOverrides = {
  readonly pointsModule?: string
  readonly allowUnfitFileSystem?: boolean
  /** Instead of ending the process when the storage failed. */
  readonly onFailure?: (reason: string) => void
}

/** What every part of one start shares. */
export type Setup = {
  readonly config: Config
  readonly overrides: EngineOverrides
  readonly folder: DataFolder
  readonly log: Log
  /** What has started so far; disposed of in reverse. */
  readonly parts: AsyncDisposableStack
}

export type Engine = {
  readonly journal: Journal
  readonly trial: Trial
  /** Key of the hashes of one-time codes. */
  readonly activationKey: Buffer
  /** Keys of reminders, the same on every node. */
  readonly reminderKeys: ReminderKeys
  /** For reading; what writes does so in the writer's own transaction. */
  readonly stores: Stores
  /** What this node's sender takes from the outbox. */
  readonly claims: Claims
  /** The history checker's view of the entries from one position to another, as JSON lines. */
  readonly history: (from: number, to: number) => AsyncIterable<string>
  /** Keeps the registry as other nodes change it; on one machine nobody else does. */
  followDevices(devices: Devices): Promise<void>
}
