// How a compliance figure came about: every due occasion with its window, what became of it, and why some are left out.
import type { ComplianceFigure, DueOccasion } from '../compliance.ts'
import type { ProductText } from '../text.ts'
import type { Derivation, DerivationExclusion, DerivationInput, StudyIdentity } from './derivation.ts'
import type { JudgedOccasion } from './patient-compliance.ts'

const formula: ProductText = {
  en: 'occasions completed within their window / occasions due × 100',
  zh: '在时间窗内完成的时段数 / 应完成的时段数 × 100',
}

const outcomes = {
  'in-window': { en: 'completed in its window', zh: '在时间窗内完成' },
  'accepted-late': { en: 'completed late; due, but not in the numerator', zh: '迟交；计入分母，不计入分子' },
  early: {
    en: 'completed before its window; due, but not in the numerator',
    zh: '提前完成；计入分母，不计入分子',
  },
  'after-lock': {
    en: 'completed after it was locked; due, but not in the numerator',
    zh: '锁定后完成；计入分母，不计入分子',
  },
  no: { en: 'not completed', zh: '未完成' },
} as const satisfies Record<DueOccasion['completed'], ProductText>

/** A reason for leaving an occasion out, in words; what a site or a study wrote stays as written. */
export function exclusionWords(reason: string): ProductText {
  const known: Readonly<Record<string, ProductText>> = {
    'still-open': { en: 'its window is still open', zh: '时间窗尚未关闭' },
    'not-active': {
      en: 'the patient had no device yet, or had withdrawn before the window closed',
      zh: '患者当时尚无设备，或在时间窗关闭前已退出',
    },
    'not-assigned': { en: 'the form was not assigned to the patient', zh: '该表单当时未分配给该患者' },
    'not-evaluable: void': { en: 'its entry was declared void', zh: '其记录已作废' },
  }
  const written = reason.replace(/^not-evaluable: /, '')
  return known[reason] ?? { en: `not evaluable: ${written}`, zh: `不可评估：${written}` }
}

/** The derivation of one figure over occasions; `id` names it, such as `daily-diary` or `overall`. */
export function complianceDerivation(
  id: string,
  figure: ComplianceFigure,
  occasions: readonly JudgedOccasion[],
  nowMs: number,
  study: StudyIdentity,
): Derivation {
  const exclusions = figure.exclusions.map(
    ({ reason, count }): DerivationExclusion => ({
      what: 'occasions',
      count,
      reason: exclusionWords(reason),
    }),
  )
  return {
    kind: 'compliance',
    id,
    title: null,
    value: figure.percent,
    unit: '%',
    reason: figure.percent === null ? { en: 'nothing was due yet', zh: '尚无应完成的时段' } : null,
    meaning: null,
    formula,
    calculation:
      figure.percent === null
        ? null
        : `${figure.numerator} / ${figure.denominator} × 100 = ${figure.percent}`,
    inputs: occasions.map((one) => inputOf(one, nowMs)),
    exclusions,
    missing: {
      en: 'an occasion without an entry counts as not completed once its window has closed',
      zh: '时间窗关闭后仍无记录的时段计为未完成',
    },
    rounding: { en: 'rounded for display only', zh: '仅在显示时取整' },
    rule: { id: figure.measure, version: figure.ruleVersion, source: null },
    study,
    form: null,
    details: {
      numerator: figure.numerator,
      denominator: figure.denominator,
      acceptedLate: figure.acceptedLate,
      early: figure.early,
      afterLock: figure.afterLock,
      withLate: figure.withLate,
      withNotEvaluable: figure.withNotEvaluable,
      at: new Date(nowMs).toISOString(),
    },
  }
}

function inputOf(one: JudgedOccasion, nowMs: number): DerivationInput {
  const left = leftOut(one, nowMs)
  return {
    position: one.position,
    occasion: one.occasion,
    item: one.form,
    label: null,
    raw: null,
    shown: null,
    used: left === null ? (one.completed === 'in-window' ? 1 : 0) : null,
    weight: null,
    note: left === null ? outcomes[one.completed] : exclusionWords(left),
  }
}

/** As `diaryCompliance` leaves occasions out. */
function leftOut({ closesAt, active, assigned, notEvaluable }: JudgedOccasion, nowMs: number): string | null {
  if (closesAt > nowMs) return 'still-open'
  if (!active) return 'not-active'
  if (!assigned) return 'not-assigned'
  return notEvaluable === null ? null : `not-evaluable: ${notEvaluable}`
}
