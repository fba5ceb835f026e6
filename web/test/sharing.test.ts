import { describe, expect, test } from 'vitest'
import { offerName } from '../src/mail/folder.ts'
import { formatRoute, parseRoute, roomHref } from '../src/mail/route.ts'
import type { Text } from '../src/i18n/text.ts'
import type { Mailbox } from '../src/jmap/types.ts'
import { clauseOf } from '../src/sharing/share.ts'
import { notAnswered, type Offer } from '../src/store/offers.ts'
import { beginOf, dayOf, endOf, lastDayOf } from '../src/ui/day.ts'
import { rights } from './fakeserver.ts'

const box = (id: string, parentId: string | null = null): Mailbox => ({ id, name: id, parentId, role: null, sortOrder: 0, totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0, myRights: rights, isSubscribed: true })
const offer = (mailboxId: string | null, state: Offer['state'], accountId = 'A'): Offer => ({ id: `S${mailboxId}`, accountId, mailboxId, path: `/${mailboxId}`, ownerName: '', ownerEmail: 'anna@example.test', state })

describe('what is offered and not answered is not shown', () => {
  const tree = [box('p'), box('c', 'p'), box('g', 'c'), box('x')]
  test.each<[string, Offer[], string[]]>([
    ['nothing is offered', [], []],
    ['with what lies below it', [offer('p', 'pending')], ['c', 'g', 'p']],
    ['but for what was accepted by itself', [offer('p', 'pending'), offer('c', 'accepted')], ['p']],
    ['also below what was accepted', [offer('p', 'accepted'), offer('c', 'pending')], ['c', 'g']],
    ['all of an account', [offer(null, 'pending')], ['c', 'g', 'p', 'x']],
    ['all but one', [offer(null, 'pending'), offer('x', 'accepted')], ['c', 'g', 'p']],
    ['of another account', [offer('p', 'pending', 'B')], []],
  ])('%s', (_, offers, hidden) => expect([...notAnswered('A', tree, offers)].sort()).toEqual(hidden))
})

test('a ring of folders ends', () => {
  expect(notAnswered('A', [box('a', 'b'), box('b', 'a')], [offer('other', 'pending')])).toEqual(new Set())
})

test('an offer is named by its folder', () => {
  const t = ((id: string) => id) as Text
  expect(offerName({ path: '/Projects/Garden', mailboxId: '1', ownerEmail: '' }, t)).toBe('Garden')
  expect(offerName({ path: '/Inbox', mailboxId: '1', ownerEmail: '' }, t)).toBe('mail.role.inbox')
  expect(offerName({ path: '/', mailboxId: null, ownerEmail: '' }, t)).toBe('sharing.wholeMailbox')
  expect(offerName({ path: '/a\u202egpj', mailboxId: '1', ownerEmail: '' }, t)).toBe('agpj')
})

test('what a role allows ends a sentence', () => {
  expect(clauseOf('Read messages, flag and edit.', 'en')).toBe('read messages, flag and edit')
  expect(clauseOf('Nachrichten lesen.', 'de')).toBe('Nachrichten lesen')
})

test('a last day ends with the next midnight, and is the same when it is read', () => {
  const end = endOf('2099-03-14')!
  expect(new Date(end)).toEqual(new Date(2099, 2, 15))
  expect(end).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  expect(lastDayOf(end)).toBe('2099-03-14')
  expect(dayOf(beginOf('2099-03-14'))).toBe('2099-03-14')
  expect(endOf('2099-12-31')).toBe(beginOf('2100-01-01'))
  for (const bad of ['', 'soon', '14.3.2099']) expect(endOf(bad)).toBeNull()
  expect(dayOf('soon')).toBe('')
  expect(lastDayOf(null)).toBe('')
})

test('rooms have addresses', () => {
  expect(roomHref('settings', 'sharing')).toBe('#/settings/sharing')
  expect(parseRoute('#/settings')).toEqual({ place: { kind: 'room', room: 'settings', page: '' }, search: '', open: null })
  expect(formatRoute(parseRoute('#/settings/a%20b/c'))).toBe('#/settings/a%20b/c')
  expect(parseRoute('#/elsewhere/x').place).toBeNull()
})
