import { IDBFactory } from 'fake-indexeddb'
import 'fake-indexeddb/auto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Client } from '../src/jmap/client.ts'
import type { Email } from '../src/jmap/types.ts'
import { Disk, shape } from '../src/store/disk.ts'
import { Keeping } from '../src/store/keeping.ts'
import type { Query, QuerySpec } from '../src/store/query.ts'
import { Store } from '../src/store/store.ts'
import { FakeServer } from './fakeserver.ts'

const anna = 'anna@example.test'
const bounds = { size: 10_000, age: 60_000 }
const inbox = (account = 'a'): QuerySpec => ({ account, filter: { inMailbox: 'inbox' }, sort: [{ property: 'receivedAt', isAscending: false }], collapseThreads: true })

/** Web Locks as far as one page after another needs them. */
class Locks {
  private last: Promise<unknown> = Promise.resolve()

  request(_name: string, options: LockOptions, run: () => unknown): Promise<unknown> {
    const turn = this.last.then(() => (options.signal?.aborted ? undefined : run()))
    this.last = turn.catch(() => {})
    return turn
  }
}

let locks = new Locks()
let factory = new IDBFactory()
const keepings: Keeping[] = []

afterEach(async () => {
  for (const keeping of keepings.splice(0)) await keeping.end()
  locks = new Locks()
  factory = new IDBFactory()
  vi.restoreAllMocks()
})

/** A page of a person, that shows what is kept and then asks the server. */
async function page(server: FakeServer, { fetch = server.fetch, open = true } = {}) {
  const disk = await Disk.open(factory)
  const store = new Store(new Client({ fetch: fetch as typeof globalThis.fetch, onAccountLost: (account) => store.lose(account) }))
  store.restore(await disk.accounts())
  store.recall = (account, ids) => disk.bodies(account, ids)
  const owner = await disk.claim(anna, 'Anna')
  const stale = vi.fn<() => void>()
  const gone = vi.fn<(accounts: readonly string[]) => void>()
  const keeping = new Keeping(disk, store, owner.mark, { locks: locks as never, onStale: stale, onGone: gone, pause: 0, bounds })
  store.shelf = keeping
  keepings.push(keeping)
  if (open) await store.open()
  return { disk, store, keeping, stale, gone }
}

async function look(query: Query): Promise<void> {
  query.subscribe(() => {})
  query.want(0, 10)
  await vi.waitFor(() => expect(query.at(0)).toBeDefined())
}

const rows = (query: Query, count: number) => Array.from({ length: count }, (_, i) => query.at(i)?.id)

function filled(accounts = ['a']): FakeServer {
  const server = new FakeServer(accounts)
  for (const account of accounts) for (let i = 1; i <= 3; i++) server.add(account, `m${i}`, { bodyValues: { 1: { value: `text ${i}` } } } as Partial<Email>)
  return server
}

/** Everything in the database, as text. */
async function everything(disk: Disk): Promise<string> {
  const ids = ['m1', 'm2', 'm3']
  return JSON.stringify([await disk.owner(), await disk.accounts(), await disk.bodies('a', ids), await disk.bodies('b', ids)])
}

const saved = (disk: Disk, text: string) => vi.waitFor(async () => expect(await everything(disk)).toContain(text))

