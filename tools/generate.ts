// Makes every committed file that is derived from the code, so that none is written by hand:
// contract/openapi.yaml, the JSON Schemas of study files, docs/problems.md, docs/configuration.md, the code for the
// Protobuf contract, and the schemas of both engines. Run it with `npm run contract` or `npm run docs`; tests compare its outcome with what is committed.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { httpDoor } from '../src/api/http/server.ts'
import type { DoorParts } from '../src/api/parts.ts'
import { dumpPostgresSchema, dumpSqliteSchema } from '../src/storage/schema-dump.ts'
import { type DescribedSchema, scoringJsonSchema, studyJsonSchema } from '../src/study/package/json-schema.ts'
import { settings, variableOf } from '../src/system/config.ts'
import { kinds } from '../src/system/problem.ts'
import { problems } from '../src/system/problems.ts'
import { type Role, roles } from '../src/system/roles.ts'
import { openPostgresGround, openSqliteGround } from '../tests/support/engines.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const madeBy = 'made by tools/generate.ts (npm run docs); do not edit'

/** The generated files that need no database: text by path within the repository. */
export async function generatedFiles(): Promise<Map<string, string>> {
  return new Map([
    ['contract/openapi.yaml', await openApi()],
    ['docs/problems.md', problemsPage()],
    ['docs/configuration.md', configurationPage()],
    ['contract/study.schema.json', schemaText(studyJsonSchema())],
    ['contract/scoring.schema.json', schemaText(scoringJsonSchema())],
    ...(await protobufCode()),
  ])
}

/** The schemas that the migrations lead to, dumped from new databases; for PostgreSQL it starts a server. */
export async function schemaFiles(): Promise<Map<string, string>> {
  await using sqlite = await openSqliteGround()
  await using postgres = await openPostgresGround()
  const head = `-- ${madeBy}. To be read; migrations/ makes it.\n`
  const [journal, trial] = [dumpSqliteSchema(sqlite.journal), dumpSqliteSchema(sqlite.trial)]
  return new Map([
    ['docs/schema.sqlite.sql', `${head}\n-- journal.db\n\n${journal}\n-- trial.db\n\n${trial}`],
    ['docs/schema.postgres.sql', `${head}\n${await dumpPostgresSchema(postgres.db.pool)}`],
  ])
}

/** The HTTP door's description, of a node that does everything. It is built and never opened, so it needs no other part. */
async function openApi(): Promise<string> {
  const door = await httpDoor({ roles: new Set(roles) as ReadonlySet<Role> } as DoorParts, {}, true)
  await door.ready()
  const description = JSON.parse(JSON.stringify(door.swagger())) as object
  await door.close()
  return `# The HTTP contract, ${madeBy}.\n${stringify(description, { lineWidth: 110, aliasDuplicateObjects: false })}`
}

/** For editors: `# yaml-language-server: $schema=…` as the first line of a study file. */
const schemaText = ({ schema }: DescribedSchema): string =>
  `${JSON.stringify({ $comment: madeBy, ...schema }, null, 2)}\n`

function problemsPage(): string {
  const names: object = new Proxy({}, { get: (_, name) => `{${String(name)}}` })
  const sections = Object.entries(problems).map(([code, entry]) => {
    const { status, grpc, retry } = kinds[entry.kind]
    return `<a id="${code}"></a>

## ${code}

${entry.title.en} · ${entry.title.zh}

| Kind | HTTP | gRPC | Same call again |
|---|---|---|---|
| ${entry.kind} | ${status} | ${grpc.toUpperCase()} | ${retry ? 'yes, after Retry-After' : 'no, change it first'} |

- en: ${asText(entry.en(names as never))}
- zh: ${asText(entry.zh(names as never))}
`
  })
  return `<!-- ${madeBy} -->
# Problems

What Levee answers when a call cannot be carried out. Over HTTP it is a document of type \`application/problem+json\`
(RFC 9457) whose \`code\` is the heading below; over gRPC it is a status whose details hold one
\`levee.v1.Problem\`. Words in braces stand for the details of the case: ids, names of members and counts, never
what a patient answered. Codes are never reused. What is wrong with a submission that was accepted is no problem
but a finding, and is shown with the submission.

${sections.join('\n')}`
}

/** Markdown would take angle brackets for HTML. */
const asText = (text: string): string => text.replaceAll('<', '&lt;')

function configurationPage(): string {
  const rows = Object.values(settings).map(({ flag, kind, standard, says }) => {
    const given = kind === 'flag' ? `\`--${flag}\`` : `\`--${flag} <${kind}>\``
    return `| ${given} | \`${variableOf(flag)}\` | ${standard === '' ? '–' : `\`${standard}\``} | ${says} |`
  })
  return `<!-- ${madeBy} -->
# Configuration

Settings of \`levee serve\`, \`levee demo --serve\` and \`npm start\`. A flag wins over its environment variable, a
variable over the standard value. A switch without a value is set in the environment with \`1\` or \`true\`.

| Flag | Variable | Standard | What it does |
|---|---|---|---|
${rows.join('\n')}
`
}

/** What `buf generate` makes of contract/, by path. */
async function protobufCode(): Promise<[string, string][]> {
  const out = mkdtempSync(join(tmpdir(), 'levee-generate-'))
  try {
    const path = `${dirname(process.execPath)}:${process.env.PATH}`
    const args = ['generate', 'contract', '--template', 'contract/buf.gen.yaml', '--output', out]
    await promisify(execFile)('node_modules/.bin/buf', args, {
      cwd: root,
      env: { ...process.env, PATH: path },
    })
    const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    return names.sort().map((name) => [relative(out, join(out, name)), readFileSync(join(out, name), 'utf8')])
  } finally {
    rmSync(out, { recursive: true })
  }
}

if (import.meta.main) {
  for (const [name, text] of [...(await generatedFiles()), ...(await schemaFiles())]) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
    console.log(name)
  }
}
