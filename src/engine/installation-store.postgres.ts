// Which keys an installation signs with. All nodes share them, or receipts and checkpoints would not be of one hand.
import type { Queryable } from '../storage/postgres.ts'

/** Ids as system/keys.ts gives them. */
export type InstallationKeys = { readonly receiptKey: string; readonly logKey: string }

/** As it stands; while `moving` is true, `levee move` fills the database. */
export type Installation = InstallationKeys & { readonly moving: boolean }

/** The keys on record, or undefined before the first node's first start. */
export async function installationKeys(db: Queryable): Promise<Installation | undefined> {
  const { rows } = await db.query<{ receipt_key: string; log_key: string; moving: boolean }>(
    'SELECT receipt_key, log_key, moving FROM installation',
  )
  const [row] = rows
  return row === undefined
    ? undefined
    : { receiptKey: row.receipt_key, logKey: row.log_key, moving: row.moving }
}

/** Puts the keys of the first node on record; whoever comes second reads what stands. */
export async function claimInstallation(db: Queryable, keys: InstallationKeys): Promise<Installation> {
  await db.query('INSERT INTO installation (receipt_key, log_key) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    keys.receiptKey,
    keys.logKey,
  ])
  return (await installationKeys(db))!
}
