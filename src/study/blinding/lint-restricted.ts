// What stands under "restricted" stands there alone: no condition, text or id of a restricted rule is repeated outside.
import type { StudySource } from '../read-study-yaml.ts'
import type { Leaks } from './leak.ts'
import { linesOf } from './lines-of.ts'
import { eachFormString } from './lint-words.ts'
import { yamlPlace } from './place-of.ts'

/** Conditions are compared without their spaces. */
export function lintRepeated(source: StudySource, files: ReadonlyMap<string, string>, leaks: Leaks): void {
  const { study } = source
  const deviations = study.restricted.deviations ?? []
  const texts = new Set(deviations.flatMap(({ text }) => Object.values(text)))
  for (const { text } of Object.values(study.restricted.arms))
    for (const one of Object.values(text)) if (one.length >= 6) texts.add(one)
  const conditions = new Set(deviations.map(({ when }) => dense(when)))
  const ids = new Set(deviations.map(({ id }) => id))
  for (const member of ['checks', 'alerts', 'messages'] as const)
    study[member]?.forEach((rule, index) => {
      const at = (name: string) => yamlPlace(source, [member, index, name])
      if (ids.has(rule.id)) leaks.add('restricted-repeated', at('id'), 'a restricted rule has this id')
      if (conditions.has(dense(rule.when)))
        leaks.add('restricted-repeated', at('when'), 'a restricted rule has this condition')
      if (Object.values(rule.text).some((one) => texts.has(one)))
        leaks.add('restricted-repeated', at('text'), 'this text stands under "restricted"')
    })
  for (const [file, content] of files) {
    if (!file.endsWith('.json')) continue
    const lines = linesOf(file, content)
    eachFormString(JSON.parse(content), (text, _, linkId) => {
      if (texts.has(text))
        leaks.add('restricted-repeated', lines.place(text, linkId), 'this text stands under "restricted"')
    })
  }
}

const dense = (text: string): string => text.replace(/\s+/g, '')
