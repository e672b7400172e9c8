// The phone's part in a study changes hands here: at its activation, and at no other time.
import type { Device } from '../model.ts'
import { currentCredentials } from './credentials.ts'
import { onDatabase, strict, type Values } from './database.ts'
import { StoreError } from './store-error.ts'
import { dropVault } from './vault.ts'

/**
 * Makes it the phone's present part in a study. Another patient's drafts and plans go; unsent entries stay and are sent.
 * Resolves when it is on disk; rejects with a StoreError.
 */
export async function saveDevice(device: Device): Promise<void> {
  const before = (await currentCredentials())?.device
  const another =
    before !== undefined && (before.patientId !== device.patientId || before.studyId !== device.studyId)
  await onDatabase(async (db) => {
    const transaction = db.transaction(
      ['values', 'devices', 'drafts', 'sent', 'forms', 'plans', 'outbox'],
      'readwrite',
      strict,
    )
    const values = transaction.objectStore('values')
    const devices = transaction.objectStore('devices')
    const pending = (await values.get('pendingSigner')) as Values['pendingSigner'] | undefined
    const signer = pending ?? (await devices.get(device.deviceId))?.signer
    if (signer === undefined) throw new StoreError('failed')
    if (another) {
      for (const table of ['drafts', 'sent', 'forms', 'plans'] as const)
        await transaction.objectStore(table).clear()
      for (const name of ['vault', 'today'] as const) await values.delete(name)
    }
    await values.delete('todayTag')
    const entries = await transaction.objectStore('outbox').getAll()
    // Of a patient who had this phone before: what waits here still is not filled in again.
    for (const { key, submissionId, studyId, patientId } of another ? entries : [])
      if (studyId === device.studyId && patientId === device.patientId)
        await transaction.objectStore('sent').put({ key, submissionId, at: Date.now() })
    const owners = new Set(entries.map((e) => e.deviceId))
    for (const id of await devices.getAllKeys()) if (!owners.has(id)) await devices.delete(id)
    await devices.put({ device, signer }, device.deviceId)
    await values.put(device.deviceId, 'current')
    await values.delete('pendingSigner')
    await transaction.done
  })
  if (another) dropVault()
}