describe('what is kept', () => {
  test('is shown before the server is asked, and brought up to date by its changes', async () => {
    const server = filled()
    const first = await page(server)
    await look(first.store.query(inbox()))
    await saved(first.disk, '"ids":["m3","m2","m1"]')
    await first.keeping.end()
    server.add('a', 'm4')
    server.destroy('a', 'm2')
    server.change('a', 'm1', { keywords: { $flagged: true } })
    server.requests = []

    const second = await page(server, { open: false })
    const query = second.store.query(inbox())
    expect(rows(query, 3)).toEqual(['m3', 'm2', 'm1'])
    expect(second.store.get('a', 'Email', 'm3')?.subject).toBe('m3')
    expect(server.requests).toEqual([])
    query.subscribe(() => {})
    query.want(0, 10)
    await second.store.open()
    await second.store.syncAll()
    await vi.waitFor(() => expect(rows(query, 4)).toEqual(['m4', 'm3', 'm1', undefined]))
    expect(query.total).toBe(3)
    expect(second.store.get('a', 'Email', 'm1')?.keywords).toEqual({ $flagged: true })
    expect(server.requests.flat()).toContain('Email/queryChanges')
    expect(server.requests.flat()).not.toContain('Email/query')
    await saved(second.disk, '"ids":["m4","m3","m1"]')
  })

  test('is asked for anew when the server cannot say what has changed', async () => {
    const server = filled()
    const first = await page(server)
    await look(first.store.query(inbox()))
    await first.store.loadThread('a', 'tm1')
    await saved(first.disk, 'text 1')
    await first.keeping.end()
    server.destroy('a', 'm1')
    server.forgotten = 1000
    const second = await page(server)
    const query = second.store.query(inbox())
    query.subscribe(() => {})
    query.want(0, 10)
    await second.store.syncAll()
    await vi.waitFor(() => expect(rows(query, 3)).toEqual(['m3', 'm2', undefined]))
    await vi.waitFor(() => expect(second.store.get('a', 'Email', 'm2')?.subject).toBe('m2'))
    await vi.waitFor(async () => expect(await everything(second.disk)).not.toMatch(/text 1|"m1"/))
  })

  test('has no rights in it, no search, and nothing that waits for the server', async () => {
    const server = filled()
    const { disk, store } = await page(server)
    await look(store.query(inbox()))
    await look(store.query({ ...inbox(), filter: { text: 'm1' } }))
    await saved(disk, '"lists":[{')
    const text = await everything(disk)
    expect(text).toContain('"mayReadItems":false')
    expect(text).not.toMatch(/"may\w+":true|"text":"m1"/)
    let answer = () => {}
    const act = new Promise<void>((resolve) => (answer = resolve))
    const shown = store.showWhile({ account: 'a', type: 'Email', update: { m1: { subject: 'not yet' } } }, () => act)
    expect(store.get('a', 'Email', 'm1')?.subject).toBe('not yet')
    expect(store.snapshot('a')).toBeUndefined()
    answer()
    await shown
    await saved(disk, 'not yet')
    const again = await page(server, { open: false })
    expect(again.store.accounts[0]).toMatchObject({ isReadOnly: true, accountCapabilities: {} })
    expect(Object.values(again.store.table('a', 'Mailbox').all()[0]!.myRights)).not.toContain(true)
  })

  test('holds the text of messages that were opened, and lets go of those that are gone', async () => {
    const server = filled()
    const { disk, store } = await page(server)
    await look(store.query(inbox()))
    await store.loadThread('a', 'tm1')
    await store.loadThread('a', 'tm2')
    await saved(disk, 'text 2')
    server.destroy('a', 'm2')
    await store.sync('a')
    await vi.waitFor(async () => expect(await everything(disk)).not.toContain('text 2'))
    expect(await everything(disk)).toContain('text 1')

    const offline = await page(server, { fetch: () => Promise.reject(new TypeError('network')), open: false })
    await expect(offline.store.loadThread('a', 'tm1')).rejects.toMatchObject({ kind: 'offline' })
    await vi.waitFor(() => expect(offline.store.get('a', 'Email', 'm1')?.bodyValues).toEqual({ 1: { value: 'text 1' } }))
    const query = offline.store.query(inbox())
    query.subscribe(() => {})
    query.want(0, 10)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(query.error).toBeUndefined()
    expect(rows(query, 2)).toEqual(['m3', 'm1'])
  })

  test('stays within its bounds: the text looked at longest ago goes first', async () => {
    const disk = await Disk.open(factory)
    const { mark } = await disk.claim(anna, 'Anna')
    vi.spyOn(Date, 'now').mockReturnValue(1000)
    const body = (id: string, size: number) => ({ id, bodyValues: { 1: { value: 'x'.repeat(size) } } })
    for (let i = 0; i < 12; i++) {
      vi.mocked(Date.now).mockReturnValue(1000 + i)
      await disk.saveBodies(mark, 'a', [body(`m${i}`, 900)], bounds)
    }
    const there = async () => (await disk.bodies('a', Array.from({ length: 13 }, (_, i) => `m${i}`))).map((b) => b.id)
    expect(await there()).toEqual(['m2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11'])
    await disk.saveBodies(mark, 'a', [body('m12', 5000)], bounds)
    expect(await there()).not.toContain('m12') // one alone may not push the others out
    vi.mocked(Date.now).mockReturnValue(100_000)
    await disk.trim(bounds)
    expect(await there()).toEqual([])
  })
})

