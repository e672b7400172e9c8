// Draws the app's icons as PNG files from web/patient/public/icons/icon.svg, in a real browser. Run it by hand after a
// change of the drawing: `node tools/app-icons.ts`. The files are kept in the repository, so that no build needs a browser.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packed from '@sparticuz/chromium'
import { chromium } from 'playwright-core'

const folder = fileURLToPath(new URL('../web/patient/public/icons', import.meta.url))
const drawing = readFileSync(join(folder, 'icon.svg'), 'utf8')
// Launchers cut maskable icons to a circle of 80 % and Apple rounds corners itself: the ground fills the square there.
const full = drawing.replace(' rx="112"', '')
const inset = full
  .replace('</svg>', '</g></svg>')
  .replace('<rect x="136"', '<g transform="translate(51 51) scale(.8)"><rect x="136"')
// What Android puts into the status bar: white on nothing.
const badge = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><path d="M18 52l20 20 40-44" fill="none" stroke="#fff" stroke-width="14" stroke-linecap="round" stroke-linejoin="round"/></svg>`

const pictures: readonly (readonly [name: string, size: number, svg: string])[] = [
  ['180.png', 180, full],
  ['192.png', 192, drawing],
  ['512.png', 512, drawing],
  ['maskable-512.png', 512, inset],
  ['badge.png', 96, badge],
]

await using browser = await chromium.launch({
  executablePath: await packed.executablePath(),
  args: ['--no-sandbox', '--disable-gpu', '--headless=shell'],
})
for (const [name, size, svg] of pictures) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  await page.setContent(
    `<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
  )
  writeFileSync(join(folder, name), await page.screenshot({ omitBackground: true }))
  await page.close()
}
