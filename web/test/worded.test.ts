import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { JMAPError } from '../src/jmap/error.ts'
import * as german from '../src/i18n/german.ts'
import { Api } from '../src/session/api.ts'
import { worded } from '../src/ui/worded.ts'

test('a refusal is said in the language of the page', () => {
  const error = JMAPError.ofType('invalidProperties', 'cleo@example.test cannot read this conversation', ['mentions'], { template: '%s cannot read this conversation', values: ['cleo@example.test'] })
  expect(worded(error, german)).toBe('cleo@example.test darf diese Unterhaltung nicht lesen')
  expect(worded(error)).toBe('cleo@example.test cannot read this conversation')
})

test('what is not known is said as the server says it', () => {
  expect(worded(JMAPError.ofType('invalidProperties', 'constructor', [], { template: 'constructor' }), german)).toBe('constructor')
  expect(worded(JMAPError.ofType('tooLarge', 'something else'), german)).toBe('something else')
  expect(worded(JMAPError.ofType('invalidProperties', 'no such thread'), german)).toBe('Diese Unterhaltung gibt es nicht')
})

test('words in the place of a name are said in that language too, names stay', () => {
  const wrong = { template: '%s: %s', values: ['invalid address: no @', 'domain'] }
  expect(worded(JMAPError.ofStatus(422, 'invalid address: no @: domain', wrong), german)).toBe('keine gültige Adresse: ohne @: domain')
  expect(worded(JMAPError.ofStatus(404, 'no such account: x', { template: 'no such %s: %s', values: ['account', 'x'] }), german)).toBe('Nicht gefunden: x')
})

test('what does not fit a schema is said part by part', () => {
  const faults = [
    { detail: 'expected number <= 365', location: 'body.days', reason: { template: 'expected number <= %v', values: ['365'] } },
    { detail: 'something else', location: 'body.text' },
  ]
  const detail = 'validation failed: expected number <= 365 (body.days): something else (body.text)'
  const error = JMAPError.ofStatus(422, detail, { template: 'validation failed' }, faults)
  expect(worded(error, german)).toBe('Die Angaben passen nicht: Höchstens 365 ist möglich (body.days); something else (body.text)')
  expect(worded(error)).toBe(detail)
})

test('the admin API tells which parts do not fit', async () => {
  const problem = { detail: 'validation failed: expected string (body.name)', kind: 'invalid', reason: { template: 'validation failed' }, errors: [{ detail: 'expected string', location: 'body.name', reason: { template: 'expected string' } }] }
  const api = new Api({ csrf: () => '', onSignedOut: () => {}, fetch: () => Promise.resolve(new Response(JSON.stringify(problem), { status: 422 })) })
  const error: unknown = await api.send('PATCH', '/admin/v1/x', { name: 1 }).catch((e: unknown) => e)
  expect(worded(error as JMAPError, german)).toBe('Die Angaben passen nicht: Hier gehört ein Text hin (body.name)')
})

test.each(Object.entries(german.refusals))('%s: every value has its place', (template, text) => {
  const count = [...template.matchAll(/%[a-z]/g)].length
  for (const [, n] of text.matchAll(/\{(\d)\}/g)) expect(Number(n)).toBeLessThan(count)
})

test('the server says each of them', () => {
  const root = new URL('../../internal/', import.meta.url)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /^(?:store|jmapserver|adminserver|httpauth|submission|addr|rights|filter)\/.*(?<!_test)\.go$/.test(name))
  const source = files.map((name) => readFileSync(new URL(name, root), 'utf8')).join('').replaceAll(/"\s*\+\s*"/g, '')
  expect(Object.keys(german.refusals).filter((template) => !source.includes(JSON.stringify(template)))).toEqual([])
})

test('what schemas refuse has words', () => {
  const source = readFileSync(new URL('../../internal/adminserver/schema.go', import.meta.url), 'utf8')
  const list = /return \[\]string\{(.*?)\n\t\}/s.exec(source)?.[1] ?? ''
  const templates = list.trim().split('\n').map((line) => JSON.parse(line.trim().replace(/,$/, '')) as string)
  expect(templates.length).toBeGreaterThan(10)
  expect(templates.filter((template) => !Object.hasOwn(german.refusals, template))).toEqual([])
})
