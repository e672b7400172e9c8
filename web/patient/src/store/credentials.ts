// The phone's present part in a study, for whoever calls the server: screens, sender and service worker.
import { type Credentials, onDatabase, readValue } from './database.ts'

/** The present token and signing key; undefined before the first activation. */
export async function currentCredentials(): Promise<Credentials | undefined> {
  const current = await readValue('current')
  return current === undefined ? undefined : onDatabase((db) => db.get('devices', current))
}
