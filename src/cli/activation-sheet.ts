// The sheet that a site prints and hands to a patient: one A4 page for each, as one self-contained HTML file without a
// script, in the patient's language and in English. It names the patient by id only, and nothing of the illness.
import { renderSVG } from 'uqr'
import { codeInGroups } from '../study/device/activation-code.ts'
import { nearestTag } from '../study/text.ts'
import { type SheetWords, sheetWords } from './activation-sheet-words.ts'

/** One patient's page. `name` of the site in a language. */
export type SheetPage = {
  readonly patientId: string
  readonly studyId: string
  /** BCP 47 tag. */
  readonly language: string
  /** IANA zone of the patient's home. */
  readonly zone: string
  readonly code: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** Where the app takes the code. */
  readonly url: string
  readonly site: { readonly name: (language: string) => string; readonly phone?: string }
}

/** The file's text. */
export function activationSheet(pages: readonly SheetPage[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Activation codes</title>
<style>${style}</style>
${pages.map(pageOf).join('\n')}
</html>
`
}

function pageOf(page: SheetPage): string {
  const tag = nearestTag(Object.keys(sheetWords), page.language) ?? 'en'
  const own = sheetWords[tag]!
  const foot = [own, ...(tag === 'en' ? [] : [sheetWords.en!])]
  return `<main>
${letterhead(page, own, tag)}
${blockOf(page, own, tag, 'first')}
${tag === 'en' ? '' : blockOf(page, sheetWords.en!, 'en', 'second')}
<footer>${foot.map(({ lost }, i) => `<p${i === 0 ? attributes(tag) : attributes('en')}>${escaped(lost)}</p>`).join('')}</footer>
</main>`
}

const attributes = (tag: string): string => ` lang="${tag}" dir="${tag === 'ar' ? 'rtl' : 'ltr'}"`

function letterhead(
  { patientId, studyId, site, language }: SheetPage,
  words: SheetWords,
  tag: string,
): string {
  const facts: [string, string][] = [
    [words.patient, patientId],
    [words.study, studyId],
    [words.site, site.name(language)],
    ...(site.phone === undefined ? [] : ([[words.phone, site.phone]] as [string, string][])),
  ]
  const cells = facts.map(
    ([name, value]) => `<div><dt>${escaped(name)}</dt><dd><bdi>${escaped(value)}</bdi></dd></div>`,
  )
  return `<header${attributes(tag)}><h1>${escaped(words.title)}</h1><dl>${cells.join('')}</dl></header>`
}

function blockOf(page: SheetPage, words: SheetWords, tag: string, rank: 'first' | 'second'): string {
  const address = new URL(page.url)
  const plain = `${address.host}${address.pathname}`
  const [scan, install, enter] = words.steps
  const first = rank === 'first'
  const qr = first ? `<figure>${renderSVG(page.url, { border: 2, ecc: 'M' })}</figure>` : ''
  const code = first ? `<p class="code"><bdi>${codeInGroups(page.code)}</bdi></p>` : ''
  const until = escaped(words.until).replace('#', `<b>${escaped(timeIn(page, tag))}</b>`)
  return `<section class="${rank}"${attributes(tag)}>
${first ? '' : `<h2>${escaped(words.title)}</h2>`}<ol>
<li><div><h3>${escaped(scan)}</h3><p>${escaped(words.scan)}</p><p>${escaped(words.orOpen)}<br><bdi class="address">${escaped(plain)}</bdi></p></div>${qr}</li>
<li><div><h3>${escaped(install)}</h3><p><b>iPhone:</b> ${escaped(words.iphone)}</p><p><b>Android:</b> ${escaped(words.android)}</p></div></li>
<li><div><h3>${escaped(enter)}</h3><p>${escaped(first ? words.enter : enterAbove)}</p>${code}<p>${until}${tag === 'zh' ? '' : ' '}${escaped(words.once)}</p></div></li>
</ol>
</section>`
}

/** In the second language the code is not repeated. */
const enterAbove = 'Open the diary from your home screen and enter the code above.'

/** When the code ends, as the patient reads it, at home. */
const timeIn = ({ expiresAt, zone, language }: SheetPage, tag: string): string =>
  new Intl.DateTimeFormat(tag === 'en' ? 'en-GB' : language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
  }).format(expiresAt)

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => entities[c]!)

const style = `
@page { size: A4; margin: 14mm 16mm }
* { box-sizing: border-box; margin: 0 }
body { font: 12pt/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color: #16211f; background: #fff }
:lang(zh) { line-height: 1.6 }
main { break-after: page; width: 178mm; height: 268mm; margin: 0 auto; display: flex; flex-direction: column }
main:last-of-type { break-after: auto }
header { border-bottom: 0.6mm solid #0b5a61; padding-bottom: 4mm; margin-bottom: 6mm }
h1 { font-size: 24pt; line-height: 1.2; color: #0b5a61; margin-bottom: 3mm }
dl { display: flex; flex-wrap: wrap; gap: 2mm 9mm }
dt { font-size: 9pt; color: #4d5b58 }
dd { font-weight: 600; margin: 0 }
ol { list-style: none; padding: 0; counter-reset: step }
li { counter-increment: step; display: flex; gap: 6mm; align-items: flex-start; margin-bottom: 5mm }
li::before { content: counter(step); flex: none; width: 9mm; height: 9mm; border-radius: 50%; background: #0b5a61; color: #fff; font-weight: 700; text-align: center; line-height: 9mm; -webkit-print-color-adjust: exact; print-color-adjust: exact }
li > div { flex: 1; min-width: 0 }
h3 { font-size: 14pt; line-height: 9mm; margin-bottom: 1mm }
p + p { margin-top: 1.5mm }
.address { font-weight: 600; overflow-wrap: anywhere }
figure { flex: none; width: 46mm; height: 46mm; border: 0.3mm solid #d8d6cd; border-radius: 3mm; padding: 1mm }
figure svg { display: block; width: 100%; height: 100% }
.code { font: 700 30pt/1 ui-monospace, "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace; letter-spacing: 0.06em; margin: 3mm 0; padding: 3.5mm 0; text-align: center; border: 0.6mm solid #16211f; border-radius: 3mm }
.second { margin-top: auto; padding-top: 4mm; border-top: 0.3mm solid #d8d6cd; font-size: 9.5pt; line-height: 1.4; color: #33403d }
.second h2 { font-size: 12pt; margin-bottom: 2mm }
.second ol { display: grid; grid-template-columns: repeat(3, 1fr); gap: 7mm }
.second li { display: block; margin: 0 }
.second li::before { float: left; width: 5mm; height: 5mm; line-height: 5mm; font-size: 8.5pt; margin-right: 2mm }
.second h3 { font-size: 10pt; line-height: 5mm; margin-bottom: 1mm }
.second p + p { margin-top: 1mm }
footer { margin-top: auto; padding-top: 3mm; border-top: 0.3mm solid #d8d6cd; font-size: 10pt; color: #33403d }
.second + footer { margin-top: 4mm }
@media screen { body { background: #edece6; padding: 8mm } main { background: #fff; padding: 14mm 16mm; width: 210mm; height: 297mm; margin-bottom: 8mm; max-width: 100% } }
`
