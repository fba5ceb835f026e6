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
