import type { Id } from '../jmap/types.ts'
import type { OpenAccount, Store } from '../store/store.ts'
import { NoteDrafts } from './drafts.ts'
import { Telling } from './telling.ts'
import type { Person, Status } from './work.ts'

export const capability = 'urn:x-postroom:shared-mailbox'

export type Activity = 'reading' | 'answering'

/** Somebody who is at a conversation now. */
export interface Presence {
  threadId: Id
  who: Person
  activity: Activity
  since: string
  until: string
  isMe: boolean
  /** Which pages of one's own say so. */
  streamIds?: readonly string[]
}

export interface Answer {
  by: Person
  at: string
  emailId: Id
}

/** What of a conversation's work is not in its keywords. */
export interface WorkRecord {
  id: Id
  status: Status
  assignee: Person | null
  answers: readonly Answer[]
  mayChange: boolean
  mayReadHistory: boolean
}

export interface Note {
  id: Id
  threadId: Id
  author: Person
  text: string
  mentions: readonly Person[]
  createdAt: string
  updatedAt: string
  isMine: boolean
  /** On its way to the server. */
  pending?: boolean
}

/** A note that mentions one. */
export interface Mention extends Note {
  isSeen: boolean
}

interface Got<T> {
  list: T[]
}

const nobody: readonly Presence[] = []

/** How long an answer waits to be sent until the server has said who else answers, in milliseconds. */
const patience = 3000

/** What is fetched by a key, and again when the server says that it changed. */
class Kept<T> {
  private readonly values = new Map<string, T>()
  private readonly running = new Map<string, Promise<void>>()
  private readonly again = new Set<string>()

  constructor(
    private readonly store: Store,
    readonly kind: string,
    private readonly fetch: (account: Id, key: Id) => Promise<T>,
  ) {}

  get(account: Id, key: Id): T | undefined {
    return this.values.get(`${account}/${this.kind}/${key}`)
  }

  put(account: Id, key: Id, value: T): void {
    const at = `${account}/${this.kind}/${key}`
    this.values.set(at, value)
    this.store.emitter.emit(at)
  }

  /** Fetches it; asked while it is on its way, once more after that. */
  load(account: Id, key: Id): Promise<void> {
    const at = `${account}/${this.kind}/${key}`
    const running = this.running.get(at)
    if (running) {
      this.again.add(at)
      return running
    }
    const run = (async () => {
      try {
        do {
          this.again.delete(at)
          this.put(account, key, await this.fetch(account, key))
        } while (this.again.has(at))
      } finally {
        this.running.delete(at)
      }
    })()
    this.running.set(at, run)
    return run
  }

  /** Fetches again what somebody looks at, or what is on its way and may be from before; forgets the rest. */
  refresh(account: Id): void {
    for (const at of new Set([...this.running.keys(), ...this.values.keys()])) {
      if (!at.startsWith(`${account}/`)) continue
      if (this.running.has(at) || this.store.emitter.has(at)) this.load(account, at.slice(at.lastIndexOf('/') + 1)).catch(() => {})
      else this.values.delete(at)
    }
  }

  forget(account: Id): void {
    for (const at of [...this.values.keys()]) if (at.startsWith(`${account}/`)) this.values.delete(at)
  }
}

