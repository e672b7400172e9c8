// What the time machine looks for. An anomaly is something no protocol means; a note is a special day that is as it
// must be and that a study team should know of. Closed lists; codes are never reused.
import type { ProductText } from '../text.ts'

/** Every check with its name, and what finding something means. */
export const anomalyTexts = {
  'window-shorter': {
    en: 'No window is shorter than its wall-clock times say',
    zh: '没有短于钟面时间规定的时间窗',
  },
  'window-longer': {
    en: 'No window is longer than its wall-clock times say',
    zh: '没有长于钟面时间规定的时间窗',
  },
  overlap: { en: 'Windows of one form do not overlap', zh: '同一表单的时间窗不重叠' },
  gap: {
    en: 'Between windows there is no gap that the wall-clock times do not have',
    zh: '时间窗之间没有钟面时间之外的空隙',
  },
  'double-day': { en: 'No occasion is due twice', zh: '没有重复到期的时段' },
  'missing-day': { en: 'No due day is left out', zh: '没有遗漏的到期日' },
  'day-not-due': {
    en: 'Nothing is due on a day that the schedule does not have',
    zh: '计划之外的日期没有到期表单',
  },
  misplaced: {
    en: 'What was completed in a window is placed there, on time',
    zh: '在时间窗内完成的记录归入该时段且为准时',
  },
  'two-occasions': {
    en: 'No entry fits two occasions of its form',
    zh: '没有同时属于同一表单两个时段的记录',
  },
  'lock-before-close': {
    en: 'No occasion is locked before its window closes',
    zh: '没有在关闭之前锁定的时段',
  },
  'reminder-outside': { en: 'Each reminder falls into its window', zh: '每次提醒都在时间窗之内' },
  'reminder-at-night': {
    en: 'No reminder comes between 22:00 and 07:00 where the patient is',
    zh: '患者当地 22:00 至 07:00 之间没有提醒',
  },
  'alert-too-late': {
    en: 'No alert is overdue when it can first be read',
    zh: '没有在首次可见时已经逾期的警报',
  },
  'no-version': {
    en: 'Each due occasion stands in a version of the study that is in force',
    zh: '每个到期时段都属于一个有效的研究版本',
  },
  'two-versions': {
    en: 'No occasion is due under two versions of the study',
    zh: '没有在两个研究版本下同时到期的时段',
  },
  'form-version-missing': {
    en: 'The version in force has the form version asked for',
    zh: '有效版本中包含所要求的表单版本',
  },
  'arms-differ': {
    en: 'The same patient would be asked the same in every arm',
    zh: '同一患者在任何组别中的到期表单都相同',
  },
  'evaluation-failed': {
    en: 'Every entry can be evaluated, and so can every rule of the study',
    zh: '每条记录与每条规则都能执行',
  },
} as const satisfies Record<string, ProductText>
/** Closed list. */
export type AnomalyCode = keyof typeof anomalyTexts

/** Special days and turns, each as it must be. */
export const noteTexts = {
  'short-window': {
    en: 'Clocks go forward: the window is shorter in elapsed time, its wall-clock times are kept',
    zh: '时钟拨快：时间窗实际时长变短，钟面时间不变',
  },
  'long-window': {
    en: 'Clocks go back: the window is longer in elapsed time, its wall-clock times are kept',
    zh: '时钟拨慢：时间窗实际时长变长，钟面时间不变',
  },
  'overlap-at-clock-change': {
    en: 'The repeated hour belongs to both windows; an entry in it is placed by the date the device shows',
    zh: '重复的一小时同属两个时间窗；按设备显示的日期归位',
  },
  'overlap-of-dates': {
    en: 'The dates of two anchors, or of two cycles, put two windows of a form over each other',
    zh: '两个基准日期或两个周期的日期使同一表单的两个时间窗重叠',
  },
  'gap-at-clock-change': {
    en: 'The time between two windows differs by the change of clocks',
    zh: '两个时间窗之间的间隔因时钟调整而变化',
  },
  'travel-unreachable': {
    en: 'The patient travelled through the whole window: not evaluable, not missed',
    zh: '患者在整个时间窗内处于旅途：不可评价，而非漏填',
  },
  'travel-windows': {
    en: 'A trip brings two windows closer together, or apart',
    zh: '旅行使两个时间窗靠近或分开',
  },
  'reminder-abroad': {
    en: 'The window stays at home while the patient travels: the reminder may come at night where the patient is',
    zh: '时间窗按居住地时区：旅行期间提醒可能在患者当地夜间到达',
  },
  'clock-ahead': {
    en: 'The device clock ran ahead by more than the study allows: set aside for a person, as it must be',
    zh: '设备时钟超前过多：按规定留待人工处理',
  },
  'clock-outside-window': {
    en: 'The device clock was wrong, so that by its time the entry lies outside its window: kept and marked',
    zh: '设备时钟有误，按其时间记录落在时间窗之外：保留并标记',
  },
  'after-withdrawal': {
    en: 'Completed after the patient withdrew: set aside for a person, as it must be',
    zh: '在患者退出之后完成：按规定留待人工处理',
  },
  'old-form-version': {
    en: 'A device still showed the form of the version before: accepted and marked',
    zh: '设备仍显示旧版表单：接收并标记',
  },
} as const satisfies Record<string, ProductText>
/** Closed list. */
export type NoteCode = keyof typeof noteTexts

