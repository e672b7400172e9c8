// Every screen of the app in Chinese, at every size: see support/screens.ts.
import { screensIn } from './support/screens.ts'

screensIn({ tag: 'zh-CN', locale: 'zh-CN' })
