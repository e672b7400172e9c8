// The language of the form's own texts, for everything inside it, and app words inside a text of another language.
import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { localeFor } from '../screens/when.ts'
import { language } from '../words/words.ts'
import { directionOf } from './form-language.ts'

const FormLanguage = createContext('en')

/** BCP 47 tag by which dates, times and numbers of the form are written: its language, as the phone's own region has it. */
export const useFormLanguage = (): string => localeFor(useContext(FormLanguage), navigator.languages)

/** The form's part of a screen, with the language and direction of its texts (U12). */
export function FormContent(props: { readonly language: string; readonly children: ComponentChildren }) {
  return (
    <FormLanguage.Provider value={props.language}>
      <div class="f-content" lang={props.language} dir={directionOf(props.language)}>
        {props.children}
      </div>
    </FormLanguage.Provider>
  )
}

/** The app's own words inside the form's texts, marked where their languages differ. */
export function Own({ children }: { readonly children: ComponentChildren }) {
  const form = useContext(FormLanguage)
  const own = language()
  if (own.tag.split('-')[0] === form.toLowerCase().split('-')[0]) return <>{children}</>
  return (
    <span lang={own.tag} dir={own.dir}>
      {children}
    </span>
  )
}
