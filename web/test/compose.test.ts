import { describe, expect, test } from 'vitest'
import { emailOf, exchangeRichSignature, exchangeSignature, isBlank, noSignature } from '../src/compose/draft.ts'
import { defaultIdentity, type Identity, seen, senderOf } from '../src/compose/identity.ts'
import { nextMonday, tomorrow } from '../src/compose/later.ts'
import { type Node, plainOf, quiet, quoted } from '../src/compose/quote.ts'
import { formatRecipient, isAddress, parseRecipients, without } from '../src/compose/recipients.ts'
import { forwardDraft, newDraft, openDraft, type Original, replyDraft, type Setting, threadOf } from '../src/compose/reply.ts'
import { hasFormatting, linesOf, readHTML, richOf, sentHTML } from '../src/compose/rich.ts'
import { envelopeOf, refusalOf } from '../src/compose/send.ts'

const identity = (id: string, email: string, targetAccountId: string | null, more: Partial<Identity> = {}): Identity => ({
  id, name: '', email, textSignature: '', htmlSignature: '', targetAccountId, displayedSender: null, isAutomatic: true, ...more,
})
const anna = identity('1', 'anna@example.test', 'A', { name: 'Anna', textSignature: 'Anna' })
const alias = identity('2', 'anna.b@example.test', 'A')
const info = identity('3', 'info@example.test', 'I', { name: 'Information desk', textSignature: 'The desk' })
const sales = identity('4', 'sales@example.test', 'I')
const team = identity('5', 'info-team@example.test', null, { displayedSender: { name: 'Anna', email: 'anna@example.test' } })
const all = [anna, alias, info, sales, team]

const setting: Setting = {
  identities: all, home: 'A', keptIn: (i) => (i?.targetAccountId === 'I' ? 'I' : 'A'), wrote: () => 'Somebody wrote:', forwarded: () => '--- Forwarded ---', unnamed: 'unnamed',
}

const original = (more: Partial<Original> = {}): Original => ({
  id: 'e', blobId: 'b', threadId: 't', mailboxIds: {}, keywords: {}, size: 1, receivedAt: '2026-01-02T03:04:05Z', subject: 'Keys', hasAttachment: false, preview: '',
  from: [{ name: 'Cleo', email: 'cleo@elsewhere.test' }], to: [{ name: null, email: 'info@example.test' }], messageId: ['1@elsewhere.test'],
  bodyValues: { 1: { value: 'Where are\r\n> the keys?\r\n-- \r\nCleo' } }, textBody: [{ partId: '1', blobId: 'p', size: 1, name: null, type: 'text/plain' }], ...more,
})

describe('recipients', () => {
  test.each([
    ['a@x.test', [{ name: null, email: 'a@x.test' }]],
    ['A B <a@x.test>, b@x.test; c@x.test\nd@x.test', ['A B', null, null, null].map((name, i) => ({ name, email: `${'abcd'[i]}@x.test` }))],
    ['"B, A; \\"C\\"" <a@x.test>', [{ name: 'B, A; "C"', email: 'a@x.test' }]],
    ['mailto:a@x.test,,  ,', [{ name: null, email: 'a@x.test' }]],
    ['', []],
  ])('%j', (text, people) => expect(parseRecipients(text)).toEqual(people))
  test.each(['a@x.test', "o'b+c@x-y.test", 'jörg@müller.test'])('%s is one', (email) => expect(isAddress(email)).toBe(true))
  test.each(['a', 'a@', '@x', 'a b@x.test', 'a@x@y', 'a..b@x.test', 'a@x.test>', 'a@x.'])('%s is none', (email) => expect(isAddress(email)).toBe(false))
  test('are formatted so that they are read as they were', () => {
    for (const address of [{ name: 'B, "A"', email: 'a@x.test' }, { name: 'Jörg', email: 'j@x.test' }, { name: null, email: 'n@x.test' }]) expect(parseRecipients(formatRecipient(address))).toEqual([address])
  })
  test('are there once', () => expect(without(parseRecipients('a@x.test, A@X.test, b@x.test'), ['b@X.test']).map((a) => a.email)).toEqual(['a@x.test']))
})

