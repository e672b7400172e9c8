// `roles:` of study.yaml: which of the product's roles take part, and which of them must not know the arm (P10,
// ICH E6(R3) 4.1). Left out, every role of the product may take part, blinded as its name says.
import { type Static, Type } from 'typebox'
import { closed, id } from './file-schema.ts'
import type { StudySource } from './read-study-yaml.ts'
import { isStaffRole, type RolesPlan, type StaffRole, staffRoles, standardRoles } from './staff-roles.ts'
import type { Faults } from './study-invalid.ts'

/** The member `roles` of study.yaml. */
export const rolesSchema = Type.Record(id, Type.Object({ blinded: Type.Boolean() }, closed))
type RolesFile = Static<typeof rolesSchema>

/** Where a study names roles as an audience. */
type Audiences = {
  readonly roles?: RolesFile
  readonly alerts?: readonly Audience[]
  readonly messages?: readonly Audience[]
}
type Audience = {
  readonly audience: readonly string[]
  readonly escalate?: readonly { readonly to: readonly string[] }[]
}

/**
 * The roles of a study. Where it names them, a name that is no role of the product is a fault, and so is an audience
 * that nobody of the study's roles belongs to.
 */
export function compileRoles(source: StudySource, faults: Faults): RolesPlan {
  const study: Audiences = source.study
  if (study.roles === undefined) return standardRoles
  const roles = new Map<StaffRole, { readonly blinded: boolean }>()
  for (const [name, role] of Object.entries(study.roles)) {
    if (isStaffRole(name)) roles.set(name, role)
    else
      faults.add(
        source.file,
        source.lineOf(['roles', name]),
        `${name} is no role; use one of ${staffRoles.join(', ')}`,
      )
  }
  checkAudiences(source, study, new Set(Object.keys(study.roles)), faults)
  return roles
}

/** Alerts and messages go to roles of the study; what they say must not reach nobody. */
function checkAudiences(
  source: StudySource,
  study: Audiences,
  roles: ReadonlySet<string>,
  faults: Faults,
): void {
  const check = (names: readonly string[], path: readonly (string | number)[]) =>
    names.forEach((name, index) => {
      if (roles.has(name)) return
      faults.add(
        source.file,
        source.lineOf([...path, index]),
        `${name}: add it under roles, or name one of ${[...roles].join(', ')}`,
      )
    })
  for (const member of ['alerts', 'messages'] as const)
    study[member]?.forEach(({ audience, escalate }, index) => {
      check(audience, [member, index, 'audience'])
      escalate?.forEach(({ to }, step) => {
        check(to, [member, index, 'escalate', step, 'to'])
      })
    })
}
