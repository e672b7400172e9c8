// What a reminder says: that there is something to do, and nothing else. No study, no form, no word of health, because
// whoever stands beside the patient reads it too (U20).

/** Title and body of a notification; the body alone is the text of an SMS, with the link. */
export type ReminderWords = { readonly title: string; readonly body: string; readonly open: string }

const words: Readonly<Record<'en' | 'zh' | 'ar', ReminderWords>> = {
  en: {
    title: 'Reminder',
    body: 'You have something to do in your study app.',
    open: 'Open the app:',
  },
  zh: { title: '提醒', body: '您的研究应用中有一项待办事项。', open: '打开应用：' },
  ar: { title: 'تذكير', body: 'لديك مهمة في تطبيق الدراسة.', open: 'افتح التطبيق:' },
}

/** In the language of a BCP 47 tag, English where it has no words. */
export function reminderWords(language: string): ReminderWords {
  const primary = language.slice(0, 2).toLowerCase()
  return words[primary as keyof typeof words] ?? words.en
}
