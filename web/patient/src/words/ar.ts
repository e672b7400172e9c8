// كلمات التطبيق بالعربية: جمل قصيرة، بلا لوم ولا مديح.
import { pluralIn } from './plural.ts'
import type { Words } from './words.ts'

const plural = pluralIn('ar')
const counted = (count: number): string =>
  plural(count, {
    zero: 'لا استمارات',
    one: 'استمارة واحدة',
    two: 'استمارتان',
    few: '# استمارات',
    many: '# استمارة',
    other: '# استمارة',
  })

export default {
  appName: 'يوميات الدراسة',
  back: 'رجوع',
  close: 'إغلاق',
  next: 'التالي',
  tryAgain: 'حاول مرة أخرى',
  loading: 'لحظة من فضلك',
  settings: 'الإعدادات',

  languageTitle: 'اختر لغتك',

  codeBusy: 'لم ينجح ذلك الآن. حاول بعد دقيقة.',
  pinLabel: 'الرقم السري',
  pinShow: 'إظهار الرقم السري',
  toToday: 'إلى صفحة اليوم',

  today: 'اليوم',
  now: 'الآن',
  later: 'لاحقًا',
  done: 'تم',
  missed: 'فات وقتها',
  start: 'ابدأ',
  goOn: 'تابع',
  openUntil: (when: string) => `مفتوحة حتى ${when}`,
  finishUntil: (when: string) => `يمكنك إكمالها حتى ${when}`,
  opens: (when: string) => `تُفتح ${when}`,
  filledIn: 'مُلئت',
  filledInAt: (when: string) => `مُلئت ${when}`,
  closed: (when: string) => `أُغلقت ${when} ولم تُملأ`,
  notNeeded: 'غير مطلوبة في هذا اليوم',
  fillLate: 'املأها متأخرًا',
  lateUntil: (when: string) => `ممكن حتى ${when}`,
  midnight: 'منتصف الليل',
  events: 'عند الحدوث',
  begun: (when: string) => `بدأت ${when} ولم تكتمل`,
  nothingNow: 'لا شيء للملء الآن',
  showEarlier: 'عرض الأقدم',
  calendar: 'التقويم',
  nothingYet: 'يجري تحميل اليوميات. يلزم الإنترنت مرة واحدة.',

  saved: 'محفوظ على هذا الهاتف',
  sent: 'أُرسل',
  waiting: 'في انتظار الإنترنت',
  forms: counted,

  help: 'مساعدة',
  call: (name: string) => `اتصل: ${name}`,
  emergency: 'في حالة الطوارئ',
  helpAsk: 'اسأل فريق الدراسة، يسعدهم أن يساعدوك.',
  yourNumber: 'رقمك في الدراسة',

  clockTitle: 'تحقق من الوقت في هاتفك',
  clockText: (time: string) => `يجب أن يكون ${time}. يمكنك تغييره في إعدادات الهاتف.`,
  draftLost: 'توجد استمارة لم تكتمل ولا يمكن فتحها بعد الآن.',
  updateReady: 'هناك إصدار جديد من اليوميات.',
  updateApply: 'حدّث الآن',
  storageTitle: 'قد يمسح المتصفح إجاباتك',
  storageText: 'ضع اليوميات على الشاشة الرئيسية ولا تستخدم نافذة خاصة.',

  thanks: 'شكرًا لك',
  sentText: 'وصلت إجاباتك إلى فريق الدراسة.',
  savedText: 'إجاباتك محفوظة هنا، وتُرسل عندما يتوفر الإنترنت.',
  nextTitle: 'القادم',
  alreadyTitle: 'أُرسلت من قبل',
  alreadyText: 'اكتملت هذه الإجابات. إن كان فيها خطأ فأخبر فريق الدراسة.',

  lockedTitle: 'أدخل رقمك السري',
  unlock: 'فتح',
  pinWrong: 'هذا الرقم السري غير صحيح.',
  pinWait: (seconds: number) =>
    plural(seconds, {
      one: 'انتظر ثانية واحدة.',
      two: 'انتظر ثانيتين.',
      few: 'انتظر # ثوانٍ.',
      other: 'انتظر # ثانية.',
    }),
  forgot: 'نسيت رقمي السري',
  forgotText:
    'اطلب رمزًا جديدًا من فريق الدراسة. تبقى الاستمارات المكتملة هنا وتُرسل. أما التي لم تكتمل فلا يمكن فتحها بعد ذلك.',
  forgotGo: 'لدي رمز جديد',

  errorTitle: 'حدث خطأ ما',
  errorText: 'إجاباتك محفوظة على هذا الهاتف.',
  errorAgain: 'افتح من جديد',
  tooOldTitle: 'هذا المتصفح قديم',
  tooOldText: 'استخدم متصفحًا أو هاتفًا أحدث، أو اسأل فريق الدراسة.',
} satisfies Words
