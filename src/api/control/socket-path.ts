// The control socket's path as the kernel takes it: an address holds 107 bytes, a data folder may lie deeper.
import { relative } from 'node:path'

/** sun_path of unix(7), without the final zero. */
const longest = 107

/** The path itself or, where that is too long, as seen from the working directory. Throws where both are too long. */
export function socketPath(file: string): string {
  const shortest = [file, relative(process.cwd(), file)].find((path) => Buffer.byteLength(path) <= longest)
  if (shortest === undefined) {
    throw new Error(
      `the path ${file} is longer than the ${longest} bytes a socket may have; give a shorter data folder`,
    )
  }
  return shortest
}
