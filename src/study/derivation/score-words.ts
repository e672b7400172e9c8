// The rule of a score in words, in both languages of the product: its formula, what it does about missing answers,
// how it rounds, and why an input entered as it did or no number came out.
import type { InputState, NoScoreReason, Rounding, ScorePlan } from '../scoring/score-plan.ts'
import type { ProductText } from '../text.ts'

/** Why an input is not simply what was answered. */
export const inputWords = {
  missing: { en: 'not answered', zh: '未作答' },
  imputed: { en: 'not answered; the rule put this number in its place', zh: '未作答；按规则以此数代替' },
  'not-applicable': { en: 'does not apply to this patient', zh: '不适用于该患者' },
  'out-of-range': { en: 'outside what the scale allows', zh: '超出量表允许的范围' },
  unreadable: { en: 'not an answer of the scale', zh: '不是量表中的答案' },
} as const satisfies Record<Exclude<InputState, 'answered'>, ProductText>

/** Why there is no number. */
export const noScoreWords = {
  'too-few-answered': { en: 'too few items are answered', zh: '作答条目过少' },
  'out-of-range': { en: 'an answer is outside what the scale allows', zh: '有答案超出量表允许的范围' },
  'unreadable-answer': { en: 'an answer is not one of the scale', zh: '有答案不属于该量表' },
  'subscale-missing': { en: 'a score that it is made of is missing', zh: '其组成分数缺失' },
  'not-in-table': { en: 'the table has no row for this raw score', zh: '换算表中没有该原始分' },
} as const satisfies Record<NoScoreReason, ProductText>

/** The formula: first the one of the plan, then its steps in Chinese. */
export function formulaWords(plan: ScorePlan): ProductText {
  const [combined = ''] = plan.formula.split('; ')
  const { rescale, round, lookup } = plan
  const steps = [combined, missingWords(plan).zh]
  if (rescale !== null)
    steps.push(`${rescale.from.min}–${rescale.from.max} 换算为 ${rescale.to.min}–${rescale.to.max}`)
  if (round !== null) steps.push(roundingWords(round).zh)
  if (lookup !== null) steps.push(`查表：${lookup.name}`)
  return { en: plan.formula, zh: steps.join('；') }
}

/** What the rule does about missing answers. */
export function missingWords({ minAnswered, whenMissing, terms, method }: ScorePlan): ProductText {
  if (minAnswered.kind === 'all-but' && minAnswered.missing === 0)
    return {
      en: 'every item must be answered, otherwise there is no score',
      zh: '须全部作答，否则不计分',
    }
  const least =
    minAnswered.kind === 'all-but'
      ? {
          en: `at least ${terms.length - minAnswered.missing} of ${terms.length} must be answered`,
          zh: `${terms.length} 项中至少作答 ${terms.length - minAnswered.missing} 项`,
        }
      : {
          en: `${minAnswered.above ? 'more than' : 'at least'} ${minAnswered.share * 100} % must be answered`,
          zh: `作答${minAnswered.above ? '超过' : '不少于'} ${minAnswered.share * 100} %`,
        }
  if (whenMissing === 'ignore')
    return { en: `${least.en}; only those answered count`, zh: `${least.zh}；仅计已作答条目` }
  if (whenMissing !== 'prorate')
    return {
      en: `${least.en}; a missing one counts ${whenMissing}`,
      zh: `${least.zh}；缺失条目计 ${whenMissing}`,
    }
  if (method === 'mean')
    return { en: `${least.en}; mean of the answered`, zh: `${least.zh}；取已作答条目的均值` }
  return {
    en: `${least.en}; the mean of the answered stands for a missing one`,
    zh: `${least.zh}；缺失条目以已作答条目的均值代替`,
  }
}

const modes = {
  'half-up': { en: 'halves up', zh: '四舍五入' },
  'half-even': { en: 'halves to the even digit', zh: '四舍六入五成双' },
  up: { en: 'always up', zh: '向上取整' },
  down: { en: 'always down', zh: '向下取整' },
} as const satisfies Record<Rounding['mode'], ProductText>

/** How the score is rounded. */
export function roundingWords({ decimals, mode }: Rounding): ProductText {
  const where =
    decimals === 0
      ? { en: 'to a whole number', zh: '保留整数' }
      : { en: `to ${decimals} decimal places`, zh: `保留 ${decimals} 位小数` }
  return { en: `rounded ${where.en}, ${modes[mode].en}`, zh: `${where.zh}，${modes[mode].zh}` }
}

/** A score that is not rounded. */
export const notRounded: ProductText = { en: 'not rounded', zh: '不取整' }
