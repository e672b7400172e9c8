// Slots spread patients over processing nodes: whoever holds a slot takes the entries of its patients, in order.
import { crc32 } from 'node:zlib'

/** Number of slots. Fixed: every kept entry of PostgreSQL carries its slot. */
export const slots = 256

/** The slot of a patient: CRC-32 (ISO 3309) of the UTF-8 text `study NUL patient`, modulo {@link slots}. */
export const slotOf = (studyId: string, patientId: string): number =>
  crc32(`${studyId}\0${patientId}`) % slots
