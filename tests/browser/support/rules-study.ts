// A study that shows every kind of question, card and message the app has, in the app's three languages, for the tests
// of the patient rules U1–U22. Forms: `diary` (each day, with a medicine), `all` (every widget), `short` (three
// questions). Nothing in it means anything.

type Texts = readonly [en: string, zh: string, ar: string]
type Element = Record<string, unknown>

const fhir = 'http://hl7.org/fhir/StructureDefinition'
const skippable: Element = {
  url: 'https://levee.example/fhir/StructureDefinition/skippable',
  valueBoolean: true,
}
const exclusive: Element = { url: `${fhir}/questionnaire-optionExclusive`, valueBoolean: true }
const bounds = (min: number, max: number): Element[] => [
  { url: `${fhir}/minValue`, valueInteger: min },
  { url: `${fhir}/maxValue`, valueInteger: max },
]
const control = (code: string): Element => ({
  url: `${fhir}/questionnaire-itemControl`,
  valueCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/questionnaire-item-control', code }] },
})

function translated([, zh, ar]: Texts): Element {
  const one = (lang: string, content: string) => ({
    url: `${fhir}/translation`,
    extension: [
      { url: 'lang', valueCode: lang },
      { url: 'content', valueString: content },
    ],
  })
  return { extension: [one('zh-CN', zh), one('ar', ar)] }
}

const item = (linkId: string, type: string, texts: Texts, more: Element = {}): Element => ({
  linkId,
  type,
  text: texts[0],
  _text: translated(texts),
  ...more,
})
const option = (code: string, texts: Texts, ...extension: Element[]): Element => ({
  valueCoding: { code, display: texts[0], _display: translated(texts) },
  ...(extension.length > 0 && { extension }),
})
const ends = (linkId: string, lower: Texts, upper: Texts): Element[] => [
  item(`${linkId}-lower`, 'display', lower, { extension: [control('lower')] }),
  item(`${linkId}-upper`, 'display', upper, { extension: [control('upper')] }),
]
const form = (id: string, version: string, title: Texts, items: readonly Element[]): string =>
  JSON.stringify({
    resourceType: 'Questionnaire',
    url: `https://levee.example/fhir/Questionnaire/${id}`,
    version,
    title: title[0],
    _title: translated(title),
    language: 'en',
    status: 'active',
    item: items,
  })

const noPain: Texts = ['No pain', '不痛', 'لا ألم']
const worstPain: Texts = ['Pain as bad as you can imagine', '您能想象的最剧烈疼痛', 'أسوأ ألم يمكن تخيله']
const pain = (linkId: string, more: Element = {}) =>
  item(
    linkId,
    'integer',
    [
      'Please rate your worst pain in the last 24 hours.',
      '请为过去 24 小时内最严重的疼痛打分。',
      'يرجى تقييم أسوأ ألم شعرت به خلال الـ 24 ساعة الماضية.',
    ],
    { required: true, extension: bounds(0, 10), item: ends(linkId, noPain, worstPain), ...more },
  )

const diary: readonly Element[] = [
  pain('pain'),
  item(
    'dose',
    'boolean',
    ['Did you take your study medicine today?', '您今天服用研究药物了吗？', 'هل تناولت دواء الدراسة اليوم؟'],
    {
      required: true,
    },
  ),
  item('dosetime', 'dateTime', ['When did you take it?', '您何时服用的？', 'متى تناولته؟'], {
    required: true,
    enableWhen: [{ question: 'dose', operator: '=', answerBoolean: true }],
  }),
  item('dosewhy', 'choice', ['Why was it not taken?', '为什么没有服用？', 'لماذا لم تتناوله؟'], {
    required: true,
    enableWhen: [{ question: 'dose', operator: '=', answerBoolean: false }],
    answerOption: [
      option('forgot', ['I forgot it', '忘记了', 'نسيته']),
      option('felt-ill', ['I felt too ill', '身体太不适', 'شعرت بتوعك شديد']),
    ],
  }),
  item('tired', 'boolean', ['Were you very tired today?', '您今天非常疲倦吗？', 'هل كنت متعبًا جدًا اليوم؟'], {
    required: true,
    extension: [skippable],
  }),
  item('rest', 'boolean', ['Did rest help?', '休息有帮助吗？', 'هل ساعدتك الراحة؟'], {
    required: true,
    enableWhen: [{ question: 'tired', operator: '=', answerBoolean: true }],
  }),
]

