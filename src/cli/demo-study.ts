// The demo study and its patients, for `levee demo` and `npm start`. Nothing else makes demo data.
import { fileURLToPath } from 'node:url'
import type { NewPatient } from '../records/actions.ts'
import type { StudyPlan } from '../study/plan.ts'
import { readStudyFolder } from './study-folder.ts'

export const demoStudyId = 'MORNING-301'
export const demoFolder = fileURLToPath(new URL('../../studies/morning-301/', import.meta.url))

/** The files of a study folder by their name within it, as the action `publish` takes them. */
export const studyFiles = (folder: string): [name: string, text: string][] => [...readStudyFolder(folder)]

/** `P-00001` and so on. */
export const demoPatientId = (n: number): string => `P-${String(n).padStart(5, '0')}`

/**
 * Demo patients 1 to `count`: sites in turn, arms in shuffled blocks of four within a site (so that no id
 * tells the arm), enrolled 100 to 90 days before `today`, Chinese sites in Chinese.
 */
export function demoPatients(
  plan: Pick<StudyPlan, 'sites' | 'arms'>,
  count: number,
  today: Temporal.PlainDate,
): NewPatient[] {
  const arms = plan.arms.map((a) => a.code)
  const random = seeded(301)
  const blocks = new Map<string, string[]>()
  return Array.from({ length: count }, (_, i) => {
    const site = plan.sites[i % plan.sites.length]!
    let block = blocks.get(site.id)
    if (block === undefined || block.length === 0) {
      block = shuffled([...arms, ...arms], random)
      blocks.set(site.id, block)
    }
    return {
      patientId: demoPatientId(i + 1),
      siteId: site.id,
      arm: block.pop()!,
      zone: site.zone,
      language: site.zone === 'Asia/Shanghai' ? 'zh-CN' : 'en',
      enrolledOn: today.subtract({ days: 90 + (i % 11) }).toString(),
    }
  })
}

/** Mulberry32: a small generator with a seed, so that every demo is the same. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function shuffled<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[items[i], items[j]] = [items[j]!, items[i]!]
  }
  return items
}
