import type { Email, Id, Mailbox, Session } from '../src/jmap/types.ts'

type Args = Record<string, unknown>
type Change = { type: string; id: Id; how: 'created' | 'updated' | 'destroyed' }

export const rights = {
  mayReadItems: true, mayAddItems: true, mayRemoveItems: true, maySetSeen: true, maySetKeywords: true, mayCreateChild: true, mayRename: true, mayDelete: true, maySubmit: true,
}

/** Enough of a JMAP server to try the store: accounts in memory, with a log of changes. */
export class FakeServer {
  accounts = new Map<Id, { mailboxes: Map<Id, Mailbox>; emails: Map<Id, Email>; log: Change[] }>()
  /** The methods of each request. */
  requests: string[][] = []
  /** The calls of all requests. */
  calls: [string, Args][] = []
  /** Gives the text of messages to whoever asks for it. */
  bodies = false
  sessionState = 's0'
  /** Answers the next request with this status. */
  failNext = 0
  /** Refuses to set these messages. */
  refuse = new Map<Id, string>()
  /** States before this one are forgotten. */
  forgotten = 0

  constructor(accounts: Id[]) {
    for (const id of accounts) {
      const mailboxes = new Map(
        ['inbox', 'trash'].map((role) => [
          role,
          { id: role, name: role, parentId: null, role, sortOrder: 0, totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0, myRights: rights, isSubscribed: true } satisfies Mailbox,
        ]),
      )
      this.accounts.set(id, { mailboxes, emails: new Map(), log: [] })
    }
  }

  add(account: Id, id: Id, changes: Partial<Email> = {}): void {
    const email: Email = {
      id, blobId: `b${id}`, threadId: `t${id}`, mailboxIds: { inbox: true }, keywords: {}, size: 1, receivedAt: `2026-01-01T00:00:${id.replace(/\D/g, '').padStart(2, '0')}Z`,
      subject: id, from: [{ name: null, email: 'anna@example.test' }], to: [], hasAttachment: false, preview: '', ...changes,
    }
    const a = this.accounts.get(account)!
    a.emails.set(id, email)
    a.log.push({ type: 'Email', id, how: 'created' }, { type: 'Thread', id: email.threadId, how: 'created' })
  }

  change(account: Id, id: Id, changes: Partial<Email>): void {
    const a = this.accounts.get(account)!
    a.emails.set(id, { ...a.emails.get(id)!, ...changes })
    a.log.push({ type: 'Email', id, how: 'updated' })
  }

  destroy(account: Id, id: Id): void {
    const a = this.accounts.get(account)!
    a.emails.delete(id)
    a.log.push({ type: 'Email', id, how: 'destroyed' })
  }

  state(account: Id): string {
    return String(this.accounts.get(account)!.log.length)
  }

  fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    if (this.failNext) {
      const status = this.failNext
      this.failNext = 0
      if (status < 0) throw new TypeError('network')
      return Response.json({ detail: 'no' }, { status })
    }
    if (String(input).endsWith('/jmap/session')) return Response.json(this.session())
    const request = JSON.parse(String(init?.body)) as { methodCalls: [string, Args, string][] }
    this.requests.push(request.methodCalls.map(([name]) => name))
    const done: [string, Args, string][] = []
    for (const [name, args, id] of request.methodCalls) done.push(this.answer(name, args, id, done))
    return Response.json({ methodResponses: done, sessionState: this.sessionState })
  }

  private session(): Session {
    return {
      capabilities: { 'urn:ietf:params:jmap:core': { maxCallsInRequest: 16 }, 'urn:ietf:params:jmap:mail': {} },
      accounts: Object.fromEntries([...this.accounts.keys()].map((id, i) => [id, { name: `${id}@example.test`, isPersonal: i === 0, isReadOnly: false, accountCapabilities: { 'urn:ietf:params:jmap:mail': {} } }])),
      primaryAccounts: {}, username: 'anna@example.test', apiUrl: 'https://mail.example.test/jmap/api', downloadUrl: '/jmap/download/{accountId}/{blobId}/{name}?type={type}',
      uploadUrl: '', eventSourceUrl: '/jmap/events', state: this.sessionState,
    }
  }

  private answer(name: string, raw: Args, id: string, done: [string, Args, string][]): [string, Args, string] {
    const args: Args = {}
    this.calls.push([name, raw])
    for (const [key, value] of Object.entries(raw)) {
      if (!key.startsWith('#')) args[key] = value
      else args[key.slice(1)] = follow(done.find((d) => d[2] === (value as { resultOf: string }).resultOf)![1], (value as { path: string }).path)
    }
    const account = String(args['accountId'])
    if (!this.accounts.has(account)) return ['error', { type: 'accountNotFound' }, id]
    const [type, verb] = name.split('/') as [string, string]
    if (verb === 'get') return [name, this.get(account, type, args), id]
    if (verb === 'query') return [name, this.query(account, args), id]
    if (verb === 'set') return [name, this.set(account, args), id]
    if (Number(args['sinceState']) < this.forgotten) return ['error', { type: 'cannotCalculateChanges' }, id]
    if (verb === 'queryChanges') return [name, this.queryChanges(account, args), id]
    return [name, this.changes(account, type, args), id]
  }

  private get(account: Id, type: string, args: Args): Args {
    const a = this.accounts.get(account)!
    const threads = new Map<Id, { id: Id; emailIds: Id[] }>()
    for (const email of a.emails.values()) {
      const thread = threads.get(email.threadId) ?? { id: email.threadId, emailIds: [] }
      thread.emailIds.push(email.id)
      threads.set(thread.id, thread)
    }
    const all: Map<Id, object> = type === 'Mailbox' ? a.mailboxes : type === 'Email' ? a.emails : threads
    const ids = (args['ids'] as Id[] | null) ?? [...all.keys()]
    const text = this.bodies && type === 'Email' ? { bodyValues: { text: { value: 'text' } }, textBody: [{ partId: 'text', type: 'text/plain' }] } : {}
    const list = ids.filter((x) => all.has(x)).map((x) => ({ ...all.get(x)!, ...text }))
    const properties = args['properties'] as string[] | undefined
    const cut = properties ? list.map((o) => Object.fromEntries(Object.entries(o).filter(([k]) => properties.includes(k)))) : list
    return { accountId: account, state: this.state(account), list: cut, notFound: ids.filter((x) => !all.has(x)) }
  }

  /** As broad as RFC 8620 §5.6 permits: every message that changed is removed, and added where it is now. */
  private queryChanges(account: Id, args: Args): Args {
    const since = Number(args['sinceQueryState'])
    const log = this.accounts.get(account)!.log.slice(since)
    const removed = [...new Set(log.filter((c) => c.type === 'Email').map((c) => c.id))]
    const now = this.query(account, { ...args, position: 0, limit: Infinity }) as { ids: Id[]; total: number }
    const added = now.ids.map((id, index) => ({ id, index })).filter(({ id }) => removed.includes(id))
    return { accountId: account, oldQueryState: args['sinceQueryState'], newQueryState: this.state(account), total: now.total, removed, added }
  }

  private query(account: Id, args: Args): Args {
    const box = (args['filter'] as { inMailbox?: Id }).inMailbox
    const all = [...this.accounts.get(account)!.emails.values()].filter((e) => !box || e.mailboxIds[box]).sort((x, y) => y.receivedAt.localeCompare(x.receivedAt))
    const seen = new Set<Id>()
    const shown = args['collapseThreads'] ? all.filter((e) => !seen.has(e.threadId) && seen.add(e.threadId)) : all
    const position = Number(args['position'])
    return { accountId: account, queryState: this.state(account), position, total: shown.length, ids: shown.slice(position, position + Number(args['limit'])).map((e) => e.id) }
  }

  private set(account: Id, args: Args): Args {
    const updated: Args = {}
    const notUpdated: Args = {}
    for (const [id, patch] of Object.entries((args['update'] ?? {}) as Record<Id, Args>)) {
      const why = this.refuse.get(id)
      if (why) {
        notUpdated[id] = { type: why }
        continue
      }
      const email = structuredClone(this.accounts.get(account)!.emails.get(id)!) as unknown as Record<string, Record<string, unknown>>
      for (const [pointer, value] of Object.entries(patch)) {
        const [first, second] = pointer.split('/') as [string, string?]
        if (!second) email[first] = value as Record<string, unknown>
        else if (value === null) delete email[first]![second]
        else email[first]![second] = value
      }
      this.change(account, id, email as unknown as Email)
      updated[id] = null
    }
    return { accountId: account, oldState: null, newState: this.state(account), updated, notUpdated: Object.keys(notUpdated).length > 0 ? notUpdated : null }
  }

  private changes(account: Id, type: string, args: Args): Args {
    const log = this.accounts.get(account)!.log
    const since = Number(args['sinceState'])
    const sets = { created: new Set<Id>(), updated: new Set<Id>(), destroyed: new Set<Id>() }
    for (const change of log.slice(since)) if (change.type === type) sets[change.how].add(change.id)
    return {
      accountId: account, oldState: String(since), newState: this.state(account), hasMoreChanges: false,
      created: [...sets.created], updated: [...sets.updated].filter((x) => !sets.created.has(x)), destroyed: [...sets.destroyed],
    }
  }
}

/** A path of a result reference (RFC 8620 §3.7). */
function follow(value: unknown, path: string): unknown {
  let at: unknown = value
  const steps = path.split('/').slice(1)
  for (const [i, step] of steps.entries()) {
    if (step === '*') return (at as unknown[]).flatMap((x) => follow(x, `/${steps.slice(i + 1).join('/')}`) as unknown[])
    at = (at as Record<string, unknown>)[step]
  }
  return at
}
