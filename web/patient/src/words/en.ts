// The app's own words in English, which also says which words there are. Written to be read at the age of ten: short
// sentences, the same word for the same thing, no blame, no praise.
import { pluralIn } from './plural.ts'

const plural = pluralIn('en')
const forms = (count: number): string => plural(count, { one: '# form', other: '# forms' })

export default {
  appName: 'Study diary',
  back: 'Back',
  close: 'Close',
  next: 'Next',
  tryAgain: 'Try again',
  loading: 'One moment, please',
  settings: 'Settings',

  languageTitle: 'Choose your language',

  codeBusy: 'That did not work just now. Please try again in a minute.',
  pinLabel: 'PIN',
  pinShow: 'Show PIN',
  toToday: 'Go to Today',

  today: 'Today',
  now: 'Now',
  later: 'Later',
  done: 'Done',
  missed: 'Missed',
  start: 'Start',
  goOn: 'Continue',
  openUntil: (when: string) => `Open until ${when}`,
  finishUntil: (when: string) => `You can finish it until ${when}`,
  opens: (when: string) => `Opens ${when}`,
  filledIn: 'Filled in',
  filledInAt: (when: string) => `Filled in ${when}`,
  closed: (when: string) => `Closed ${when}, not filled in`,
  notNeeded: 'Not needed on this day',
  fillLate: 'Fill in late',
  lateUntil: (when: string) => `Possible until ${when}`,
  midnight: 'midnight',
  events: 'When it happens',
  begun: (when: string) => `Begun ${when}, not finished`,
  nothingNow: 'Nothing to fill in now',
  showEarlier: 'Show earlier ones',
  calendar: 'Calendar',
  nothingYet: 'The diary is being loaded. This needs internet once.',

  saved: 'Saved on this phone',
  sent: 'Sent',
  waiting: 'Waiting for internet',
  forms,

  help: 'Help',
  call: (name: string) => `Call ${name}`,
  emergency: 'In an emergency',
  helpAsk: 'Please ask your study team. They are glad to help.',
  yourNumber: 'Your number in the study',

  clockTitle: 'Please check the time of your phone',
  clockText: (time: string) => `It should be ${time}. You can set it in the settings of your phone.`,
  draftLost: 'A form you had not finished cannot be opened any more.',
  updateReady: 'A new version of the diary is ready.',
  updateApply: 'Update now',
  storageTitle: 'Your browser may clear your answers',
  storageText: 'Put the diary on your home screen, and do not use a private window.',

  thanks: 'Thank you',
  sentText: 'Your answers have arrived at your study.',
  savedText: 'Your answers are safe here. They are sent as soon as there is internet.',
  nextTitle: 'Next',
  alreadyTitle: 'Already sent',
  alreadyText: 'These answers are finished. If something is not right, please tell your study team.',

  lockedTitle: 'Enter your PIN',
  unlock: 'Open',
  pinWrong: 'This PIN is not right.',
  pinWait: (seconds: number) =>
    plural(seconds, { one: 'Please wait # second.', other: 'Please wait # seconds.' }),
  forgot: 'I forgot my PIN',
  forgotText:
    'Ask your study team for a new code. Finished forms stay here and are sent. A form you have not finished cannot be opened any more.',
  forgotGo: 'I have a new code',

  errorTitle: 'Something went wrong',
  errorText: 'Your answers are saved on this phone.',
  errorAgain: 'Open again',
  tooOldTitle: 'This browser is too old',
  tooOldText: 'Please use a newer browser or phone, or ask your study team.',
}
