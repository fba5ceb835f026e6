import { expect, test } from 'vitest'
import { JMAPError } from '../src/jmap/error.ts'
import * as german from '../src/i18n/german.ts'
import { Api } from '../src/session/api.ts'
import { labelsOf } from '../src/ui/refusal.ts'
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

test('the parts of a form are called what the form calls them', () => {
  const faults = [
    { detail: 'expected string', location: 'body.delegates[2].until', reason: { template: 'expected string' } },
    { detail: 'expected required property name to be present', location: 'body', reason: { template: 'expected required property %s to be present', values: ['name'] } },
    { detail: 'unexpected property', location: 'body.constructor', reason: { template: 'unexpected property' } },
  ]
  const error = JMAPError.ofStatus(422, 'validation failed: …', { template: 'validation failed' }, faults)
  const labels = labelsOf({ until: 'admin.until', name: 'admin.name' }, (id) => ({ 'admin.until': 'Bis', 'admin.name': 'Name' })[id as string] ?? '')
  expect(worded(error, german, labels)).toBe('Die Angaben passen nicht: Hier gehört ein Text hin (Bis); Es fehlt: Name (body); Diese Angabe gibt es nicht (body.constructor)')
  expect(worded(error, undefined, labels)).toBe('validation failed: expected string (Bis); expected required property name to be present (body); unexpected property (body.constructor)')
  const wrong = JMAPError.ofType('invalidProperties', 'not a value of until', ['until'], { template: 'not a value of %s', values: ['until'] })
  expect(worded(wrong, german, labels)).toBe('Dieser Wert ist hier nicht möglich: Bis')
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

test('times are written as people write them', () => {
  const past = (value: string) => worded(JMAPError.ofType('invalidProperties', 'the time is in the past', [], { template: 'the time is in the past: %s', values: [value] }), german)
  const said = `Der Zeitpunkt liegt in der Vergangenheit: ${new Intl.DateTimeFormat('de', { dateStyle: 'long', timeStyle: 'short' }).format(Date.UTC(2026, 0, 2, 15, 4, 5))}`
  expect(said).toContain('Januar 2026')
  expect(past('2026-01-02 15:04:05')).toBe(said)
  expect(past('2026-01-02T15:04:05Z')).toBe(said)
  expect(past('2026-13-02T15:04:05Z')).toContain('2026-13-02T15:04:05Z')
})
