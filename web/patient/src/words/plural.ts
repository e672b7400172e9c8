// Numbers in sentences, by the plural rules of the language (CLDR, through Intl).

/** A function that picks the form for a count and puts the number in place of `#`. */
export function pluralIn(tag: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(tag)
  const digits = new Intl.NumberFormat(tag, { numberingSystem: 'latn' })
  return (count, forms) => (forms[rules.select(count)] ?? forms.other).replace('#', digits.format(count))
}

type Forms = { readonly [category in Intl.LDMLPluralRule]?: string } & { readonly other: string }
