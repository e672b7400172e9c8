// Random questionnaires with conditions between items, and random responses to them, for laws about forms.
import fc from 'fast-check'

type Json = Record<string, unknown>
/** A source of choices that a seed repeats exactly. */
export type Dice = {
  below(limit: number): number
  chance(share: number): boolean
  oneOf<T>(list: readonly T[]): T
}

/** Mulberry32: small, and good enough for tests. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    below: (limit) => Math.floor(next() * limit),
    chance: (share) => next() < share,
    oneOf: (list) => list[Math.floor(next() * list.length)]!,
  }
}

const types = ['boolean', 'integer', 'decimal', 'string', 'date', 'time', 'choice'] as const
type QuestionType = (typeof types)[number]
const operators = ['=', '!=', '>', '<', '>=', '<='] as const
const codes = ['a', 'b', 'c']

/** What a random form may have. */
export type FormTraits = { readonly repeats: boolean; readonly forward: boolean }

/** A Questionnaire of about `size` items. Conditions may lead in a circle: the importer then refuses it. */
export function anyQuestionnaire(dice: Dice, size: number, traits: FormTraits): Json {
  const questions: { linkId: string; type: QuestionType }[] = []
  let count = 0
  const build = (depth: number, room: number): Json[] => {
    const items: Json[] = []
    while (items.length < room && count < size) {
      const linkId = `q${++count}`
      if (depth < 3 && dice.chance(0.25)) {
        const inside = build(depth + 1, 1 + dice.below(3))
        const repeats = traits.repeats && dice.chance(0.4)
        if (inside.length > 0)
          items.push({ linkId, type: 'group', text: linkId, ...(repeats && { repeats }), item: inside })
        continue
      }
      const type = dice.oneOf(types)
      questions.push({ linkId, type })
      const repeats = dice.chance(0.2)
      const inside = depth < 3 && !repeats && dice.chance(0.15) ? build(depth + 1, 1) : []
      items.push({
        linkId,
        type,
        text: linkId,
        ...(repeats && { repeats }),
        ...(dice.chance(0.3) && { required: true }),
        ...(type === 'choice' && {
          answerOption: codes.map((code) => ({ valueCoding: { system: 'urn:c', code } })),
        }),
        ...(inside.length > 0 && { item: inside }),
      })
    }
    return items
  }
  const item = build(0, size)
  const order = new Map<string, number>()
  visit(item, (one) => order.set(one.linkId as string, order.size))
  visit(item, (one) => {
    if (!dice.chance(0.6)) return
    const before = questions.filter((q) => order.get(q.linkId)! < order.get(one.linkId as string)!)
    const from =
      traits.forward && dice.chance(0.3) ? questions.filter((q) => q.linkId !== one.linkId) : before
    if (from.length === 0) return
    const enableWhen = Array.from({ length: 1 + dice.below(2) }, () => condition(dice, dice.oneOf(from)))
    Object.assign(one, {
      enableWhen,
      ...(enableWhen.length > 1 && { enableBehavior: dice.oneOf(['all', 'any']) }),
    })
  })
  return { resourceType: 'Questionnaire', url: 'urn:any', version: '1', status: 'active', title: 'Any', item }
}

function condition(dice: Dice, { linkId, type }: { linkId: string; type: QuestionType }): Json {
  if (dice.chance(0.25)) return { question: linkId, operator: 'exists', answerBoolean: dice.chance(0.5) }
  const ordered = type !== 'boolean' && type !== 'choice'
  const operator = ordered ? dice.oneOf(operators) : dice.oneOf(['=', '!='])
  const [[name, value]] = Object.entries(valueOfType(dice, type)) as [[string, unknown]]
  return { question: linkId, operator, [name.replace('value', 'answer')]: value }
}

function valueOfType(dice: Dice, type: QuestionType): Json {
  switch (type) {
    case 'boolean':
      return { valueBoolean: dice.chance(0.5) }
    case 'integer':
      return { valueInteger: dice.below(4) }
    case 'decimal':
      return { valueDecimal: dice.oneOf([0, 0.5, 1, 1.5]) }
    case 'string':
      return { valueString: dice.oneOf(['x', 'y', 'z']) }
    case 'date':
      return { valueDate: dice.oneOf(['2026-01-01', '2026-01-02', '2026-02-01']) }
    case 'time':
      return { valueTime: dice.oneOf(['08:00:00', '09:30:00', '23:00:00']) }
    default:
      return { valueCoding: { system: 'urn:c', code: dice.oneOf(codes) } }
  }
}

/** A response whose structure fits the form; what is answered is random, hidden or not. */
export function anyResponseTo(dice: Dice, questionnaire: Json): Json {
  const fill = (items: readonly Json[]): Json[] =>
    items.flatMap((one): Json[] => {
      const inside = (one.item ?? []) as Json[]
      if (one.type === 'group') {
        const times = one.repeats === true ? dice.below(4) : dice.chance(0.85) ? 1 : 0
        return Array.from({ length: times }, () => fill(inside))
          .filter((item) => item.length > 0)
          .map((item) => ({ linkId: one.linkId, item }))
      }
      if (!dice.chance(0.75)) return []
      const times = one.repeats === true ? 1 + dice.below(3) : 1
      const answer = Array.from({ length: times }, () => {
        const nested = fill(inside)
        return { ...valueOfType(dice, one.type as QuestionType), ...(nested.length > 0 && { item: nested }) }
      })
      return [{ linkId: one.linkId, answer }]
    })
  const item = fill(questionnaire.item as Json[])
  return {
    resourceType: 'QuestionnaireResponse',
    questionnaire: 'urn:any|1',
    status: 'completed',
    ...(item.length > 0 && { item }),
  }
}

/** A questionnaire with a response to it. */
export function anyForm(traits: FormTraits): fc.Arbitrary<{ questionnaire: Json; response: Json }> {
  return fc
    .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 0, max: 2 ** 31 }))
    .map(([size, seed]) => {
      const dice = diceOf(seed)
      const questionnaire = anyQuestionnaire(dice, size, traits)
      return { questionnaire, response: anyResponseTo(dice, questionnaire) }
    })
}

function visit(items: readonly Json[], see: (item: Json) => void): void {
  for (const one of items) {
    see(one)
    visit((one.item ?? []) as Json[], see)
  }
}
