// The app's own words: one file per language, typed by the English one, loaded when it is spoken. Words of
// forms come with the study's form plans and are not here.
import { type ReadonlySignal, signal } from '@preact/signals'
import type english from './en.ts'
import type { FormWords } from './form-en.ts'

/** Every text of the shell: a text, or a function where a number or a time is put into it. */
export type Words = {
  readonly [key in keyof typeof english]: (typeof english)[key] extends (...given: infer Given) => string
    ? (...given: Given) => string
    : string
}

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

type Spoken = { readonly language: AppLanguage; readonly shell: Words; readonly form: FormWords }

// Two chunks a language, fetched together: whoever has opened the app once can fill in forms without internet.
const chunks = {
  en: () => Promise.all([import('./en.ts'), import('./form-en.ts')]),
  'zh-CN': () => Promise.all([import('./zh.ts'), import('./form-zh.ts')]),
  ar: () => Promise.all([import('./ar.ts'), import('./form-ar.ts')]),
} satisfies Record<AppLanguage['tag'], () => Promise<[{ default: Words }, { default: FormWords }]>>

const spoken = signal<Spoken | null>(null)

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
    spoken.value = { language, shell: shell.default, form: form.default }
  } catch (failure) {
    if (spoken.peek() === null) throw failure
    return
  }
  document.documentElement.lang = language.tag === 'zh-CN' ? 'zh-Hans' : language.tag
  document.documentElement.dir = language.dir
}

/** The words of the shell; a component that reads them follows a change of language. */
export function useWords(): Words {
  return known().shell
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
