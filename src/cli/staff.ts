// `levee staff …`: who works in a study, in which role, at which sites, and the tokens they call the API with. A token
// is printed when it is made and at no other time. Signing in by OIDC or passkeys is not here yet.
import type { Command } from 'commander'
import type { StaffView } from '../identity/staff-store.ts'
import { isStaffRole, staffRoles } from '../study/staff-roles.ts'
import { controlClient } from './control-client.ts'
import { WronglyCalled } from './failures.ts'
import { timeText } from './figures.ts'
import { addClientFlags, addReasonFlag, addStudyFlag, reasonOf } from './flags.ts'
import { studyOf } from './study-choice.ts'
import { tableText } from './tables.ts'

type Flags = { data: string; json?: true; study?: string; reason?: string }

export function staffCommand(program: Command): void {
  const staff = program
    .command('staff')
    .description('staff of a study and their tokens')
    .addHelpText(
      'after',
      '\nExample:\n  levee staff create anna --name "Anna Berg" --role site-nurse --site 201 --reason "delegation log of 22 Nov"\n',
    )
  createCommand(staff)
  listCommand(staff)
  tokenCommand(staff)
  revokeCommand(staff)
}

type Create = Flags & { name?: string; role?: string; site?: string[]; allSites?: true }

function createCommand(staff: Command): void {
  const command = staff
    .command('create <id>')
    .description('add a member with a first token, which is shown only now (audited)')
    .option('--name <name>', 'printed name, as it stands beside signatures (required)')
    .option('--role <role>', `one of ${staffRoles.join(', ')} (required)`)
    .option('--site <id...>', 'the sites the member works at')
    .option('--all-sites', 'the member works at every site of the study')
  addClientFlags(addReasonFlag(addStudyFlag(command))).action(async (staffId: string, flags: Create) => {
    const { name, role, site, allSites } = flags
    if (name === undefined) throw new WronglyCalled('--name is missing: the printed name of the member')
    if (role === undefined || !isStaffRole(role))
      throw new WronglyCalled(
        `--role ${role === undefined ? 'is missing' : `takes no ${role}`}: it is one of ${staffRoles.join(', ')}`,
      )
    if ((site === undefined) === (allSites === undefined))
      throw new WronglyCalled('name the sites with --site, or say --all-sites; one of the two')
    const reason = reasonOf(flags)
    const client = controlClient(flags.data)
    const studyId = await studyOf(client, flags.study)
    const sites = site ?? null
    const { token } = await client.act({ do: 'create-staff', studyId, staffId, name, role, sites }, reason)
    if (flags.json) return console.log(JSON.stringify({ studyId, staffId, role, sites, token }))
    console.log(`${staffId} is ${role} in ${studyId}. The token, shown only now:\n${token}`)
  })
}

function listCommand(staff: Command): void {
  const command = staff.command('list').description('the staff of a study, also those who were revoked')
  addClientFlags(addStudyFlag(command)).action(async (flags: Flags) => {
    const client = controlClient(flags.data)
    const studyId = await studyOf(client, flags.study)
    const members = await client.get<StaffView[]>(`/staff/${encodeURIComponent(studyId)}`)
    if (flags.json) return console.log(JSON.stringify(members))
    if (members.length === 0)
      return console.log(`No staff in ${studyId} yet. Add somebody with "levee staff create"`)
    console.log(
      tableText(
        ['id', 'name', 'role', 'blinded', 'sites', 'since', 'standing'],
        members.map((m) => [
          m.staffId,
          m.name,
          m.role,
          m.blinded ? 'yes' : 'no',
          m.sites?.join(', ') ?? 'all',
          timeText(m.createdAt),
          m.revokedAt === null
            ? m.hasToken
              ? 'valid'
              : 'without a token'
            : `revoked ${timeText(m.revokedAt)}`,
        ]),
      ),
    )
  })
}

function tokenCommand(staff: Command): void {
  const command = staff
    .command('token <id>')
    .description('issue a new token, shown only now; the one before counts no more (audited)')
  addClientFlags(addReasonFlag(addStudyFlag(command))).action(async (staffId: string, flags: Flags) => {
    const reason = reasonOf(flags)
    const client = controlClient(flags.data)
    const studyId = await studyOf(client, flags.study)
    const { token } = await client.act({ do: 'replace-staff-token', studyId, staffId }, reason)
    console.log(flags.json ? JSON.stringify({ studyId, staffId, token }) : token)
  })
}

function revokeCommand(staff: Command): void {
  const command = staff
    .command('revoke <id>')
    .description('end a membership and its token, at once and for ever (audited)')
  addClientFlags(addReasonFlag(addStudyFlag(command))).action(async (staffId: string, flags: Flags) => {
    const reason = reasonOf(flags)
    const client = controlClient(flags.data)
    const studyId = await studyOf(client, flags.study)
    await client.act({ do: 'revoke-staff', studyId, staffId }, reason)
    if (flags.json) console.log(JSON.stringify({ studyId, staffId, revoked: true }))
    else console.log(`${staffId} has no rights in ${studyId} any more. What they did stays on record.`)
  })
}
