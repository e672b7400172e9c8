// What became of every element of a Questionnaire: used, kept but ignored, or refused with the reason. A hospital
// reads this before it relies on the form. The Questionnaire itself is kept byte for byte whatever stands here.
import type { ProductText } from '../text.ts'

/** `ignored`: kept in the source and in exports, without influence on questions, checks and answers. */
export type Treatment = 'used' | 'ignored' | 'refused'

/**
 * What a refusal stops. `everything`: the form cannot be read without guessing, so it is neither checked nor published.
 * `publishing`: patients cannot be given the form as it is; responses made elsewhere can be checked against it.
 */
export type Blocks = 'everything' | 'publishing'

/** Why an element is ignored or refused. Codes are never reused. */
export const reasons = {
  'not-questionnaire': {
    en: 'This is not a FHIR R4 Questionnaire ("resourceType": "Questionnaire").',
    zh: '这不是 FHIR R4 Questionnaire（"resourceType": "Questionnaire"）。',
  },
  'not-r4': { en: 'FHIR R4 has no such element here.', zh: 'FHIR R4 在此处没有该元素。' },
  'wrong-json': {
    en: 'The JSON is not of the type that FHIR R4 asks for.',
    zh: 'JSON 类型与 FHIR R4 的要求不符。',
  },
  missing: { en: 'FHIR R4 requires this element.', zh: 'FHIR R4 要求必须有该元素。' },
  'too-deep': { en: 'Items are nested deeper than 50 levels.', zh: '条目嵌套超过 50 层。' },
  'modifier-extension': {
    en: 'A modifier extension changes the meaning in a way that is unknown here.',
    zh: '修饰扩展（modifierExtension）以未知方式改变含义。',
  },
  'implicit-rules': {
    en: 'Implicit rules change the meaning in a way that is unknown here.',
    zh: 'implicitRules 以未知方式改变含义。',
  },
  'link-id-twice': { en: 'A linkId must be unique within the form.', zh: '表单内的 linkId 必须唯一。' },
  'type-unknown': { en: 'This is not an item type of FHIR R4.', zh: '这不是 FHIR R4 的条目类型。' },
  'question-unknown': {
    en: 'enableWhen.question names no item of this form.',
    zh: 'enableWhen.question 指向表单中不存在的条目。',
  },
  'question-takes-no-answer': {
    en: 'enableWhen.question names a group or display, which never has an answer.',
    zh: 'enableWhen.question 指向分组或说明文字，它们没有答案。',
  },
  'operator-unknown': {
    en: 'This is not an enableWhen operator of FHIR R4.',
    zh: '不是 FHIR R4 的 enableWhen 运算符。',
  },
  'que-7': {
    en: 'The operator "exists" needs answerBoolean (que-7).',
    zh: '运算符 "exists" 需要 answerBoolean（que-7）。',
  },
  'que-12': {
    en: 'Several enableWhen need enableBehavior: "all" or "any" (que-12).',
    zh: '多个 enableWhen 需要 enableBehavior："all" 或 "any"（que-12）。',
  },
  'answer-never-fits': {
    en: 'The answer that enableWhen waits for is not of a type its question can have.',
    zh: 'enableWhen 等待的答案类型与其问题不符。',
  },
  'enable-circle': {
    en: 'Whether the item is enabled depends on itself.',
    zh: '该条目是否启用取决于其自身。',
  },
  'que-1': {
    en: 'A group needs items inside it, and a display has none (que-1).',
    zh: '分组内必须有条目，说明文字内不得有条目（que-1）。',
  },
  'que-3': { en: 'A display has no code (que-3).', zh: '说明文字不能有 code（que-3）。' },
  'que-4': {
    en: 'An item has answerOption or answerValueSet, not both (que-4).',
    zh: '条目只能有 answerOption 或 answerValueSet 之一（que-4）。',
  },
  'que-5': {
    en: 'Only choice and open-choice have answerOption or answerValueSet (que-5).',
    zh: '只有 choice 与 open-choice 才能有 answerOption 或 answerValueSet（que-5）。',
  },
  'que-6': {
    en: 'A display is neither required nor repeated (que-6).',
    zh: '说明文字不能为必答或重复（que-6）。',
  },
  'que-8': {
    en: 'A group or display has no initial value (que-8).',
    zh: '分组或说明文字不能有初始值（que-8）。',
  },
  'que-9': { en: 'A display is not readOnly (que-9).', zh: '说明文字不能为只读（que-9）。' },
  'que-10': {
    en: 'maxLength fits boolean, decimal, integer, string, text, url and open-choice only (que-10).',
    zh: 'maxLength 只适用于 boolean、decimal、integer、string、text、url 与 open-choice（que-10）。',
  },
  'que-11': {
    en: 'With answerOption, a default is given by initialSelected, not by initial (que-11).',
    zh: '有 answerOption 时，默认值由 initialSelected 给出，而非 initial（que-11）。',
  },
  'que-13': {
    en: 'Several initial values need a repeating item (que-13).',
    zh: '多个初始值要求条目可重复（que-13）。',
  },
  'default-answer': {
    en: 'A patient is never shown an answer that they did not give.',
    zh: '绝不向患者显示并非其本人给出的答案。',
  },
  'options-missing': { en: 'A choice without any choices.', zh: '选择题没有任何选项。' },
  'option-invalid': { en: 'An option has no usable value.', zh: '选项没有可用的值。' },
  'option-twice': { en: 'The same option stands twice.', zh: '同一选项出现两次。' },
  'value-set-unknown': {
    en: 'The members of this value set are not known here; its codes cannot be verified. Contain it in the form.',
    zh: '此处不知道该值集的成员，无法核对编码。请将其包含在表单内。',
  },
  'value-set-open': {
    en: 'The value set is given by a rule or a whole code system, not as a list; its codes cannot be verified.',
    zh: '值集由规则或整个编码系统定义，而非列表；无法核对编码。',
  },
  'language-unknown': {
    en: 'Expressions are evaluated in FHIRPath only; CQL and queries are not.',
    zh: '仅支持 FHIRPath 表达式；不支持 CQL 与查询。',
  },
  'expression-invalid': { en: 'The expression is not FHIRPath.', zh: '表达式不是有效的 FHIRPath。' },
  'name-unknown': {
    en: 'The expression uses a name that has no value here; it could never be evaluated.',
    zh: '表达式使用了此处没有值的名称，永远无法计算。',
  },
  'expression-beyond-device': {
    en: 'The expression is FHIRPath beyond what a phone evaluates; the server evaluates it.',
    zh: '该 FHIRPath 表达式超出手机端的能力；由服务器计算。',
  },
  'condition-beyond-device': {
    en: 'The condition is FHIRPath beyond what a phone evaluates, and the phone must decide what to ask.',
    zh: '该条件的 FHIRPath 超出手机端的能力，而手机必须决定问什么。',
  },
  'pattern-invalid': { en: 'The regular expression cannot be read.', zh: '正则表达式无法解析。' },
  'limit-invalid': { en: 'The limit is not a value of the right kind.', zh: '限值的类型不正确。' },
  'populated-elsewhere': {
    en: 'The form asks to be filled from other records; answers come from the patient alone.',
    zh: '表单要求由其他记录预填；答案只来自患者本人。',
  },
  'options-computed': {
    en: 'The choices are computed while the form is filled; they must be fixed.',
    zh: '选项在填写时计算得出；选项必须固定。',
  },
  'not-assembled': {
    en: 'The form is put together from other forms; assemble it first.',
    zh: '该表单由其他表单拼成；请先合并。',
  },
  'styled-text': { en: 'The plain text is shown; mark-up is not.', zh: '仅显示纯文本，不显示标记。' },
  'no-influence': {
    en: 'Describes the form; has no influence on what is asked.',
    zh: '用于描述表单；不影响提问内容。',
  },
  'presentation-only': {
    en: 'A display hint that this product does not use.',
    zh: '本产品不使用的显示提示。',
  },
  'extension-unknown': {
    en: "An extension that is not known here; by FHIR's rules it may be ignored.",
    zh: '未知扩展；按 FHIR 规则可以忽略。',
  },
} as const satisfies Record<string, ProductText>

