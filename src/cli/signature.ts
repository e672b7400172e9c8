// `levee signature list` and `show`: whether what a device signed verifies, and, with --write, the three files with which anybody can
// check it with other tools. The bytes hold answers, so writing them out goes on record.
import { createPublicKey } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { marksOf } from '../intake/head.ts'
import type { SignatureCheck } from '../records/signature-check-store.ts'
import { controlClient } from './control-client.ts'
import { BadNews, WronglyCalled } from './failures.ts'
import { timeText } from './figures.ts'
import { addClientFlags, addReasonFlag, addStudyFlag, reasonOf, wholeNumber } from './flags.ts'
import { studyOf } from './study-choice.ts'
import { pairsText, tableText } from './tables.ts'

type Flags = { data: string; json?: true; write?: string; reason?: string }
/** As the control door sends it: the body in base64, the device's public key as SPKI in base64. */
type Sent = {
  readonly head: string
  readonly body: string
  readonly deviceId: number
  readonly patientId: string
  readonly studyId: string
  readonly sha256: string
  readonly signature: SignatureCheck | null
  readonly publicKey: string | null
}

export function signatureCommand(program: Command): void {
  const signature = program.command('signature').description('what devices signed')
  listCommand(signature)
  const command = signature
    .command('show <position>')
    .description('whether the signature of an entry verifies; exit code 1 where it does not')
    .option('--write <folder>', 'write body, signature and public key there, to check with openssl (audited)')
  addClientFlags(addReasonFlag(command))
    .addHelpText('after', '\nExample:\n  levee signature show 4711 --write proof --reason "inspection"\n')
    .action(async (position: string, flags: Flags) => show(readPosition(position), flags))
}

function listCommand(signature: Command): void {
  const command = signature
    .command('list')
    .description('entries whose signature does not verify, in the order of the journal')
    .option('--after <position>', 'start after this position', readPosition, 0)
    .option('--limit <n>', 'at most so many', wholeNumber(1), 100)
  addClientFlags(addStudyFlag(command)).action(
    async (flags: Flags & { study?: string; after: number; limit: number }) => {
      const client = controlClient(flags.data)
      const studyId = await studyOf(client, flags.study)
      const { after, limit } = flags
      const asked = new URLSearchParams({ studyId, after: String(after), limit: String(limit) })
      const found = await client.get<(SignatureCheck & { siteId: string })[]>(`/signatures/failed?${asked}`)
      if (flags.json) return console.log(JSON.stringify(found))
      if (found.length === 0)
        return console.log(
          after === 0
            ? `Every signature in ${studyId} that was checked verifies.`
            : `None after entry ${after}.`,
        )
      const rows = found.map((f) => [
        f.position,
        f.siteId,
        f.patientId,
        f.deviceId,
        faultWords[f.code ?? ''] ?? f.code ?? '',
        timeText(f.checkedAt ?? 0),
      ])
      console.log(tableText(['entry', 'site', 'patient', 'device', 'why', 'checked'], rows))
      if (found.length === limit)
        console.log(`\nThe next ones: levee signature list --after ${found.at(-1)!.position}`)
    },
  )
}

function readPosition(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new WronglyCalled(`${text} is no journal position; write a number such as 4711`)
}

async function show(position: number, flags: Flags): Promise<void> {
  const reason = flags.write === undefined ? '' : reasonOf(flags)
  const client = controlClient(flags.data)
  const entry = await client.get<Sent>(`/entries/${position}`)
  const { signature, publicKey, studyId, patientId, deviceId, sha256 } = entry
  const state = signature?.state ?? 'none'
  const code = signature?.code ?? null
  let files: string[] = []
  if (flags.write !== undefined) {
    const proof = proofOf(entry, position)
    await client.act({ do: 'note-reading', position }, reason)
    files = writeProof(flags.write, proof)
  }
  const facts = { position, studyId, patientId, deviceId, sha256, state, code, publicKey, files }
  if (flags.json) console.log(JSON.stringify(facts))
  else {
    const checkedAt = signature?.checkedAt ?? null
    const pairs: [string, string][] = [
      ['entry', `${position} of ${studyId}`],
      ['patient', patientId],
      ['device', String(deviceId)],
      ['SHA-256', sha256],
      ['signature', words(state, code)],
      ...(checkedAt === null ? [] : [['checked', timeText(checkedAt)] as [string, string]]),
    ]
    console.log(pairsText(pairs))
    if (files.length > 0)
      console.log(
        `\nopenssl dgst -sha256 -verify ${flags.write}/public-key.pem -signature ${flags.write}/signature.der ${flags.write}/body.json`,
      )
  }
  if (state === 'failed') throw new BadNews()
}

const faultWords: Readonly<Record<string, string>> = {
  'no-key': 'the device has no key',
  malformed: 'it is no signature',
  mismatch: 'it is not over these bytes by this device',
  missing: 'the device has a key and did not sign',
  unreadable: 'its entry cannot be read from the journal',
}

function words(state: string, code: string | null): string {
  if (state === 'failed') return `DOES NOT VERIFY: ${faultWords[code ?? ''] ?? code}`
  return state === 'none' ? 'none; the device has no key' : state
}

type Proof = { readonly body: Buffer; readonly signature: Buffer; readonly key: string }

function proofOf({ head, body, publicKey }: Sent, position: number): Proof {
  const signature = marksOf(head)?.signature
  if (typeof signature !== 'string' || publicKey === null)
    throw new Error(`entry ${position} has no signature of a device with a key, so there is nothing to write`)
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
  return {
    body: Buffer.from(body, 'base64'),
    signature: derOf(Buffer.from(signature, 'base64url')),
    key: key.export({ format: 'pem', type: 'spki' }) as string,
  }
}

function writeProof(folder: string, { body, signature, key }: Proof): string[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files: [string, string | Buffer][] = [
    ['body.json', body],
    ['signature.der', signature],
    ['public-key.pem', key],
  ]
  return files.map(([name, content]) => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  })
}

/** The two numbers of 32 bytes (P1363) as openssl takes them: a DER sequence of two integers (RFC 3279 §2.2.3). */
export function derOf(p1363: Uint8Array): Buffer {
  const integer = (bytes: Uint8Array): Buffer => {
    const from = bytes.findIndex((byte) => byte !== 0)
    const digits = from < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(from))
    const positive = digits[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits
    return Buffer.concat([Buffer.from([0x02, positive.length]), positive])
  }
  const numbers = Buffer.concat([integer(p1363.subarray(0, 32)), integer(p1363.subarray(32))])
  return Buffer.concat([Buffer.from([0x30, numbers.length]), numbers])
}
