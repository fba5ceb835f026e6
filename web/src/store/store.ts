import type { Client, SetResult } from '../jmap/client.ts'
import { JMAPError } from '../jmap/error.ts'
import type { Account, Email, Id, Mailbox, StateChange, Thread, TypeName, Types } from '../jmap/types.ts'
import type { Body } from './disk.ts'
import { type Changes, changesSince, chunk, recordsOf } from './changes.ts'
import { Conversations } from './conversations.ts'
import { Emitter } from './emitter.ts'
import { notAnswered, type Offer, offerProperties, offersCapability } from './offers.ts'
import { asksForWork, boxOf, type Got, Lists } from './lists.ts'
import { inversePatch, type Patch } from './patch.ts'
import { rowProperties } from './properties.ts'
import { Query, type QuerySpec } from './query.ts'
import type { Shelf } from './shelf.ts'
import { type Snapshot, snapshotOf } from './snapshot.ts'
import { type Layer, Table } from './table.ts'

/** Queries kept after nobody looks at them. */
const maxQueries = 40

const followed: readonly TypeName[] = ['Mailbox', 'Email', 'Thread']

export interface OpenAccount extends Account {
  id: Id
}

/** A change of messages or folders: patches by id, in one account. */
export interface Edit {
  account: Id
  type: 'Email' | 'Mailbox'
  update: Record<Id, Patch>
}

/**
 * The records of all accounts as this browser knows them. Components read from
 * here and are told of changes; everything they do goes through here, is shown
 * at once and taken back when the server refuses.
 */
export class Store {
  accounts: readonly OpenAccount[] = []
  /** What others share with this person, answered or not. */
  offers: readonly Offer[] = []
  readonly emitter = new Emitter()
  /** Those who follow types that are not kept here: told which have changed in an account, `*` for any. */
  readonly told = new Set<(account: Id, types: readonly string[]) => void>()
  /** Keeps records on the device; null when nothing is kept. */
  shelf: Shelf | null = null
  /** The texts of messages that were opened on this device before, those there are. Never fails. */
  recall: (account: Id, ids: readonly Id[]) => Promise<Body[]> = () => Promise.resolve([])

  private readonly tables = new Map<string, Table<{ id: Id }>>()
  private readonly queries = new Map<string, Query>()
  private readonly fetching = new Map<string, Promise<void>>()
  private readonly syncing = new Map<Id, Promise<void>>()
  /** Accounts to be read once more, and whether because of a push alone. */
  private readonly again = new Map<Id, 'asked' | 'told'>()
  /** The account that knows what others share with this person, where the server has such a thing. */
  private home: Id | undefined
  /** Accounts of which nothing but offers that are not answered is to be seen: they are not shown. */
  private concealed = new Set<Id>()
  /** What a push said last of the types of an account. */
  private readonly news = new Map<string, string>()

  private readonly lists: Lists
  private readonly conversations: Conversations

  constructor(readonly client: Client) {
    const take = (account: Id, type: 'Email' | 'Thread', got: Got<Email> | Got<Thread>) => this.take(account, type, got as never)
    this.lists = new Lists(client, take, (account) => this.shelf?.touched(account))
    this.conversations = new Conversations(this, take)
  }

