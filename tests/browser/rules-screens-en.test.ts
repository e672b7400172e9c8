// Every screen of the app in English, at every size: see support/screens.ts.
import { screensIn } from './support/screens.ts'

screensIn({ tag: 'en', locale: 'en-GB' })
