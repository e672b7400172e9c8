// The item of a screen as the server's functions take it.
import type { GroupPlan, ItemPlan } from '../plan.ts'
import { ruleName } from '../rule-name.ts'
import type { DeviceItem, DeviceScreen } from './device-form.ts'

/** What reading and checking an answer needs; conditions stand with the screens. */
export function itemPlanOf(item: DeviceItem): ItemPlan {
  const { widget: _widget, text, options = [], open, pattern, ...limits } = item
  const exclusive = options.filter((one) => one.exclusive === true).map(({ code }) => code)
  return {
    ...limits,
    ruleName: ruleName(item.linkId),
    text: { text },
    conditions: [],
    ...(item.options !== undefined && {
      options: new Map(options.map((one) => [one.code, { code: one.code, text: { text: one.text } }])),
    }),
    ...(open === true && { open }),
    ...(exclusive.length > 0 && { exclusive: new Set(exclusive) }),
    ...(pattern !== undefined && { pattern: patternOf(pattern) }),
  }
}

/** Items and repeating groups of these screens, for judging a whole form. */
export function levelOf(screens: readonly DeviceScreen[]): Pick<GroupPlan, 'items' | 'groups'> {
  return {
    items: screens.flatMap((screen) => (screen.kind === 'question' ? [itemPlanOf(screen.item)] : [])),
    groups: screens.flatMap((screen) => {
      if (screen.kind !== 'repeat') return []
      const { linkId, text, required, min, max } = screen
      const limits = {
        ...(min !== undefined && { minAnswers: min }),
        ...(max !== undefined && { maxAnswers: max }),
      }
      return [{ linkId, text: { text }, required, ...limits, ...levelOf(screen.screens) }]
    }),
  }
}

/** The modes in the order in which form/pattern.ts tries them. */
function patternOf(source: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch {
    return new RegExp(source)
  }
}