const lastWeek: Texts = ['Over the last 7 days:', '在过去 7 天里：', 'خلال الأيام السبعة الماضية:']
const inWeek: readonly Element[] = [
  item('slept', 'boolean', ['Did you sleep well?', '您睡得好吗？', 'هل نمت جيدًا؟'], {
    required: true,
    extension: [skippable],
  }),
  item('mood', 'choice', ['How did you feel?', '您感觉如何？', 'كيف شعرت؟'], {
    required: true,
    answerOption: [
      option('well', ['Well', '好', 'بخير']),
      option('so-so', ['So-so', '一般', 'لا بأس']),
      option('despair', ['I cannot go on', '我撑不下去了', 'لا أستطيع الاستمرار']),
    ],
  }),
]
const short: readonly Element[] = [pain('ache'), item('week', 'group', lastWeek, { item: inWeek })]

const symptoms: readonly (readonly [string, Texts])[] = [
  ['nausea', ['Feeling sick', '恶心', 'غثيان']],
  ['headache', ['Headache', '头痛', 'صداع']],
  ['dizzy', ['Dizziness', '头晕', 'دوخة']],
]
const places: readonly Texts[] = [
  ['Head', '头', 'الرأس'],
  ['Neck', '颈', 'الرقبة'],
  ['Shoulder', '肩', 'الكتف'],
  ['Upper arm', '上臂', 'أعلى الذراع'],
  ['Elbow', '肘', 'المرفق'],
  ['Hand', '手', 'اليد'],
  ['Chest', '胸', 'الصدر'],
  ['Belly', '腹', 'البطن'],
  ['Upper back', '上背', 'أعلى الظهر'],
  ['Lower back', '下背', 'أسفل الظهر'],
  ['Hip', '髋', 'الورك'],
  ['Knee', '膝', 'الركبة'],
  ['Foot', '脚', 'القدم'],
]

const all: readonly Element[] = [
  item('read', 'display', [
    'Please answer for today. There are no right or wrong answers.',
    '请按今天的情况作答。答案没有对错。',
    'يرجى الإجابة عن يومك. لا توجد إجابات صحيحة أو خاطئة.',
  ]),
  item(
    'line',
    'integer',
    [
      'How well do you feel now? Please mark the line.',
      '您现在感觉怎样？请在线上标出。',
      'كيف تشعر الآن؟ يرجى وضع علامة على الخط.',
    ],
    {
      required: true,
      extension: [...bounds(0, 100), control('slider')],
      item: ends(
        'line',
        ['Worst I can imagine', '能想象的最差', 'أسوأ ما يمكن تخيله'],
        ['Best I can imagine', '能想象的最好', 'أفضل ما يمكن تخيله'],
      ),
    },
  ),
  item('felt', 'open-choice', ['What did you feel today?', '您今天有哪些感觉？', 'بماذا شعرت اليوم؟'], {
    repeats: true,
    required: true,
    answerOption: [
      ...symptoms.map(([code, texts]) => option(code, texts)),
      option('none', ['None of these', '以上都没有', 'لا شيء مما سبق'], exclusive),
    ],
  }),
  item('weight', 'decimal', ['What is your weight?', '您的体重是多少？', 'كم وزنك؟'], {
    required: true,
    extension: [
      { url: `${fhir}/minValue`, valueDecimal: 20 },
      { url: `${fhir}/maxValue`, valueDecimal: 300 },
      { url: `${fhir}/maxDecimalPlaces`, valueInteger: 1 },
      {
        url: `${fhir}/questionnaire-unit`,
        valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg', display: 'kg' },
      },
    ],
  }),
  item(
    'since',
    'date',
    ['Since which day have you had this?', '从哪一天开始的？', 'منذ أي يوم تعاني من ذلك؟'],
    { required: true },
  ),
  item('woke', 'time', ['When did you wake up?', '您几点醒来？', 'متى استيقظت؟'], { required: true }),
  item(
    'began',
    'dateTime',
    ['When did the last attack begin?', '上次发作何时开始？', 'متى بدأت النوبة الأخيرة؟'],
    {
      extension: [skippable],
      required: true,
    },
  ),
  item('where', 'choice', ['Where does it hurt most?', '哪里最痛？', 'أين تشعر بأشد الألم؟'], {
    required: true,
    answerOption: places.map((texts) => option(texts[0].toLowerCase().replace(' ', '-'), texts)),
  }),
  item('word', 'string', ['One word for your day?', '用一个词形容今天？', 'كلمة واحدة تصف يومك؟'], {
    maxLength: 20,
    required: true,
  }),
  item(
    'drugs',
    'group',
    ['Other medicines you took today', '您今天服用的其他药物', 'الأدوية الأخرى التي تناولتها اليوم'],
    {
      repeats: true,
      item: [
        item('drug', 'string', ['Which medicine?', '哪种药？', 'أي دواء؟'], {
          required: true,
          maxLength: 60,
        }),
        item('amount', 'integer', ['How many tablets?', '几片？', 'كم قرصًا؟'], {
          required: true,
          extension: bounds(1, 20),
        }),
      ],
    },
  ),
  item(
    'note',
    'text',
    ['Is there anything else you want to tell?', '您还有其他想说的吗？', 'هل هناك شيء آخر تود إخبارنا به؟'],
    { maxLength: 200 },
  ),
]

