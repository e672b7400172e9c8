// The screens that a diary can be kept without: what is done once, and what is looked up now and then. One chunk with its
// own styles and words, which the service worker keeps as soon as the page is idle; the form, Today, Help and the lock
// are kept before.
import styles from '../style/rest.css?url'

export { practiceForm } from '../../../../src/study/device/practice-form.ts'
export { default as Activation } from './activation.tsx'
export { default as Calendar } from './calendar.tsx'
export { default as Clinic } from './clinic.tsx'
export { default as OverScreen } from './over.tsx'
export { default as Settings } from './settings.tsx'
export { default as Setup } from './setup.tsx'
export { default as SyncDetails } from './sync-details.tsx'

/** The styles of these screens are in the page; also where they could not be had. */
export const dressed = new Promise<unknown>((resolve) => {
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = styles
  link.onload = resolve
  link.onerror = resolve
  document.head.append(link)
})
