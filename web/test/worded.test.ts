import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { JMAPError } from '../src/jmap/error.ts'
import { german, worded } from '../src/ui/worded.ts'

test('a refusal is said in the language of the page', () => {
  const error = JMAPError.ofType('invalidProperties', 'cleo@example.test cannot read this conversation', ['mentions'], { template: '%s cannot read this conversation', values: ['cleo@example.test'] })
  expect(worded(error, 'de')).toBe('cleo@example.test darf diese Unterhaltung nicht lesen')
  expect(worded(error, 'en')).toBe('cleo@example.test cannot read this conversation')
})

test('what is not known is said as the server says it', () => {
  expect(worded(JMAPError.ofType('invalidProperties', 'constructor', [], { template: 'constructor' }), 'de')).toBe('constructor')
  expect(worded(JMAPError.ofType('tooLarge', 'something else'), 'de')).toBe('something else')
  expect(worded(JMAPError.ofType('invalidProperties', 'no such thread'), 'de')).toBe('Diese Unterhaltung gibt es nicht')
})

test.each(Object.entries(german))('%s: every value has its place', (template, text) => {
  const count = [...template.matchAll(/%[a-z]/g)].length
  for (const [, n] of text.matchAll(/\{(\d)\}/g)) expect(Number(n)).toBeLessThan(count)
})

test('the server says each of them', () => {
  const root = new URL('../../internal/', import.meta.url)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /^(?:store|jmapserver|submission|addr|rights|filter)\/.*(?<!_test)\.go$/.test(name))
  const source = files.map((name) => readFileSync(new URL(name, root), 'utf8')).join('')
  expect(Object.keys(german).filter((template) => !source.includes(`"${template}"`))).toEqual([])
})
