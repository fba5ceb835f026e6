import { describe, expect, test, vi } from 'vitest'
import { Client } from '../src/jmap/client.ts'
import { Merged } from '../src/store/merged.ts'
import type { Query, QuerySpec, Rows } from '../src/store/query.ts'
import { Store } from '../src/store/store.ts'
import { FakeServer } from './fakeserver.ts'

async function start(accounts = ['a'], count = 0) {
  const server = new FakeServer(accounts)
  for (let i = 1; i <= count; i++) server.add('a', `m${i}`)
  const store = new Store(new Client({ fetch: server.fetch as typeof fetch }))
  await store.open()
  return { server, store }
}

const inbox = (account = 'a'): QuerySpec => ({ account, filter: { inMailbox: 'inbox' }, sort: [{ property: 'receivedAt', isAscending: false }], collapseThreads: true })

/** Waits for what the rows say next. */
async function settled(rows: Rows, ready: () => boolean): Promise<void> {
  await vi.waitFor(() => {
    if (!ready()) throw new Error(`not yet: total ${rows.total}`)
  })
}

async function look(query: Query, first = 0, last = 10): Promise<void> {
  query.subscribe(() => {})
  query.want(first, last)
  await settled(query, () => query.at(first) !== undefined)
}

const ids = (rows: Rows, count: number) => Array.from({ length: count }, (_, i) => rows.at(i)?.id)

