// Evaluating one entry in a child process: both sides. The child has its own heap limit and a time limit, so
// an entry that exhausts memory or never ends takes only its child with it (reliability: D18).
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { journalReader } from '../intake/journal-store.sqlite.ts'
import { historyStore } from '../records/history-store.sqlite.ts'
import { patientStore } from '../records/patient-store.sqlite.ts'
import { studyStore } from '../records/study-store.sqlite.ts'
import { openReader } from '../storage/sqlite.ts'
import { watchPoints } from '../system/points.ts'
import { evaluateEntry, type Result } from './decide.ts'
import type { EvaluateAlone } from './retrier.ts'
import { studyPlans } from './study-plans.ts'

type Task = { journal: string; trial: string; position: number; pointsModule: string | undefined }
const limits = { heapMb: 256, ms: 10_000, outputBytes: 4 * 1024 * 1024 }

/** The parent's side, for the embedded files. */
export const evaluateAlone = (files: Omit<Task, 'position'>): EvaluateAlone =>
  inChild<Result>(fileURLToPath(import.meta.url), files)

/** The parent's side: the program gets the task and the position on its standard input, and prints the result. */
export function inChild<R>(program: string, task: object): (position: number) => Promise<R> {
  return (position) =>
    new Promise((resolve, reject) => {
      const flags = [`--max-old-space-size=${limits.heapMb}`, '--disable-warning=ExperimentalWarning']
      const child = spawn(process.execPath, [...flags, program], {
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      const timer = setTimeout(() => child.kill('SIGKILL'), limits.ms)
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (output.length > limits.outputBytes) child.kill('SIGKILL')
      })
      child.once('error', reject)
      child.once('close', (code) => {
        clearTimeout(timer)
        if (code === 0) resolve(JSON.parse(output) as R)
        else reject(new Error(`the evaluation of entry ${position} ended with ${code ?? 'a signal'}`))
      })
      child.stdin.on('error', () => undefined)
      child.stdin.end(JSON.stringify({ ...task, position }))
    })
}

/** The child's side: reads the task, evaluates on read-only connections, prints the result. */
async function main(): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  const task = JSON.parse(Buffer.concat(parts).toString()) as Task
  await watchPoints(task.pointsModule)
  const trial = openReader(task.trial)
  const [entry] = journalReader(openReader(task.journal)).entriesUpTo(task.position - 1, task.position)
  if (entry === undefined) throw new Error('no such entry')
  const patients = patientStore(trial)
  const result = evaluateEntry(entry, {
    versions: studyPlans(studyStore(trial)).of,
    patient: patients.find,
    history: historyStore(trial).of,
  })
  process.stdout.write(JSON.stringify(result))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