  /** Reads the list of accounts and the folders of each. */
  async open(mode: 'kept' | 'fresh' = 'kept'): Promise<void> {
    const seal = await this.shelf?.seal()
    const session = await this.client.open(mode)
    const accounts = Object.entries(session.accounts)
      .filter(([, a]) => 'urn:ietf:params:jmap:mail' in a.accountCapabilities)
      .map(([id, a]) => ({ ...a, id }))
      .sort((a, b) => Number(b.isPersonal) - Number(a.isPersonal) || a.name.localeCompare(b.name))
    this.home = offersCapability in session.capabilities ? accounts.find((a) => a.isPersonal)?.id : undefined
    const there = new Set(accounts.map((a) => a.id))
    for (const key of [...this.tables.keys()]) {
      if (!there.has(key.slice(0, key.indexOf('/')))) this.tables.delete(key)
    }
    for (const [key, query] of [...this.queries]) {
      if (!there.has(query.spec.account)) this.queries.delete(key)
    }
    this.shelf?.only(there, seal)
    // What is gone is gone at once; what came is shown when its folders are there.
    const before = new Set(this.accounts.map((a) => a.id))
    this.list(accounts.filter((a) => before.has(a.id)))
    const loads = accounts.map((a) => this.loadMailboxes(a.id))
    const results = await Promise.allSettled(loads)
    this.concealed = new Set(accounts.filter((a) => this.isOffered(a.id) && this.table(a.id, 'Mailbox').all().length === 0).map((a) => a.id))
    const missing = new Set(accounts.filter((_, i) => isMissing(results[i]!)).map((a) => a.id))
    this.list(accounts.filter((a) => !this.concealed.has(a.id) && !missing.has(a.id)))
    const failed = results.find((r) => r.status === 'rejected')
    if (failed && results.every((r) => r.status === 'rejected')) throw failed.reason
  }

  /** Shows what was kept, until the server is heard. */
  restore(kept: readonly Snapshot[]): void {
    const rank = (s: Snapshot) => Number(!s.isPersonal)
    const accounts = [...kept].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    for (const one of accounts) {
      this.table(one.id, 'Mailbox').restore(one.mailboxes, one.states.mailbox)
      this.table(one.id, 'Email').restore(one.emails, one.states.email)
      this.table(one.id, 'Thread').restore(one.threads, one.states.thread)
      for (const list of one.lists) this.query(list.spec).restore(list)
    }
    this.list(accounts.map(({ id, name, isPersonal }) => ({ id, name, isPersonal, isReadOnly: true, accountCapabilities: {} })))
  }

  /** An account as it is to be kept; undefined when it cannot be now. */
  snapshot(id: Id): Snapshot | undefined {
    const account = this.account(id)
    const queries = [...this.queries.values()].filter((query) => query.spec.account === id)
    return account && snapshotOf(account, { mailbox: this.table(id, 'Mailbox'), email: this.table(id, 'Email'), thread: this.table(id, 'Thread') }, queries)
  }

  /** The server says that an account is not there for this person (any more): its records go at once. */
  lose(id: Id): void {
    if (!this.account(id)) return
    for (const type of followed) this.tables.delete(`${id}/${type}`)
    for (const [key, query] of [...this.queries]) if (query.spec.account === id) this.queries.delete(key)
    this.list(this.accounts.filter((a) => a.id !== id))
    this.shelf?.only(new Set(this.accounts.map((a) => a.id)))
  }

  /** The server can be reached again: lists that could not be read are read now. */
  resume(): void {
    for (const query of this.queries.values()) query.resume()
  }

  private list(accounts: readonly OpenAccount[]): void {
    this.accounts = accounts
    this.emitter.emit('accounts')
  }

  private isOffered(account: Id): boolean {
    return this.offers.some((o) => o.accountId === account && o.state === 'pending')
  }

  account(id: Id): OpenAccount | undefined {
    return this.accounts.find((a) => a.id === id)
  }

  table<N extends TypeName>(account: Id, type: N): Table<Types[N]> {
    const key = `${account}/${type}`
    let table = this.tables.get(key)
    if (!table) {
      table = new Table((ids) => {
        for (const id of ids) this.emitter.emit(`${key}/${id}`)
        this.emitter.emit(key)
        this.shelf?.touched(account)
      })
      this.tables.set(key, table)
    }
    return table as unknown as Table<Types[N]>
  }

  get<N extends TypeName>(account: Id, type: N, id: Id): Types[N] | undefined {
    return this.table(account, type).get(id)
  }

  /** The query with this specification; the same one each time. */
  query(spec: QuerySpec): Query {
    const key = JSON.stringify(spec)
    let query = this.queries.get(key)
    if (!query) {
      query = new Query(spec, (s, position, limit) => this.lists.page(s, position, limit), (s, since) => this.lists.difference(s, since))
      if (this.queries.size >= maxQueries) this.queries.delete(this.queries.keys().next().value!)
    } else this.queries.delete(key)
    this.queries.set(key, query)
    return query
  }