describe('the store', () => {
  test('reads a page with its rows and conversations in one request', async () => {
    const { server, store } = await start(['a'], 3)
    const query = store.query(inbox())
    await look(query)
    expect(query.total).toBe(3)
    expect(ids(query, 3)).toEqual(['m3', 'm2', 'm1'])
    expect(server.requests.at(-1)).toEqual(['Email/query', 'Email/get', 'Thread/get', 'Email/get'])
    expect(store.get('a', 'Email', 'm2')?.subject).toBe('m2')
  })

  test('of a long list only fetches what is looked at', async () => {
    const { server, store } = await start(['a'], 400)
    const query = store.query({ ...inbox(), collapseThreads: false })
    await look(query)
    query.want(300, 310)
    await settled(query, () => query.at(300) !== undefined)
    expect(query.at(200)).toBeUndefined()
    expect(query.total).toBe(400)
    expect(server.requests.filter((r) => r[0] === 'Email/query')).toHaveLength(2)
  })

  test('asks for pages beside one another at once, and for no row twice', async () => {
    const { server, store } = await start(['a'], 400)
    const query = store.query(inbox())
    await look(query, 95, 130)
    query.want(95, 130)
    await settled(query, () => query.at(174) !== undefined)
    const asked = server.calls.filter(([name]) => name === 'Email/query').map(([, args]) => [args['position'], args['limit']])
    expect(asked).toEqual([[75, 75], [150, 25]])
    expect(query.at(40)).toBeUndefined()
  })

  test('what a change does comes with its answer, and a push that tells of it asks nothing', async () => {
    const { server, store } = await start(['a'], 2)
    await look(store.query(inbox()))
    const before = server.requests.length
    const change = store.change([{ account: 'a', type: 'Email', update: { m1: { 'keywords/$seen': true } } }])
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(before))
    store.heard({ a: { Email: server.state('a'), Mailbox: server.state('a'), Thread: server.state('a') } })
    await change
    await vi.waitFor(() => expect(store.table('a', 'Email').state).toBe(server.state('a')))
    store.heard({ a: { Email: server.state('a'), Mailbox: server.state('a'), Thread: server.state('a') } })
    await new Promise((resolve) => setTimeout(resolve))
    expect(server.requests.slice(before).map((names) => names.filter((name) => /set|changes/.test(name)))).toEqual([['Email/set', 'Mailbox/changes', 'Email/changes', 'Thread/changes']])
  })

  test('a list whose message was moved is asked for once', async () => {
    const { server, store } = await start(['a'], 60)
    const query = store.query(inbox())
    await look(query)
    query.want(0, 10)
    await settled(query, () => query.at(40) !== undefined)
    const before = server.requests.length
    await store.change([{ account: 'a', type: 'Email', update: { m58: { 'mailboxIds/inbox': null, 'mailboxIds/trash': true } } }])
    await settled(query, () => query.total === 59 && query.known(1)?.state === server.state('a'))
    query.want(0, 10)
    await store.sync('a')
    expect(server.requests.slice(before).flat().filter((name) => /Email\/query/.test(name))).toHaveLength(1)
  })

  test('conversations expected to be opened are there, and are not asked for again', async () => {
    const { server, store } = await start(['a', 'b'], 3)
    server.bodies = true
    server.add('b', 'm9')
    await look(store.query(inbox()))
    await look(store.query(inbox('b')))
    store.expect('a', ['tm3', 'tm2'])
    await vi.waitFor(() => expect(store.get('a', 'Email', 'm2')?.bodyValues).toBeDefined())
    const before = server.requests.length
    await store.loadThread('a', 'tm3')
    expect(server.requests.length).toBe(before)
    // Of others' mailboxes only what is opened: the server notes who read what.
    store.expect('b', ['tm9'])
    await store.loadThread('b', 'tm9')
    await store.loadThread('b', 'tm9')
    expect(server.requests.slice(before).filter((names) => names[0] === 'Thread/get')).toHaveLength(2)
  })

  test('a conversation opened while it is fetched ahead waits for that, and asks itself when it fails', async () => {
    const { server, store } = await start(['a'], 2)
    server.bodies = true
    await look(store.query(inbox()))
    const before = server.requests.length
    store.expect('a', ['tm2'])
    await store.loadThread('a', 'tm2')
    expect(server.requests.length).toBe(before + 1)
    server.failNext = 500
    store.expect('a', ['tm1'])
    await store.loadThread('a', 'tm1')
    expect(store.get('a', 'Email', 'm1')?.bodyValues).toBeDefined()
  })

  test('shows a change at once, and undoes it', async () => {
    const { server, store } = await start(['a'], 2)
    await look(store.query(inbox()))
    const change = store.change([{ account: 'a', type: 'Email', update: { m1: { 'keywords/$seen': true } } }])
    expect(store.get('a', 'Email', 'm1')?.keywords).toEqual({ $seen: true })
    const undo = await change
    expect(server.accounts.get('a')!.emails.get('m1')!.keywords).toEqual({ $seen: true })
    await store.change(undo)
    expect(store.get('a', 'Email', 'm1')?.keywords).toEqual({})
    expect(server.accounts.get('a')!.emails.get('m1')!.keywords).toEqual({})
  })

  test('a message that was moved comes back by undoing', async () => {
    const { store } = await start(['a'], 3)
    const query = store.query(inbox())
    await look(query)
    const undo = await store.change([{ account: 'a', type: 'Email', update: { m2: { 'mailboxIds/inbox': null, 'mailboxIds/trash': true } } }])
    await store.sync('a')
    await settled(query, () => query.total === 2 && query.at(1)?.id === 'm1')
    await store.change(undo)
    await store.sync('a')
    await settled(query, () => query.total === 3)
    expect(ids(query, 3)).toEqual(['m3', 'm2', 'm1'])
  })

  test('takes a refused change back, in the record and in the list', async () => {
    const { server, store } = await start(['a'], 3)
    const query = store.query(inbox())
    await look(query)
    server.refuse.set('m2', 'forbidden')
    const change = store.change([{ account: 'a', type: 'Email', update: { m2: { 'mailboxIds/inbox': null, 'mailboxIds/trash': true } } }])
    expect(ids(query, 3)).toEqual(['m3', 'm1', undefined])
    expect(query.total).toBe(2)
    await expect(change).rejects.toMatchObject({ kind: 'denied' })
    expect(store.get('a', 'Email', 'm2')?.mailboxIds).toEqual({ inbox: true })
    await settled(query, () => query.at(2) !== undefined)
    expect(ids(query, 3)).toEqual(['m3', 'm2', 'm1'])
  })

  test('reads what a push tells of: messages that come, change and go', async () => {
    const { server, store } = await start(['a'], 2)
    const query = store.query(inbox())
    await look(query)
    server.add('a', 'm3')
    server.change('a', 'm1', { keywords: { $flagged: true } })
    server.destroy('a', 'm2')
    store.heard({ a: { Email: server.state('a'), Thread: server.state('a') } })
    await settled(query, () => query.at(0)?.id === 'm3')
    expect(ids(query, 3)).toEqual(['m3', 'm1', undefined])
    expect(store.get('a', 'Email', 'm1')?.keywords).toEqual({ $flagged: true })
    expect(store.get('a', 'Email', 'm2')).toBeUndefined()
  })

  test('leaves the list alone when only keywords change', async () => {
    const { server, store } = await start(['a'], 2)
    await look(store.query(inbox()))
    const before = server.requests.length
    server.change('a', 'm1', { keywords: { $seen: true } })
    await store.sync('a')
    expect(store.get('a', 'Email', 'm1')?.keywords).toEqual({ $seen: true })
    expect(server.requests.slice(before).flat()).not.toContain('Email/query')
  })

  test('begins anew when the server cannot say what has changed', async () => {
    const { server, store } = await start(['a'], 2)
    const query = store.query(inbox())
    await look(query)
    server.add('a', 'm3')
    server.forgotten = 1000
    await store.sync('a')
    await settled(query, () => query.at(0)?.id === 'm3')
    expect(store.get('a', 'Email', 'm1')?.subject).toBe('m1')
  })

  test('follows accounts that come and go', async () => {
    const { server, store } = await start(['a', 'b'])
    expect(store.accounts.map((a) => a.id)).toEqual(['a', 'b'])
    server.accounts.delete('b')
    await store.open('fresh')
    expect(store.accounts.map((a) => a.id)).toEqual(['a'])
    expect(store.table('b', 'Mailbox').all()).toEqual([])
  })

  test('merges several accounts, newest first', async () => {
    const { server, store } = await start(['a', 'b'])
    for (const n of [1, 3, 5]) server.add('a', `m${n}`)
    for (const n of [2, 4]) server.add('b', `m${n}`)
    const merged = new Merged([store.query(inbox('a')), store.query(inbox('b'))], (ref) => store.get(ref.account, 'Email', ref.id)?.receivedAt)
    merged.subscribe(() => {})
    merged.want(0, 10)
    await settled(merged, () => merged.at(4) !== undefined)
    expect(ids(merged, 5)).toEqual(['m5', 'm4', 'm3', 'm2', 'm1'])
    expect(merged.at(1)?.account).toBe('b')
    expect(merged.total).toBe(5)
  })

  test('a merged list is read as far as it is scrolled', async () => {
    const { server, store } = await start(['a', 'b'], 180)
    server.add('b', 'm0')
    const merged = new Merged([store.query(inbox('a')), store.query(inbox('b'))], (ref) => store.get(ref.account, 'Email', ref.id)?.receivedAt)
    merged.subscribe(() => {})
    for (const last of [10, 49, 60, 120]) {
      merged.want(0, last)
      await settled(merged, () => merged.at(last) !== undefined)
    }
    expect(merged.at(170)).toBeUndefined()
  })
})
