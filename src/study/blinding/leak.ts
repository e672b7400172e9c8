// Leaks: places of a study's files that let a blinded role, a patient or a device tell the arms apart (promise P10).
// A leak's words never join an arm's code to its meaning: they are printed, and may reach a log.

/** `error` refuses the study; `warning` asks a person to look; `note` is for the record. */
export type Severity = 'error' | 'warning' | 'note'

type Kind = {
  readonly severity: Severity
  /** Who could learn the arm, and where that person would see it. */
  readonly who: string
  readonly remedy: string
  /** Whether `blinding-allow` may let it pass; what no wording can mend may not. */
  readonly allowable: boolean
}

const everybody = 'patients and all blinded staff'
const staff = 'blinded staff'
const reword = 'use words that say nothing of an arm'

/** Every code with its meaning. Closed list; codes are never reused. */
export const leakKinds = {
  'id-tells': {
    severity: 'error',
    who: `${staff}, statisticians and whoever reads an export or the audit log`,
    remedy: 'choose an id that says nothing of an arm',
    allowable: true,
  },
  'text-tells': { severity: 'error', who: everybody, remedy: reword, allowable: true },
  'may-tell': { severity: 'warning', who: everybody, remedy: `${reword}, or allow it`, allowable: true },
  'file-name-tells': {
    severity: 'error',
    who: `${staff} who see the study's files listed`,
    remedy: 'rename the file',
    allowable: true,
  },
  'arm-code-tells': {
    severity: 'error',
    who: 'everybody who sees a code at all, e.g. in randomisation reports',
    remedy: 'use opaque codes in a row, such as G1 and G2, assigned by chance',
    allowable: true,
  },
  'arm-code-shape': {
    severity: 'warning',
    who: 'everybody who sees the sizes of what holds a code',
    remedy: 'give all codes the same shape, such as G1 and G2',
    allowable: true,
  },
  'arm-code-outside': {
    severity: 'error',
    who: everybody,
    remedy: 'move it under "restricted", or leave the code out',
    allowable: true,
  },
  'pack-numbers-tell': {
    severity: 'error',
    who: 'whoever sees pack numbers: patients, site staff, pharmacists and statisticians',
    remedy: 'have the supply system draw the numbers again, at random over all arms',
    allowable: true,
  },
  'pack-numbers-lean': {
    severity: 'warning',
    who: 'whoever sees many pack numbers',
    remedy: 'check that the numbers were drawn at random over all arms',
    allowable: true,
  },
  'pack-outside': {
    severity: 'error',
    who: everybody,
    remedy: 'name pack numbers under "restricted" alone',
    allowable: true,
  },
  'pack-limits': {
    severity: 'error',
    who: `${staff} who read findings, and patients whose device complains`,
    remedy: 'let the limits of the item take the pack numbers of every arm alike',
    allowable: false,
  },
  'pack-branch': {
    severity: 'error',
    who: everybody,
    remedy: 'let no condition compare with a pack number',
    allowable: false,
  },
  'rule-of-one-arm': {
    severity: 'error',
    who: 'the audience of the rule and all who see alerts, findings or messages',
    remedy: 'move the rule to restricted.deviations',
    allowable: false,
  },
  'drug-code-outside': {
    severity: 'error',
    who: everybody,
    remedy: 'let the patient copy the code as free text; name the codes under "restricted" alone',
    allowable: true,
  },
  'form-for-some-arms': {
    severity: 'error',
    who: 'everybody who sees which forms a patient has',
    remedy: 'give every arm the same forms; only a study with "open-label: true" may differ',
    allowable: false,
  },
  'schedule-by-arm': {
    severity: 'error',
    who: 'everybody who sees when something is due',
    remedy: 'let the same be due at the same times in every arm',
    allowable: false,
  },
  'size-by-arm': {
    severity: 'error',
    who: 'whoever sees how much a device loads or sends',
    remedy: 'give every arm the same forms',
    allowable: false,
  },
  'columns-by-arm': {
    severity: 'error',
    who: 'whoever reads an export: columns filled for one arm only',
    remedy: 'let every arm answer the same items',
    allowable: false,
  },
  'answer-by-arm': {
    severity: 'error',
    who: 'whoever sees findings, or how the server answers',
    remedy: 'give every arm the same forms',
    allowable: false,
  },
  'alert-by-arm': {
    severity: 'error',
    who: 'the audience of the rule',
    remedy: 'move the rule to restricted.deviations',
    allowable: false,
  },
  'dose-by-arm': {
    severity: 'error',
    who: 'patients, and whoever sees reminders, doses due or adherence',
    remedy: 'prescribe the same times and number of doses in every arm (double dummy)',
    allowable: false,
  },
  'amount-by-arm': {
    severity: 'warning',
    who: 'whoever sees the amount taken beside the adherence to it',
    remedy: 'count in units that are the same in every arm, e.g. capsules',
    allowable: true,
  },
  'audience-blinded': {
    severity: 'error',
    who: 'the blinded role that would be told',
    remedy: 'name unblinded roles only under "restricted"',
    allowable: false,
  },
  'roles-none-blinded': {
    severity: 'error',
    who: 'every role',
    remedy: 'say which roles are blinded, or "open-label: true"',
    allowable: false,
  },
  'restricted-repeated': {
    severity: 'error',
    who: everybody,
    remedy: 'leave under "restricted" alone what stands there',
    allowable: false,
  },
  'allow-unused': {
    severity: 'warning',
    who: 'nobody',
    remedy: 'remove the entry: there is no such leak',
    allowable: false,
  },
  'restricted-file': {
    severity: 'note',
    who: 'whoever can read study.yaml, comments included',
    remedy: 'let only unblinded people read this file; no device and no blinded role is given it',
    allowable: false,
  },
} as const satisfies Record<string, Kind>

/** Closed list. */
export type LeakCode = keyof typeof leakKinds

/** One leak. `where` is a stable name of the place, for `blinding-allow`; `line` counts from 1. */
export type Leak = {
  readonly code: LeakCode
  readonly severity: Severity
  readonly file: string
  readonly line?: number
  readonly where: string
  /** What tells, in words. */
  readonly how: string
  readonly who: string
  readonly remedy: string
  /** The reason why it may stay, where `blinding-allow` names it. */
  readonly allowed?: string
}

/** A place in the study's files. */
export type Place = { readonly file: string; readonly line: number | undefined; readonly where: string }

/** Collects leaks. */
export type Leaks = { add(code: LeakCode, place: Place, how: string): void }

/** A leak of that kind. */
export function leakAt(code: LeakCode, { file, line, where }: Place, how: string): Leak {
  const { severity, who, remedy } = leakKinds[code]
  return { code, severity, file, ...(line === undefined ? {} : { line }), where, how, who, remedy }
}

/** The leak in words without its place: what tells, who could learn it, what to do, how to let it pass. */
export function leakText({ code, severity, where, how, who, remedy, allowed }: Leak): string {
  if (allowed !== undefined) return `[${code}] ${where}: ${how}; allowed: ${allowed}`
  const pass =
    severity === 'note' || !leakKinds[code].allowable
      ? ''
      : ` (if it tells nothing, say why: blinding-allow: [{ where: "${where}", reason: … }])`
  return `[${code}] ${where}: ${how}; could be read by: ${who}; ${remedy}${pass}`
}
