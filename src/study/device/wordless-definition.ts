// The part of a form's definition that decides what is shown, for phones: without words, which the screens have already.
import type { FormDefinition, FormItem, Variable, Words } from '../form/definition.ts'

/**
 * The definition with as much as skip logic needs. Where an expression may look at words (`text`, `display`), the
 * form's own stay, since the server evaluates it on those.
 */
export function wordlessDefinition(form: FormDefinition): FormDefinition {
  const keepWords = expressionsOf(form).some((one) => /\b(?:text|display)\b/.test(one))
  const own = (words: Words | undefined): Words | undefined =>
    keepWords && words !== undefined ? { text: words.text } : undefined
  const strip = ({ linkId, type, options, items, ...rest }: FormItem): FormItem => {
    const { required, repeats, enableWhen, enableBehavior, enableExpression, variables, unit, units } = rest
    const logic = { required, repeats, enableWhen, enableBehavior, enableExpression, variables, unit, units }
    return given({
      linkId,
      type,
      text: own(rest.text),
      ...logic,
      options: options?.map(({ value, words }) => given({ value, words: own(words) })),
      items: items?.map(strip),
    }) as FormItem
  }
  const { url, version, variables, items } = form
  return given({ url, version, variables, items: items.map(strip) }) as FormDefinition
}

function expressionsOf(form: FormDefinition): string[] {
  const own = (variables: readonly Variable[] = []) => variables.map(({ expression }) => expression)
  const walk = (item: FormItem): string[] => [
    ...(item.enableExpression === undefined ? [] : [item.enableExpression]),
    ...own(item.variables),
    ...(item.items ?? []).flatMap(walk),
  ]
  return [...own(form.variables), ...form.items.flatMap(walk)]
}

function given(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
