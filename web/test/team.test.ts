import { describe, expect, test } from 'vitest'
import type { Email } from '../src/jmap/types.ts'
import { applyPatch } from '../src/store/patch.ts'
import { formatRoute, parseRoute } from '../src/mail/route.ts'
import { parseSearch, searchFilter } from '../src/mail/search.ts'
import { Emitter } from '../src/store/emitter.ts'
import { newNote, NoteDrafts } from '../src/team/drafts.ts'
import { candidates, handle, mentionedIn, pieces, typedMention } from '../src/team/mention.ts'
import { toggleMark, workOf, workPatch } from '../src/team/work.ts'

const email = (keywords: string[], mailbox = 'inbox'): Email => ({
  id: 'e', blobId: 'b', threadId: 't', mailboxIds: { [mailbox]: true }, keywords: Object.fromEntries(keywords.map((k) => [k, true])), size: 1, receivedAt: '2026-01-01T00:00:00Z',
  subject: '', from: null, to: null, hasAttachment: false, preview: '',
})
const role = (id: string) => id
const person = (name: string | null, address: string) => ({ name, email: address, accountId: null })
const anna = person('Anna Example', 'anna@example.test')
const ben = person(null, 'ben@example.test')

describe('where a conversation stands', () => {
  test.each([
    ['nothing is open', [email([])], { status: 'open', assignee: null }],
    ['done counts before waiting', [email(['$done', '$waiting'])], { status: 'done', assignee: null }],
    ['a new message opens it', [email(['$done', '$assigned:anna@example.test']), email([])], { status: 'open', assignee: 'anna@example.test' }],
    ['an answer in Sent does not', [email(['$waiting']), email([], 'sent')], { status: 'waiting', assignee: null }],
    ['only in Sent', [email(['$done'], 'sent')], { status: 'done', assignee: null }],
    ['the last one that names somebody', [email(['$assigned:anna@example.test']), email(['$assigned:ben@example.test'])], { status: 'open', assignee: 'ben@example.test' }],
    ['other bytes', [email(['$assigned:gr=c3=bc=c3=9fe@example.test'])], { status: 'open', assignee: 'grüße@example.test' }],
    ['nobody named', [email(['$assigned', '$assigned:'])], { status: 'open', assignee: null }],
  ])('%s', (_, emails, want) => expect(workOf(emails, role)).toEqual(want))

  test.each(['anna@example.test', '"a b"@example.test', 'grüße@example.test', 'a=b%c@example.test', 'x{*}/~@example.test'])('a change of the keywords is read as it was meant: %s', (address) => {
    const before = email(['$waiting', '$assigned', '$assigned:ben@example.test', '$seen'])
    const after = applyPatch(before, workPatch(before, { status: 'done', assignee: address }))
    expect(workOf([after], role)).toEqual({ status: 'done', assignee: address })
    const word = Object.keys(after.keywords).find((k) => k.startsWith('$assigned:'))!
    expect(word).toMatch(/^[\u0021-\u007e]+$/)
    expect(word).not.toMatch(/[(){%*"\\\]]/)
    expect(after.keywords['$seen']).toBe(true)
    const nobody = applyPatch(after, workPatch(after, { status: 'open', assignee: null }))
    expect(Object.keys(nobody.keywords)).toEqual(['$seen'])
  })
})

describe('what a list is narrowed to', () => {
  test('one of the person and one status', () => {
    expect(toggleMark([], 'mine')).toEqual(['mine'])
    expect(toggleMark(['mine', 'open'], 'unassigned')).toEqual(['unassigned', 'open'])
    expect(toggleMark(['unassigned', 'open'], 'done')).toEqual(['unassigned', 'done'])
    expect(toggleMark(['unassigned', 'done'], 'done')).toEqual(['unassigned'])
  })
  test('is in the address and in a search', () => {
    const route = parseRoute('#/inboxes?only=mine,open,nonsense')
    expect(route.work).toEqual(['mine', 'open'])
    expect(parseRoute(formatRoute(route))).toEqual(route)
    expect(searchFilter(parseSearch('is:mine is:waiting'), 'box', 'anna@example.test')).toEqual({
      operator: 'AND', conditions: [{ inMailbox: 'box' }, { assignee: 'anna@example.test' }, { workStatus: 'waiting' }],
    })
  })
})

describe('mentions', () => {
  test.each([
    ['@be', 3, 'be'],
    ['so @', 4, ''],
    ['(@Anna Ex', 9, 'Anna Ex'],
    ['mail anna@ex', 12, undefined],
    ['@ben and so on', 14, undefined],
  ])('%s', (text, cursor, word) => expect(typedMention(text, cursor)?.word).toBe(word))
  test('are offered by name and address, and found in the text', () => {
    const contains = (text: string, part: string) => text.toLowerCase().includes(part.toLowerCase())
    expect(candidates([anna, ben], 'ex', contains)).toEqual([anna, ben])
    expect(candidates([anna, ben], 'anna', contains)).toEqual([anna])
    expect(handle(ben)).toBe('@ben@example.test')
    expect(mentionedIn('@Anna Example, please', [anna, ben])).toEqual([anna])
    expect(mentionedIn('@ben@example.test?', [anna, ben])).toEqual([ben])
  })
  test('stand out in the text, and nothing else does', () => {
    expect(pieces('a @Anna Example b <b>@Anna Example</b>', [anna])).toEqual([
      { text: 'a ' }, { text: '@Anna Example', person: anna }, { text: ' b <b>' }, { text: '@Anna Example', person: anna }, { text: '</b>' },
    ])
    expect(pieces('plain', [])).toEqual([{ text: 'plain' }])
    expect(pieces('', [anna])).toEqual([])
  })
})

describe('notes that are being written', () => {
  const drafts = new NoteDrafts(new Emitter())
  const at = (place: string) => drafts.all('a', 't').get(place)

  test('what could not be saved comes before what was written since', () => {
    drafts.put('a', 't', newNote, { text: 'And @Ben', mentions: [person('Ben', 'ben@example.test')] })
    expect(drafts.giveBack('a', 't', newNote, { text: 'Ask @Anna', mentions: [person('Anna', 'anna@example.test')], fault: 'no' })).toBe(false)
    expect(at(newNote)).toMatchObject({ text: 'Ask @Anna\nAnd @Ben', fault: 'no', mentions: [{ name: 'Anna' }, { name: 'Ben' }] })
    drafts.put('a', 't', newNote, null)
    expect(drafts.all('a', 't').size).toBe(0)
  })

  test('a change of a note that is gone becomes a new one', () => {
    drafts.put('a', 't', 'one', { text: 'Of one', mentions: [] })
    drafts.put('a', 't', 'two', { text: 'Of two', mentions: [] })
    drafts.adopt('a', 't', ['two'])
    expect([at('one'), at('two')?.text, at(newNote)?.text]).toEqual([undefined, 'Of two', 'Of one'])
    expect(drafts.all('a', 'other').size).toBe(0)
  })
})
