import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const sources = new URL('../src/', import.meta.url)
const sheets = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.css'))

/** Properties and values that name a side of the screen and not of the text: they are wrong where it runs from right to left. */
const physical = [
  /(?:^|[\s;{])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-)?(?:left|right)(?:-(?:width|style|color))?\s*:/,
  /border-(?:top|bottom)-(?:left|right)-radius\s*:/,
  /(?:text-align|float|clear|caption-side)\s*:\s*(?:left|right)\b/,
  // Four values begin at the top and go round by the right.
  /(?:^|[\s;{])(?:padding|margin|inset)\s*:\s*(?:(?:var\([^)]*\)|calc\([^)]*\)|[^\s;()]+)\s+){3}[^\s;]+\s*;/,
]

test.each(sheets)('%s names no side of the screen', (name) => {
  const wrong = readFileSync(new URL(name, sources), 'utf8')
    .split('\n')
    .flatMap((line, i) => (physical.some((p) => p.test(line)) ? [`${i + 1}: ${line.trim()}`] : []))
  expect(wrong).toEqual([])
})

test('the rules see what they forbid', () => {
  const seen = (line: string) => physical.some((p) => p.test(line))
  for (const line of ['a { margin-left: 1px; }', 'a { left: 0; }', 'a { border-right-color: red; }', 'a { border-top-left-radius: 0; }', 'a { text-align: right; }', 'a { padding: 0 1px 0 var(--x); }']) expect(seen(line), line).toBe(true)
  for (const line of ['a { margin-inline-start: 1px; }', 'a { padding: 0 1px; }', 'a { text-align: end; }', 'a { inset-inline: 0 1px; }', 'a { margin: 1px 2px 3px; }']) expect(seen(line), line).toBe(false)
})
