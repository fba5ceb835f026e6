import type { Client, Reference } from '../jmap/client.ts'
import { JMAPError } from '../jmap/error.ts'
import type { Email, Filter, Id, Thread } from '../jmap/types.ts'
import { rowProperties } from './properties.ts'
import { type Difference, type Page, pageSize, type QuerySpec } from './query.ts'

/** The answer of a get (RFC 8620 §5.1). */
export interface Got<T> {
  state: string
  list: T[]
  notFound?: Id[]
}

interface QueryChanges {
  newQueryState: string
  total?: number
  removed: Id[]
  added: { id: Id; index: number }[]
}

/** Reads lists from the server: the ids, and with them what their rows show. */
export class Lists {
  constructor(
    private readonly client: Client,
    private readonly take: (account: Id, type: 'Email' | 'Thread', got: Got<Email> | Got<Thread>) => void,
    private readonly came: (account: Id) => void,
  ) {}

  async page(spec: QuerySpec, position: number, limit: number): Promise<Page> {
    const found = this.client.call<{ ids: Id[]; total?: number; queryState: string }>('Email/query', { ...asked(spec), position, limit })
    const rows = this.rows(spec, found.ref('/ids'))
    const page = await found
    await rows(page.ids)
    this.came(spec.account)
    return { ids: page.ids, total: page.total ?? position + page.ids.length, state: page.queryState }
  }

  /** What has changed in a list, with the rows that came; undefined when the server cannot say. */
  async difference(spec: QuerySpec, since: string): Promise<Difference | undefined> {
    const changed = this.client.call<QueryChanges>('Email/queryChanges', { ...asked(spec), sinceQueryState: since, maxChanges: 2 * pageSize })
    const rows = this.rows(spec, changed.ref('/added/*/id'))
    try {
      const { removed, added, total, newQueryState } = await changed
      await rows(added.map((one) => one.id))
      this.came(spec.account)
      return total === undefined ? undefined : { removed, added, total, state: newQueryState }
    } catch (error) {
      // cannotCalculateChanges, tooManyChanges: it is asked anew. What else is wrong is found again then.
      if (error instanceof JMAPError && (error.kind === 'offline' || error.kind === 'signedOut')) throw error
      return undefined
    }
  }

  /** Asks for the rows of ids, and the conversations they stand for; the answer is waited for by calling what is given back. */
  private rows({ account, collapseThreads }: QuerySpec, ids: Reference): (known: readonly Id[]) => Promise<void> {
    const get = (which: Record<string, unknown>, properties: readonly string[]) => this.client.call<Got<Email>>('Email/get', { accountId: account, ...which, properties })
    // Of the rows only which conversations they are of: their messages, these among them, come once.
    const heads = get({ '#ids': ids }, collapseThreads ? ['threadId'] : rowProperties)
    const threads = collapseThreads ? this.client.call<Got<Thread>>('Thread/get', { accountId: account, '#ids': heads.ref('/list/*/threadId') }) : undefined
    const members = threads ? get({ '#ids': threads.ref('/list/*/emailIds') }, rowProperties) : heads
    return async (known) => {
      // A page of very long conversations may be more than one get gives: the rows are there all the same.
      const emails = await members.catch(() => get({ ids: known }, rowProperties))
      const conversations = await threads
      this.take(account, 'Email', emails)
      if (conversations) this.take(account, 'Thread', conversations)
    }
  }
}

function asked({ account, filter, sort, collapseThreads }: QuerySpec) {
  return { accountId: account, filter, sort, collapseThreads, calculateTotal: true }
}

/** Whether a list is narrowed to where conversations stand: what no longer does leaves it at once. */
export function asksForWork(filter: Filter): boolean {
  if ('operator' in filter) return filter.conditions.some(asksForWork)
  return filter.workStatus !== undefined || filter.assignee !== undefined
}

/** The folder that a query is confined to. */
export function boxOf(spec: QuerySpec): Id | undefined {
  const filter = spec.filter
  if (!('operator' in filter)) return filter.inMailbox
  if (filter.operator !== 'AND') return undefined
  for (const part of filter.conditions) if (!('operator' in part) && part.inMailbox) return part.inMailbox
  return undefined
}
