// Who is told: no blinded role under "restricted", and some role blinded at all. That every role of an audience is
// one of the study's is checked when the study is compiled (compileRoles).
import type { StudyPlan } from '../plan.ts'
import type { StudySource } from '../read-study-yaml.ts'
import { isStaffRole } from '../staff-roles.ts'
import type { Leaks } from './leak.ts'
import { yamlPlace } from './place-of.ts'

type Path = readonly (string | number)[]

/** A role that the study does not use counts as blinded. */
export function lintAudience(plan: StudyPlan, source: StudySource, leaks: Leaks): void {
  if (![...plan.roles.values()].some(({ blinded }) => blinded))
    leaks.add('roles-none-blinded', yamlPlace(source, ['roles']), 'no role is blinded')
  eachAudience(source.study.restricted, ['restricted'], (role, path) => {
    if (!isStaffRole(role) || plan.roles.get(role)?.blinded !== false)
      leaks.add('audience-blinded', yamlPlace(source, path), `the role ${role} is not known to be unblinded`)
  })
}

/** Visits every role of an `audience`, and of the steps of an `escalate` ladder. */
function eachAudience(value: unknown, path: Path, visit: (role: string, path: Path) => void): void {
  if (Array.isArray(value))
    for (const [index, one] of value.entries()) eachAudience(one, [...path, index], visit)
  else if (typeof value === 'object' && value !== null)
    for (const [member, inner] of Object.entries(value)) {
      if ((member === 'audience' || member === 'to') && Array.isArray(inner))
        inner.forEach((role, index) => {
          if (typeof role === 'string') visit(role, [...path, member, index])
        })
      else eachAudience(inner, [...path, member], visit)
    }
}
