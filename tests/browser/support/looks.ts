// How each screen is looked at: axe's rules, the size and distance of what is touched, and what is cut off or too wide, at
// the sizes the rules name (U10): 360×640, 320×568, and with text of 200 %.
import type { Page } from 'playwright-core'
import { axeFaults, layoutFaults, sizeRules, targetFaults } from './checks.ts'

/** A screen and a text size, CSS px and per cent. */
export type Size = { readonly width: number; readonly height: number; readonly text: number }

export const sizes: readonly Size[] = [
  { width: 320, height: 568, text: 100 },
  { width: 360, height: 640, text: 200 },
  { width: 360, height: 640, text: 100 },
]

/** Brings the page to a size as a turned phone or the app's own setting does. */
export async function resize(page: Page, { width, height, text }: Size): Promise<void> {
  await page.setViewportSize({ width, height })
  await page.evaluate((scale) => {
    document.documentElement.style.setProperty('--text-scale', String(scale))
    dispatchEvent(new Event('resize'))
    return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  }, text / 100)
}

/**
 * Everything wrong with the screen at all sizes, with the size; it is left at the last one, the ordinary. There all rules
 * of axe are held, at the others those that sizes can break.
 */
export async function faultsAtAllSizes(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const [place, size] of sizes.entries()) {
    await resize(page, size)
    const only = place === sizes.length - 1 ? undefined : sizeRules
    const found = [
      ...(await axeFaults(page, only)),
      ...(await targetFaults(page)),
      ...(await layoutFaults(page)),
    ]
    faults.push(...found.map((fault) => `${size.width} px, text ${size.text} %: ${fault}`))
  }
  return faults
}