  async loadMailboxes(account: Id): Promise<void> {
    const offers = this.loadOffers()
    const got = await this.client.call<Got<Mailbox>>('Mailbox/get', { accountId: account, ids: null })
    await offers
    const hidden = notAnswered(account, got.list, this.offers)
    const list = got.list.filter((m) => !hidden.has(m.id))
    const table = this.table(account, 'Mailbox')
    const there = new Set(list.map((m) => m.id))
    table.remove(table.all().map((m) => m.id).filter((id) => !there.has(id)))
    table.put(list)
    table.state = got.state
  }

  /** Reads what others share with this person; a server that has no such thing has none. */
  private async loadOffers(): Promise<void> {
    const { home } = this
    if (!home) return
    await this.once('offers', async () => {
      const got = await this.client.call<Got<Offer>>('Share/get', { accountId: home, ids: null, properties: offerProperties })
      this.offers = got.list
      this.emitter.emit('offers')
    })
  }

  /** Fetches the messages of a conversation that is opened, with the text of each. */
  loadThread(account: Id, thread: Id): Promise<void> {
    return this.conversations.open(account, thread)
  }

  /** Fetches conversations that are likely to be opened next; nobody waits for them. */
  expect(account: Id, threads: readonly Id[]): void {
    this.conversations.ahead(account, threads).catch(() => {})
  }

  /** Shows a change at once, sends it, and takes it back if it is refused. The edit given back undoes it. */
  async change(edits: readonly Edit[]): Promise<Edit[]> {
    const undo = edits.map((edit) => this.inverse(edit))
    const results = await Promise.allSettled(edits.map((edit) => this.changeOne(edit)))
    const failed = results.find((r) => r.status === 'rejected')
    if (failed) throw failed.reason
    return undo
  }

  /** Creates or destroys records, which nothing shows ahead; then reads what has changed. */
  async set(account: Id, type: TypeName, args: Record<string, unknown>): Promise<SetResult> {
    const result = await this.client.set(type, { accountId: account, ...args })
    await this.sync(account)
    return result
  }

  /** Takes in what a push said. */
  heard(changed: StateChange): void {
    for (const [account, states] of Object.entries(changed)) {
      // The server says with the type Session that accounts came or went.
      if (this.concealed.has(account)) continue
      if (!this.account(account) || states['Session'] !== undefined) {
        void this.open('fresh').catch(() => {})
        if (!this.account(account)) continue
      }
      for (const [type, state] of Object.entries(states)) {
        this.news.set(`${account}/${type}`, state)
        this.emitter.emit(`news/${account}/${type}`)
      }
      const news = followed.some((type) => states[type] !== undefined && states[type] !== this.table(account, type).state)
      if (news) void this.sync(account, 'told').catch(() => {})
      if (states['Share'] !== undefined && account === this.home) void this.shared().catch(() => {})
      this.tell(account, Object.keys(states))
    }
  }

  /** Something was shared, taken back or answered, perhaps in another browser: what is to be seen may be other accounts. */
  private async shared(): Promise<void> {
    const before = JSON.stringify(this.offers)
    await this.loadOffers()
    if (JSON.stringify(this.offers) !== before) await this.open('fresh')
  }

  /** Reads what has changed in every account. */
  async syncAll(): Promise<void> {
    for (const { id } of this.accounts) this.tell(id, ['*'])
    await Promise.all(this.accounts.map((a) => this.sync(a.id)))
  }

  /** Reads what has changed in an account. Asked while it reads, it reads once more; told by a push, unless it has read that by then. */
  sync(account: Id, why: 'asked' | 'told' = 'asked'): Promise<void> {
    const running = this.syncing.get(account)
    if (running) {
      if (this.again.get(account) !== 'asked') this.again.set(account, why)
      return running
    }
    const run = (async () => {
      try {
        do {
          this.again.delete(account)
          await this.readChanges(account)
        } while (this.again.get(account) === 'asked' || (this.again.has(account) && this.isBehind(account)))
      } finally {
        this.again.delete(account)
        this.syncing.delete(account)
      }
    })()
    this.syncing.set(account, run)
    return run
  }

