import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  id: string
  help: string
  nodes: { target: string[]; html: string; failureSummary: string }[]
}

/** What keeps a page from WCAG 2.2 AA, as far as a program can tell; a line each. */
export async function inaccessible(page: Page): Promise<string[]> {
  await page.evaluate(source)
  const violations = (await page.evaluate(`axe.run(document, { iframes: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then((r) => r.violations)`)) as Violation[]
  return violations.flatMap((v) => v.nodes.slice(0, 4).map((n) => `${v.id}: ${n.target.join(' ')}: ${n.html.slice(0, 200)}: ${n.failureSummary.replaceAll('\n', ' ')}`))
}
