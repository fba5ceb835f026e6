import { describe, expect, test } from 'vitest'
import { entriesOf } from '../src/admin/Delegates.tsx'
import { delegationBody, freshDelegation } from '../src/admin/delegation.tsx'
import { reason } from '../src/admin/load.ts'
import { treeOf } from '../src/admin/tree.ts'
import type { Grant, SendEntry, Step, Way } from '../src/admin/wire.ts'
import { detailWords, explainedRights, letterWords, recordWord, roleWord, wayWords } from '../src/admin/words.ts'
import { readMessages } from '../build/messages.ts'
import { JMAPError } from '../src/jmap/error.ts'
import { adminPath, Api } from '../src/session/api.ts'

const english = readMessages(new URL('..', import.meta.url).pathname, 'en')
const t = (id: string) => english[id] ?? `missing ${id}`

const grant = (name: string, path: string, more: Partial<Grant> = {}): Grant => ({
  account: 'info@example.test', path, grantee: { kind: 'account', name }, rights: 'r', right_names: ['read'], role: 'viewer', by: 'console', ...more,
})
const send = (name: string, more: Partial<SendEntry> = {}): SendEntry => ({ grantee: { kind: 'account', name }, right: 'sendAs', displayed_sender: 'inherit', by: 'console', ...more })

describe('delegated access', () => {
  test('puts what one grantee has on the whole mailbox into one row, and nothing else', () => {
    const entries = entriesOf(
      [grant('ben', '/'), grant('ben', '/Sent'), grant('cleo', '/', { negative: true })],
      [send('ben'), send('ben', { right: 'sendOnBehalfOf' }), send('anna'), send('cleo'), send('cleo', { deny: true })],
      (g) => g.name ?? '',
    )
    expect(entries.map((e) => [e.word, e.path, e.grant?.negative ? 'not' : (e.grant?.role ?? ''), e.send ? `${e.send.deny ? 'not ' : ''}${e.send.right}` : ''])).toEqual([
      ['anna', '/', '', 'sendAs'], ['ben', '/', 'viewer', 'sendAs'], ['ben', '/', '', 'sendOnBehalfOf'], ['ben', '/Sent', 'viewer', ''],
      ['cleo', '/', 'not', ''], ['cleo', '/', '', 'sendAs'], ['cleo', '/', '', 'not sendAs'],
    ])
    expect(new Set(entries.map((e) => e.id)).size).toBe(entries.length)
  })
  test('says to the server what was chosen', () => {
    expect(delegationBody({ ...freshDelegation, grantee: ' ben@example.test ' })).toEqual({ grantee: 'ben@example.test', rights: 'manager', send: 'sendAs', displayed_sender: 'inherit' })
    expect(delegationBody({ grantee: 'ben', rights: 'none', send: 'no', displayed: 'show', until: '' })).toEqual({ grantee: 'ben' })
    const { until } = delegationBody({ ...freshDelegation, until: '2030-01-31' })
    expect(new Date(String(until)).getDate()).toBe(31)
  })
})

test('an explanation is a tree of ways with the grants at their ends', () => {
  const step = (via: string[], on: string): Step => ({ via, kind: via.length > 1 ? 'group' : 'account', on, rights: 'r', by: 'console', effect: 'gives' })
  const tree = treeOf('ben', [step(['ben'], '/'), step(['ben', 'team', 'all-teams'], '/'), step(['ben', 'team'], '/Sent'), step(['ben', 'team', 'all-teams'], '/Inbox')])
  expect(tree.steps.map((s) => s.on)).toEqual(['/'])
  expect(tree.branches.map((b) => [b.name, b.steps.map((s) => s.on), b.branches.map((c) => [c.name, c.steps.map((s) => s.on)])])).toEqual([['team', ['/Sent'], [['all-teams', ['/', '/Inbox']]]]])
})

