import type { Address, Email, Id } from '../jmap/types.ts'
import { byRole } from '../mail/folder.ts'
import { plain } from '../mail/person.ts'
import type { Store } from '../store/store.ts'

/** Somebody who may be meant by what is typed. */
export interface Suggestion {
  name: string | null
  email: string
  /** A person, group or mailbox of the organisation, or somebody one has written with. */
  kind: 'individual' | 'group' | 'resource' | 'known'
  /** Their principal (RFC 9670); null for those who are no colleagues. */
  principal: Id | null
}

/** An address one has written with: the more often, and rather written to than heard of, the better known. */
export interface Known extends Address {
  weight: number
}

/** How many messages of a folder are looked through for addresses. */
const looked = 200
/** How long what was found in them counts, in milliseconds. */
const lasting = 10 * 60_000
/** How many are offered at a time. */
const most = 8
/** From so many letters on all of one's own mail is asked, when else there is little to offer. */
const searched = 3

/** Letters without case and accents, as one types them. */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** How well a name and address fit what is typed: 0 for not at all. */
export function fit(typed: string, { name, email }: Address): number {
  const wanted = fold(typed).split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return 0
  const whole = [fold(plain(name)), fold(email)]
  const tokens = whole.flatMap((text) => [text, ...text.split(/[\s.,@_+'"()-]+/)])
  if (!wanted.every((word) => tokens.some((token) => token.startsWith(word)))) return 0
  return whole.some((text) => text.startsWith(wanted.join(' '))) ? 2 : 1
}

/** Writes down the people of messages: those written to count more than those heard of. */
export function countPeople(people: Map<string, Known>, messages: readonly Partial<Email>[], own: ReadonlySet<string>): void {
  const add = (list: readonly Address[] | null | undefined, weight: number) => {
    for (const { name, email } of list ?? []) {
      const key = email.toLowerCase()
      if (!email.includes('@') || own.has(key)) continue
      const known = people.get(key)
      people.set(key, { name: known?.name || plain(name) || null, email: known?.email ?? email, weight: (known?.weight ?? 0) + weight })
    }
  }
  for (const message of messages) {
    const written = message.from?.some(({ email }) => own.has(email.toLowerCase())) ?? false
    if (written) for (const list of [message.to, message.cc, message.bcc]) add(list, 3)
    else add(message.from?.filter(({ email }) => !/^(?:no-?reply|do-?not-?reply|mailer-daemon|bounces?)\b/i.test(email)), 1)
  }
}

/** The best of those found, each once; colleagues keep what the organisation says of them. */
export function rank(typed: string, colleagues: readonly Suggestion[], known: Iterable<Known>, without: ReadonlySet<string>): Suggestion[] {
  const found = new Map<string, Suggestion & { score: number }>()
  for (const one of colleagues) found.set(one.email.toLowerCase(), { ...one, score: Math.max(fit(typed, one), 0.5) * 4 + 1 })
  for (const { weight, ...address } of known) {
    const key = address.email.toLowerCase()
    const before = found.get(key)
    const bonus = Math.log2(1 + weight)
    if (before) before.score += bonus
    else {
      const score = fit(typed, address)
      if (score > 0) found.set(key, { ...address, kind: 'known', principal: null, score: score * 4 + bonus })
    }
  }
  return [...found.values()]
    .filter(({ email }) => !without.has(email.toLowerCase()))
    .sort((a, b) => b.score - a.score || (a.name ?? a.email).localeCompare(b.name ?? b.email))
    .slice(0, most)
    .map(({ name, email, kind, principal }) => ({ name, email, kind, principal }))
}

interface Principal {
  id: Id
  type: string
  name: string
  email: string | null
}

/** Finds who may be meant: in the organisation, in one's own mail, and in what is open here. */
export class Suggester {
  private own: Promise<Map<string, Known>> | null = null
  private since = 0

  constructor(private readonly store: Store) {}

  async find(typed: string, without: ReadonlySet<string>): Promise<Suggestion[]> {
    const home = this.store.accounts.find((a) => a.isPersonal)?.id
    if (!home || typed.trim() === '') return []
    const [colleagues, known] = await Promise.all([this.colleagues(home, typed.trim()), this.known(home)])
    const near = rank(typed, colleagues, known.values(), without)
    if (near.length >= 3 || typed.trim().length < searched) return near
    await this.search(home, typed.trim(), known)
    return rank(typed, colleagues, known.values(), without)
  }

  private async colleagues(home: Id, text: string): Promise<Suggestion[]> {
    const { client } = this.store
    const ids = client.call('Principal/query', { accountId: home, filter: { text }, sort: [{ property: 'name', isAscending: true }], limit: 20 })
    const got = await client.call<{ list: Principal[] }>('Principal/get', { accountId: home, '#ids': ids.ref('/ids'), properties: ['id', 'type', 'name', 'email'] })
    return got.list.flatMap((p) =>
      p.email && (p.type === 'individual' || p.type === 'group' || p.type === 'resource') ? [{ name: plain(p.name) || null, email: p.email, kind: p.type, principal: p.id } as const] : [],
    )
  }

  /** Of one's own mail the newest, and of others' only what this browser shows already: it is not read for this. */
  private async known(home: Id): Promise<Map<string, Known>> {
    if (!this.own || Date.now() - this.since > lasting) {
      this.since = Date.now()
      this.own = this.read(home).catch(() => new Map())
    }
    const people = new Map([...(await this.own)].map(([key, one]) => [key, { ...one }]))
    const shown = this.store.accounts.flatMap((a) => (a.id === home ? [] : this.store.table(a.id, 'Email').all()))
    countPeople(people, shown, new Set(this.store.accounts.map((a) => a.name.toLowerCase())))
    return people
  }

  private async read(home: Id): Promise<Map<string, Known>> {
    const people = new Map<string, Known>()
    const boxes = this.store.table(home, 'Mailbox').all()
    const folders = [byRole(boxes, 'sent'), byRole(boxes, 'inbox')]
    const lists = await Promise.all(folders.map((box) => (box ? this.messages(home, { inMailbox: box.id }, looked) : [])))
    for (const list of lists) countPeople(people, list, this.me(home))
    return people
  }

  private async search(home: Id, text: string, people: Map<string, Known>): Promise<void> {
    const filter = { operator: 'OR', conditions: [{ to: text }, { from: text }, { cc: text }] }
    const found = await this.messages(home, filter, 30).catch(() => [])
    countPeople(people, found, this.me(home))
  }

  private async messages(home: Id, filter: unknown, limit: number): Promise<Partial<Email>[]> {
    const { client } = this.store
    const ids = client.call('Email/query', { accountId: home, filter, sort: [{ property: 'receivedAt', isAscending: false }], limit })
    return (await client.call<{ list: Partial<Email>[] }>('Email/get', { accountId: home, '#ids': ids.ref('/ids'), properties: ['from', 'to', 'cc', 'bcc'] })).list
  }

  private me(home: Id): Set<string> {
    return new Set([this.store.account(home)?.name.toLowerCase() ?? ''])
  }
}

const suggesters = new WeakMap<Store, Suggester>()

/** The one of a store: what it has read is not read again for each field. */
export function suggesterOf(store: Store): Suggester {
  let one = suggesters.get(store)
  if (!one) suggesters.set(store, (one = new Suggester(store)))
  return one
}
