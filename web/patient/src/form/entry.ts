// What the app shows of forms; a chunk of its own, fetched with the first form.
export { FormScreen } from './form-screen.tsx'
export { PracticeScreen } from './practice-screen.tsx'
