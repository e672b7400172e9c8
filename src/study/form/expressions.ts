// How expressions of a form are judged and evaluated. The device and every pure step use the subset; a server may
// hand in a full FHIRPath engine, which is then asked for what the subset cannot parse.
import { asObject, type Json, objectsOf } from '../fhir-json.ts'
import { evaluateNode, type Names } from './expression/evaluate.ts'
import { type Collection, ExpressionFailed, fromJson } from './expression/items.ts'
import { BeyondSubset, type Node, parseExpression } from './expression/syntax.ts'
import type { ExpressionCheck } from './import-extensions.ts'
import { namesIn } from './import-names.ts'

/** A full engine. Names and results are JSON values. @throws where evaluation fails. */
export type FullEngine = {
  /** Whether the text is FHIRPath at all. */
  parses(expression: string): boolean
  evaluate(expression: string, focus: unknown, names: Readonly<Record<string, unknown>>): readonly unknown[]
}

/** Evaluates expressions of one form. */
export type Expressions = {
  readonly check: ExpressionCheck
  /** What `%questionnaire` and `%qitem` stand for: the form's source. Null where it is not at hand, as on a phone. */
  readonly questionnaire: Json | null
  /** @throws ExpressionFailed where evaluation fails or nobody here can evaluate the text. */
  evaluate(expression: string, focus: unknown, names: Names): Collection
}

/** `full` null: what is beyond the subset cannot be evaluated and fails. */
export function createExpressions(full: FullEngine | null, questionnaire: Json | null = null): Expressions {
  const parsed = new Map<string, Node | null>()
  let weighted: Json | undefined
  const nodeOf = (text: string): Node | null => {
    let node = parsed.get(text)
    if (node === undefined) {
      node = tryParse(text)
      parsed.set(text, node)
    }
    return node
  }
  return {
    questionnaire,
    check(text) {
      if (nodeOf(text) !== null) return namesIn(text).some(isOfSource) ? 'server' : 'device'
      return full === null || full.parses(text) ? 'server' : 'invalid'
    },
    evaluate(text, focus, names) {
      const node = nodeOf(text)
      if (node !== null) return evaluateNode(node, fromJson(focus), names)
      if (full === null) throw new ExpressionFailed('the expression is beyond what is evaluated here')
      try {
        const handed = jsonOf(names, namesIn(text))
        if (questionnaire !== null && looksUpWeights.test(text)) {
          weighted ??= withWeights(questionnaire)
          handed.questionnaire = weighted
        }
        return full.evaluate(text, focus, handed).flatMap(fromJson)
      } catch {
        throw new ExpressionFailed('the expression ended with an error')
      }
    },
  }
}

/** SDC's `weight()`, also called `ordinal()`, looks a code up in the form. */
const looksUpWeights = /\b(?:weight|ordinal)\(/

/**
 * The Questionnaire with the number of each choice where the engine looks for it: on the option. R4's ordinalValue
 * stands on the Coding as well.
 */
function withWeights(holder: Json): Json {
  const { item, answerOption } = holder
  return {
    ...holder,
    ...(item !== undefined && { item: objectsOf(item).map(withWeights) }),
    ...(answerOption !== undefined && {
      answerOption: objectsOf(answerOption).map((option) => ({
        ...option,
        extension: [...objectsOf(option.extension), ...objectsOf(asObject(option.valueCoding)?.extension)],
      })),
    }),
  }
}

const isOfSource = (name: string) => name === 'questionnaire' || name === 'qitem'

/** Only what the expression names: the source of a large form is not handed over for each of its items. */
function jsonOf(names: Names, used: readonly string[]): Record<string, unknown> {
  const needed = Object.entries(names).filter(([name]) => standing.has(name) || used.includes(name))
  return Object.fromEntries(
    needed.map(([name, items]) => {
      const values = items.map((item) => item.value)
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
}

/** Names that the full engine itself looks at, written or not. */
const standing = new Set(['resource', 'rootResource', 'context'])

function tryParse(text: string): Node | null {
  try {
    return parseExpression(text)
  } catch (error) {
    if (error instanceof BeyondSubset) return null
    throw error
  }
}
