import { describe, expect, test } from 'vitest'
import { Client } from '../src/jmap/client.ts'
import { JMAPError, kindOf } from '../src/jmap/error.ts'
import { FakeServer } from './fakeserver.ts'

function start() {
  const server = new FakeServer(['a'])
  const seen: string[] = []
  const client = new Client({ fetch: server.fetch as typeof fetch, onSignedOut: () => seen.push('signedOut'), onSessionChanged: () => seen.push('session') })
  return { server, client, seen }
}

describe('the client', () => {
  test('sends calls of one turn in one request, and refers from one to another', async () => {
    const { server, client } = start()
    server.add('a', 'm1')
    const found = client.call<{ ids: string[] }>('Email/query', { accountId: 'a', filter: {}, position: 0, limit: 10 })
    const got = client.call<{ list: { id: string }[] }>('Email/get', { accountId: 'a', '#ids': found.ref('/ids') })
    expect((await got).list.map((e) => e.id)).toEqual(['m1'])
    expect(server.requests).toEqual([['Email/query', 'Email/get']])
  })
  test('sends before anything that is queued after the call, so that the page is not drawn first', async () => {
    const done: string[] = []
    const server = new FakeServer(['a'])
    const client = new Client({
      fetch: (...args) => (done.push(String(args[0])), server.fetch(...(args as Parameters<typeof server.fetch>)) as Promise<Response>),
      admitted: () => undefined,
    })
    await client.open()
    done.length = 0
    const call = client.call('Email/get', { accountId: 'a', ids: [] })
    queueMicrotask(() => done.push('drawn'))
    await call
    expect(done).toEqual(['/jmap/api', 'drawn'])
  })
  test('tells errors of a method apart from its neighbours', async () => {
    const { client } = start()
    const bad = client.call('Email/get', { accountId: 'nobody', ids: [] })
    const good = client.call('Email/get', { accountId: 'a', ids: [] })
    await expect(bad).rejects.toMatchObject({ kind: 'notFound', type: 'accountNotFound' })
    await expect(good).resolves.toMatchObject({ list: [] })
  })
  test.each([
    [401, 'signedOut'], [403, 'denied'], [404, 'notFound'], [429, 'limit'], [500, 'fault'], [-1, 'offline'],
  ] as const)('status %i is %s', async (status, kind) => {
    const { server, client, seen } = start()
    await client.open()
    server.failNext = status
    const error = await client.call('Email/get', { accountId: 'a', ids: [] }).catch((e: unknown) => e)
    expect(kindOf(error)).toBe(kind)
    expect(seen).toEqual(status === 401 ? ['signedOut'] : [])
  })
  test('throws the refusal in a set', async () => {
    const { server, client } = start()
    server.add('a', 'm1')
    server.refuse.set('m1', 'forbidden')
    await expect(client.set('Email', { accountId: 'a', update: { m1: {} } })).rejects.toBeInstanceOf(JMAPError)
  })
  test('notices that the accounts have changed', async () => {
    const { server, client, seen } = start()
    await client.open()
    server.sessionState = 's1'
    await client.call('Email/get', { accountId: 'a', ids: [] })
    expect(seen).toEqual(['session'])
  })
  test('splits what is too much for one request', async () => {
    const { server, client } = start()
    await client.open()
    await Promise.all(Array.from({ length: 20 }, () => client.call('Email/get', { accountId: 'a', ids: [] })))
    expect(server.requests.map((r) => r.length)).toEqual([16, 4])
  })
  test('asks only its own origin', async () => {
    const { client } = start()
    await client.open()
    expect(client.downloadURL('a', 'b', 'x/y.txt', 'text/plain')).toBe('/jmap/download/a/b/x%2Fy.txt?type=text%2Fplain')
  })
})
