// The roles staff may have, as a closed list: a study says which of them it uses and which of them are blinded (P10).
// What a role may do is the product's, the same in every study (src/records/permissions.ts).

/** In the order in which they are shown. */
export const staffRoles = [
  'principal-investigator',
  'site-investigator',
  'site-nurse',
  'data-manager',
  'medical-monitor',
  'sponsor-monitor',
  'statistician',
  'administrator',
  'inspector',
  'unblinded-pharmacist',
  'unblinded-statistician',
] as const
/** The role of one staff member in one study. */
export type StaffRole = (typeof staffRoles)[number]

/** Roles that know the arm unless a study says otherwise; every other role is blinded unless it says otherwise. */
export const unblindedByName: ReadonlySet<StaffRole> = new Set<StaffRole>([
  'unblinded-pharmacist',
  'unblinded-statistician',
])

/** Whether a name is one of the product's roles. */
export const isStaffRole = (name: string): name is StaffRole =>
  (staffRoles as readonly string[]).includes(name)

/** Who takes part in a study, and who of them must not know the arm. */
export type RolePlan = { readonly blinded: boolean }
/** The roles of a study; all of the product's, blinded as by their names, where the study does not say. */
export type RolesPlan = ReadonlyMap<StaffRole, RolePlan>

/** The roles of a study that says nothing about them. */
export const standardRoles: RolesPlan = new Map(
  staffRoles.map((role) => [role, { blinded: !unblindedByName.has(role) }]),
)
