// Every setting, once: name, type, default, one sentence. The only place that reads the environment.
// docs/configuration.md is generated from this list.

import { readRoles, roles } from './roles.ts'

type Setting = {
  /** Flag of `levee serve`, without the dashes; the variable is LEVEE_ and the name in capitals. */
  readonly flag: string
  readonly kind: 'text' | 'number' | 'flag'
  readonly standard: string
  readonly says: string
}

export const settings = {
  data: {
    flag: 'data',
    kind: 'text',
    standard: './data',
    says: 'Folder of the databases, keys and checkpoints.',
  },
  checkpoints: {
    flag: 'checkpoints',
    kind: 'text',
    standard: '',
    says: 'Folder for the signed checkpoints; best on another disk. Empty: "checkpoints" in the data folder.',
  },
  host: {
    flag: 'host',
    kind: 'text',
    standard: '127.0.0.1',
    says: 'Address to listen on. Anything but loopback needs --behind-tls, because Levee itself speaks plain HTTP.',
  },
  port: {
    flag: 'port',
    kind: 'number',
    standard: '8080',
    says: 'Port of the HTTP door; 0 picks a free one.',
  },
  grpcPort: {
    flag: 'grpc-port',
    kind: 'number',
    standard: '8081',
    says: 'Port of the gRPC door; 0 picks a free one.',
  },
  behindTls: {
    flag: 'behind-tls',
    kind: 'flag',
    standard: '',
    says: 'States that a proxy in front of Levee ends TLS; allows addresses other than loopback.',
  },
  log: { flag: 'log', kind: 'text', standard: 'info', says: 'How much to log: silent, error, warn or info.' },
  dictionary: {
    flag: 'dictionary',
    kind: 'text',
    standard: '',
    says: 'Drug dictionary as CSV (code,name). Empty: the small sample that comes with Levee.',
  },
  queue: {
    flag: 'queue',
    kind: 'number',
    standard: '5000',
    says: 'Submissions that may wait for the disk; beyond that new ones get 503 before their body is read.',
  },
  queueMs: {
    flag: 'queue-ms',
    kind: 'number',
    standard: '250',
    says: 'Milliseconds the oldest waiting submission may wait; beyond that new ones get 503.',
  },
  database: {
    flag: 'database',
    kind: 'text',
    standard: '',
    says: 'URL of a PostgreSQL database (postgres://user@host/name), for a cluster of nodes. Empty: two SQLite files in the data folder. Give the password by the variable or by PGPASSFILE, not as a flag.',
  },
  copies: {
    flag: 'copies',
    kind: 'text',
    standard: 'standby',
    says: 'standby: PostgreSQL must wait for a standby, so that the loss of one machine loses nothing; Levee refuses to start otherwise. one: do without, for trying things out.',
  },
  node: {
    flag: 'node',
    kind: 'text',
    standard: '',
    says: 'Name of this node, different for each node of a cluster. Empty: the name of the machine and the HTTP port.',
  },
  roles: {
    flag: 'roles',
    kind: 'text',
    standard: roles.join(','),
    says: 'What this node does, as a list: intake, processing, sending, api. Less than all of it needs --database.',
  },
  webhookUrl: {
    flag: 'webhook-url',
    kind: 'text',
    standard: '',
    says: 'Where alerts and messages are sent: https, or http on loopback. Empty: they wait in the outbox. May hold a secret, so better given by the variable.',
  },
  webhookSecrets: {
    flag: 'webhook-secrets',
    kind: 'text',
    standard: '',
    says: 'File of the secrets that sign webhooks, one whsec_… a line, readable by its owner only (0600). Needed with --webhook-url.',
  },
  webhookPrivate: {
    flag: 'webhook-private',
    kind: 'flag',
    standard: '',
    says: 'Allows a webhook in a private network (10.0.0.0/8 and the like); loopback and link-local addresses stay closed.',
  },
  publicUrl: {
    flag: 'public-url',
    kind: 'text',
    standard: '',
    says: 'Address at which patients reach this server, such as https://diary.example; for the links in reminders and activation sheets. Empty: reminders hold no link.',
  },
  pushContact: {
    flag: 'push-contact',
    kind: 'text',
    standard: '',
    says: 'mailto: or https: address by which push services reach whoever runs this server; turns reminders by web push on. Empty: none are sent.',
  },
  pushLoopback: {
    flag: 'push-loopback',
    kind: 'flag',
    standard: '',
    says: 'Allows phones to name a push service on this machine, over http; for trying things out only.',
  },
  smtpUrl: {
    flag: 'smtp-url',
    kind: 'text',
    standard: '',
    says: 'Mail server for reminders to patients no push reaches: smtps://user:password@host, or smtp:// with STARTTLS. Holds a password, so better given by the variable. Empty: no e-mail.',
  },
  mailFrom: {
    flag: 'mail-from',
    kind: 'text',
    standard: '',
    says: 'Sender of reminders by e-mail, such as "Diary <diary@example.org>". Needed with --smtp-url.',
  },
  smsUrl: {
    flag: 'sms-url',
    kind: 'text',
    standard: '',
    says: 'Where reminders by SMS are handed to a gateway, as signed webhooks: https, or http on loopback. Empty: no SMS.',
  },
  smsSecrets: {
    flag: 'sms-secrets',
    kind: 'text',
    standard: '',
    says: 'File of the secrets that sign them, one whsec_… a line, readable by its owner only (0600). Needed with --sms-url.',
  },
  drainMs: {
    flag: 'drain-ms',
    kind: 'number',
    standard: '0',
    says: 'Milliseconds between the order to stop, from which on /readyz answers 503, and closing the doors: time for a load balancer to turn elsewhere.',
  },
} as const satisfies Record<string, Setting>

