// Every screen of the app in Arabic, from right to left, at every size: see support/screens.ts.
import { screensIn } from './support/screens.ts'

screensIn({ tag: 'ar', locale: 'ar-EG' })
