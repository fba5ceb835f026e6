import { expect, test } from 'vitest'
import { countPeople, fit, type Known, rank, type Suggestion } from '../src/contacts/suggest.ts'

const person = (name: string | null, email: string) => ({ name, email })

test('what is typed fits the beginnings of words', () => {
  expect(fit('cl', person('Cleo Marsh', 'marsh@elsewhere.test'))).toBe(2)
  expect(fit('marsh', person('Cleo Marsh', 'cleo@elsewhere.test'))).toBe(1)
  expect(fit('marsh cl', person('Cleo Marsh', 'x@elsewhere.test'))).toBe(1)
  expect(fit('jorg', person('Jörg Östler', 'j@elsewhere.test'))).toBe(2)
  expect(fit('ÖST', person('Jörg Ostler', 'j@elsewhere.test'))).toBe(1)
  expect(fit('elsew', person(null, 'cleo@elsewhere.test'))).toBe(1)
  for (const typed of ['leo', 'cleo x', '', '  ']) expect(fit(typed, person('Cleo Marsh', 'cleo@elsewhere.test'))).toBe(0)
})

test('whom one writes to counts more than who writes, oneself and programs not at all', () => {
  const people = new Map<string, Known>()
  const me = new Set(['anna@example.test'])
  countPeople(people, [
    { from: [person('Anna', 'Anna@example.test')], to: [person(null, 'Ben@elsewhere.test')], cc: [person('Dora', 'dora@elsewhere.test')], bcc: null },
    { from: [person('Ben Field', 'ben@elsewhere.test')], to: [person('Anna', 'anna@example.test'), person('Others', 'others@elsewhere.test')] },
    { from: [person('Shop', 'no-reply@shop.test')] },
    { from: [person('\u202eodd', 'odd@elsewhere.test')] },
  ], me)
  expect([...people.values()]).toEqual([
    { name: 'Ben Field', email: 'Ben@elsewhere.test', weight: 4 }, { name: 'Dora', email: 'dora@elsewhere.test', weight: 3 }, { name: 'odd', email: 'odd@elsewhere.test', weight: 1 },
  ])
})

test('each is offered once, the best known first', () => {
  const colleague: Suggestion = { name: 'Ben', email: 'ben@example.test', kind: 'individual', principal: 'P1' }
  const known: Known[] = [
    { name: 'Benjamin', email: 'BEN@example.test', weight: 2 }, { name: 'Benno Far', email: 'benno@elsewhere.test', weight: 1 },
    { name: 'Bea Ben', email: 'bea@elsewhere.test', weight: 60 }, { name: 'Cleo', email: 'cleo@elsewhere.test', weight: 900 },
  ]
  expect(rank('ben', [colleague], known, new Set()).map((s) => s.email)).toEqual(['ben@example.test', 'bea@elsewhere.test', 'benno@elsewhere.test'])
  expect(rank('ben', [colleague], known, new Set())[0]).toEqual(colleague)
  expect(rank('ben', [colleague], known, new Set(['ben@example.test'])).map((s) => s.email)).toEqual(['bea@elsewhere.test', 'benno@elsewhere.test'])
  expect(rank('b', [], Array.from({ length: 50 }, (_, i) => ({ name: 'B', email: `b${i}@x.test`, weight: 1 })), new Set())).toHaveLength(8)
})
