// What the doors are given. Each door uses a few of these; main.ts makes them all.
import type { Drugs } from '../dictionary/drugs.ts'
import type { DeviceLimits } from '../identity/device-limits.ts'
import type { Devices } from '../identity/devices.ts'
import type { Journal } from '../intake/journal.ts'
import type { ReminderDoor } from '../sending/reminders/reminder-door.ts'
import type { Later } from '../storage/later.ts'
import type { Log } from '../system/log.ts'
import type { Role } from '../system/roles.ts'
import type { ActivationDesk } from './activation-desk.ts'
import type { DoorFigures } from './door-figures.ts'
import type { DeviceDoorParts } from './http/device/device-door.ts'
import type { FhirReader } from './http/fhir-reader.ts'
import type { StaffDoorParts } from './http/staff/staff-route.ts'
import type { LedgerView } from './ledger.ts'
import type { StatusReader } from './submission-status.ts'

export type DoorParts = {
  readonly journal: Journal
  readonly devices: Devices
  /** How often each of them may change something or hand something in. */
  readonly limits: DeviceLimits
  readonly activation: ActivationDesk
  /** A proxy of the operator is in front, whose word on addresses counts. */
  readonly behindTls: boolean
  readonly status: StatusReader
  readonly fhir: FhirReader
  readonly ledger: () => Later<LedgerView>
  /** What staff read, and how their work is carried out. */
  readonly staff: StaffDoorParts
  /** What phones read. */
  readonly device: DeviceDoorParts
  readonly drugs: Drugs
  readonly figures: DoorFigures
  /** Prometheus text. */
  readonly metrics: () => Promise<string>
  /** Why new submissions cannot be taken or processed now; empty when all is well. */
  readonly troubles: () => string[]
  readonly log: Log
  /** Which doors this node opens. */
  readonly roles: ReadonlySet<Role>
  readonly reminders: ReminderDoor
}
