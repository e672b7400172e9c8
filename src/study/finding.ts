// Findings: what looks wrong with data that was accepted. A closed list; codes are never reused.
// A finding names items and rules, never what a patient answered, because it is shown, exported and logged.
import { type ProductText, type Text, textIn } from './text.ts'

/** Every code with its words. */
export const findingTexts = {
  'item-unknown': {
    en: 'The form has no such item; kept in the source only.',
    zh: '表单中没有该条目；仅保留在源数据中。',
  },
  'wrong-type': { en: 'The answer is not of the type the item asks for.', zh: '答案类型与条目要求不符。' },
  'out-of-range': { en: 'The number is outside the allowed range.', zh: '数值超出允许范围。' },
  'too-many-decimals': {
    en: 'The number has more decimal places than allowed.',
    zh: '数值的小数位数超出限制。',
  },
  'too-long': { en: 'The text is longer than allowed.', zh: '文本长度超出限制。' },
  'too-short': { en: 'The text is shorter than allowed.', zh: '文本长度小于限制。' },
  'pattern-mismatch': {
    en: 'The text does not have the form that is asked for.',
    zh: '文本不符合要求的格式。',
  },
  'choice-unknown': { en: 'The answer is not one of the choices.', zh: '答案不在选项之列。' },
  'required-missing': { en: 'A required item has no answer.', zh: '必答条目没有答案。' },
  'skip-not-allowed': { en: 'The item may not be skipped.', zh: '该条目不允许跳过。' },
  'skip-reason-unknown': { en: 'The reason for skipping is not a known code.', zh: '跳过原因不是已知编码。' },
  'hidden-answered': {
    en: 'The item was answered although the other answers hide it; kept in the source only.',
    zh: '根据其他答案该条目应隐藏，但仍有答案；仅保留在源数据中。',
  },
  'too-many-answers': {
    en: 'The item takes one answer (or fewer than were given).',
    zh: '答案数量超出该条目的允许数量。',
  },
  'too-few-answers': { en: 'There are fewer answers than asked for.', zh: '答案数量少于要求。' },
  'choice-excludes': {
    en: 'A choice that excludes all others stands beside another.',
    zh: '互斥选项与其他选项同时出现。',
  },
  early: { en: 'Completed before the window opened.', zh: '在时间窗开放之前完成。' },
  late: { en: 'Completed after the window closed.', zh: '在时间窗关闭之后完成。' },
  'locked-window': { en: 'Completed after the occasion was locked.', zh: '在该时段锁定之后完成。' },
  'late-reason-missing': {
    en: 'Completed so late that a reason is asked for; none was given.',
    zh: '完成过晚，需要说明原因；未提供原因。',
  },
  'late-reason-unknown': {
    en: 'The reason for completing late is not a known code.',
    zh: '延迟完成的原因不是已知编码。',
  },
  'not-due': {
    en: 'Nothing was due by the schedule of this patient at that time.',
    zh: '按该患者的日程，此时没有应填写的表单。',
  },
  'before-enrolment': {
    en: 'The occasion lies before the patient was enrolled.',
    zh: '该时段早于患者入组日期。',
  },
  'offset-disagrees': {
    en: 'The UTC offset of the device does not fit its time zone; the offset was followed.',
    zh: '设备的 UTC 偏移与其时区不符；按偏移处理。',
  },
  'times-out-of-order': {
    en: 'Started, completed and sent do not follow one another.',
    zh: '开始、完成与发送时间的先后顺序不符。',
  },
  'time-unreadable': { en: 'An optional time could not be read.', zh: '某个可选时间无法读取。' },
  'duplicate-candidate': {
    en: 'The occasion already has an entry; the site decides which one counts.',
    zh: '该时段已有一条记录；由研究中心确认以哪一条为准。',
  },
  'other-form-version': {
    en: 'The form has another version where and when this was due; it was evaluated by its own version.',
    zh: '该中心当时应使用表单的其他版本；已按所填版本进行评估。',
  },
  'item-misplaced': {
    en: 'The item stands at another place than in the form; its answer was taken.',
    zh: '该条目的位置与表单不同；其答案已采用。',
  },
  'unit-unfit': {
    en: "The number is in another unit than the form's; kept in the source only.",
    zh: '数值的单位与表单不符；仅保留在源数据中。',
  },
  'answered-by-other': {
    en: 'Somebody else than the patient answered.',
    zh: '由患者以外的人作答。',
  },
  'device-replaced': {
    en: 'Completed on a phone after another one had taken its place.',
    zh: '在该手机已被另一部手机取代之后完成。',
  },
  'clock-jump': {
    en: "The device's clock was changed while the form was being filled in.",
    zh: '填写表单期间设备时钟被更改。',
  },
  'prompt-unknown': {
    en: 'The device tells of a prompt that the form does not have; kept in the source only.',
    zh: '设备上报了表单中不存在的提示；仅保留在源数据中。',
  },
  'edit-check': { en: 'Please check this entry.', zh: '请核对此条记录。' },
  'rule-failed': { en: 'A rule of the study could not be evaluated.', zh: '研究的一条规则无法执行。' },
} as const satisfies Record<string, ProductText>

/** Closed list. */
export type FindingCode = keyof typeof findingTexts

/**
 * One finding. `item` is a linkId of the form, or, for `item-unknown`, a name shaped like one; for times it is the
 * submission's member. `rule` names the study's rule; `text` is that rule's own words; `count` sums up repeats.
 */
export type Finding = {
  readonly code: FindingCode
  readonly item?: string
  readonly rule?: string
  readonly count?: number
  readonly text?: Text
  /** The device showed the edit check before the entry was sent, and it still holds. */
  readonly prompted?: boolean
}

/** The finding in words; a rule's own text wins over the general one. */
export function findingText(finding: Finding, language: string): string {
  return textIn(finding.text ?? findingTexts[finding.code], language)
}
