// `levee audit …`: export, verify and look at the audit logs (P6). Reads the databases itself, so it works
// whether a server runs or not.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { writeAuditBundle } from '../records/audit-export.ts'
import { auditOrigin } from '../records/audit-log.ts'
import { lastKeptCheckpoint } from '../records/checkpoint-files.ts'
import { dataFolder } from '../storage/folder.ts'
import { settings, variableOf } from '../system/config.ts'
import { importPrivateKey, keyId } from '../system/keys.ts'
import { importSigner } from '../system/signed-note.ts'
import { type AuditFlags, openAudit } from './audit-source.ts'
import { WronglyCalled } from './failures.ts'
import { countText } from './figures.ts'
import { addClientFlags, addDatabaseFlag, addStudyFlag, wholeNumber } from './flags.ts'
import { progressBar } from './progress.ts'
import { tableText } from './tables.ts'

const verifier = fileURLToPath(new URL('../../tools/verify-audit.mjs', import.meta.url))

export function auditCommand(program: Command): void {
  const audit = program
    .command('audit')
    .description('the audit logs: export, verify, look')
    .addHelpText(
      'after',
      '\nExample:\n  levee audit export --study MORNING-301 --to bundle && levee audit verify bundle\n',
    )
  exportCommand(audit)
  verifyCommand(audit)
  showCommand(audit)
  checkpointCommand(audit)
}

/** The public half of the key that signs a folder's checkpoints, in the form `name+id+key` (c2sp.org/signed-note). */
export function verifierKeyOf(folder: string): string {
  const file = join(dataFolder(folder).keys, 'log-key.pem')
  if (!existsSync(file)) throw new Error(`${file} is missing; name the data folder of a server with --data`)
  const pem = readFileSync(file, 'utf8')
  return importSigner(`levee-log-${keyId(importPrivateKey(pem))}`, pem).verifierKey
}

function exportCommand(audit: Command): void {
  const command = audit
    .command('export')
    .description("write a study's audit log as a folder that anybody can check without Levee")
    .requiredOption('--to <folder>', 'a new or empty folder (required)')
  addDatabaseFlag(addClientFlags(addStudyFlag(command))).action(
    async (flags: AuditFlags & { to: string }) => {
      if (existsSync(flags.to) && readdirSync(flags.to).length > 0) {
        throw new Error(`${flags.to} is not empty; name a new or empty folder with --to`)
      }
      await using open = await openAudit(flags)
      const { study } = open
      const bar = progressBar('exporting')
      try {
        const done = await writeAuditBundle(flags.to, {
          study,
          origin: auditOrigin(study),
          verifierKey: verifierKeyOf(flags.data),
          createdAt: new Date().toISOString(),
          // Until the writer has what its latest checkpoint covers; a running server may have grown since we looked.
          async *leaves() {
            for await (const { leaf } of open.leaves(0, Number.MAX_SAFE_INTEGER)) yield Buffer.from(leaf)
          },
          checkpoints: () => open.checkpoints(),
          progress: (entries, total) => bar.update(entries, total),
        })
        bar.stop()
        if (flags.json) return console.log(JSON.stringify({ study, folder: flags.to, ...done }))
        console.log(
          `${countText(done.entries)} entries of ${study} are in ${flags.to}. Check them: levee audit verify ${flags.to}`,
        )
      } finally {
        bar.stop()
      }
    },
  )
}

function verifyCommand(audit: Command): void {
  audit
    .command('verify <folder>')
    .description(
      'check an exported log: complete, unaltered, signed. Exit code 0 sound, 1 broken, 2 not checked',
    )
    .option('--key <key>', 'the log\'s public key as you know it: a line "name+id+key" or a file holding it')
    .option('--checkpoint <file>', 'signed checkpoints that were kept outside the folder')
    .option('--json', 'print JSON')
    .action((folder: string, flags: { key?: string; checkpoint?: string; json?: true }) => {
      if (!existsSync(join(folder, 'log.json'))) {
        throw new WronglyCalled(
          `${folder} holds no exported log; name a folder that "levee audit export" wrote`,
        )
      }
      const given = [
        ...(flags.key === undefined ? [] : ['--key', flags.key]),
        ...(flags.checkpoint === undefined ? [] : ['--checkpoint', flags.checkpoint]),
        ...(flags.json ? ['--json'] : []),
      ]
      const { status } = spawnSync(process.execPath, [verifier, folder, ...given], { stdio: 'inherit' })
      process.exitCode = status ?? 1
    })
}

type Leaf = { at: string; actor: string; action: string; patient?: string; record: string; reason?: string }

function showCommand(audit: Command): void {
  const command = audit
    .command('show')
    .description("the last entries of a study's audit log, newest last")
    .option('--last <n>', 'so many', wholeNumber(1), 20)
  addDatabaseFlag(addClientFlags(addStudyFlag(command))).action(
    async (flags: AuditFlags & { last: number }) => {
      await using open = await openAudit(flags)
      const leaves = await Array.fromAsync(open.leaves(Math.max(0, open.size - flags.last), open.size))
      if (flags.json) {
        const rows = leaves.map(({ index, leaf }) => ({ index, ...JSON.parse(leaf) }))
        return console.log(JSON.stringify(rows))
      }
      const rows = leaves.map(({ index, leaf }) => {
        const { at, actor, action, patient = '', record, reason = '' } = JSON.parse(leaf) as Leaf
        return [index, at, actor, action, patient, record, reason]
      })
      console.log(
        tableText([{ head: 'index', right: true }, 'at', 'by', 'what', 'patient', 'record', 'reason'], rows),
      )
    },
  )
}

function checkpointCommand(audit: Command): void {
  const command = audit
    .command('checkpoint')
    .description('the last signed checkpoint, and where checkpoints are kept')
    .option(
      '--checkpoints <folder>',
      `their folder, if it is not in the data folder (${variableOf(settings.checkpoints.flag)})`,
    )
  addDatabaseFlag(addClientFlags(addStudyFlag(command))).action(
    async (flags: AuditFlags & { checkpoints?: string }) => {
      await using open = await openAudit(flags)
      const folder = checkpointFolder(flags)
      const note = lastKeptCheckpoint(folder, open.study)
      if (note === undefined)
        throw new Error(
          `${folder} holds no checkpoint of ${open.study}; name their folder with --checkpoints`,
        )
      if (flags.json)
        return console.log(
          JSON.stringify({ study: open.study, folder, key: verifierKeyOf(flags.data), note }),
        )
      // The note alone on standard output: redirected into a file it is what `audit verify --checkpoint` takes.
      process.stdout.write(note)
      console.error(
        `\nKept in ${folder}. Signed with this key, which whoever checks should know from you:\n${verifierKeyOf(flags.data)}`,
      )
    },
  )
}

/** Where checkpoints are kept: the flag, the variable, or inside the data folder. */
export function checkpointFolder(flags: { data: string; checkpoints?: string }): string {
  const elsewhere = flags.checkpoints ?? process.env[variableOf(settings.checkpoints.flag)]
  return dataFolder(flags.data, elsewhere === '' ? undefined : elsewhere).checkpoints
}
