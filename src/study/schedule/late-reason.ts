// Why a diary was completed late: the fixed list a patient or site chooses from (domain.md §3.1.5).
import type { Finding } from '../finding.ts'
import type { ProductText } from '../text.ts'

/** The reasons a study's late entries give, in words. Closed list; codes are never reused. */
export const lateReasonTexts = {
  forgotten: { en: 'Forgotten', zh: '忘记填写' },
  unwell: { en: 'Too unwell', zh: '身体不适' },
  hospital: { en: 'In hospital', zh: '住院' },
  travel: { en: 'Travelling', zh: '旅途中' },
  'device-unavailable': { en: 'Device not at hand, empty or broken', zh: '设备不在身边、没电或损坏' },
  'technical-problem': { en: 'The application did not work', zh: '应用程序无法使用' },
  'no-time': { en: 'No time', zh: '没有时间' },
  other: { en: 'Another reason', zh: '其他原因' },
} as const satisfies Record<string, ProductText>

export type LateReason = keyof typeof lateReasonTexts

/** The reason given, null where it is none of the list; adds what is wrong with it. `isNeeded`: past the threshold. */
export function readLateReason(given: unknown, isNeeded: boolean, findings: Finding[]): LateReason | null {
  if (given === undefined || given === null) {
    if (isNeeded) findings.push({ code: 'late-reason-missing' })
    return null
  }
  if (typeof given === 'string' && Object.hasOwn(lateReasonTexts, given)) return given as LateReason
  findings.push({ code: 'late-reason-unknown' })
  return null
}