const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72" width="72" height="72"><rect x="6" y="16" width="60" height="40" rx="6" fill="#dfe7ea" stroke="#44606b" stroke-width="3"/><circle cx="24" cy="36" r="8" fill="#fff" stroke="#44606b"/><circle cx="48" cy="36" r="8" fill="#fff" stroke="#44606b"/></svg>`

/** What may differ between the studies of one test file. */
export type RulesStudy = {
  readonly id: string
  readonly version?: string
  /** Version of the forms; another one asks one question more. */
  readonly formVersion?: string
  /** Somebody may answer for the patient. */
  readonly proxy?: boolean
  /** Window of the diary, local wall-clock times; standard the whole day. */
  readonly window?: readonly [opens: string, closes: string]
}

/** The files of the study, as the action `publish` takes them. */
export function rulesFiles(wanted: RulesStudy): [name: string, text: string][] {
  const { formVersion = '1' } = wanted
  const more =
    formVersion === '1'
      ? []
      : [item('extra', 'boolean', ['A new question?', '新问题？', 'سؤال جديد؟'], { required: true })]
  return [
    ['study.yaml', studyYaml(wanted)],
    [
      'forms/diary.json',
      form('diary', formVersion, ['Daily diary', '每日日记', 'اليوميات'], [...diary, ...more]),
    ],
    [
      'forms/all.json',
      form('all', formVersion, ['Every kind of question', '各类问题', 'كل أنواع الأسئلة'], [...all, ...more]),
    ],
    [
      'forms/short.json',
      form('short', formVersion, ['Short form', '简短问卷', 'استمارة قصيرة'], [...short, ...more]),
    ],
    ['pictures/pack.svg', picture],
  ]
}

function studyYaml({
  id,
  version = '1',
  proxy = false,
  window: [opens, closes] = ['00:00', '24:00'],
}: RulesStudy): string {
  return `id: ${id}
version: "${version}"
title: { en: A study of everything, zh: 样样俱全的研究, ar: دراسة كل شيء }
languages: [en, zh, ar]
clock-tolerance-minutes: 5
sites:
  - { id: "1", name: { en: Riverside Clinic, zh: 河滨诊所, ar: عيادة ضفة النهر }, zone: Europe/Berlin, phone: "+49 30 5550 1200" }
arms: [{ code: A }, { code: B }]
patient-app:
  help: { en: "In an emergency call 112.", zh: 紧急情况请拨打 112。, ar: "في حالة الطوارئ اتصل بالرقم 112." }
  proxy: ${proxy}
forms:
  - file: forms/diary.json
    schedule: { every: day, window: { opens: "${opens}", closes: "${closes}" }, justify-after-days: 1, locks-after-days: 3, reminder: "09:00" }
  - { file: forms/all.json, schedule: { every: event } }
  - { file: forms/short.json, schedule: { every: event } }
dose:
  id: medicine
  version: "1"
  title: { en: Study medicine, zh: 研究药物, ar: دواء الدراسة }
  picture: pictures/pack.svg
  form: diary
  taken-item: dose
  time-item: dosetime
  doses-per-day: 1
  window: { opens: "00:00", closes: "23:59" }
checks:
  - id: heavy
    version: "1"
    form: all
    item: weight
    when: answers.weight > 200
    text: { en: The weight is unusual., zh: 体重不寻常。, ar: الوزن غير معتاد. }
    prompt: { en: "You entered more than 200 kg. Is that right?", zh: 您填写的体重超过 200 公斤。是否正确？, ar: "أدخلت أكثر من 200 كغ. هل هذا صحيح؟" }
alerts:
  - id: crisis
    version: "1"
    form: short
    item: mood
    when: answers.mood == "despair"
    severity: high
    audience: [site-nurse]
    acknowledge-within-hours: 24
    text: { en: Please call the patient today., zh: 请今天致电患者。, ar: يرجى الاتصال بالمريض اليوم. }
    patient-message: { en: "Thank you for telling us. You are not alone. Please call your site now.", zh: 感谢您告诉我们。您并不孤单。请立即致电研究中心。, ar: "شكرًا لإخبارنا. لست وحدك. يرجى الاتصال بمركزك الآن." }
restricted:
  arms:
    A: { role: treatment, text: { en: Drug, zh: 药, ar: دواء } }
    B: { role: control, text: { en: Placebo, zh: 安慰剂, ar: دواء وهمي } }
`
}