/** Closed list. */
export type ReasonCode = keyof typeof reasons

/** One element. `path` is a FHIRPath location in the Questionnaire; `element` names the member or `extension(url)`. */
export type ReportEntry = {
  readonly path: string
  readonly element: string
  readonly linkId?: string
  readonly treatment: Treatment
  readonly reason?: ReasonCode
  readonly blocks?: Blocks
  /** What the reason is about, in the form's own words: a url, an operator, a type. */
  readonly detail?: string
}

/** Where in the Questionnaire the importer stands. */
export type Place = { readonly path: string; readonly linkId?: string }

/** How many patient-visible texts a language has and how many it lacks. */
export type LanguageCount = { readonly language: string; readonly texts: number; readonly missing: number }

/** Collects the report while the importer walks. */
export class ImportReport {
  readonly entries: ReportEntry[] = []
  private readonly texts = new Map<string, number>()
  private wanted = 0

  /** With a reason, the element is used with a restriction. */
  used(place: Place, element: string, reason?: ReasonCode): void {
    this.entries.push({ ...place, element, treatment: 'used', ...(reason && { reason }) })
  }

  ignored(place: Place, element: string, reason: ReasonCode, detail?: string): void {
    this.entries.push({ ...place, element, treatment: 'ignored', reason, ...(detail && { detail }) })
  }

  refused(place: Place, element: string, reason: ReasonCode, blocks: Blocks, detail?: string): void {
    this.entries.push({ ...place, element, treatment: 'refused', reason, blocks, ...(detail && { detail }) })
  }

  /** Notes one patient-visible text and the languages it is translated into. */
  saw(translations: readonly string[]): void {
    this.wanted += 1
    for (const language of new Set(translations))
      this.texts.set(language, (this.texts.get(language) ?? 0) + 1)
  }

  /** Each language any text is translated into; `missing` above 0 means it cannot be published in that language. */
  languages(): LanguageCount[] {
    return [...this.texts]
      .map(([language, texts]) => ({ language, texts, missing: this.wanted - texts }))
      .sort((a, b) => a.language.localeCompare(b.language))
  }

  /** Whether anything was refused that stops as much as `blocks`. */
  stops(blocks: Blocks): boolean {
    return this.entries.some(
      (entry) => entry.treatment === 'refused' && (blocks === 'publishing' || entry.blocks === 'everything'),
    )
  }
}
