// Which of our languages a caller reads best (RFC 9110 §12.5.4).
import type { Language } from '../system/problem.ts'

const known = new Map<string, Language>()

/** The language for an Accept-Language header; English unless Chinese is wanted more. */
export function languageOf(header: string | undefined): Language {
  if (header === undefined) return 'en'
  let language = known.get(header)
  if (language === undefined) {
    language = prefer(header)
    if (known.size >= 1024) known.clear()
    known.set(header, language)
  }
  return language
}

function prefer(header: string): Language {
  const weights: Record<Language, number> = { en: 0, zh: 0 }
  for (const part of header.split(',').slice(0, 20)) {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
    const q = parameters
      .map((p) => /^\s*q=([01](?:\.\d{1,3})?)\s*$/.exec(p)?.[1])
      .find((v) => v !== undefined)
    const primary = tag.split('-')[0]
    if (primary === 'en' || primary === 'zh') weights[primary] = Math.max(weights[primary], Number(q ?? 1))
  }
  return weights.zh > weights.en ? 'zh' : 'en'
}