describe('who a message is from', () => {
  const of = (account: string | undefined, writtenTo: string[] = [], writtenBy: string[] = []) => defaultIdentity(all, { account, home: 'A', writtenTo, writtenBy })?.email
  test('in a shared mailbox: its address', () => expect(of('I')).toBe('info@example.test'))
  test('in a shared mailbox: the address of it that was written to', () => expect(of('I', ['anna@example.test', 'Sales@Example.test'])).toBe('sales@example.test'))
  test('in a mailbox without a right to send: the own address', () => expect(of('X', ['cleo@example.test'])).toBe('anna@example.test'))
  test('in the own mailbox: the address written to', () => expect(of('A', ['cleo@x.test', 'anna.b@example.test'])).toBe('anna.b@example.test'))
  test('in the own mailbox, written to a group: the group', () => expect(of('A', ['info-team@example.test'])).toBe('info-team@example.test'))
  test('in the own mailbox, written to oneself and a group: oneself', () => expect(of('A', ['info-team@example.test', 'anna@example.test'])).toBe('anna@example.test'))
  test('anywhere, else: the own primary address', () => expect(of(undefined)).toBe('anna@example.test'))
  test('after an own message: the same again', () => expect(of('A', ['cleo@x.test'], ['sales@example.test'])).toBe('sales@example.test'))
  test('in words', () => {
    expect(seen(senderOf(info))).toEqual({ from: 'Information desk <info@example.test>', behalf: '' })
    expect(seen(senderOf(team))).toEqual({ from: 'info-team@example.test', behalf: 'Anna' })
  })
})

describe('an answer', () => {
  test('goes to who wrote, from the mailbox one is in, with what was quoted', () => {
    const draft = replyDraft(setting, original(), 'I', 'sender')
    expect(draft).toMatchObject({ account: 'I', identity: '3', subject: 'Re: Keys', inReplyTo: ['1@elsewhere.test'], references: ['1@elsewhere.test'], cc: [] })
    expect(draft.to.map((a) => a.email)).toEqual(['cleo@elsewhere.test'])
    expect(draft.text).toBe('\n\n-- \nThe desk\n\nSomebody wrote:\n> Where are\n>> the keys?\n')
    expect(isBlank(draft)).toBe(true)
    expect(isBlank({ ...draft, text: `At the desk.${draft.text}` })).toBe(false)
  })
  test('to everybody leaves out oneself, and nobody gets it twice', () => {
    const email = original({ to: parseRecipients('info@example.test, b@x.test'), cc: parseRecipients('B@x.test, anna@example.test, c@x.test'), replyTo: parseRecipients('desk@elsewhere.test') })
    const draft = replyDraft(setting, email, 'I', 'all')
    expect([draft.to.map((a) => a.email), draft.cc.map((a) => a.email)]).toEqual([['desk@elsewhere.test', 'b@x.test'], ['c@x.test']])
  })
  test('to an own message goes to whom that went to', () => {
    const email = original({ from: [{ name: null, email: 'info@example.test' }], to: parseRecipients('b@x.test'), cc: parseRecipients('c@x.test') })
    expect(replyDraft(setting, email, 'I', 'sender').to.map((a) => a.email)).toEqual(['b@x.test'])
    expect(replyDraft(setting, email, 'I', 'all').cc.map((a) => a.email)).toEqual(['c@x.test'])
  })
  test('finds the address by Delivered-To when it is not in To', () => {
    const email = original({ to: parseRecipients('list@x.test'), 'header:Delivered-To:asText:all': ['sales@example.test'] })
    expect(replyDraft(setting, email, 'I', 'sender').from.email).toBe('sales@example.test')
  })
  test.each([['Re: Keys', 'Re: Keys'], ['AW: Keys', 'AW: Keys'], ['Regal', 'Re: Regal'], [null, 'Re: ']])('subject %j becomes %j', (subject, then) => expect(replyDraft(setting, original({ subject }), 'I', 'sender').subject).toBe(then))
  test('carries on the references (RFC 5322 §3.6.4)', () => {
    expect(threadOf(original({ references: ['a', 'b'] })).references).toEqual(['a', 'b', '1@elsewhere.test'])
    expect(threadOf(original({ inReplyTo: ['a'] })).references).toEqual(['a', '1@elsewhere.test'])
    expect(threadOf(original({ messageId: null }))).toEqual({ inReplyTo: [], references: [] })
  })
})

