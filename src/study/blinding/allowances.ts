// Applies `blinding-allow`: an allowed leak becomes a note with its reason, an entry that allows nothing a warning.
import type { StudySource } from '../read-study-yaml.ts'
import type { Allowance } from './blinding-file.ts'
import { type Leak, leakAt, leakKinds } from './leak.ts'
import { yamlPlace } from './place-of.ts'

/** The leaks as the study's own list of allowances leaves them. Structure that differs by arm cannot be allowed. */
export function settleAllowances(source: StudySource, found: readonly Leak[]): readonly Leak[] {
  const list = source.study['blinding-allow'] ?? []
  const used = new Set<Allowance>()
  const settled = found.map((leak) => {
    const allowance = leakKinds[leak.code].allowable ? list.find((one) => covers(one, leak)) : undefined
    if (allowance === undefined) return leak
    used.add(allowance)
    return { ...leak, severity: 'note' as const, allowed: allowance.reason }
  })
  const unused = list.flatMap((allowance, index) =>
    used.has(allowance)
      ? []
      : [
          leakAt(
            'allow-unused',
            yamlPlace(source, ['blinding-allow', index]),
            `nothing tells at ${allowance.where}`,
          ),
        ],
  )
  return [...settled, ...unused]
}

/** The whole place, a file or an id with all that stands below it, or the linkId or id alone. */
function covers({ where, code }: Allowance, leak: Leak): boolean {
  if (code !== undefined && code !== leak.code) return false
  if (leak.where === where || leak.where.startsWith(`${where}.`) || leak.where.startsWith(`${where}#`))
    return true
  const hash = leak.where.indexOf('#')
  return where === (hash < 0 ? leak.where.split('.')[1] : leak.where.slice(hash + 1))
}
