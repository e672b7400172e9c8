// The app's own words: three files per language, typed by the English ones, loaded when it is spoken; those of the
// screens in rest.ts when one of these is first shown. Words of the study come with its form plans and are not here.
import { type ReadonlySignal, signal } from '@preact/signals'
import type english from './en.ts'
import type { FormWords } from './form-en.ts'
import type restOfEnglish from './rest-en.ts'

/** Texts, or functions where a number or a time is put into one. */
type Texts<English> = {
  readonly [key in keyof English]: English[key] extends (...given: infer Given) => string
    ? (...given: Given) => string
    : string
}

/** The texts of the shell: Today and what leads to forms. */
export type Words = Texts<typeof english>

/** The texts that only the screens of rest.ts have. */
export type RestWords = Texts<typeof restOfEnglish>

/** A language of the app: BCP 47 tag, its own name, and the side its lines start from. */
export type AppLanguage = {
  readonly tag: 'en' | 'zh-CN' | 'ar'
  readonly name: string
  readonly dir: 'ltr' | 'rtl'
}

/** The languages the app speaks, each named in itself. */
export const appLanguages: readonly AppLanguage[] = [
  { tag: 'en', name: 'English', dir: 'ltr' },
  { tag: 'zh-CN', name: '简体中文', dir: 'ltr' },
  { tag: 'ar', name: 'العربية', dir: 'rtl' },
]

type Spoken = {
  readonly language: AppLanguage
  readonly shell: Words
  readonly form: FormWords
  /** The shell's words too; null until they are wanted. */
  readonly rest: (Words & RestWords) | null
}

// Two chunks a language, fetched together: whoever has opened the app once can fill in forms without internet.
const chunks = {
  en: () => Promise.all([import('./en.ts'), import('./form-en.ts')]),
  'zh-CN': () => Promise.all([import('./zh.ts'), import('./form-zh.ts')]),
  ar: () => Promise.all([import('./ar.ts'), import('./form-ar.ts')]),
} satisfies Record<AppLanguage['tag'], () => Promise<[{ default: Words }, { default: FormWords }]>>

const restChunks = {
  en: () => import('./rest-en.ts'),
  'zh-CN': () => import('./rest-zh.ts'),
  ar: () => import('./rest-ar.ts'),
} satisfies Record<AppLanguage['tag'], () => Promise<{ default: RestWords }>>

const spoken = signal<Spoken | null>(null)
let restWanted = false

/** The app's language that fits a BCP 47 tag best, by its first subtag; English where none does. */
export function appLanguageOf(tag: string): AppLanguage {
  const wanted = tag.toLowerCase().split('-')[0]
  return appLanguages.find((language) => language.tag.split('-')[0] === wanted) ?? appLanguages[0]!
}

/**
 * Loads a language and speaks it from now on; sets `lang` and `dir` of the document. Where its chunk cannot be loaded
 * (offline, never fetched), the app keeps the language it has; it throws only where it has none.
 */
export async function speak(tag: string): Promise<void> {
  const language = appLanguageOf(tag)
  if (spoken.peek()?.language.tag === language.tag) return
  try {
    const [shell, form] = await chunks[language.tag]()
    const basic = { language, shell: shell.default, form: form.default, rest: null }
    spoken.value = restWanted ? await withRest(basic) : basic
  } catch (failure) {
    if (spoken.peek() === null) throw failure
    return
  }
  document.documentElement.lang = language.tag === 'zh-CN' ? 'zh-Hans' : language.tag
  document.documentElement.dir = language.dir
}

/** Loads the words of the screens of rest.ts too, from now on for every language. Rejects where they cannot be had. */
export async function speakRest(): Promise<void> {
  restWanted = true
  while (known().rest === null) {
    const before = known()
    const whole = await withRest(before)
    // Another language may have been chosen meanwhile.
    if (known() === before) spoken.value = whole
  }
}

async function withRest(basic: Spoken): Promise<Spoken> {
  const { default: rest } = await restChunks[basic.language.tag]()
  return { ...basic, rest: { ...basic.shell, ...rest } }
}

/** The words of the shell; a component that reads them follows a change of language. */
export function useWords(): Words {
  return known().shell
}

/** The words of the screens of rest.ts, with those of the shell; there once `speakRest` has resolved. */
export function useRestWords(): Words & RestWords {
  const { rest } = known()
  if (rest === null) throw new Error('these words are not loaded')
  return rest
}

/** The words round forms. */
export function useFormWords(): FormWords {
  return known().form
}

/** The language spoken now. */
export function language(): AppLanguage {
  return known().language
}

/** Null until the first language has been loaded. */
export const spokenLanguage: ReadonlySignal<Spoken | null> = spoken

function known(): Spoken {
  if (spoken.value === null) throw new Error('no language is loaded')
  return spoken.value
}
