// Compiles the arms: opaque codes that everybody may know, and under "restricted" what they mean and their packs (P10).
import type { RestrictedPlan } from './plan.ts'
import type { StudySource } from './read-study-yaml.ts'
import type { Faults } from './study-invalid.ts'
import type { StudyFile } from './study-schema.ts'

/** Every arm has one code and one meaning; nothing restricted speaks of an arm that is not there. */
export function checkArms(source: StudySource, faults: Faults): void {
  const { arms, restricted } = source.study
  const codes = new Set(arms.map((arm) => arm.code))
  if (codes.size < arms.length) faults.add(source.file, source.lineOf(['arms']), 'arm codes must be unique')
  for (const code of codes)
    if (!Object.hasOwn(restricted.arms, code))
      faults.add(source.file, source.lineOf(['restricted', 'arms']), `say what arm ${code} is`)
  for (const member of ['arms', 'packs'] as const)
    for (const code of Object.keys(restricted[member] ?? {}))
      if (!codes.has(code))
        faults.add(
          source.file,
          source.lineOf(['restricted', member, code]),
          `${code} is not an arm of the study`,
        )
}

/** The arm each pack was made for; a pack belongs to one arm. */
export function packsByArm(source: StudySource, faults: Faults): Map<string, string> {
  const armOfPack = new Map<string, string>()
  for (const [arm, packs] of Object.entries(source.study.restricted.packs ?? {}))
    packs.forEach((pack, index) => {
      if (armOfPack.has(pack))
        faults.add(
          source.file,
          source.lineOf(['restricted', 'packs', arm, index]),
          `pack ${pack} is listed twice`,
        )
      armOfPack.set(pack, arm)
    })
  return armOfPack
}

/** What each arm code means. */
export function armsOf(study: StudyFile): RestrictedPlan['arms'] {
  return new Map(Object.entries(study.restricted.arms))
}
