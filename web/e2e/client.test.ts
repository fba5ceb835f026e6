// JMAP is judged by a client of another author, jmap-jam, against the real server. What they differ in is in docs/judges.md.
import { JamClient } from 'jmap-jam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compose, deliver } from './deliver.ts'
import { Demo } from './demo.ts'

let demo: Demo
let anna: JamClient
let ben: JamClient
let token = ''

async function client(name: string): Promise<JamClient> {
  const answer = await demo.run(['account', 'token', 'add', `${name}@example.test`, 'judge', '--json'])
  token = /postroom_[\w-]+/.exec(answer)![0]
  return new JamClient({ sessionUrl: `${demo.ready.http_url}/.well-known/jmap`, bearerToken: token })
}

beforeAll(async () => {
  demo = await Demo.start()
  ben = await client('ben')
  anna = await client('anna')
})
afterAll(async () => {
  await demo?.stop()
})

/** What a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(() => undefined, (e: unknown) => e)
  return JSON.stringify(error) ?? 'nothing'
}

test('the session: accounts of one’s own and shared ones, capabilities', async () => {
  const session = await anna.session
  const home = await anna.getPrimaryAccount()
  expect(session.accounts[home]).toMatchObject({ name: 'anna@example.test', isPersonal: true, isReadOnly: false })
  expect(Object.values(session.accounts).map((a) => a.name)).toContain('info@example.test')
  for (const name of ['core', 'mail', 'submission', 'vacationresponse', 'principals', 'quota', 'blob', 'mdn', 'websocket', 'webpush-vapid']) {
    expect(Object.keys(session.capabilities)).toContain(`urn:ietf:params:jmap:${name}`)
  }
  const wrong = await fetch(`${demo.ready.http_url}/jmap/session`, { headers: { Authorization: 'Bearer postroom_wrong' } })
  expect(wrong.status).toBe(401)
})

test('mailboxes: made, found, renamed, told as changed, and removed', async () => {
  const accountId = await anna.getPrimaryAccount()
  const [before] = await anna.api.Mailbox.get({ accountId })
  const [made] = await anna.api.Mailbox.set({ accountId, create: { a: { name: 'Judged' } as never } })
  const id = made.created!['a']!.id
  const [found] = await anna.api.Mailbox.query({ accountId, filter: { name: 'judg' } })
  expect(found.ids).toEqual([id])
  await anna.api.Mailbox.set({ accountId, update: { [id]: { name: 'Weighed' } } as never })
  const [changes] = await anna.api.Mailbox.changes({ accountId, sinceState: before.state })
  expect(changes.created).toContain(id)
  const [named] = await anna.api.Mailbox.get({ accountId, ids: [id], properties: ['name', 'myRights'] })
  expect(named.list[0]).toMatchObject({ name: 'Weighed', myRights: { mayReadItems: true, mayDelete: true } })
  const [gone] = await anna.api.Mailbox.set({ accountId, destroy: [id] })
  expect(gone.destroyed).toEqual([id])
  expect(await refusal(anna.api.Mailbox.get({ accountId: 'A999999' }))).toContain('accountNotFound')
})

test('emails: found and read by reference in one request, uploaded, downloaded and told as changed', async () => {
  const accountId = await anna.getPrimaryAccount()
  await deliver(demo, 'anna@example.test', compose({ subject: 'Jam and bread', text: 'marmalade' }))
  const [{ read: answer }] = await anna.requestMany((t) => {
    const found = t.Email.query({ accountId, filter: { text: 'marmalade' }, sort: [{ property: 'receivedAt', isAscending: false }] })
    const read = t.Email.get({ accountId, ids: found.$ref('/ids'), properties: ['id', 'subject', 'keywords', 'bodyValues', 'textBody', 'blobId'], fetchTextBodyValues: true })
    return { found, read }
  })
  const email = answer.list[0]! as unknown as { id: string; subject: string; blobId: string; bodyValues: Record<string, { value: string }> }
  expect(email.subject).toBe('Jam and bread')
  expect(Object.values(email.bodyValues)[0]!.value.trim()).toBe('marmalade')
  await anna.api.Email.set({ accountId, update: { [email.id]: { 'keywords/$flagged': true } } as never })
  const [changes] = await anna.api.Email.changes({ accountId, sinceState: answer.state })
  expect(changes.updated).toEqual([email.id])
  const raw = await (await anna.downloadBlob({ accountId, blobId: email.blobId, mimeType: 'message/rfc822', fileName: 'a.eml' })).text()
  expect(raw).toContain('Subject: Jam and bread')

  const uploaded = await anna.uploadBlob(accountId, raw.replace('Jam and bread', 'Brought along'))
  const [boxes] = await anna.api.Mailbox.query({ accountId, filter: { role: 'inbox' } as never })
  const [imported] = await anna.api.Email.import({ accountId, emails: { a: { blobId: uploaded.blobId, mailboxIds: { [boxes.ids[0]!]: true }, keywords: {}, receivedAt: null } } as never })
  const id = (imported.created as unknown as Record<string, { id: string }>)['a']!.id
  const [gone] = await anna.api.Email.set({ accountId, destroy: [id] })
  expect(gone.destroyed).toEqual([id])
  expect(await refusal(anna.downloadBlob({ accountId, blobId: 'B1-1', mimeType: 'text/plain', fileName: 'x' }))).not.toBe('nothing')
})

test('sending: from an identity, with what is to be done on success', async () => {
  const accountId = await anna.getPrimaryAccount()
  const [identities] = await anna.api.Identity.get({ accountId })
  const identity = identities.list.find((i) => i.email === 'anna@example.test')!
  const [drafts] = await anna.api.Mailbox.query({ accountId, filter: { role: 'drafts' } as never })
  const [sent] = await anna.api.Mailbox.query({ accountId, filter: { role: 'sent' } as never })
  const [answers] = await anna.requestMany((t) => {
    const draft = t.Email.set({
      accountId,
      create: {
        d: {
          mailboxIds: { [drafts.ids[0]!]: true }, keywords: { $draft: true }, from: [{ name: null, email: 'anna@example.test' }], to: [{ name: null, email: 'ben@example.test' }],
          subject: 'From another client', bodyValues: { t: { value: 'by jam' } }, textBody: [{ partId: 't', type: 'text/plain' }],
        } as never,
      },
    })
    const submission = t.EmailSubmission.set({
      accountId, create: { s: { identityId: identity.id, emailId: '#d' } as never },
      onSuccessUpdateEmail: { '#s': { [`mailboxIds/${drafts.ids[0]!}`]: null, [`mailboxIds/${sent.ids[0]!}`]: true, 'keywords/$draft': null } as never },
    })
    return { draft, submission }
  })
  expect(Object.keys(answers)).toEqual(['draft', 'submission'])
  const benAccount = await ben.getPrimaryAccount()
  await expect.poll(async () => (await ben.api.Email.query({ accountId: benAccount, filter: { subject: 'From another client' } }))[0].ids.length, { timeout: 20_000 }).toBe(1)
  const [left] = await anna.api.Email.query({ accountId, filter: { inMailbox: drafts.ids[0]!, subject: 'From another client' } as never })
  expect(left.ids).toEqual([])
})

test('changes are pushed to an event source, of shared accounts too', async () => {
  const accountId = await anna.getPrimaryAccount()
  const shared = Object.entries((await anna.session).accounts).find(([, a]) => a.name === 'info@example.test')![0]
  // The client leaves the credentials of a stream to the browser; here is none.
  let url = ''
  Object.assign(globalThis, { EventSource: function open(to: string) { url = to } })
  await anna.connectEventSource({ types: ['Email', 'Mailbox'], ping: 60 })
  const stop = new AbortController()
  const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` }, signal: stop.signal })
  expect(response.headers.get('Content-Type')).toBe('text/event-stream')
  const heard = (async () => {
    const told = new Set<string>()
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      for (const line of text.split('\n').slice(0, -1)) {
        if (line.startsWith('data: {"@type":"StateChange"')) Object.keys((JSON.parse(line.slice(6)) as { changed: object }).changed).forEach((id) => told.add(id))
      }
      if (told.has(accountId) && told.has(shared)) return [...told]
    }
    return [...told]
  })()
  await deliver(demo, ['anna@example.test', 'info@example.test'], compose({ subject: 'Pushed' }))
  expect(await heard).toEqual(expect.arrayContaining([accountId, shared]))
  stop.abort()
})

test('what is refused is told as the standard says', async () => {
  const accountId = await anna.getPrimaryAccount()
  expect(await refusal(anna.request(['Email/get', { accountId, ids: Array.from({ length: 1001 }, (_, i) => `x${i}`) }]))).toContain('requestTooLarge')
  expect(await refusal(anna.request(['Email/changes', { accountId, sinceState: 'never' }]))).toContain('cannotCalculateChanges')
  expect(await refusal(anna.request(['Nothing/get', { accountId }] as never))).toContain('unknownMethod')
  expect(await refusal(anna.request(['Email/get', { accountId, ids: [], nothing: true }] as never))).toContain('invalidArguments')
  const [refused] = await anna.request(['PushSubscription/set', { create: { a: { deviceClientId: 'd', url: 'http://127.0.0.1/' } } }] as never) as unknown as [{ notCreated: Record<string, { type: string }> }]
  expect(refused.notCreated['a']!.type).toBe('invalidProperties')
})
