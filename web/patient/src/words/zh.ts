// 应用自身的简体中文文字。句子短，用词一致，不责备，不夸奖。
import { pluralIn } from './plural.ts'
import type { Words } from './words.ts'

const plural = pluralIn('zh-CN')
const forms = (count: number): string => plural(count, { other: '# 份问卷' })

export default {
  appName: '研究日记',
  back: '返回',
  close: '关闭',
  next: '下一步',
  tryAgain: '再试一次',
  loading: '请稍候',
  settings: '设置',

  languageTitle: '选择语言',

  codeBusy: '刚才没有成功，请过一分钟再试。',
  pinLabel: 'PIN 码',
  pinShow: '显示 PIN 码',
  toToday: '去“今天”',

  today: '今天',
  now: '现在',
  later: '稍后',
  done: '已完成',
  missed: '错过的',
  start: '开始',
  goOn: '继续',
  openUntil: (when: string) => `${when}前可以填写`,
  finishUntil: (when: string) => `${when}前可以填完`,
  opens: (when: string) => `${when}开放`,
  filledIn: '已填写',
  filledInAt: (when: string) => `${when}已填写`,
  closed: (when: string) => `${when}已关闭，没有填写`,
  notNeeded: '这一天不需要填写',
  fillLate: '补填',
  lateUntil: (when: string) => `${when}前可以补填`,
  midnight: '午夜 12 点',
  events: '发生时填写',
  begun: (when: string) => `${when}开始，还没有填完`,
  nothingNow: '现在没有需要填写的内容',
  showEarlier: '显示更早的',
  calendar: '日历',
  nothingYet: '正在载入日记，需要联网一次。',

  saved: '已保存在手机上',
  sent: '已发送',
  waiting: '等待网络',
  forms,

  help: '帮助',
  call: (name: string) => `致电${name}`,
  emergency: '紧急情况',
  helpAsk: '请询问您的研究团队，他们很乐意帮助您。',
  yourNumber: '您的研究编号',

  clockTitle: '请检查手机的时间',
  clockText: (time: string) => `现在应该是 ${time}。您可以在手机设置中修改。`,
  draftLost: '有一份没有填完的问卷无法再打开。',
  updateReady: '日记有新版本。',
  updateApply: '现在更新',
  storageTitle: '浏览器可能会清除您的答案',
  storageText: '请把日记放到手机桌面，不要使用无痕窗口。',

  thanks: '谢谢您',
  sentText: '您的答案已送达研究中心。',
  savedText: '您的答案已妥善保存，有网络时会立即发送。',
  nextTitle: '下一次',
  alreadyTitle: '已经发送',
  alreadyText: '这些答案已经完成。如果有不对的地方，请告诉研究团队。',

  lockedTitle: '输入 PIN 码',
  unlock: '打开',
  pinWrong: 'PIN 码不对。',
  pinWait: (seconds: number) => plural(seconds, { other: '请等 # 秒。' }),
  forgot: '我忘了 PIN 码',
  forgotText: '请向研究团队要一个新的代码。已完成的问卷会留在这里并发送；没有填完的问卷将无法再打开。',
  forgotGo: '我有新的代码',

  errorTitle: '出了点问题',
  errorText: '您的答案已保存在手机上。',
  errorAgain: '重新打开',
  tooOldTitle: '浏览器版本太旧',
  tooOldText: '请使用较新的浏览器或手机，或询问研究团队。',
} satisfies Words