test('what is forwarded takes its text and files along', () => {
  const draft = forwardDraft(setting, original({ attachments: [{ partId: '2', blobId: 'q', size: 7, name: null, type: 'image/png' }] }), 'I')
  expect(draft).toMatchObject({ subject: 'Fwd: Keys', to: [], inReplyTo: [], attachments: [{ blobId: 'q', account: 'I', name: 'unnamed', type: 'image/png', size: 7 }] })
  expect(draft.text).toContain('--- Forwarded ---\n\nWhere are\n> the keys?')
})

test('a signature is exchanged, and what was written stays', () => {
  const quote = '\nX wrote:\n> y\n'
  const one = exchangeSignature(`\n${quote}`, '', 'One', quote)
  expect(one).toBe(`\n\n-- \nOne\n${quote}`)
  const two = exchangeSignature(`Hello${one}`, 'One', 'Two $&', quote)
  expect(two).toBe(`Hello\n\n-- \nTwo $&\n${quote}`)
  expect(exchangeSignature(two, 'Two $&', '', quote)).toBe(`Hello\n${quote}`)
})

test('a draft is the email that was kept', () => {
  const draft = newDraft(setting, 'I')
  const email = emailOf({ ...draft, to: parseRecipients('a@x.test'), attachments: [{ blobId: 'b', account: 'I', name: 'n', type: '', size: 1 }, { blobId: null, account: 'I', name: 'coming', type: '', size: 1 }] }, 'D')
  expect(email).toMatchObject({ mailboxIds: { D: true }, keywords: { $draft: true, $seen: true }, from: [{ name: 'Information desk', email: 'info@example.test' }], to: [{ email: 'a@x.test' }] })
  expect(email['bodyStructure']).toEqual({ type: 'multipart/mixed', subParts: [{ type: 'text/plain', partId: 'text' }, { blobId: 'b', type: 'application/octet-stream', name: 'n', disposition: 'attachment' }] })
  const again = openDraft(setting, original({ from: [{ name: 'Information desk', email: 'info@example.test' }], bodyValues: { 1: { value: draft.text } } }), 'I')
  expect(again).toMatchObject({ identity: '3', text: draft.text, signature: { text: 'The desk', html: '' } })
})

test('everybody is in the envelope once, and it says until when it may be taken back', () => {
  const draft = { ...newDraft(setting, 'A'), to: parseRecipients('a@x.test'), bcc: parseRecipients('A@x.test, b@x.test') }
  expect(envelopeOf(draft, null)).toEqual({ mailFrom: { email: 'anna@example.test', parameters: { HOLDFOR: '10' } }, rcptTo: ['a', 'b'].map((n) => ({ email: `${n}@x.test`, parameters: null })) })
  expect(envelopeOf(draft, new Date('2027-01-02T03:04:05.678Z'))['mailFrom']).toMatchObject({ parameters: { HOLDUNTIL: '2027-01-02T03:04:05Z' } })
})

test.each([
  ['forbiddenFrom', 'from'], ['forbiddenMailFrom', 'from'], ['forbiddenToSend', 'to'], ['invalidRecipients', 'to'], ['noRecipients', 'to'], ['tooLarge', 'attachments'], ['rateLimit', 'whole'],
])('%s is shown at %s', (type, field) => expect(refusalOf({ type }).field).toBe(field))

test('HTML is quoted as its words', () => {
  const text = (nodeValue: string): Node => ({ nodeType: 3, nodeName: '#text', nodeValue, childNodes: [] })
  const el = (nodeName: string, ...childNodes: Node[]): Node => ({ nodeType: 1, nodeName, nodeValue: null, childNodes })
  expect(plainOf(el('BODY', el('P', text(' One\n two '), el('B', text('three'))), el('STYLE', text('p{}')), el('BLOCKQUOTE', el('DIV', text('before'))), el('UL', el('LI', text('x')))))).toBe('One two three\n\n> before\n\n- x')
  expect(quoted('a\n\nb\n-- \nsig')).toBe('> a\n>\n> b')
})

test('tomorrow and Monday are in the morning', () => {
  expect(tomorrow(new Date(2026, 11, 31, 23)).toString()).toContain('Jan 01 2027 08:00')
  expect(nextMonday(new Date(2026, 10, 23, 9)).getDate()).toBe(30) // a Monday
  expect(nextMonday(new Date(2026, 10, 22, 9)).getDate()).toBe(23)
})