/** One thing seen. Instants are UTC ISO 8601, by what they are; `why` has the numbers in words. */
export type Sighting<Code extends string> = {
  readonly code: Code
  readonly patient: string
  readonly site: string
  readonly form: string
  readonly occasion: string
  readonly zone: string
  readonly instants: { readonly [name: string]: string }
  readonly why: ProductText
}
export type Anomaly = Sighting<AnomalyCode>
export type Note = Sighting<NoteCode>

/** What was seen, alike things together: the first of them in order of patients, and how many there were. */
export type Seen<Code extends string> = { readonly first: Sighting<Code>; count: number }

/** At most so many groups of alike things are told for each code; all are counted. */
export const mostGroups = 400

/** Sightings by code; `groups` by form, occasion and zone, in order of patients. */
export type SightingLog<Code extends string> = {
  readonly counts: Map<Code, number>
  readonly groups: Map<string, Seen<Code>>
  readonly groupsByCode: Map<Code, number>
}

/** An empty log. */
export const sightingLog = <Code extends string>(): SightingLog<Code> => ({
  counts: new Map(),
  groups: new Map(),
  groupsByCode: new Map(),
})

/** Adds `count` sightings alike. */
export function addSighting<Code extends string>(
  log: SightingLog<Code>,
  first: Sighting<Code>,
  count = 1,
): void {
  const { code, form, occasion, zone } = first
  const key = `${code}|${form}|${zone}|${occasion}`
  log.counts.set(code, (log.counts.get(code) ?? 0) + count)
  const known = log.groups.get(key)
  if (known !== undefined) known.count += count
  else {
    const held = log.groupsByCode.get(code) ?? 0
    if (held >= mostGroups) return
    log.groupsByCode.set(code, held + 1)
    log.groups.set(key, { first, count })
  }
}

/** Adds what another log holds, which is about later patients. */
export function mergeSightings<Code extends string>(into: SightingLog<Code>, from: SightingLog<Code>): void {
  const told = new Map<Code, number>()
  for (const { first, count } of from.groups.values()) {
    addSighting(into, first, count)
    told.set(first.code, (told.get(first.code) ?? 0) + count)
  }
  for (const [code, count] of from.counts) {
    const rest = count - (told.get(code) ?? 0)
    if (rest > 0) into.counts.set(code, (into.counts.get(code) ?? 0) + rest)
  }
}

/** Alike things of a form in a zone on several occasions: the first of them, how many occasions, how many times. */
export type Folded<Code extends string> = Seen<Code> & { readonly occasions: number }

/** What was seen, one for each code, form and zone, in the order given. */
export function foldOccasions<Code extends string>(seen: readonly Seen<Code>[]): Folded<Code>[] {
  const alike = Map.groupBy(seen, ({ first: { code, form, zone } }) => `${code}|${form}|${zone}`)
  return [...alike.values()].map((list) => ({
    first: (list[0] as Seen<Code>).first,
    count: list.reduce((sum, { count }) => sum + count, 0),
    occasions: list.length,
  }))
}
