// Words that the matcher of arm words knows: those that tell an arm in any study, those that tell one only beside
// others, and those too common to tell anything although they stand in the meaning of an arm.

/** Tell wherever they stand, also as the beginning of a compound. */
export const placeboStems: readonly string[] = ['placebo', 'plazebo', 'плацебо']
/** Tell as whole words. */
export const placeboWords: readonly string[] = [
  'pbo',
  'plcb',
  'sham',
  'verum',
  'scheinmedikament',
  'kontrollgruppe',
  'kontrollarm',
  'verumgruppe',
  'interventionsgruppe',
  'behandlungsgruppe',
  'behandlungsarm',
]
/** Tell wherever they stand in scripts without spaces. */
export const unspacedWords: readonly string[] = [
  '安慰剂',
  '安慰劑',
  '对照组',
  '對照組',
  '对照药',
  '对照品',
  '对照患者',
  '对照受试者',
  '试验组',
  '試驗組',
  '治疗组',
  '治療組',
  '试验药组',
  '活性药',
  '模拟剂',
  'プラセボ',
  'プラシーボ',
  '偽薬',
  '対照群',
  '実薬',
  '위약',
  '플라시보',
  '대조군',
  '시험군',
]

/** Mean an arm only beside a word of {@link groupWords}: bladder control and physical activity are no arms. */
export const doubtfulWords: readonly string[] = [
  'control',
  'controls',
  'ctrl',
  'treatment',
  'trt',
  'active',
  'experimental',
  'comparator',
  'intervention',
  'activo',
  'activa',
  'tratamiento',
  'controle',
  'temoin',
]
/** Of these, the ones that name phases of every study (`end-of-treatment`) and so tell nothing in an id. */
export const phaseWords: readonly string[] = ['treatment', 'trt', 'tratamiento', 'intervention']
export const groupWords: readonly string[] = [
  'arm',
  'arms',
  'group',
  'groups',
  'patient',
  'patients',
  'subject',
  'subjects',
  'participant',
  'participants',
  'grupo',
  'brazo',
  'paciente',
  'pacientes',
  'groupe',
  'gruppe',
]
/** What is taken: beside a doubtful word it means an arm's medicine, unless that word belongs to the one before it. */
export const medicineWords: readonly string[] = [
  'drug',
  'medication',
  'substance',
  'ingredient',
  'product',
  'pack',
  'packs',
  'kit',
  'kits',
  'tablet',
  'tablets',
  'capsule',
  'capsules',
  'pill',
  'pills',
  'agent',
  'farmaco',
  'medicamento',
]
/** After one of these a doubtful word begins its phrase: "the control drug", not "pain control drug". */
export const openers: ReadonlySet<string> = new Set(
  'the a an in of from to your this or and with on for my took take taking each any no el la un una de con del'.split(
    ' ',
  ),
)
/** Words joined in: "grupo de control", "arm for control". */
export const joiners: ReadonlySet<string> = new Set(['de', 'of', 'for', 'du', 'in'])

/** What every study's ids are made of: beside them a doubtful word can only mean an arm. */
export const structureWords: ReadonlySet<string> = new Set(
  `diary diaries form forms daily weekly day days week weeks month visit visits morning evening dose doses log
  extra only arm arms group groups patient patients subject subjects pack packs kit kits report reports reported
  reporting questionnaire alert alerts check checks rule score message messages reminder drug medicine medication
  tablet capsule study item event cycle end start new a b c d v json yaml md q of the for in is has not no
  taken take takes took`.split(/\s+/),
)

/** Stand in the meaning of an arm without telling anything by themselves. */
export const commonWords: ReadonlySet<string> = new Set(
  `drug drugs medicine medication treatment therapy control controls active arm group study trial test dose doses
  dosage dosing high low medium middle standard usual care best supportive plus and or with without the a an of in
  on at by for to from as per no not each every once twice thrice one two three four first second third daily
  weekly monthly day days week weeks month months morning evening night noon hour hours tablet tablets capsule
  capsules pill pills film coated oral orally infusion injection subcutaneous intravenous inhaler spray gel cream
  patch drops solution matching matched identical double blind dummy open label then followed after before until
  during cycle cycles mg g kg ml mcg iu units unit comparator experimental intervention reference background add
  early late long short term only alone combination combined both same product formulation release extended
  immediate modified start starting titration titrated fixed flexible increasing increased reduced full half
  phone call calls visit visits education exercise group programme program app diary
  farmaco medicamento tratamiento grupo brazo dosis alta baja media estandar habitual cuidado mas con sin el la los
  las un una de del en por para cada vez veces dia dias semana semanas manana noche tableta tabletas comprimido
  comprimidos capsula capsulas equivalente correspondiente solo combinado activo`.split(/\s+/),
)
/** The same in Chinese and Japanese: taken out of an arm's meaning before what is left counts as a name. */
export const commonUnspaced: readonly string[] = [
  '安慰剂',
  '匹配',
  '相匹配的',
  '模拟剂',
  '对照',
  '试验',
  '治疗',
  '研究',
  '药物',
  '胶囊',
  '片剂',
  '每日',
  '每天',
  '每周',
  '一次',
  '两次',
  '三次',
  '高剂量',
  '中剂量',
  '低剂量',
  '剂量',
  '常规',
  '标准',
  '护理',
  '联合',
  '注射',
  '口服',
  '晨服',
  '服用',
  '毫克',
  '微克',
  '毫升',
]
