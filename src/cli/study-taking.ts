// The flags that say which sites take a version and from when on; `study publish` and `study adopt` share them.
import type { Command } from 'commander'
import type { Taken, Taking } from '../records/study-actions.ts'
import { WronglyCalled } from './failures.ts'

/** The flags as commander hands them. */
export type TakingFlags = {
  readonly from?: string
  readonly site?: readonly string[]
  readonly allSites?: true
  readonly retroactive?: true
}

/** Adds --from, --site, --all-sites and --retroactive. */
export const addTakingFlags = (command: Command): Command =>
  command
    .option('--from <date>', 'for what is due from this date on, by the calendar of each site')
    .option('--site <id...>', 'the sites that take it')
    .option('--all-sites', 'every site of the version takes it')
    .option('--retroactive', 'also where entries due from that date on were applied already')

/** What the flags say; undefined where they say nothing. Throws WronglyCalled where a part is missing. */
export function takingOf({ from, site, allSites, retroactive }: TakingFlags): Taking | undefined {
  if (from === undefined && site === undefined && allSites === undefined) return undefined
  if (from === undefined)
    throw new WronglyCalled('--from is missing: the date from which on the version holds, such as 2026-12-01')
  if (site !== undefined && allSites === true)
    throw new WronglyCalled('--site and --all-sites are both given; give one of them')
  if (site === undefined && allSites === undefined)
    throw new WronglyCalled('say which sites take it, with --site 101 102 or with --all-sites')
  const sites = site ?? 'all'
  return { from, sites, ...(retroactive === true ? { retroactive } : {}) }
}

/** What became of it, in words. */
export function takenText(version: string, { from, sites, unchanged, appliedBefore }: Taken): string {
  const lines = [
    sites.length === 0
      ? 'No site has anything to change.'
      : `${siteWords(sites)} ${sites.length === 1 ? 'takes' : 'take'} version ${version} for what is due from ${from} on; occasions due before keep their version.`,
  ]
  if (unchanged.length > 0 && sites.length > 0) lines.push(`${siteWords(unchanged)} had decided so before.`)
  if (appliedBefore.length > 0)
    lines.push(
      `Entries of ${siteWords(appliedBefore).replace('Site', 'site')} that were applied by another version stay as they are. "levee study recompute" shows what this version would change.`,
    )
  return lines.join('\n')
}

const siteWords = (sites: readonly string[]): string =>
  `${sites.length === 1 ? 'Site' : 'Sites'} ${sites.join(', ')}`
