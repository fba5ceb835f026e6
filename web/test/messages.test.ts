import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readMessages } from '../build/messages.ts'

const root = new URL('..', import.meta.url).pathname
const english = readMessages(root, 'en')
const german = readMessages(root, 'de')

/** The names of what is filled in. */
function holes(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)[,}]/g)].map((m) => m[1]!))].sort()
}

describe('the texts', () => {
  test('are all there in both languages', () => {
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort())
  })
  test.each(Object.keys(english))('%s says something and has the same holes', (id) => {
    expect(german[id]?.trim()).not.toBe('')
    expect(english[id]?.trim()).not.toBe('')
    expect(holes(german[id] ?? '')).toEqual(holes(english[id]!))
  })
})

/** What is loaded with a module, and by it without the late texts. */
function reach(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry) || !existsSync(entry)) return seen
  seen.add(entry)
  const source = readFileSync(entry, 'utf8').replace(/withTexts\(\(\) => import\([^)]*\)\)/g, '')
  for (const [, path] of source.matchAll(/(?:from |import\(|^import )'(\.[^']+\.tsx?)'/gm)) reach(join(dirname(entry), path!), seen)
  return seen
}

test('what may be shown before the late texts are loaded names none of them', () => {
  const modules = [...reach(join(root, 'src/main.tsx'))]
  expect(modules.length).toBeGreaterThan(60)
  const late = Object.keys(readMessages(root, 'en', 'late'))
  const named = modules.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/['`]([a-z]+\.[\w.]*)(['`]|\$\{)/g)].flatMap(([, name, end]) =>
      late.filter((id) => (end === '${' ? id.startsWith(name!) : id === name)).map((id) => `${path.slice(root.length)}: ${id}`),
    ),
  )
  expect(named).toEqual([])
})
