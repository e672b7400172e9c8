// In which language a form is shown: the app's where the study has it, else the patient's, else the study's first.

/** The study's tag that fits; by the whole tag first, then by its first subtag. Null where the study has no language. */
export function formLanguage(wanted: string, patient: string, offered: readonly string[]): string | null {
  for (const tag of [wanted, patient]) {
    const exact = offered.find((one) => one.toLowerCase() === tag.toLowerCase())
    const near = offered.find((one) => firstOf(one) === firstOf(tag))
    if (exact !== undefined || near !== undefined) return exact ?? near ?? null
  }
  return offered[0] ?? null
}

/** The side from which a language is written. */
export function directionOf(tag: string): 'ltr' | 'rtl' {
  return ['ar', 'fa', 'he', 'ur', 'ps', 'sd', 'ug', 'yi', 'dv', 'ckb'].includes(firstOf(tag)) ? 'rtl' : 'ltr'
}

const firstOf = (tag: string): string => tag.toLowerCase().split('-')[0]!
