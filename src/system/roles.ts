// What a node does. One node may do everything; a cluster may divide it.

export const roles = ['intake', 'processing', 'sending', 'api'] as const
/**
 * `intake`: the doors that take submissions. `processing`: takes them to effect. `sending`: tells the outside.
 * `api`: the doors that answer questions.
 */
export type Role = (typeof roles)[number]

/** Reads a list such as `intake,api`. Throws an error that names the flag and what it takes. */
export function readRoles(text: string): ReadonlySet<Role> {
  const named = text.split(',').map((part) => part.trim())
  for (const name of named) {
    if (!(roles as readonly string[]).includes(name))
      throw new Error(`--roles takes a list of ${roles.join(', ')}; "${name}" is none of them`)
  }
  return new Set(named as Role[])
}
