// Judges on a phone the forms that one pass cannot: repeating groups, conditions on later items and in FHIRPath. The
// server's own engine; an app loads it only for such a form.
import { childrenOf, type Instance } from '../form/response-tree.ts'
import { judgeByTree, keepAnswers } from '../read-answers-by-tree.ts'
import type { DeviceForm } from './device-form.ts'
import type { TreeJudge } from './form-run.ts'
import { levelOf } from './item-plan.ts'

/** @throws TypeError where the form has no definition: it needs no tree. */
export function createTreeJudge(form: DeviceForm): TreeJudge {
  const { definition } = form
  if (definition === undefined) throw new TypeError('this form is judged in one pass')
  const plan = { ...levelOf(form.screens), definition }
  return (raw) => {
    const judged = judgeByTree(plan, raw)
    const shown = new Set<string>()
    note(judged.roots, '', judged.isEnabled, shown)
    return { answers: keepAnswers(judged, null), shows: (id) => shown.has(id) }
  }
}

/** The ids of what is enabled; a group that repeats is shown as a list too. */
function note(
  instances: readonly Instance[],
  prefix: string,
  isEnabled: (instance: Instance) => boolean,
  shown: Set<string>,
): void {
  const counts = new Map<string, number>()
  for (const instance of instances) {
    const { linkId, type, repeats } = instance.item
    const list = type === 'group' && repeats === true
    const index = counts.get(linkId) ?? 0
    counts.set(linkId, index + 1)
    if (isEnabled(instance)) shown.add(prefix + linkId)
    note(childrenOf(instance), list ? `${prefix}${linkId}[${index}]/` : prefix, isEnabled, shown)
  }
}
