// The version of this Levee, from package.json.
import { readFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** Semantic version (semver.org). */
export const version: string = manifest.version
