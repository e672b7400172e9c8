// What can be wrong with a QuestionnaireResponse against its Questionnaire. A closed list; codes are never reused.
// A finding names items, kinds and limits of the form, never what a patient answered.
import type { ProductText } from '../text.ts'

/** `error`: the response does not fit its form. `warning`: it fits, and somebody should look. */
export type Severity = 'error' | 'warning' | 'information'

type Kind = ProductText & { readonly severity: Severity }
const error = (en: string, zh: string): Kind => ({ en, zh, severity: 'error' })
const warning = (en: string, zh: string): Kind => ({ en, zh, severity: 'warning' })
const information = (en: string, zh: string): Kind => ({ en, zh, severity: 'information' })

/** Every code with its words and its usual severity. */
export const responseFindings = {
  'status-missing': error('The response has no status.', '答卷没有状态（status）。'),
  'status-unknown': error('The status is not one of FHIR R4.', '状态不是 FHIR R4 的取值。'),
  'questionnaire-missing': information(
    'The response does not name its questionnaire.',
    '答卷没有注明所属问卷（questionnaire）。',
  ),
  'questionnaire-mismatch': error('The response names another questionnaire.', '答卷注明的是另一份问卷。'),
  'questionnaire-unverifiable': information(
    'The form has neither url nor id; whether the response belongs to it cannot be told.',
    '表单既无 url 也无 id，无法判断答卷是否属于该表单。',
  ),
  'questionnaire-version-mismatch': error(
    'The response names another version of the questionnaire.',
    '答卷注明的是问卷的另一个版本。',
  ),
  'authored-invalid': error(
    'The date of authoring is not a FHIR dateTime.',
    '填写时间（authored）不是有效的 FHIR dateTime。',
  ),
  'subject-mismatch': warning(
    'The subject is not of a kind the form is for.',
    '答卷对象的类型不属于表单的适用对象。',
  ),
  'element-unknown': error('FHIR R4 has no such element here.', 'FHIR R4 在此处没有该元素。'),
  'json-invalid': error(
    'The JSON is not of the type that FHIR R4 asks for.',
    'JSON 类型与 FHIR R4 的要求不符。',
  ),
  'list-empty': error('FHIR R4 allows no empty list.', 'FHIR R4 不允许空列表。'),
  'modifier-extension': error(
    'A modifier extension changes the meaning in a way that is unknown here.',
    '修饰扩展（modifierExtension）以未知方式改变含义。',
  ),
  'link-id-missing': error('An item has no linkId.', '条目没有 linkId。'),
  'link-id-unknown': error('The form has no item with this linkId.', '表单中没有此 linkId 的条目。'),
  'item-misplaced': error('The item stands in another place in the form.', '该条目在表单中的位置不同。'),
  'item-repeated': error(
    'The item stands here more often than the form allows.',
    '该条目在此处出现的次数超出表单允许。',
  ),
  'item-out-of-order': error('The item does not stand in the order of the form.', '该条目的顺序与表单不符。'),
  'item-empty': warning(
    'The item has neither an answer, nor items inside, nor a reason for having none.',
    '该条目既无答案、无下级条目，也无缺失原因。',
  ),
  'too-deep': error('Items are nested deeper than 50 levels.', '条目嵌套超过 50 层。'),
  'group-answered': error('A group has items, not an answer.', '分组只有下级条目，不能有答案。'),
  'display-answered': error('A display has no answer and no items.', '说明文字不能有答案或下级条目。'),
  'items-beside-answer': error(
    'Items inside a question belong to its answer, not beside it.',
    '问题的下级条目应位于答案之内，而非与答案并列。',
  ),
  'text-differs': information(
    'The text differs from the form and its translations.',
    '文本与表单及其译文不同。',
  ),
  'required-missing': error('A required item has no answer.', '必答条目没有答案。'),
  'too-few-answers': error('There are fewer answers than the form asks for.', '答案数量少于表单要求。'),
  'too-many-answers': error('There are more answers than the form allows.', '答案数量超出表单允许。'),
  'hidden-answered': error('The item is answered although it is not enabled.', '该条目未启用，却有答案。'),
  'answer-without-value': error(
    'An answer has neither a value nor items inside.',
    '答案既无值也无下级条目。',
  ),
  'answer-several-values': error('An answer has more than one value.', '一个答案有多个值。'),
  'wrong-type': error('The answer is not of the type the item asks for.', '答案类型与条目要求不符。'),
  'boolean-invalid': error('The value is not true or false.', '该值不是 true 或 false。'),
  'number-invalid': error('The value is not a number of its type.', '该值不是该类型的数值。'),
  'text-invalid': error('The value is not a text, or is empty.', '该值不是文本，或为空。'),
  'date-invalid': error('The value is not a date that exists.', '该值不是存在的日期。'),
  'date-time-invalid': error(
    'The value is not a date or a moment with seconds and time zone.',
    '该值不是日期，或不是带秒与时区的时间点。',
  ),
  'time-invalid': error('The value is not a time of day (hh:mm:ss).', '该值不是一天中的时间（hh:mm:ss）。'),
  'url-invalid': error('The value is not a URL.', '该值不是 URL。'),
  'coding-invalid': error('The coding has no code or is malformed.', '编码缺少 code 或格式不正确。'),
  'quantity-invalid': error('The quantity has no number or is malformed.', '数量缺少数值或格式不正确。'),
  'attachment-invalid': error('The attachment is malformed.', '附件格式不正确。'),
  'reference-invalid': error('The reference is malformed.', '引用格式不正确。'),
  'out-of-range': error('The value is outside the allowed range.', '该值超出允许范围。'),
  'too-short': error('The text is shorter than allowed.', '文本长度小于限制。'),
  'too-long': error('The text is longer than allowed.', '文本长度超出限制。'),
  'line-break': warning('A text of one line holds a line break.', '单行文本中含有换行。'),
  'pattern-mismatch': error('The text does not have the form that is asked for.', '文本不符合要求的格式。'),
  'too-many-decimals': error('The number has more decimal places than allowed.', '数值的小数位数超出限制。'),
  'option-unknown': error('The answer is not one of the choices.', '答案不在选项之列。'),
  'code-system-mismatch': error(
    'The code is a choice, of another code system.',
    '编码在选项之列，但编码系统不符。',
  ),
  'display-mismatch': warning('The display is not the one of the code.', '显示文字与编码不符。'),
  'option-unverifiable': information(
    'The value set is not known here; the code was not verified.',
    '此处不知道该值集；编码未经核对。',
  ),
  'option-exclusive': error(
    'A choice that excludes all others stands beside another.',
    '互斥选项与其他选项同时出现。',
  ),
  'answer-repeated': warning('The same answer stands twice.', '同一答案出现两次。'),
  'unit-mismatch': error('The unit is not one the form allows.', '单位不在表单允许之列。'),
  'unit-missing': error('The quantity has no unit.', '数量没有单位。'),
  'attachment-type': error('The attachment is of a kind that is not allowed.', '附件类型不被允许。'),
  'attachment-size': error('The attachment is larger than allowed.', '附件大小超出限制。'),
  'reference-type': error(
    'The reference is to a kind of resource that is not allowed.',
    '引用的资源类型不被允许。',
  ),
  'fixed-changed': warning(
    'The value of a read-only item differs from the form.',
    '只读条目的值与表单不同。',
  ),
  'constraint-failed': error('A rule of the form does not hold.', '表单的一条规则不成立。'),
  'calculated-differs': warning('The value differs from the one calculated.', '该值与计算结果不同。'),
  'expression-failed': warning(
    'An expression of the form could not be evaluated.',
    '表单的一个表达式无法计算。',
  ),
} as const satisfies Record<string, Kind>

/** Closed list. */
export type ResponseFindingCode = keyof typeof responseFindings

/** One finding. `path` is a FHIRPath location in the response; `expected` and `actual` are kinds, not answers. */
export type ResponseFinding = {
  readonly code: ResponseFindingCode
  readonly severity: Severity
  readonly linkId?: string
  readonly path: string
  readonly message: ProductText
  readonly expected?: string
  readonly actual?: string
}

/** What a check may say besides the code. */
export type FindingDetail = {
  readonly linkId?: string
  readonly expected?: string
  readonly actual?: string
  readonly severity?: Severity
  /** The form's own words, where it has some (constraints). */
  readonly message?: ProductText
}

/** Collects findings in the order in which they are seen. */
export class ResponseFindings {
  readonly list: ResponseFinding[] = []

  add(code: ResponseFindingCode, path: string, detail: FindingDetail = {}): void {
    const { en, zh, severity } = responseFindings[code]
    const { linkId, expected, actual } = detail
    this.list.push({
      code,
      severity: detail.severity ?? severity,
      ...(linkId === undefined ? {} : { linkId }),
      path,
      message: detail.message ?? { en, zh },
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
    })
  }
}
