// The form a patient practises on before the first diary. Its questions are of no interest to anybody, its answers are
// never kept or sent, and it comes with the app, so that it needs no study and no network.
import type { DeviceForm, DeviceItem } from './device-form.ts'

/** The languages that the app itself speaks. */
export type PracticeLanguage = 'en' | 'zh-CN' | 'ar'

type Words = {
  readonly title: string
  readonly intro: string
  readonly sunny: string
  readonly loud: string
  readonly quiet: string
  readonly noisy: string
  readonly drink: string
  readonly drinks: readonly [tea: string, coffee: string, water: string, other: string]
  readonly breakfast: string
}

const words: Readonly<Record<PracticeLanguage, Words>> = {
  en: {
    title: 'Practice',
    intro: 'These four questions are only for practice. Nothing you answer here is kept or sent.',
    sunny: 'Is it sunny outside today?',
    loud: 'How noisy is it around you right now?',
    quiet: 'Very quiet',
    noisy: 'Very noisy',
    drink: 'What do you like to drink most?',
    drinks: ['Tea', 'Coffee', 'Water', 'Something else'],
    breakfast: 'At what time do you usually have breakfast?',
  },
  'zh-CN': {
    title: '练习',
    intro: '以下四个问题仅供练习。您在这里的回答不会保存，也不会发送。',
    sunny: '今天外面是晴天吗？',
    loud: '您现在周围有多吵？',
    quiet: '非常安静',
    noisy: '非常吵',
    drink: '您最喜欢喝什么？',
    drinks: ['茶', '咖啡', '水', '其他'],
    breakfast: '您通常几点吃早餐？',
  },
  ar: {
    title: 'تدريب',
    intro: 'هذه الأسئلة الأربعة للتدريب فقط. لن تُحفظ إجاباتك هنا ولن تُرسل.',
    sunny: 'هل الجو مشمس في الخارج اليوم؟',
    loud: 'ما مدى الضجيج من حولك الآن؟',
    quiet: 'هادئ جدًا',
    noisy: 'صاخب جدًا',
    drink: 'ما المشروب الذي تفضّله؟',
    drinks: ['الشاي', 'القهوة', 'الماء', 'مشروب آخر'],
    breakfast: 'في أي ساعة تتناول الفطور عادةً؟',
  },
}

const drinkCodes = ['tea', 'coffee', 'water', 'other']
const plain = { required: true, skippable: true, repeats: false } as const

/** Four harmless questions: yes or no, a scale, a choice, a time. All may be skipped, so that skipping is practised too. */
export function practiceForm(language: PracticeLanguage): DeviceForm {
  const { title, intro, sunny, loud, quiet, noisy, drink, drinks, breakfast } = words[language]
  const items: readonly DeviceItem[] = [
    { linkId: 'sunny', widget: 'yes-no', kind: 'boolean', text: sunny, ...plain },
    {
      ...{ linkId: 'loud', widget: 'nrs', kind: 'integer', text: loud, ...plain },
      ...{ min: 0, max: 10, lower: quiet, upper: noisy },
    },
    {
      ...{ linkId: 'drink', widget: 'single', kind: 'choice', text: drink, ...plain },
      options: drinks.map((text, index) => ({ code: drinkCodes[index] as string, text })),
    },
    { linkId: 'breakfast', widget: 'time', kind: 'time', text: breakfast, ...plain },
  ]
  return {
    form: 'practice',
    formVersion: '1',
    language,
    title,
    screens: [
      { kind: 'display', linkId: 'intro', text: intro },
      ...items.map((item) => ({ kind: 'question', item }) as const),
    ],
    rules: [],
  }
}
