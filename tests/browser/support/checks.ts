// What every screen must pass: axe's rules of WCAG 2.2 AA, and the size and distance of everything one touches, which
// axe does not see for labels over hidden inputs (U11). Also that nothing is cut off or scrolls sideways (U10).
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

type AxeResult = {
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[]
}

/** Rules whose verdict depends on the size of the screen and of its text. */
export const sizeRules = ['target-size', 'scrollable-region-focusable', 'label-content-name-mismatch']

/** axe's complaints, one line each; none for a good screen. `only`: these rules instead of all. */
export async function axeFaults(page: Page, only?: readonly string[]): Promise<string[]> {
  // Evaluated by the debugger, because the page's policy lets no script in.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource)
  const { violations } = (await page.evaluate(
    (runOnly) =>
      (globalThis as unknown as { axe: { run(d: unknown, o: unknown): unknown } }).axe.run(document, {
        runOnly,
      }),
    only === undefined ? { type: 'tag', values: rules } : { type: 'rule', values: [...only] },
  )) as AxeResult
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      (node) => `${id}: ${node.html.slice(0, 160)} – ${node.failureSummary?.split('\n').slice(1).join(' ')}`,
    ),
  )
}

/**
 * Targets that are smaller than 48×48 CSS px or nearer than 8 px to another, links inside a line of text aside (WCAG
 * 2.5.8). Numbers of a scale in a row follow U7: at least 24×48 px, side by side without a gap.
 */
export function targetFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Target = { name: string; row: Element | null; box: DOMRect; element: Element }
    const shown = (element: Element) => {
      const style = getComputedStyle(element)
      const box = element.getBoundingClientRect()
      return style.visibility !== 'hidden' && style.display !== 'none' && box.width > 1 && box.height > 1
    }
    /** A hidden input is touched through its label. */
    const touched = (element: Element): Element => {
      if (!(element instanceof HTMLInputElement) || !['radio', 'checkbox'].includes(element.type))
        return element
      return element.closest('label') ?? element.labels?.[0] ?? element
    }
    const inText = (element: Element) =>
      element.tagName === 'A' &&
      getComputedStyle(element).display === 'inline' &&
      element.closest('p, li') !== null
    const selector =
      'button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=slider], [role=switch]'
    const elements = new Set([...document.querySelectorAll(selector)].filter((e) => !inText(e)).map(touched))
    const targets: Target[] = [...elements].filter(shown).map((element) => ({
      name: `${element.tagName.toLowerCase()} "${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}"`,
      row: element.closest('.f-nrs-row'),
      box: element.getBoundingClientRect(),
      element,
    }))
    const faults: string[] = []
    for (const { name, row, box } of targets) {
      const least = row === null ? 48 : 24
      if (box.width < least - 0.5 || box.height < 47.5)
        faults.push(`${name} is ${Math.round(box.width)}×${Math.round(box.height)} px`)
    }
    for (const [i, a] of targets.entries())
      for (const b of targets.slice(i + 1)) {
        if (a.element.contains(b.element) || b.element.contains(a.element)) continue
        if (a.row !== null && a.row === b.row) continue
        const across = Math.max(a.box.left, b.box.left) - Math.min(a.box.right, b.box.right)
        const down = Math.max(a.box.top, b.box.top) - Math.min(a.box.bottom, b.box.bottom)
        // A bar that stays in place lies over what scrolls beneath it.
        const fixed = (e: Element): boolean =>
          e !== document.body &&
          (['fixed', 'sticky'].includes(getComputedStyle(e).position) ||
            (e.parentElement !== null && fixed(e.parentElement)))
        if (fixed(a.element) !== fixed(b.element)) continue
        if (Math.max(across, down) < 7.5)
          faults.push(`${a.name} and ${b.name} are ${Math.round(Math.max(across, down))} px apart`)
      }
    return faults
  })
}

/** Text that is cut off, and a page wider than the screen. */
export function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = []
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth > clientWidth + 1)
      faults.push(`the page is ${scrollWidth} px wide on a screen of ${clientWidth}`)
    for (const element of document.querySelectorAll('body *')) {
      const style = getComputedStyle(element)
      const cuts =
        ['hidden', 'clip'].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1
      const visible = element.getBoundingClientRect().width > 2 && style.visibility !== 'hidden'
      if (cuts && visible && element.textContent?.trim() !== '')
        faults.push(`cut off: ${element.tagName.toLowerCase()} "${element.textContent?.trim().slice(0, 40)}"`)
    }
    return faults
  })
}

/** All of the above, named. */
export async function screenFaults(page: Page): Promise<string[]> {
  return [...(await axeFaults(page)), ...(await targetFaults(page)), ...(await layoutFaults(page))]
}
