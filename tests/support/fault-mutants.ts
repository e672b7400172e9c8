// Negative controls: the real code with one difference that breaks a promise on purpose. Preloaded with
// `--import` into the server under test and its threads; changes source text while it is loaded.
// Every edit must match exactly once, so a control cannot silently turn into the real code.
import { registerHooks } from 'node:module'
import { isMainThread } from 'node:worker_threads'

type Edit = { readonly file: string; readonly find: string; readonly put: string }

export const mutants = {
  /** Breaks P1: the verdicts leave the journal thread before the COMMIT. */
  'early-ack': [
    {
      file: 'intake/commit-group.ts',
      find: "    reached('journal.before-commit')",
      put: "    ;(globalThis as any).answerEarly?.(verdicts)\n    reached('journal.before-commit')",
    },
    {
      file: 'journal-thread.ts',
      find: "  reached('journal.before-answer')\n",
      put: "  reached('journal.before-answer')\n  if (told) return void (Atomics.add(wake, 0, 1), Atomics.notify(wake, 0))\n",
    },
    {
      file: 'journal-thread.ts',
      find: '  const began = performance.now()',
      put: `  const began = performance.now()
  let told = false
  ;(globalThis as any).answerEarly = (early: Verdict[]) => {
    told = true
    say({ kind: 'verdicts', verdicts: packVerdicts(early), position: journal.head.position, commitMs: 0 })
  }`,
    },
  ],
  /** Breaks P1 on a node of a cluster: a group is acknowledged while its commit is on its way. */
  'early-ack-of-node': [
    {
      file: 'intake/group-commit.postgres.ts',
      find: '  await keepGroup(db, { arrivals, facts, signature, order, node, writer })',
      put: '  void keepGroup(db, { arrivals, facts, signature, order, node, writer }).catch(() => {})',
    },
  ],
  /** Breaks P1 for duplicates on a node of a cluster: nothing is written, so their answer waits for no standby. */
  'duplicate-unwritten': [
    {
      file: 'intake/group-commit.postgres.ts',
      find: 'if (retries.length > 0) await noteRetries(tx, retries)',
      put: '',
    },
  ],
  /** Breaks P1 on power loss: commits without a flush, and no longer reads the setting back. */
  'synchronous-normal': [
    { file: 'storage/sqlite.ts', find: 'PRAGMA synchronous=FULL', put: 'PRAGMA synchronous=NORMAL' },
    { file: 'storage/sqlite.ts', find: 'synchronous: 2', put: 'synchronous: 1' },
  ],
  /** Breaks P1 for duplicates: no durable boot entry before the doors open (reliability §1.1). */
  'no-boot-flush': [
    {
      file: 'intake/open-journal.ts',
      find: 'inTransaction(db, (tx) => store.boot(tx, Date.now(), data.version))',
      put: '1',
    },
    { file: 'intake/open-journal.ts', find: '  flushFile(`$', put: '  void (`$' },
    {
      file: 'intake/open-journal.ts',
      find: '  flushFolderOf(data.folder.journal)\n  checkpoint(db)\n',
      put: '',
    },
  ],
  /** Breaks P3: an entry's effects are committed apart from the journal position. */
  'position-apart': [
    { file: 'processing/batch-writer.ts', find: '      books.ledger.setProgress(tx, next)\n', put: '' },
    {
      file: 'processing/batch-writer.ts',
      find: "    reached('processing.after-commit')",
      put: "    reached('processing.after-commit')\n    inTransaction(db, (tx) => books.ledger.setProgress(tx, next))",
    },
  ],
  /** Breaks fail-stop (D4): goes on committing after a failed flush. */
  'trust-after-failure': [
    { file: 'journal-thread.ts', find: "    if (why === 'io') failed = true\n", put: '' },
  ],
  /** Breaks D4: takes a full disk for a failed one. */
  'full-is-failed': [{ file: 'storage/failure.ts', find: "  13: 'full',", put: "  13: 'io'," }],
  /** Breaks P6: starts whatever the checkpoints and the other database know. */
  'no-gate': [
    { file: 'processing/open-trial.ts', find: 'if (reason !== undefined) throw new Error(reason)', put: '' },
    { file: 'intake/open-journal.ts', find: '  refuseLoss(db, head, data.expectedPosition)\n', put: '' },
  ],
  /** Breaks P7: never turns anybody away. */
  'no-shedding': [
    {
      file: 'intake/journal.ts',
      find: '      const oldest = waiting[head]',
      put: '      const oldest = undefined as any',
    },
  ],
  /** Breaks the rule of one process: takes no lock. */
  'no-lock': [{ file: 'engine/engine.sqlite.ts', find: '  parts.use(lockFolder(folder))\n', put: '' }],
  /** Breaks the order of a lane: a killer runs alone before the entry it has to wait for. */
  'killer-first': [
    {
      file: 'processing/decide.ts',
      find: 'lanes.closedBy(lane) === undefined ? now() : undefined',
      put: 'now()',
    },
  ],
  /** Breaks P10: a finding that everybody sees stands beside a deviation of one arm. */
  'leak-finding': [
    {
      file: 'processing/steps.ts',
      find: '  draft.deviations = [...judged.deviations]',
      put: "  if (judged.deviations.length > 0) draft.findings.push({ code: 'edit-check' })\n  draft.deviations = [...judged.deviations]",
    },
  ],
  /** Breaks P10: the audit log tells of a deviation. */
  'leak-audit': [
    {
      file: 'processing/apply.ts',
      find: '"action":"submission.applied",',
      put: `"action":"submission.applied\${effect.deviations.length > 0 ? '-oddly' : ''}",`,
    },
  ],
  /** Breaks P10: a deviation is told to the outside. */
  'leak-message': [
    {
      file: 'processing/apply.ts',
      find: '  sendMessages(tx, books, entry, effect, now)\n',
      put: "  const odd = effect.deviations.map((one) => ({ ...one, topic: 'odd', audience: [] }))\n  sendMessages(tx, books, entry, { ...effect, messages: [...effect.messages, ...odd] } as any, now)\n",
    },
  ],
  /** Breaks P10: lists of patients tell the arm. */
  'leak-list': [
    {
      file: 'api/control/records.ts',
      find: '  return visible\n',
      put: '  return { arm: _, ...visible } as any\n',
    },
  ],
  /** No broken promise: the watchdog waits 1 s and the child 3 s, so that a test need not wait longer. */
  'short-patience': [
    { file: 'processing/trial.ts', find: 'const hungMs = 15_000', put: 'const hungMs = 1_000' },
    { file: 'processing/alone.ts', find: 'ms: 10_000', put: 'ms: 3_000' },
  ],
  /** No broken promise: PostgreSQL ends a session that sleeps in a transaction after 3 s, not 20. */
  'short-sleep': [
    {
      file: 'storage/postgres-checks.ts',
      find: "idle_in_transaction_session_timeout: '20s'",
      put: "idle_in_transaction_session_timeout: '3s'",
    },
  ],
  /** No broken promise: PostgreSQL gives a silent connection up after 4 s, not 15. */
  'short-silence': [
    { file: 'storage/postgres-checks.ts', find: "tcp_keepalives_idle: '5'", put: "tcp_keepalives_idle: '2'" },
    {
      file: 'storage/postgres-checks.ts',
      find: "tcp_user_timeout: '10000'",
      put: "tcp_user_timeout: '4000'",
    },
  ],
  /** No broken promise: what PostgreSQL leaves unanswered is in doubt after 2 s, not 10. */
  'short-answer': [
    {
      file: 'storage/postgres.ts',
      find: 'const connectWithinMs = 5000',
      put: 'const connectWithinMs = 1500',
    },
    {
      file: 'storage/postgres.ts',
      find: 'const standardAnswerMs = 10_000',
      put: 'const standardAnswerMs = 2_000',
    },
  ],
} as const satisfies Record<string, readonly Edit[]>

export type Mutant = keyof typeof mutants

/** The source with the edits of the named mutants. Throws if an edit does not match exactly once. */
export function mutated(path: string, source: string, names: readonly Mutant[]): string {
  let text = source
  for (const name of names) {
    for (const { file, find, put } of mutants[name] as readonly Edit[]) {
      if (!path.endsWith(`/src/${file}`)) continue
      if (text.split(find).length !== 2) throw new Error(`mutant ${name} does not fit ${file}: "${find}"`)
      text = text.replace(find, () => put)
    }
  }
  return text
}

const active = (process.env.FAULT_MUTANTS ?? '').split(' ').filter((name) => name !== '') as Mutant[]
if (active.length > 0) {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.includes('/src/') || loaded.source === undefined || loaded.source === null) return loaded
      return { ...loaded, source: mutated(new URL(url).pathname, String(loaded.source), active) }
    },
  })
  if (isMainThread) process.stderr.write(`mutants: ${active.join(' ')}\n`)
}
