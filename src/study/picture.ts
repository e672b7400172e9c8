// Pictures of a study: SVG files that travel inside a form to the phone, so they are small and can do nothing.

/** Pictures are bytes of every form plan; more than this belongs in no plan of 10 kB. */
const mostCharacters = 4_096
/** What runs or reaches out when the picture is shown anywhere but in an image. */
const active = /<script|<foreignObject|\son[a-z]+\s*=|javascript:|<!ENTITY|(href|src)\s*=\s*["'](?!#)/i

/** The picture's text; null, having complained, where the file is missing, large or no still picture. */
export function pictureOf(
  file: string | undefined,
  files: ReadonlyMap<string, string>,
  complain: (message: string) => void,
): string | null {
  if (file === undefined) return null
  const text = files.get(file)?.trim()
  const fault = faultOf(file, text)
  if (fault === null) return text as string
  complain(fault)
  return null
}

function faultOf(file: string, text: string | undefined): string | null {
  if (text === undefined) return `add the file ${file}, or correct its name`
  if (!file.endsWith('.svg') || !/^<svg\b[\s\S]*<\/svg>$/.test(text))
    return `${file}: give an SVG file that begins with <svg, with no declaration before it`
  if (text.length > mostCharacters)
    return `${file} has ${text.length} characters; a picture has ${mostCharacters} at most, since it is part of every form`
  if (active.test(text)) return `${file}: take out scripts, event handlers and links`
  return null
}
