// The words under which events come: names of columns and of kinds, as site staff, monitors and other systems
// write them. What is not listed is not guessed.

export type EventKind =
  | 'taken'
  | 'missed'
  | 'dispensed'
  | 'returned'
  | 'counted'
  | 'lost'
  | 'thrown-away'
  | 'given-away'
  | 'broken'
  | 'taken-outside'

/** What a column says. */
export type Member =
  | 'patient'
  | 'kind'
  | 'at'
  | 'date'
  | 'time'
  | 'zone'
  | 'quantity'
  | 'pack'
  | 'days'
  | 'taken'

const columns: Readonly<Record<Member, readonly string[]>> = {
  patient: [
    'patient',
    'patientid',
    'subject',
    'subjectid',
    'usubjid',
    'subjid',
    'participant',
    'participantid',
    '患者',
    '受试者',
  ],
  kind: ['event', 'eventtype', 'type', 'kind', 'action', 'status', '事件', '类型'],
  at: [
    'at',
    'datetime',
    'timestamp',
    'takenat',
    'occurredat',
    'eventtime',
    'eventdatetime',
    'when',
    'dosetime',
    'dosedatetime',
    'dateandtime',
    '日期时间',
  ],
  date: ['date', 'day', 'eventdate', 'dosedate', '日期'],
  time: ['time', 'clock', 'clocktime', 'timeofday', '时间'],
  zone: ['zone', 'timezone', 'tz', '时区'],
  quantity: ['quantity', 'qty', 'amount', 'units', 'pills', 'tablets', 'doses', 'number', 'n', '数量'],
  pack: ['pack', 'packid', 'packnumber', 'kit', 'kitid', 'kitnumber', 'bottle', '药盒'],
  days: ['dayssupply', 'dayssupplied', 'daysofsupply', 'supplydays', 'duration'],
  taken: ['taken', 'dosetaken', '已服用'],
}

const kinds: Readonly<Record<EventKind, readonly string[]>> = {
  taken: [
    'taken',
    'dose',
    'dosetaken',
    'intake',
    'took',
    'administered',
    'opening',
    'open',
    'opened',
    '服用',
    '已服用',
  ],
  missed: ['missed', 'nottaken', 'misseddose', 'skipped', 'omitted', '漏服', '未服用'],
  dispensed: [
    'dispensed',
    'dispense',
    'dispensing',
    'supplied',
    'supply',
    'refill',
    'fill',
    'filled',
    'issued',
    '发药',
  ],
  returned: ['returned', 'return', '退药', '回收'],
  counted: ['counted', 'count', 'pillcount', '清点'],
  lost: ['lost', '丢失'],
  'thrown-away': ['thrownaway', 'discarded', 'wasted', 'destroyed', '丢弃'],
  'given-away': ['givenaway', '转赠'],
  broken: ['broken', 'damaged', '破损'],
  'taken-outside': ['takenoutside', 'takenoutsideperiod'],
}

const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
const byColumn = new Map(
  Object.entries(columns).flatMap(([member, names]) => names.map((name) => [name, member as Member])),
)
const byKind = new Map(
  Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => [name, kind as EventKind])),
)
const yes = new Set(['yes', 'y', 'true', '1', '是'])
const no = new Set(['no', 'n', 'false', '0', '否'])

/** What a column's heading says, or null where the column is not used. */
export function memberOf(heading: string): Member | null {
  return byColumn.get(plain(heading)) ?? null
}

/** The kind of a row, or null where its word is not known. A row that names none is a dose taken. */
export function kindOf(values: Readonly<Partial<Record<Member, string>>>): EventKind | null {
  if (values.kind !== undefined) return byKind.get(plain(values.kind)) ?? null
  if (values.taken === undefined) return 'taken'
  const word = plain(values.taken)
  return yes.has(word) ? 'taken' : no.has(word) ? 'missed' : null
}