test('ways to rights are said in words, in both languages', () => {
  const said = (language: 'en' | 'de', way: Partial<Way>) => {
    const texts = readMessages(new URL('..', import.meta.url).pathname, language)
    const say = (id: string, values: Record<string, unknown> = {}) => texts[id]!.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
    const whole: Way = { via: ['ben'], kind: 'account', on: '/', rights: 'rwidx', role: 'manager', right_names: ['read', 'write'], effect: 'gives', ...way }
    return [wayWords(say, whole), explainedRights(say, whole)].filter(Boolean).join('; ')
  }
  expect(said('en', {})).toBe('Given directly: Full (team) on the whole mailbox; that is: read, change')
  expect(said('de', {})).toBe('Direkt gegeben: Voll (Team) am ganzen Postfach; das heißt: lesen, ändern')
  expect(said('de', { via: ['ben', 'team', 'all-teams'], kind: 'group', on: '/Inbox' })).toBe('Über die Gruppe all-teams (als Mitglied von team): Voll (Team) am Ordner /Inbox; das heißt: lesen, ändern')
  expect(said('de', { via: ['ben', 'sales by the filter (department=Sales)'], kind: 'group', rights: 'sendAs', role: '', right_names: null })).toBe('Über die Gruppe sales, über den Filter (department=Sales): als Postfach senden')
  expect(said('de', { via: ['ben', 'domain:example.test'], kind: 'domain', role: 'custom', effect: 'takes' })).toBe('Alle in example.test: nicht lesen, ändern am ganzen Postfach')
  expect(said('en', { via: ['ben', 'org'], kind: 'org', role: 'none', right_names: null, effect: 'blocks' })).toBe('Everybody in the organisation: blocked, whatever else was given')
})

test('the details of a record are said in words, as far as they are known', () => {
  const say = (id: string, values: Record<string, unknown> = {}) => (english[id] ?? `missing ${id}`).replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
  expect(detailWords(say, 'through', 'ben → team: gives rw on /; ben → org: gives sendAs on info; …')).toEqual([
    'By way of', 'By the group team: read, change on the whole mailbox; Everybody in the organisation: send as it; …',
  ])
  expect(detailWords(say, 'through', 'ben → domain:example.test: gives r on /Inbox')[1]).toBe('Everybody in example.test: read on the folder /Inbox')
  expect(detailWords(say, 'right', 'sendAs')).toEqual(['Right', 'send as it'])
  expect(detailWords(say, 'zimbraPrefLocale', 'de')).toEqual(['zimbraPrefLocale', 'de'])
})

test('words of the server that are not known stay as they are', () => {
  expect(recordWord(t, 'message.read')).toBe('Messages read')
  expect(recordWord(t, 'message.fold')).toBe('message.fold')
  expect(letterWords(t, 'rw')).toBe('read, change')
  expect(letterWords(t, 'r?')).toBe('r?')
  expect(roleWord(t, 'custom', ['read', 'seen'])).toBe('read, mark as read')
  expect(reason(new JMAPError('denied', 'http403', 'nobody gives themselves rights'), t)).toBe('nobody gives themselves rights')
  expect(reason(new JMAPError('fault', 'http500', 'an accident'), t)).toBe(t('ui.fault'))
})

test('the API is asked with the token, and tells when nobody is signed in', async () => {
  const asked: [string, RequestInit | undefined][] = []
  let status = 200
  let out = 0
  const api = new Api({
    csrf: () => 'token', onSignedOut: () => out++,
    fetch: (url, init) => {
      asked.push([String(url), init])
      return Promise.resolve(new Response(JSON.stringify({ detail: 'the words' }), { status }))
    },
  })
  await api.get(adminPath('accounts', 'a/b ?@example.test'), { text: 'ü&', none: undefined, empty: '', max: 51 })
  expect(asked[0]![0]).toBe('/admin/v1/accounts/a%2Fb%20%3F%40example.test?text=%C3%BC%26&max=51')
  expect(asked[0]![1]?.headers).toEqual({ Accept: 'application/json' })
  await api.send('PATCH', '/x', { login: false })
  expect(asked[1]![1]?.headers).toMatchObject({ 'X-Postroom-CSRF': 'token', 'Content-Type': 'application/json' })
  expect(asked[1]![1]?.body).toBe('{"login":false}')
  status = 409
  await expect(api.send('DELETE', '/x')).rejects.toMatchObject({ description: 'the words', type: 'http409' })
  expect(out).toBe(0)
  status = 401
  await expect(api.get('/x')).rejects.toMatchObject({ kind: 'signedOut' })
  expect(out).toBe(1)
})
