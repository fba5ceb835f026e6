import { describe, expect, test } from 'vitest'
import { folderTree } from '../src/mail/folder.ts'
import { linkRuns } from '../src/mail/runs.ts'
import { initials, plain } from '../src/mail/person.ts'
import { formatRoute, parseRoute, type Route } from '../src/mail/route.ts'
import { formatSearch, parseSearch, searchFilter, searchOffers } from '../src/mail/search.ts'
import { applyPatch, inversePatch } from '../src/store/patch.ts'
import { formats } from '../src/ui/format.ts'
import type { Mailbox } from '../src/jmap/types.ts'
import { rights } from './fakeserver.ts'

test('routes survive being written and read', () => {
  const routes: Route[] = [
    { place: null, search: '', open: null },
    { place: { kind: 'inboxes' }, search: 'from:"anna b" x&y=#', open: null },
    { place: { kind: 'folder', account: 'a/1', mailbox: 'b?c#d%' }, search: '', open: { account: 'a/1', thread: 't&1' } },
  ]
  for (const route of routes) expect(parseRoute(formatRoute(route))).toEqual(route)
  for (const odd of ['', '#', '#/folder/x', '#/folder/%E0%A4%A/%', '#/nothing']) expect(parseRoute(odd).place).toBeNull()
})

describe('searches', () => {
  test('are read and written', () => {
    const chips = parseSearch('from:anna "two words" is:unread has:attachment subject:"new office" after:2026-01-31 before:soon x')
    expect(chips).toEqual([
      { is: 'from', value: 'anna' }, { is: 'text', value: 'two words' }, { is: 'unread' }, { is: 'attachment' },
      { is: 'subject', value: 'new office' }, { is: 'after', value: '2026-01-31' }, { is: 'text', value: 'before:soon' }, { is: 'text', value: 'x' },
    ])
    expect(parseSearch(formatSearch(chips))).toEqual(chips)
  })
  test('are read as people write them', () => {
    const read = (text: string) => formatSearch(parseSearch(text))
    expect(read('From: cleo')).toBe('from:cleo')
    expect(read('subject:"tour of the')).toBe('subject:"tour of the"')
    expect(read('SUBJECT: "two words" x')).toBe('subject:"two words" x')
    expect(read('after:2026 before:31.1.2026')).toBe('after:2026-01-01 before:2026-01-31')
    expect(read('after:2026/3/9')).toBe('after:2026-03-09')
    expect(parseSearch('before:2026-02-31')).toEqual([{ is: 'text', value: 'before:2026-02-31' }])
    expect(parseSearch('from: ""  ')).toEqual([])
    expect(parseSearch('http://example.test/a:b')).toEqual([{ is: 'text', value: 'http://example.test/a:b' }])
  })
  test('offer what is typed, and nothing that it cannot mean', () => {
    expect(searchOffers('cleo ').map(formatSearch)).toEqual(['cleo', 'from:cleo', 'to:cleo', 'subject:cleo'])
    expect(searchOffers('from:cleo').map(formatSearch)).toEqual(['from:cleo'])
    expect(searchOffers('from:cleo has:attachment tour').map(formatSearch)).toEqual(['from:cleo has:attachment tour'])
    expect(searchOffers('after:2026-01-31').map(formatSearch)).toEqual(['after:2026-01-31'])
    for (const nothing of ['', ' ', 'from:', 'from: ', '""']) expect(searchOffers(nothing)).toEqual([])
  })
  test('become filters', () => {
    expect(searchFilter(parseSearch('is:unread'))).toEqual({ notKeyword: '$seen' })
    expect(searchFilter(parseSearch('to:ben after:2026-01-31'), 'box')).toEqual({
      operator: 'AND', conditions: [{ inMailbox: 'box' }, { to: 'ben' }, { after: '2026-01-31T00:00:00Z' }],
    })
  })
})

test('patches are applied without touching the rest, and undone', () => {
  const record = { id: '1', keywords: { a: true, 'b/c': true }, mailboxIds: { x: true } }
  const patch = { 'keywords/b~1c': null, 'keywords/d': true, mailboxIds: { y: true } }
  const after = applyPatch(record, patch)
  expect(after).toEqual({ id: '1', keywords: { a: true, d: true }, mailboxIds: { y: true } })
  expect(applyPatch(after, inversePatch(record, patch))).toEqual(record)
  expect(applyPatch(record, { 'keywords/d': true }).mailboxIds).toBe(record.mailboxIds)
})

test('folders stand as a tree, those of everybody first', () => {
  const box = (id: string, name: string, role: string | null = null, parentId: string | null = null): Mailbox => ({
    id, name, role, parentId, sortOrder: 0, totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0, myRights: rights, isSubscribed: true,
  })
  const tree = folderTree([box('1', 'Trash', 'trash'), box('2', 'b10'), box('3', 'b9'), box('4', 'child', null, '2'), box('5', 'Inbox', 'inbox'), box('6', 'stray', null, 'hidden')], 'en')
  expect(tree.map((b) => `${b.depth}${b.mailbox.name}`)).toEqual(['0Inbox', '0Trash', '0b9', '0b10', '1child', '0stray'])
})

test('text from outside cannot turn the line round or break it', () => {
  expect(plain('invoice\u202Efdp.exe\r\nBcc: x\u0000')).toBe('invoicefdp.exe Bcc: x')
  expect([initials('Anna Berg'), initials('anna@example.test'), initials(''), initials('😀 b')]).toEqual(['AB', 'A', '?', 'B'])
})

test('links in plain text', () => {
  expect(linkRuns('see https://example.test/a?b=(c). Or javascript:alert(1) http://x"')).toEqual([
    { text: 'see ' }, { text: 'https://example.test/a?b=(c', href: 'https://example.test/a?b=(c' }, { text: '). Or javascript:alert(1) ' },
    { text: 'http://x', href: 'http://x' }, { text: '"' },
  ])
})

test('times and sizes', () => {
  const f = formats('en-GB')
  const now = new Date('2026-06-15T12:00:00')
  expect(f.brief('2026-06-15T09:05:00', now)).toBe('9:05')
  expect(f.brief('2026-02-03T09:05:00', now)).toBe('3 Feb')
  expect(f.brief('2024-02-03T09:05:00', now)).toBe('03/02/24')
  expect([f.brief('nonsense'), f.brief(undefined), f.size(999), f.size(1500), f.size(23_456_789)]).toEqual(['', '', '999 B', '1.5 kB', '23 MB'])
})