test('plain text is the same after it was in the editor', () => {
  expect(richOf('a\n\n-- \nS & <T>\n> q\n>> r\n>\nend\n')).toBe('<p>a</p><p></p><p>-- </p><p>S &amp; &lt;T&gt;</p><blockquote><p>q</p><blockquote><p>r</p></blockquote><p></p></blockquote><p>end</p>')
  const text = (nodeValue: string): Node => ({ nodeType: 3, nodeName: '#text', nodeValue, childNodes: [] })
  const el = (nodeName: string, ...childNodes: Node[]): Node => ({ nodeType: 1, nodeName, nodeValue: null, childNodes })
  const p = (words: string) => el('P', ...(words ? [text(words)] : []))
  expect(linesOf(el('BODY', p('a'), p(''), p('-- '), p('S'), el('BLOCKQUOTE', p('q'), el('BLOCKQUOTE', p('r')), p('')), p('end')))).toBe('a\n\n-- \nS\n> q\n>> r\n>\nend\n')
  expect(linesOf(el('BODY', el('OL', el('LI', p('x'), p('y')), el('LI', p('z'))), el('UL', el('LI', el('P', text('b'), el('BR'), text('c'))))))).toBe('1. x\n   y\n2. z\n- b\n  c\n')
})

test('only what is formatted is sent as HTML', () => {
  expect(hasFormatting('<p>a</p><blockquote><p>b<br></p></blockquote>')).toBe(false)
  expect(hasFormatting('<p><strong>a</strong></p>')).toBe(true)
  expect(sentHTML('<p>a</p><p></p>')).toBe('<div>a</div><div><br></div>')
  expect(readHTML(sentHTML('<p>a</p><p></p>'))).toBe('<p>a</p><p></p>')
  const email = emailOf({ ...newDraft(setting, 'A'), html: '<p><strong>a</strong></p>', text: 'a' }, 'D')
  expect(email['bodyStructure']).toEqual({ type: 'multipart/alternative', subParts: [{ type: 'text/plain', partId: 'text' }, { type: 'text/html', partId: 'html' }] })
})

test('a signature is exchanged in the editor as well', () => {
  const quote = '\nX wrote:\n> y\n'
  const html = `<p><em>Hello</em></p>${richOf(`\n-- \nOne\n${quote}`)}`
  expect(exchangeRichSignature(html, { text: 'One', html: '' }, { text: 'Two', html: '' }, quote)).toBe(`<p><em>Hello</em></p>${richOf(`\n-- \nTwo\n${quote}`)}`)
  expect(exchangeRichSignature(exchangeRichSignature(html, { text: 'One', html: '' }, noSignature, quote), noSignature, { text: 'One', html: '' }, quote)).toBe(html)
})

test('a formatted signature makes the message formatted, and goes with its identity', () => {
  const desk = { ...setting.identities[0]!, email: 'desk@example.test', textSignature: 'The desk', htmlSignature: '<p><strong>The desk</strong></p>', replyTo: [{ name: null, email: 'answers@example.test' }] }
  const draft = newDraft({ ...setting, identities: [desk] }, undefined)
  expect(draft.html).toBe('<p></p><p></p><p>-- </p><p><strong>The desk</strong></p>')
  expect(draft.text).toBe('\n\n-- \nThe desk\n')
  expect(emailOf(draft, 'D')).toMatchObject({ replyTo: [{ email: 'answers@example.test' }], bodyStructure: { type: 'multipart/alternative' } })
  expect(exchangeRichSignature(draft.html, draft.signature, { text: 'One', html: '' }, '')).toBe(richOf('\n\n-- \nOne\n'))
  expect(isBlank(draft)).toBe(true)
})

test('attributes that are not for reading are left out, text is not', () => {
  expect(quiet(`<p class="a" onclick="x > y" style='b'>style="c" onx=1</p><svg/onload=1><img src=x onerror=1>`)).not.toMatch(/<[^>]*(?:onclick|onload|onerror|src|style)=/)
  expect(quiet('a<style media=x>b{}</style>c<STYLE>d')).toBe('ac')
  expect(quiet('<p>style="c" onx=1 < 2</p>')).toBe('<p>style="c" onx=1 < 2</p>')
})
