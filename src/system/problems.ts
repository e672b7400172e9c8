// The catalogue of problems. docs/problems.md is generated from it and a test compares both directions.
// Codes are never reused. `detail` texts name the member and the remedy, never a value that a patient gave.
import type { ProblemKind } from './problem.ts'

type Member = { member: string; expected?: string }
type None = Record<string, never>
type Entry<D> = {
  kind: ProblemKind
  title: { en: string; zh: string }
  en: (d: D) => string
  zh: (d: D) => string
}

const entry = <D>(e: Entry<D>): Entry<D> => e
const expected = (d: Member, en: string) => (d.expected === undefined ? '' : en + d.expected)

export const problems = {
  'body.not-json': entry<{ reason: string }>({
    kind: 'invalid',
    title: { en: 'The body is not JSON', zh: '请求体不是 JSON' },
    en: (d) => `The body could not be read as JSON (RFC 8259): ${d.reason}. Send one JSON object.`,
    zh: (d) => `请求体无法按 JSON（RFC 8259）读取：${d.reason}。请发送一个 JSON 对象。`,
  }),
  'body.too-deep': entry<{ limit: number }>({
    kind: 'invalid',
    title: { en: 'The body is nested too deeply', zh: '请求体嵌套过深' },
    en: (d) => `The JSON is nested deeper than ${d.limit} levels. Flatten groups to linkIds.`,
    zh: (d) => `JSON 嵌套超过 ${d.limit} 层。请将分组展开为 linkId。`,
  }),
  'body.too-large': entry<{ limitBytes: number }>({
    kind: 'too-large',
    title: { en: 'The body is too large', zh: '请求体过大' },
    en: (d) => `The body is larger than ${d.limitBytes} bytes. Send fewer or shorter answers.`,
    zh: (d) => `请求体超过 ${d.limitBytes} 字节。请减少或缩短答案。`,
  }),
  'body.unsupported-media': entry<{ accepted: string }>({
    kind: 'unsupported-media',
    title: { en: 'The content type is not supported', zh: '不支持的内容类型' },
    en: (d) => `Send Content-Type: ${d.accepted}.`,
    zh: (d) => `请使用 Content-Type: ${d.accepted}。`,
  }),
  'batch.too-many': entry<{ limit: number }>({
    kind: 'too-large',
    title: { en: 'The batch holds too many submissions', zh: '批量提交数量过多' },
    en: (d) => `A batch holds at most ${d.limit} submissions. Send the rest in further batches.`,
    zh: (d) => `每批最多 ${d.limit} 条提交。其余请分批发送。`,
  }),
  'submission.invalid': entry<Member>({
    kind: 'invalid',
    title: { en: 'The submission is malformed', zh: '提交格式有误' },
    en: (d) => `The member "${d.member}" is missing or malformed${expected(d, '; expected ')}.`,
    zh: (d) => `成员“${d.member}”缺失或格式有误${expected(d, '；应为 ')}。`,
  }),
  'submission.conflict': entry<{ submissionId: string }>({
    kind: 'conflict',
    title: { en: 'The submission id was used for other content', zh: '该提交编号已用于其他内容' },
    en: (d) =>
      `Submission ${d.submissionId} was received before with other content. The first stands; this one is kept as evidence. Use a new submissionId for a new diary.`,
    zh: (d) =>
      `提交 ${d.submissionId} 此前已以其他内容接收。以首次为准，本次已留存为证据。新的日记请使用新的 submissionId。`,
  }),
  'submission.not-found': entry<{ submissionId: string }>({
    kind: 'not-found',
    title: { en: 'Submission not found', zh: '未找到提交' },
    en: (d) => `This device's patient has no submission ${d.submissionId}.`,
    zh: (d) => `该设备对应的患者没有提交 ${d.submissionId}。`,
  }),
  'response.invalid': entry<Member>({
    kind: 'invalid',
    title: { en: 'The QuestionnaireResponse is malformed', zh: 'QuestionnaireResponse 格式有误' },
    en: (d) => `The element "${d.member}" is missing or malformed${expected(d, '; expected ')}.`,
    zh: (d) => `元素“${d.member}”缺失或格式有误${expected(d, '；应为 ')}。`,
  }),
  'response.not-ready': entry<{ submissionId: string }>({
    kind: 'not-found',
    title: { en: 'Received, and not a response yet', zh: '已接收，尚未形成答卷' },
    en: (d) =>
      `Submission ${d.submissionId} is kept and has not been applied. Ask /v1/submissions/${d.submissionId} where it stands.`,
    zh: (d) =>
      `提交 ${d.submissionId} 已保存，尚未入库。请通过 /v1/submissions/${d.submissionId} 查询其状态。`,
  }),
  'token.missing': entry<None>({
    kind: 'unauthenticated',
    title: { en: 'No device token', zh: '缺少设备令牌' },
    en: () => 'Send the header "Authorization: Bearer <device token>".',
    zh: () => '请发送请求头 “Authorization: Bearer <设备令牌>”。',
  }),
  'token.unknown': entry<None>({
    kind: 'unauthenticated',
    title: { en: 'The device token is not valid', zh: '设备令牌无效' },
    en: () => 'The device token is unknown or was revoked. Activate the device again with the site.',
    zh: () => '设备令牌未知或已被撤销。请在研究中心重新激活设备。',
  }),
  'token.other-patient': entry<{ member: string }>({
    kind: 'forbidden',
    title: { en: 'The token belongs to another patient or study', zh: '令牌属于其他患者或研究' },
    en: (d) =>
      `The member "${d.member}" does not match the device token. A device sends only for its own patient.`,
    zh: (d) => `成员“${d.member}”与设备令牌不符。设备只能为其所属患者提交。`,
  }),
  'token.other-form': entry<{ member: string }>({
    kind: 'forbidden',
    title: { en: 'The tablet was handed over for another form', zh: '平板电脑已用于其他表单' },
    en: (d) =>
      `The member "${d.member}" does not match what this device was handed over for: one form, once. Ask the site for a new code.`,
    zh: (d) => `成员“${d.member}”与该设备的用途不符：仅限一份表单、一次提交。请向研究中心索取新的激活码。`,
  }),
  'device.replaced': entry<None>({
    kind: 'gone',
    title: { en: 'Another phone has taken the place of this one', zh: '该手机已被另一部手机取代' },
    en: () => 'This phone may still send what it holds, and nothing else. Use the new phone.',
    zh: () => '该手机仍可发送已保存的内容，除此之外不能再使用。请使用新手机。',
  }),
  'device.too-many': entry<None>({
    kind: 'too-many',
    title: { en: 'Too many calls of this device', zh: '该设备的请求过多' },
    en: () =>
      'This device called far more often than an app does. Keep what it holds and wait for the time in Retry-After.',
    zh: () => '该设备的请求次数远超正常使用。请保留设备上的内容，并等待 Retry-After 所示时间。',
  }),
  'activation.refused': entry<None>({
    kind: 'forbidden',
    title: { en: 'The code cannot be used', zh: '激活码无法使用' },
    en: () => 'Check the ten characters of the code. If they are right, ask the site for a new code.',
    zh: () => '请核对激活码的十个字符。如无误，请向研究中心索取新的激活码。',
  }),
  'activation.too-many': entry<None>({
    kind: 'too-many',
    title: { en: 'Too many tries', zh: '尝试次数过多' },
    en: () => 'Too many codes were refused. Wait for the time in Retry-After, then try again.',
    zh: () => '激活码被拒绝的次数过多。请等待 Retry-After 所示时间后再试。',
  }),
  'activation.unsent': entry<{ held: number; lastContactAt: string }>({
    kind: 'failed-precondition',
    title: {
      en: 'The phone used until now holds entries that were not received',
      zh: '此前使用的手机上还有未发送的记录',
    },
    en: (d) =>
      `The phone that the patient used until now, which may be this one, said that it holds ${d.held} entries not received here. Connect it to the internet and open the diary there first, or send "unsentElsewhere": "known".`,
    zh: (d) =>
      `患者此前使用的手机（可能就是这部手机）上有 ${d.held} 条记录尚未送达。请先让该手机联网并打开日记，或发送 "unsentElsewhere": "known"。`,
  }),
  'route.not-found': entry<None>({
    kind: 'not-found',
    title: { en: 'Not found', zh: '未找到' },
    en: () => 'There is nothing at this address. See /docs for the API.',
    zh: () => '此地址没有内容。接口说明见 /docs。',
  }),
  'app.not-built': entry<None>({
    kind: 'not-found',
    title: { en: 'The patient app is not built', zh: '患者应用尚未构建' },
    en: () =>
      'This installation has no patient app yet. Whoever runs it: call "npm run build", then start it again.',
    zh: () => '该服务器尚无患者应用。请管理员运行 “npm run build” 后重新启动。',
  }),
  'request.malformed': entry<None>({
    kind: 'invalid',
    title: { en: 'The request is malformed', zh: '请求格式有误' },
    en: () => 'The request could not be understood. Check its headers and its framing.',
    zh: () => '无法理解该请求。请检查请求头和格式。',
  }),
  'server.overloaded': entry<None>({
    kind: 'overloaded',
    title: { en: 'The server is busy', zh: '服务器繁忙' },
    en: () => 'Nothing was stored. Keep the diary and send it again after the time in Retry-After.',
    zh: () => '未存储任何内容。请保留日记，并在 Retry-After 指定的时间后重新发送。',
  }),
  'server.stopping': entry<None>({
    kind: 'overloaded',
    title: { en: 'The server is stopping', zh: '服务器正在停止' },
    en: () =>
      'It is not known whether this was stored. Keep the diary and send it again with the same submissionId.',
    zh: () => '无法确定是否已存储。请保留日记，并以相同的 submissionId 重新发送。',
  }),
  'storage.full': entry<None>({
    kind: 'storage-full',
    title: { en: 'The storage is full', zh: '存储空间已满' },
    en: () => 'Nothing was stored, because the disk is full. Keep the diary and send it again later.',
    zh: () => '磁盘已满，未存储任何内容。请保留日记，稍后重新发送。',
  }),
  'storage.failed': entry<None>({
    kind: 'overloaded',
    title: { en: 'The storage failed', zh: '存储出错' },
    en: () => 'The storage cannot promise that this was kept. Keep the diary and send it again.',
    zh: () => '存储无法保证内容已保存。请保留日记并重新发送。',
  }),
  'code.not-found': entry<{ code: string }>({
    kind: 'not-found',
    title: { en: 'Code not found', zh: '未找到编码' },
    en: () => 'Code not found',
    zh: () => '未找到编码',
  }),
  'record.not-found': entry<{ record: string }>({
    kind: 'not-found',
    title: { en: 'Record not found', zh: '未找到记录' },
    en: (d) => `There is no ${d.record}. Check its id.`,
    zh: (d) => `没有 ${d.record}。请核对编号。`,
  }),
  'reason.missing': entry<{ member: string }>({
    kind: 'invalid',
    title: { en: 'A reason is required', zh: '必须填写原因' },
    en: (d) => `Give a reason in "${d.member}"; it becomes part of the audit log.`,
    zh: (d) => `请在“${d.member}”中填写原因；它将写入审计日志。`,
  }),
  'state.not-allowed': entry<{ state: string; action: string }>({
    kind: 'failed-precondition',
    title: { en: 'Not possible in this state', zh: '当前状态下不可执行' },
    en: (d) => `"${d.action}" is not possible while the state is "${d.state}".`,
    zh: (d) => `状态为“${d.state}”时不能执行“${d.action}”。`,
  }),
  'study.version-taken': entry<{ study: string; version: string }>({
    kind: 'conflict',
    title: { en: 'The version is published with other content', zh: '该版本已以其他内容发布' },
    en: (d) =>
      `${d.study} version ${d.version} is already published with other content. A published version never changes; give the changed study a new version.`,
    zh: (d) =>
      `${d.study} 版本 ${d.version} 已以其他内容发布。已发布的版本不可更改；请为修改后的研究指定新版本。`,
  }),
  'study.same-content': entry<{ study: string; version: string; other: string }>({
    kind: 'conflict',
    title: { en: 'The content is published under another version', zh: '该内容已以其他版本发布' },
    en: (d) =>
      `${d.study} version ${d.version} changes nothing against version ${d.other}, which is published. Use that one, or publish what is to change.`,
    zh: (d) =>
      `${d.study} 版本 ${d.version} 与已发布的版本 ${d.other} 没有差异。请使用该版本，或发布需要修改的内容。`,
  }),
  'study.form-changed': entry<{ form: string; formVersion: string; other: string }>({
    kind: 'conflict',
    title: { en: 'The form has changed under its version', zh: '表单已更改但版本未变' },
    en: (d) =>
      `Form ${d.form} version ${d.formVersion} asks something else in study version ${d.other}, which is published. Raise the form's own version.`,
    zh: (d) =>
      `表单 ${d.form} 版本 ${d.formVersion} 的内容与已发布的研究版本 ${d.other} 不同。请提高表单自身的版本。`,
  }),
  'study.entries-applied': entry<{ sites: string; from: string }>({
    kind: 'failed-precondition',
    title: { en: 'Entries from that date on are applied', zh: '该日期之后的记录已处理' },
    en: (d) =>
      `Entries of site ${d.sites} that are due from ${d.from} on were applied by another version. Take a later date, or say that the change is retroactive; a recomputation then shows the difference.`,
    zh: (d) =>
      `中心 ${d.sites} 自 ${d.from} 起的记录已按其他版本处理。请选择更晚的日期，或声明追溯生效；随后可通过重新计算查看差异。`,
  }),
  'request.invalid': entry<Member>({
    kind: 'invalid',
    title: { en: 'The request is malformed', zh: '请求格式有误' },
    en: (d) => `The member "${d.member}" is missing or malformed${expected(d, '; expected ')}.`,
    zh: (d) => `成员“${d.member}”缺失或格式有误${expected(d, '；应为 ')}。`,
  }),
  'staff.token-missing': entry<None>({
    kind: 'unauthenticated',
    title: { en: 'No staff token', zh: '缺少工作人员令牌' },
    en: () => 'Send the header "Authorization: Bearer <staff token>".',
    zh: () => '请发送请求头 “Authorization: Bearer <工作人员令牌>”。',
  }),
  'staff.token-unknown': entry<None>({
    kind: 'unauthenticated',
    title: { en: 'The staff token is not valid', zh: '工作人员令牌无效' },
    en: () => 'The staff token is unknown or was revoked. Ask the administrator of the study for a new one.',
    zh: () => '工作人员令牌未知或已被撤销。请向研究管理员申请新令牌。',
  }),
  'permission.missing': entry<{ permission: string; role: string }>({
    kind: 'forbidden',
    title: { en: 'Your role may not do this', zh: '您的角色无此权限' },
    en: (d) => `This needs the permission "${d.permission}", which the role "${d.role}" does not have.`,
    zh: (d) => `此操作需要权限“${d.permission}”，角色“${d.role}”没有该权限。`,
  }),
  'permission.site': entry<{ site: string }>({
    kind: 'forbidden',
    title: { en: 'You do not work at this site', zh: '您不属于该研究中心' },
    en: (d) => `You have no rights at site ${d.site}. Leave the site out, or name one of yours.`,
    zh: (d) => `您在研究中心 ${d.site} 没有权限。请省略该参数，或填写您所属的研究中心。`,
  }),
  'permission.not-addressed': entry<{ record: string }>({
    kind: 'forbidden',
    title: { en: 'This is addressed to others', zh: '此记录的处理人不是您' },
    en: (d) =>
      `${d.record} is for others: an alert for its audience and whom it was escalated to, a query's withdrawal for its author.`,
    zh: (d) => `${d.record} 应由他人处理：警报由其接收角色或升级对象处理，质疑只能由提出人撤回。`,
  }),
  'record.changed': entry<{ record: string; revision: number }>({
    kind: 'outdated',
    title: { en: 'The record has changed', zh: '记录已被更改' },
    en: (d) =>
      `${d.record} has changed since you read it; it is at revision ${d.revision}. Read it again and decide anew.`,
    zh: (d) => `您读取之后 ${d.record} 已被更改，现为第 ${d.revision} 版。请重新读取后再决定。`,
  }),
  'record.match-missing': entry<None>({
    kind: 'unconditional',
    title: { en: 'If-Match is missing', zh: '缺少 If-Match' },
    en: () => 'Send the ETag of the record as you read it in If-Match, so that nobody overwrites another.',
    zh: () => '请在 If-Match 中发送您读取该记录时的 ETag，以免覆盖他人的更改。',
  }),
  'change.not-applicable': entry<{ code: string }>({
    kind: 'failed-precondition',
    title: { en: 'The change cannot be applied', zh: '无法应用该更改' },
    en: (d) =>
      `With these answers the entry could not be applied (${d.code}). Correct the request, or ask the data manager.`,
    zh: (d) => `按这些答案无法应用该记录（${d.code}）。请修改申请，或联系数据管理员。`,
  }),
  'server.internal': entry<{ incident: string }>({
    kind: 'internal',
    title: { en: 'Internal error', zh: '内部错误' },
    en: (d) => `Something went wrong on our side (incident ${d.incident}). Keep the diary and send it again.`,
    zh: (d) => `服务器内部错误（事件 ${d.incident}）。请保留日记并重新发送。`,
  }),
} as const

export type ProblemCode = keyof typeof problems
export type ProblemDetails<C extends ProblemCode> = Parameters<(typeof problems)[C]['en']>[0]