describe('what is kept goes', () => {
  test('when an account is not in the session any more, or refuses to be read', async () => {
    const server = filled(['a', 'b'])
    const first = await page(server)
    for (const account of ['a', 'b']) {
      await look(first.store.query(inbox(account)))
      await first.store.loadThread(account, 'tm1')
    }
    await vi.waitFor(async () => expect(await first.disk.accounts()).toHaveLength(2))
    await vi.waitFor(async () => expect(await first.disk.bodies('b', ['m1'])).toHaveLength(1))
    await first.keeping.end()
    const b = server.accounts.get('b')!
    server.accounts.delete('b')
    const second = await page(server)
    await vi.waitFor(() => expect(second.gone).toHaveBeenCalledWith(['b']))
    expect((await second.disk.accounts()).map((a) => a.id)).toEqual(['a'])
    expect(await second.disk.bodies('b', ['m1'])).toEqual([])

    server.accounts.set('b', b)
    await second.store.open('fresh')
    await look(second.store.query(inbox('b')))
    await vi.waitFor(async () => expect(await second.disk.accounts()).toHaveLength(2))
    server.accounts.delete('b')
    await second.store.sync('b').catch(() => {})
    await vi.waitFor(async () => expect(await second.disk.accounts()).toHaveLength(1))
    expect(second.store.account('b')).toBeUndefined()
    expect(second.store.get('b', 'Email', 'm1')).toBeUndefined()
  })

  test('for good: a page that has not heard of it writes nothing', async () => {
    const server = filled(['a', 'b'])
    const { disk, store, keeping, stale } = await page(server)
    await look(store.query(inbox('b')))
    await vi.waitFor(async () => expect(await disk.accounts()).toHaveLength(2))
    const other = await Disk.open(factory)
    await other.only(new Set(['a']))
    keeping.opened('b', [{ id: 'm1', bodyValues: { 1: { value: 'late' } } } as unknown as Email])
    keeping.touched('b')
    await vi.waitFor(() => expect(stale).toHaveBeenCalled())
    expect(await everything(other)).not.toMatch(/late|"id":"b"/)
    // It asks the server, which still has the account: only then it is kept again.
    await store.open('fresh')
    await vi.waitFor(async () => expect(await other.accounts()).toHaveLength(2))
    other.close()
  })

  test('when somebody else signs in, and when all is forgotten nothing is written any more', async () => {
    const server = filled()
    const { disk, store, keeping, stale } = await page(server)
    await look(store.query(inbox()))
    await saved(disk, '"m1"')
    expect((await disk.claim(anna, 'Anna')).mark).toBe((await disk.owner())!.mark)
    await disk.claim('ben@example.test', 'Ben')
    expect(await disk.accounts()).toEqual([])
    keeping.touched('a')
    await vi.waitFor(() => expect(stale).toHaveBeenCalled())
    expect(await disk.accounts()).toEqual([])
    await disk.clear()
    expect(await keeping.seal()).toBeUndefined()
    keeping.touched('a')
    keeping.flush()
    await keeping.end()
    expect(await everything(disk)).toBe('[null,[],[],[]]')
  })

  test.each([['older', shape - 1 || 1], ['newer', shape + 1]])('when it has the shape of an %s page', async (_, version) => {
    const before = await Disk.open(factory, version)
    const owner = await before.claim(anna, 'Anna')
    await before.save(owner.mark, [{ id: 'a' } as never])
    const lost = vi.fn<() => void>()
    before.onLost = lost
    const disk = await Disk.open(factory, version === shape ? shape + 5 : shape)
    expect(await disk.owner()).toBeUndefined()
    expect(await disk.accounts()).toEqual([])
    expect(lost).toHaveBeenCalledTimes(1)
  })
})

describe('two pages', () => {
  test('one writes accounts at a time; when it closes the other does', async () => {
    const server = filled()
    const first = await page(server)
    const second = await page(server)
    await look(second.store.query(inbox()))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await everything(second.disk)).not.toContain('"lists":[{')
    await first.keeping.end()
    await saved(second.disk, '"lists":[{')
  })
})

describe('when keeping fails', () => {
  test('for want of room, old texts make some; else nothing is kept, and the page works on', async () => {
    const server = filled()
    const { disk, store } = await page(server)
    await look(store.query(inbox()))
    await saved(disk, '"m1"')
    const full = () => Promise.reject(new DOMException('full', 'QuotaExceededError'))
    const trim = vi.spyOn(disk, 'trim')
    vi.spyOn(disk, 'saveBodies').mockImplementationOnce(full)
    await store.loadThread('a', 'tm1')
    await saved(disk, 'text 1')
    expect(trim).toHaveBeenCalledTimes(1)
    vi.spyOn(disk, 'saveBodies').mockImplementation(full)
    await store.loadThread('a', 'tm2')
    await vi.waitFor(async () => expect(await everything(disk)).toBe('[null,[],[],[]]'))
    expect(store.get('a', 'Email', 'm2')?.bodyValues).toBeDefined()
    server.add('a', 'm9')
    await store.sync('a')
    await vi.waitFor(() => expect(store.query(inbox()).at(0)?.id).toBe('m9'))
    expect(await disk.accounts()).toEqual([])
  })
})
