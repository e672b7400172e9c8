// Words of the screens that are not needed every day, in English; they say which words there are. See en.ts.
import { pluralIn } from './plural.ts'

const plural = pluralIn('en')

export default {
  installTitle: 'Put the diary on your phone',
  installWhy: 'Then it opens like any other app, works without internet and can remind you.',
  installIosShare: 'Tap the Share button of your browser.',
  installIosAdd: 'Choose “Add to Home Screen”, then “Add”.',
  installOpen: 'Open the diary from your home screen.',
  installMenu: 'Open the menu of your browser.',
  installMenuAdd: 'Choose “Install app” or “Add to Home screen”.',
  installCode: 'You will need your code there:',
  installNow: 'Install',
  installSkip: 'Continue in the browser',

  activateTitle: 'Enter your code',
  activateText: 'Your study team gave you a code of 10 letters and numbers.',
  codeLabel: 'Your code',
  scan: 'Scan the QR code',
  codeShort: 'The code has 10 letters and numbers.',
  codeTypo: 'One letter or number is not right. Please look at the code again.',
  codeRefused:
    'This code does not work. It may be too old, or used already. Please ask your study team for a new one.',
  codeTooMany: (minutes: number) =>
    plural(minutes, {
      one: 'There were too many tries. Please wait # minute.',
      other: 'There were too many tries. Please wait # minutes.',
    }),
  codeOffline: 'There is no internet. It is needed once, to begin.',
  unsentTitle: 'Your other phone has answers',
  unsentText: (count: number) =>
    plural(count, {
      one: '# form on your other phone has not been sent yet. Please open the diary there, with internet.',
      other:
        '# forms on your other phone have not been sent yet. Please open the diary there, with internet.',
    }),
  unsentLast: (when: string) => `We last heard from it ${when}.`,
  unsentLater: 'The other phone can still send them later.',
  unsentGoOn: 'I cannot use the other phone',
  scanText: 'Hold the QR code in front of the camera.',
  scanNoCamera: 'The camera cannot be used. Please type the code.',

  pinTitle: 'Choose a PIN',
  pinText: 'With a PIN, nobody else can read your answers on this phone.',
  pinHint: 'At least 4 numbers',
  pinShort: 'Please use at least 4 numbers.',
  pinSet: 'Set PIN',
  pinSkip: 'Continue without a PIN',
  pinFailed: 'The PIN could not be saved.',

  remindTitle: 'Reminders',
  remindText: 'The diary can remind you. A reminder never tells anything about your health.',
  remindAllow: 'Allow reminders',
  remindOn: 'Reminders are on.',
  remindDenied: 'Your phone blocks reminders. You can allow them in the settings of your phone.',
  remindUnsupported: 'Reminders only work once the diary is on your home screen.',
  remindFailed: 'Reminders could not be turned on. You can try again in Settings.',
  notNow: 'Not now',

  practiceTitle: 'Would you like to practise?',
  practiceText: 'It takes one minute. Nothing you enter is kept or sent.',
  practiceStart: 'Practise',

  earlierMonth: 'Earlier month',
  laterMonth: 'Later month',
  partly: 'Partly filled in',
  open: 'Open',
  planned: 'Planned',
  nothingDue: 'Nothing planned',

  language: 'Language',
  textSize: 'Text size',
  smaller: 'Smaller text',
  larger: 'Larger text',
  colours: 'Colours',
  asPhone: 'Like the phone',
  light: 'Light',
  dark: 'Dark',
  remindersOnOff: 'Remind me',
  quiet: 'Quiet hours',
  from: 'From',
  until: 'Until',
  pinChange: 'Change PIN',
  pinRemove: 'Remove PIN',
  practiseAgain: 'Practise again',
  onThisPhone: 'What is on this phone',
  about: 'About',
  study: 'Study',
  version: 'Version',
  nothingWaiting: 'Nothing is waiting here. Everything has been sent.',
  keptHere: 'It stays here. Your study team is told about it.',
  sendNow: 'Try to send now',

  withdrawnTitle: 'You have left the study',
  completedTitle: 'Your diary is finished',
  overText: 'Thank you for taking part. There is nothing more to fill in.',
  replacedTitle: 'You use another phone now',
  replacedText: 'Please keep your diary on the other phone.',
  refusedTitle: 'This phone needs a new code',
  refusedText: 'Please ask your study team. What you have filled in stays here.',
  stillHere: (count: number) =>
    plural(count, {
      one: '# form is still here. Please keep the app until it is sent.',
      other: '# forms are still here. Please keep the app until they are sent.',
    }),
  nothingLeft: 'Everything has been sent. You can remove the app.',

  clinicTitle: 'A form at the clinic',
  clinicText: 'For staff: enter the code, then hand over the tablet.',
  clinicHand: 'Please hand the tablet to the patient.',
  clinicReady: 'I am the patient. Start',
  clinicThanks: 'Please hand the tablet back.',
  clinicKeep: 'Please keep the tablet on until your answers are sent.',
  clinicGone: 'Nothing of yours is left on this tablet.',
  clinicNext: 'Next patient',
}