  /** Whether a push told of a state that is not the one here. */
  private isBehind(account: Id): boolean {
    return followed.some((type) => {
      const told = this.news.get(`${account}/${type}`)
      return told !== undefined && told !== this.table(account, type).state
    })
  }

  /** Shows a change at once that another method makes, and takes it back if that fails. */
  async showWhile(edit: Edit, act: () => Promise<unknown>): Promise<void> {
    const table = this.table(edit.account, edit.type)
    const layer: Layer = { update: edit.update }
    table.lay(layer)
    try {
      await act()
      table.lift(layer, 'done')
    } catch (error) {
      table.lift(layer, 'refused')
      throw error
    } finally {
      void this.sync(edit.account).catch(() => {})
    }
  }

  private tell(account: Id, types: readonly string[]): void {
    for (const listener of [...this.told]) listener(account, types)
  }

  private inverse(edit: Edit): Edit {
    const table = this.table(edit.account, edit.type)
    const update: Record<Id, Patch> = {}
    for (const [id, patch] of Object.entries(edit.update)) {
      const record = table.get(id)
      if (record) update[id] = inversePatch(record, patch)
    }
    return { ...edit, update }
  }

  private async changeOne(edit: Edit): Promise<void> {
    const table = this.table(edit.account, edit.type)
    const layer: Layer = { update: edit.update }
    table.lay(layer)
    const dropped = edit.type === 'Email' ? this.dropMoved(edit) : []
    try {
      const ids = Object.keys(edit.update)
      for (let i = 0; i < ids.length; i += chunk) {
        const update = Object.fromEntries(ids.slice(i, i + chunk).map((id) => [id, edit.update[id]]))
        const set = this.client.set(edit.type, { accountId: edit.account, update })
        // What it changes besides, counts say, comes with the answer.
        if (i + chunk >= ids.length) void this.sync(edit.account).catch(() => {})
        await set
      }
      table.lift(layer, 'done')
      // What was moved is in other lists now; reading the changes would find nothing new in it.
      if (ids.some((id) => Object.keys(edit.update[id]!).some((pointer) => pointer.startsWith('mailboxIds')))) this.refreshQueries(edit.account)
    } catch (error) {
      table.lift(layer, 'refused')
      for (const query of dropped) query.refresh()
      void this.sync(edit.account).catch(() => {})
      throw error
    }
  }

  private refreshQueries(account: Id): void {
    for (const query of this.queries.values()) if (query.spec.account === account) query.refresh()
  }

  /** Takes messages that leave a folder out of the lists of that folder. */
  private dropMoved(edit: Edit): Query[] {
    const left: Query[] = []
    const table = this.table(edit.account, 'Email')
    for (const query of this.queries.values()) {
      if (query.spec.account !== edit.account) continue
      const box = boxOf(query.spec)
      if (!box) continue
      const gone = Object.keys(edit.update).filter((id) => {
        const record = table.get(id)
        return record && !record.mailboxIds[box]
      })
      if (gone.length === 0) continue
      query.drop(new Set(gone))
      left.push(query)
    }
    return left
  }

  /** Keeps records; the state of a table only moves on by reading the changes between. */
  private take<N extends TypeName>(account: Id, type: N, got: Got<Types[N]>): void {
    const table = this.table(account, type)
    table.put(got.list)
    if (table.state !== null) return
    table.state = got.state
    // What a push told while this was on its way could not be read without a state to begin at.
    const heard = this.news.get(`${account}/${type}`)
    if (heard !== undefined && heard !== got.state) void this.sync(account).catch(() => {})
  }

