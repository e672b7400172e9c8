// What a patient reads on the screens of the app, by language: the app's own words, from the app's own files, and the
// title of the morning diary, from the study. So the patients of the morning find things by what is written on them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { demoFolder } from '../../src/cli/demo-study.ts'

const shellKeys = [
  'codeLabel',
  'installSkip',
  'next',
  'notNow',
  'pinSkip',
  'sent',
  'toToday',
  'today',
] as const
const formKeys = ['now', 'pass', 'promptRight', 'send', 'skip', 'understood'] as const
type Key = (typeof shellKeys)[number] | (typeof formKeys)[number]

/** The words that are looked for, and what the language calls itself. */
export type Words = Readonly<Record<Key | 'nothingWaiting' | 'language' | 'diary', string>>
export type Language = 'en' | 'zh'

const words = new URL('../../web/patient/src/words/', import.meta.url)
const names = { en: 'English', zh: '简体中文' }

/** The words of one file. Not by a static import: the app's files are compiled for a browser, with other types. */
const read = async (name: string): Promise<Record<string, unknown>> =>
  ((await import(new URL(name, words).href)) as { default: Record<string, unknown> }).default

/** @throws Error where the app has no such word any more. */
export async function wordsIn(language: Language): Promise<Words> {
  const form = await read(`form-${language}.ts`)
  const shell: Record<string, unknown> = {}
  const isShell = new RegExp(`^(?!form-)(?:.+-)?${language}\\.ts$`)
  for (const name of readdirSync(words).filter((one) => isShell.test(one)))
    Object.assign(shell, await read(name))
  const found: Record<string, string> = { language: names[language], diary: titleIn(language) }
  for (const [from, keys] of [
    [shell, [...shellKeys, 'nothingWaiting']],
    [form, formKeys],
  ] as const) {
    for (const key of keys) {
      const word = from[key]
      if (typeof word !== 'string') throw new Error(`the app has no word ${key} in ${language}`)
      found[key] = word
    }
  }
  return found as Words
}

type Translated = {
  title: string
  _title: { extension: { extension: { url: string; valueString?: string }[] }[] }
}

function titleIn(language: Language): string {
  const form = JSON.parse(readFileSync(join(demoFolder, 'forms', 'daily-diary.json'), 'utf8')) as Translated
  if (language === 'en') return form.title
  const content = form._title.extension[0]?.extension.find(({ url }) => url === 'content')?.valueString
  if (content === undefined) throw new Error('the morning diary has no Chinese title')
  return content
}