export type Config = {
  readonly [K in keyof typeof settings]: (typeof settings)[K]['kind'] extends 'number'
    ? number
    : (typeof settings)[K]['kind'] extends 'flag'
      ? boolean
      : string
}

/** The environment variable of a setting. */
export const variableOf = (flag: string): string => `LEVEE_${flag.toUpperCase().replaceAll('-', '_')}`

/**
 * Reads all settings: flags win over variables, variables over standards. Throws an error that names the
 * setting and what it takes.
 */
export function readConfig(
  flags: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv = process.env,
): Config {
  const config: Record<string, string | number | boolean> = {}
  for (const [name, setting] of Object.entries(settings)) {
    const given = flags[name] ?? environment[variableOf(setting.flag)] ?? setting.standard
    config[name] = parsed(setting, given)
  }
  const checked = config as Config
  checkCluster(checked)
  if (checked.webhookUrl !== '' && checked.webhookSecrets === '')
    throw new Error('--webhook-url needs --webhook-secrets, because every webhook is signed')
  checkReminders(checked)
  if (!isLoopback(checked.host) && !checked.behindTls) {
    throw new Error(
      `--host ${checked.host} is not loopback: diaries would travel in the clear. Put a TLS proxy in front and add --behind-tls, or use 127.0.0.1`,
    )
  }
  return checked
}

function checkCluster({ database, copies, roles: wanted }: Config): void {
  if (copies !== 'standby' && copies !== 'one')
    throw new Error(`--copies takes standby or one; not ${copies}`)
  if (database !== '' && !/^postgres(ql)?:\/\//.test(database))
    throw new Error('--database takes a URL such as postgres://levee@db.example/levee')
  if (database === '' && readRoles(wanted).size < roles.length)
    throw new Error('--roles divides the work of a cluster; without --database one node does all of it')
}

function checkReminders({ publicUrl, pushContact, smtpUrl, mailFrom, smsUrl, smsSecrets }: Config): void {
  const origin = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined
  const isOrigin = origin !== undefined && /^https?:$/.test(origin.protocol) && origin.origin === publicUrl
  if (publicUrl !== '' && !(isOrigin && (origin.protocol === 'https:' || isLoopback(origin.hostname))))
    throw new Error(
      '--public-url takes an address such as https://diary.example, without a path; http for loopback only',
    )
  if (pushContact !== '' && !/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(pushContact))
    throw new Error('--push-contact takes an address such as mailto:diary@example.org')
  if (smtpUrl !== '' && !/^[^\r\n]*[^\s@<]+@[^\s@>]+>?$/.test(mailFrom))
    throw new Error('--smtp-url needs --mail-from with the sender, such as "Diary <diary@example.org>"')
  if (smsUrl !== '' && smsSecrets === '')
    throw new Error('--sms-url needs --sms-secrets, because every webhook is signed')
}

function parsed(setting: Setting, given: unknown): string | number | boolean {
  if (setting.kind === 'flag') return given === true || given === '1' || given === 'true'
  if (setting.kind === 'text') return String(given)
  const number = Number(given)
  if (String(given).trim() === '' || !Number.isInteger(number) || number < 0) {
    throw new Error(`--${setting.flag} (or ${variableOf(setting.flag)}) takes a whole number, 0 or more`)
  }
  return number
}

/** Whether an address can be reached from this machine alone. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