  private async readChanges(account: Id): Promise<void> {
    if (!this.account(account)) return
    const since = performance.now()
    const [mailbox, email, thread] = await Promise.all(followed.map((type) => this.changesOf(account, type)))
    const moved = await this.readRecords(account, mailbox!, email!, thread!)
    for (const query of this.queries.values()) {
      if (query.spec.account !== account) continue
      if (email === 'all' || thread === 'all') query.renew()
      else if (moved || (email !== 'none' && asksForWork(query.spec.filter))) query.refresh(since)
      else if (email !== 'none') query.expire(since)
    }
  }

  private changesOf(account: Id, type: TypeName): Promise<Changes | 'none' | 'all'> {
    const { state } = this.table(account, type)
    if (state === null) return Promise.resolve(type === 'Mailbox' ? 'all' : 'none')
    return changesSince(this.client, account, type, state)
  }

  /** Brings the records up to date; reports whether messages came, went or were moved. */
  private async readRecords(account: Id, mailbox: Changes | 'none' | 'all', email: Changes | 'none' | 'all', thread: Changes | 'none' | 'all'): Promise<boolean> {
    let moved = false
    const work: Promise<void>[] = []
    // A folder of somebody else that came may be offered and not answered.
    if (mailbox === 'all' || (mailbox !== 'none' && mailbox.created.length > 0 && !this.account(account)?.isPersonal)) work.push(this.loadMailboxes(account))
    else if (mailbox !== 'none') work.push(this.readKnown(account, 'Mailbox', mailbox, [...mailbox.created, ...mailbox.updated]))
    if (thread === 'all') this.table(account, 'Thread').clear()
    else if (thread !== 'none') {
      const table = this.table(account, 'Thread')
      work.push(this.readKnown(account, 'Thread', thread, thread.updated.filter((id) => table.has(id))).then(() => this.readNewMembers(account, thread.updated)))
    }
    if (email === 'all') {
      this.shelf?.dropped(account, 'all')
      this.table(account, 'Email').clear()
      moved = true
    } else if (email !== 'none') {
      const table = this.table(account, 'Email')
      this.shelf?.dropped(account, email.destroyed)
      const known = email.updated.filter((id) => table.has(id))
      const before = new Map(known.map((id) => [id, Object.keys(table.get(id)!.mailboxIds).sort().join()]))
      moved = email.created.length > 0 || email.destroyed.length > 0 || known.length < email.updated.length
      work.push(
        this.readKnown(account, 'Email', email, known).then(() => {
          moved ||= known.some((id) => Object.keys(table.get(id)?.mailboxIds ?? {}).sort().join() !== before.get(id))
        }),
      )
    }
    await Promise.all(work)
    return moved
  }

  private async readKnown(account: Id, type: TypeName, changes: Changes, ids: readonly Id[]): Promise<void> {
    const table = this.table(account, type)
    const { list, notFound } = await recordsOf(this.client, account, type, changes, ids)
    table.put(list as never)
    table.remove([...changes.destroyed, ...notFound])
    table.state = changes.newState
  }

  /** A conversation got longer: the rows of its new messages. */
  private async readNewMembers(account: Id, threads: readonly Id[]): Promise<void> {
    const table = this.table(account, 'Email')
    const missing = threads.flatMap((id) => this.get(account, 'Thread', id)?.emailIds ?? []).filter((id) => !table.has(id))
    for (let i = 0; i < missing.length; i += chunk) {
      const got = await this.client.call<Got<Email>>('Email/get', { accountId: account, ids: missing.slice(i, i + chunk), properties: rowProperties })
      this.take(account, 'Email', got)
    }
  }

  /** Runs one fetch of a kind at a time. */
  private once(key: string, run: () => Promise<void>): Promise<void> {
    let running = this.fetching.get(key)
    if (!running) {
      running = run().finally(() => this.fetching.delete(key))
      this.fetching.set(key, running)
    }
    return running
  }
}

/** Whether the session named an account that is not there any more. */
function isMissing(result: PromiseSettledResult<void>): boolean {
  return result.status === 'rejected' && result.reason instanceof JMAPError && result.reason.type === 'accountNotFound'
}