/** What the people of a mailbox tell each other: who is at what, whose it is, notes. One for each store. */
export class Team {
  readonly telling: Telling
  readonly work: Kept<WorkRecord | null>
  readonly notes: Kept<readonly Note[]>
  readonly mentions: Kept<readonly Mention[]>
  readonly presence: Kept<readonly Presence[]>
  readonly drafts: NoteDrafts
  private readonly people = new Map<string, Person>()
  private readonly unnamed = new Map<Id, Set<Id>>()
  private readonly asked = new Map<Id, boolean>()
  private readonly timers = new Map<Id, ReturnType<typeof setTimeout>>()
  private readonly mentionListeners = new Set<(account: Id, note: Note) => void>()
  private naming: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly store: Store) {
    this.telling = new Telling(store)
    this.work = new Kept(store, 'Work', (account, thread) => this.fetchWork(account, thread))
    this.notes = new Kept(store, 'Notes', (account, thread) => this.fetchNotes(account, { threadIds: [thread] }))
    this.mentions = new Kept(store, 'Mentions', (account) => this.fetchMentions(account))
    this.presence = new Kept(store, 'Presence', (account) => this.fetchPresence(account))
    this.drafts = new NoteDrafts(store.emitter)
    store.told.add((account, types) => this.heard(account, types))
    store.emitter.on('accounts', () => this.accountsChanged())
  }

  /** The person's own address and account. */
  get me(): { address: string; account: Id } {
    const home = this.store.accounts.find((a) => a.isPersonal)
    return { address: home?.name ?? '', account: home?.id ?? '' }
  }

  /** Whether several people work in a mailbox: of one's own, once it is known. */
  isShared(account: OpenAccount | undefined): boolean {
    if (!account || !(capability in account.accountCapabilities)) return false
    return !account.isPersonal || this.asked.get(account.id) === true
  }

  /** Finds out of one's own mailbox whether colleagues read it too. */
  async look(account: OpenAccount, thread: Id): Promise<void> {
    if (!account.isPersonal || !(capability in account.accountCapabilities) || this.asked.has(account.id)) return
    this.asked.set(account.id, false)
    const list = await this.colleagues(account.id, thread)
    if (list.length < 2) return
    this.asked.set(account.id, true)
    this.store.emitter.emit('accounts')
  }

  /** To whom a conversation can be given, and who can be mentioned; oneself first. */
  async colleagues(account: Id, thread: Id): Promise<readonly Person[]> {
    const { list } = await this.store.client.call<Got<Person>>('Colleague/list', { accountId: account, threadId: thread })
    this.meet(list)
    const mine = (p: Person) => Number(p.email !== this.me.address)
    return [...list].sort((a, b) => mine(a) - mine(b))
  }

  /** The name of somebody whose address a keyword has; asked for when it is not known. */
  person(account: Id, thread: Id, address: string): Person {
    const known = this.people.get(address)
    if (known) return known
    let threads = this.unnamed.get(account)
    if (!threads) this.unnamed.set(account, (threads = new Set()))
    threads.add(thread)
    this.naming ??= setTimeout(() => void this.askNames().catch(() => {}), 30)
    return { email: address, name: null, accountId: null }
  }

  knows(address: string): Person | undefined {
    return this.people.get(address)
  }

  /** Others who are at a conversation. */
  othersAt(account: Id, thread: Id): readonly Presence[] {
    const all = this.presence.get(account, 'all') ?? nobody
    const some = all.filter((p) => p.threadId === thread && !p.isMe)
    return some.length > 0 ? some : nobody
  }

  /** Asks now who else answers a conversation, or has since a moment. Where the server is slow to say, or cannot, what is known here counts. */
  async collision(account: Id, thread: Id, since: number): Promise<{ answering: readonly Presence[]; answered: readonly Answer[] }> {
    const asked = Promise.all([this.presence.load(account, 'all'), this.work.load(account, thread)]).catch(() => {})
    await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, patience))])
    return { answering: this.othersAt(account, thread).filter((p) => p.activity === 'answering'), answered: this.answersSince(account, thread, since) }
  }

  /** What others have answered since a moment, in milliseconds. */
  answersSince(account: Id, thread: Id, since: number): readonly Answer[] {
    const me = this.me.account
    return (this.work.get(account, thread)?.answers ?? []).filter((a) => a.by.accountId !== me && Date.parse(a.at) >= since)
  }

  /** Notes that mention one and were not looked at. */
  unseen(account: Id): readonly Mention[] {
    return (this.mentions.get(account, 'me') ?? []).filter((mention) => !mention.isSeen)
  }

  /** Keeps on the server that notes were looked at in which one is mentioned; shown at once. */
  async markSeen(account: Id, notes: readonly Note[]): Promise<void> {
    const ids = new Set(notes.map((n) => n.id))
    if (ids.size === 0) return
    const known = () => this.mentions.get(account, 'me') ?? []
    if (![...ids].every((id) => known().some((mention) => mention.id === id))) await this.mentions.load(account, 'me') // it came just now
    const fresh = this.unseen(account).filter((mention) => ids.has(mention.id))
    if (fresh.length === 0) return
    this.mentions.put(account, 'me', known().map((mention) => (ids.has(mention.id) ? { ...mention, isSeen: true } : mention)))
    const update = Object.fromEntries(fresh.map((mention) => [mention.id, { isSeen: true }]))
    await this.store.client.set('Mention', { accountId: account, update }).catch(() => this.mentions.load(account, 'me'))
  }

  /** Hears of notes that mention one, as they are written; the answer ends it. */
  onMention(listener: (account: Id, note: Note) => void): () => void {
    this.mentionListeners.add(listener)
    return () => {
      this.mentionListeners.delete(listener)
    }
  }

  meet(people: readonly (Person | null)[]): void {
    for (const person of people) {
      if (!person || person.name === null) continue
      const before = this.people.get(person.email)
      if (before?.name === person.name) continue
      this.people.set(person.email, person)
      this.store.emitter.emit(`person/${person.email}`)
    }
  }

  private heard(account: Id, types: readonly string[]): void {
    const is = (type: string) => types.includes(type) || types.includes('*')
    if (is('Presence')) this.presence.refresh(account)
    if (is('Work')) this.work.refresh(account)
    if (is('Note')) this.notes.refresh(account)
    // A note of which the text was changed is another to read, too.
    if (!is('Note') && !is('Mention')) return
    if (this.isShared(this.store.account(account))) void this.listen(account, types.includes('*') ? 'gap' : 'news').catch(() => {})
  }

  /** Looks for notes that mention one, and tells of new ones. */
  private async listen(account: Id, why: 'gap' | 'news'): Promise<void> {
    const before = this.mentions.get(account, 'me')
    await this.mentions.load(account, 'me')
    if (!before && why === 'gap') return // what was there before this page is in the list
    const known = new Set(before?.map((n) => n.id))
    for (const note of this.unseen(account)) {
      if (known.has(note.id) || Date.now() - Date.parse(note.createdAt) > 600_000) continue
      for (const listener of [...this.mentionListeners]) listener(account, note)
    }
  }

  private async fetchWork(account: Id, thread: Id): Promise<WorkRecord | null> {
    const { list } = await this.store.client.call<Got<WorkRecord>>('Work/get', { accountId: account, ids: [thread] })
    const record = list[0] ?? null
    if (record) this.meet([record.assignee, ...record.answers.map((a) => a.by)])
    return record
  }

  private async fetchNotes(account: Id, which: Record<string, unknown>): Promise<readonly Note[]> {
    const { list } = await this.store.client.call<Got<Note>>('Note/get', { accountId: account, ...which })
    this.meet(list.flatMap((n) => [n.author, ...n.mentions]))
    return list
  }

  private async fetchMentions(account: Id): Promise<readonly Mention[]> {
    const { list } = await this.store.client.call<Got<{ id: Id; isSeen: boolean }>>('Mention/get', { accountId: account, ids: null })
    if (list.length === 0) return []
    const notes = await this.fetchNotes(account, { ids: list.map((m) => m.id) })
    const seen = new Set(list.filter((m) => m.isSeen).map((m) => m.id))
    return notes.map((note) => ({ ...note, isSeen: seen.has(note.id) }))
  }

  private async fetchPresence(account: Id): Promise<readonly Presence[]> {
    const { list } = await this.store.client.call<Got<Presence>>('Presence/list', { accountId: account })
    this.meet(list.map((p) => p.who))
    this.telling.check(account, (thread) => list.some((p) => p.threadId === thread && p.streamIds?.includes(this.store.client.streamId)))
    clearTimeout(this.timers.get(account))
    if (list.length > 0) {
      // That somebody's time is over is not told.
      const first = Math.min(...list.map((p) => Date.parse(p.until)))
      this.timers.set(account, setTimeout(() => this.presence.refresh(account), Math.max(1000, Math.min(first - Date.now(), 60_000)) + 500))
    }
    return list
  }

  private async askNames(): Promise<void> {
    this.naming = undefined
    const asked = [...this.unnamed]
    this.unnamed.clear()
    for (const [account, threads] of asked) {
      const { list } = await this.store.client.call<Got<WorkRecord>>('Work/get', { accountId: account, ids: [...threads].slice(0, 500), properties: ['id', 'assignee'] })
      // Who has no name is known by that, too.
      for (const { assignee } of list) if (assignee && !this.people.has(assignee.email)) this.meet([{ ...assignee, name: assignee.name ?? '' }])
    }
  }

  private accountsChanged(): void {
    for (const [account, timer] of this.timers) {
      if (this.store.account(account)) continue
      clearTimeout(timer)
      this.timers.delete(account)
      for (const kept of [this.work, this.notes, this.mentions, this.presence]) kept.forget(account)
    }
  }
}

const teams = new WeakMap<Store, Team>()

export function teamOf(store: Store): Team {
  let team = teams.get(store)
  if (!team) teams.set(store, (team = new Team(store)))
  return team
}
