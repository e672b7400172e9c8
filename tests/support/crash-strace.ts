// Reads what strace wrote: which bytes went to which file, when a flush had ended, when an answer left. The order of
// the lines is the order of events: strace lets a thread go on only after it has noted what the thread did.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * One system call. `began` and `ended` are line numbers. `data` are the bytes of a write (cut at what
 * strace was told to print), `offset` where pwrite64 put them. `result` is NaN where the process died in the call: it
 * may or may not have happened. `injected`: strace made up the result and the kernel did nothing.
 */
export type Call = {
  readonly name: string
  readonly path: string
  readonly data: Buffer
  readonly offset: number
  readonly result: number
  readonly injected: boolean
  readonly began: number
  readonly ended: number
}

/** Arguments that every trace of this suite starts with; -x prints bytes as hex, -y the path of a descriptor. */
export const traceInto = (file: string): string[] => [
  '-f',
  '--seccomp-bpf',
  '-y',
  '-x',
  '-s',
  '9000',
  '-o',
  file,
]

/** The same where a signal is injected, which does not arrive while seccomp filters the calls. */
export const traceWithSignals = (file: string): string[] =>
  traceInto(file).filter((option) => option !== '--seccomp-bpf')

/** Why strace cannot be used here, or undefined. */
export function straceMissing(): string | undefined {
  const tried = spawnSync(
    'strace',
    ['-f', '--seccomp-bpf', '-e', 'trace=fsync', process.execPath, '-e', '0'],
    { encoding: 'utf8' },
  )
  if (tried.error !== undefined) return 'strace is not installed; flush-before-answer is NOT proven here'
  if (tried.status !== 0) return 'ptrace is refused; flush-before-answer is NOT proven here'
  return undefined
}

const whole = /^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)(.*)$/
const unfinished = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/
const resumed = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+|\?)(.*)$/

/** All calls in the order they ended; those the process died in come last. */
export function readTrace(file: string): Call[] {
  const open = new Map<string, { text: string; began: number }>()
  const calls: Call[] = []
  for (const [at, line] of readFileSync(file, 'latin1').split('\n').entries()) {
    const part = unfinished.exec(line)
    if (part !== null) {
      open.set(`${part[1]} ${part[2]}`, { text: part[3]!, began: at })
      continue
    }
    const rest = resumed.exec(line)
    if (rest !== null) {
      const start = open.get(`${rest[1]} ${rest[2]}`)
      open.delete(`${rest[1]} ${rest[2]}`)
      if (start !== undefined)
        calls.push(call(rest[2]!, start.text + rest[3]!, rest[4]!, rest[5]!, start.began, at))
      continue
    }
    const one = whole.exec(line)
    if (one !== null) calls.push(call(one[2]!, one[3]!, one[4]!, one[5]!, at, at))
  }
  for (const [key, { text, began }] of open)
    calls.push(call(key.split(' ')[1]!, `${text})`, '?', '', began, Number.MAX_SAFE_INTEGER))
  return calls
}

function call(name: string, args: string, result: string, tail: string, began: number, ended: number): Call {
  return {
    name,
    path: /^\d+<([^>]*)>/.exec(args)?.[1] ?? '',
    data: Buffer.concat([...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => bytes(m[1]!))),
    offset: Number(/, (\d+)\)?$/.exec(args)?.[1] ?? 0),
    result: Number(result),
    injected: tail.includes('(INJECTED)'),
    began,
    ended,
  }
}

const escapes: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  f: '\f',
  '0': '\0',
  '"': '"',
  '\\': '\\',
}

/** The bytes of a string as strace prints it: \xhh, the usual escapes, octal. */
function bytes(text: string): Buffer {
  if (!text.includes('\\')) return Buffer.from(text, 'latin1')
  if (/^(?:\\x[0-9a-f]{2})+$/.test(text)) return Buffer.from(text.replaceAll('\\x', ''), 'hex')
  const plain = text.replace(/\\(x[0-9a-f]{2}|[0-7]{1,3}|.)/g, (_, e: string) => {
    if (e.startsWith('x')) return String.fromCharCode(Number.parseInt(e.slice(1), 16))
    return /^[0-7]+$/.test(e) ? String.fromCharCode(Number.parseInt(e, 8)) : (escapes[e] ?? e)
  })
  return Buffer.from(plain, 'latin1')
}

/** Whether this call flushed the file for real. */
export const isFlushOf = (call: Call, file: string): boolean =>
  (call.name === 'fsync' || call.name === 'fdatasync') &&
  call.path === file &&
  call.result === 0 &&
  !call.injected

/** An acknowledgement that left, and whether it was allowed to. */
export type AnswerSeen = {
  readonly submissionId: string
  readonly status: 200 | 202
  readonly covered: boolean
}

const acknowledged =
  /HTTP\/1\.1 (200|202) [\s\S]*?"status":"received"[\s\S]*?"submissionId":"([0-9a-f-]{36})"/g

/**
 * P1 in one pass: every acknowledgement with whether a flush of the WAL that began after the entry's first write
 * there (for an entry of an earlier life: after the start) had ended when the answer began to leave.
 */
export function answersWithFlushes(calls: readonly Call[], wal: string): AnswerSeen[] {
  const flushes = calls.filter((c) => isFlushOf(c, wal))
  const walWrites = calls.filter(
    (c) => c.path === wal && c.name === 'pwrite64' && !c.injected && c.result > 0,
  )
  const firstWrite = (submissionId: string, before: number): number => {
    const id = Buffer.from(submissionId.replaceAll('-', ''), 'hex')
    return walWrites.find((c) => c.ended < before && c.data.includes(id))?.ended ?? -1
  }
  const seen: AnswerSeen[] = []
  for (const { name, path, data, began } of calls) {
    if (!path.startsWith('socket:') || (name !== 'write' && name !== 'writev')) continue
    for (const [, status, submissionId] of data.toString('latin1').matchAll(acknowledged)) {
      const at = firstWrite(submissionId!, began)
      const covered = flushes.some((flush) => flush.began > at && flush.ended < began)
      seen.push({ submissionId: submissionId!, status: Number(status) as 200 | 202, covered })
    }
  }
  return seen
}
