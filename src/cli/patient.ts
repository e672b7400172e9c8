// `levee patient …`: enrol patients and give their devices tokens.
import type { Command } from 'commander'
import type { ActionResults } from '../processing/staff-actions.ts'
import { controlClient } from './control-client.ts'
import { demoStudyId } from './demo-study.ts'
import { addClientFlags } from './flags.ts'

export function patientCommand(program: Command): void {
  const patient = program.command('patient').description('patients and their device tokens')
  tokensCommand(patient)
}

function tokensCommand(patient: Command): void {
  const command = patient
    .command('tokens')
    .description('issue a new device token for each patient and print patientId<TAB>token; tokens are shown only now')
    .option('--study <id>', 'the study', demoStudyId)
    .option('--patient <id...>', 'only these patients')
    .option('--limit <n>', 'at most so many patients', '1000000')
    .option('--label <text>', 'what the devices are for', 'command line')
    .option('--replace', 'revoke earlier tokens of the same label')
    .option('--reason <text>', 'why, for the audit log', 'tokens for devices')
  addClientFlags(command).action(async (flags) => {
    const { issued } = (await controlClient(flags.data).act(
      {
        do: 'issue-tokens',
        studyId: flags.study,
        patientIds: flags.patient ?? 'all',
        limit: Number(flags.limit),
        label: flags.label,
        replace: flags.replace === true,
      } as never,
      flags.reason,
    )) as ActionResults['issue-tokens']
    const rows = issued.map(({ device, token }) => ({ patientId: device.patientId, token }))
    if (flags.json) console.log(JSON.stringify(rows))
    else process.stdout.write(rows.map((r) => `${r.patientId}\t${r.token}\n`).join(''))
  })
}
