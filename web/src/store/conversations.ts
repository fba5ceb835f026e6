import type { Client } from '../jmap/client.ts'
import { JMAPError } from '../jmap/error.ts'
import type { Email, Id, Thread } from '../jmap/types.ts'
import type { Body } from './disk.ts'
import type { Got } from './lists.ts'
import { bodyProperties, rowProperties } from './properties.ts'
import type { Shelf } from './shelf.ts'
import type { OpenAccount } from './store.ts'
import type { Table } from './table.ts'

const partProperties = ['partId', 'blobId', 'size', 'name', 'type', 'charset', 'disposition', 'cid', 'language'] as const

/** The longest text of a message that is shown, in bytes. */
const maxBody = 1 << 20

/** How large a conversation may be to be fetched before it is opened, in bytes, attachments counted. */
const maxAhead = 100_000

/** What conversations are read from and kept in. */
interface Place {
  readonly client: Client
  readonly shelf: Shelf | null
  account(id: Id): OpenAccount | undefined
  table(account: Id, type: 'Email'): Table<Email>
  table(account: Id, type: 'Thread'): Table<Thread>
  recall(account: Id, ids: readonly Id[]): Promise<Body[]>
}

/** Reads conversations with the text of their messages. */
export class Conversations {
  private readonly reading = new Map<string, Promise<void>>()

  constructor(
    private readonly place: Place,
    private readonly take: (account: Id, type: 'Email' | 'Thread', got: Got<Email> | Got<Thread>) => void,
  ) {}

  /** Fetches a conversation that is opened. */
  async open(account: Id, thread: Id): Promise<void> {
    void this.recallBodies(account, thread)
    // What was asked for ahead is waited for; if that comes to nothing, it is asked for again.
    const came = await this.reading.get(`${account}/${thread}`)?.then(() => true, () => false)
    if (!came && !this.isHere(account, thread)) await this.read(account, [thread])
    const { emailIds } = this.place.table(account, 'Thread').get(thread) ?? {}
    if (!emailIds) throw new JMAPError('notFound', 'notFound')
    this.place.shelf?.opened(account, emailIds.flatMap((id) => this.place.table(account, 'Email').get(id) ?? []))
  }

  /**
   * Fetches conversations that are likely to be opened next, where that is little.
   * Only of one's own mailbox: for others the server notes who opened a message, and nobody did.
   */
  async ahead(account: Id, threads: readonly Id[]): Promise<void> {
    if (!this.place.account(account)?.isPersonal) return
    const wanted = threads.filter((id) => !this.reading.has(`${account}/${id}`) && this.isSmall(account, id) && !this.isHere(account, id))
    if (wanted.length > 0) await this.read(account, wanted)
  }

  /** Whether nothing of a conversation need be asked for: texts never change. Of shared mailboxes it is asked for each time it is opened. */
  private isHere(account: Id, thread: Id): boolean {
    const emails = this.emails(account, thread)
    return this.place.account(account)?.isPersonal === true && emails.length > 0 && emails.every((email) => email?.bodyValues)
  }

  private isSmall(account: Id, thread: Id): boolean {
    const emails = this.emails(account, thread)
    return emails.length > 0 && emails.reduce((sum, email) => sum + (email?.size ?? Infinity), 0) <= maxAhead
  }

  private emails(account: Id, thread: Id): (Email | undefined)[] {
    return (this.place.table(account, 'Thread').get(thread)?.emailIds ?? []).map((id) => this.place.table(account, 'Email').get(id))
  }

  private read(account: Id, threads: readonly Id[]): Promise<void> {
    const run = this.fetch(account, threads).finally(() => {
      for (const id of threads) this.reading.delete(`${account}/${id}`)
    })
    for (const id of threads) this.reading.set(`${account}/${id}`, run)
    return run
  }

  private async fetch(account: Id, ids: readonly Id[]): Promise<void> {
    const { client } = this.place
    const threads = client.call<Got<Thread>>('Thread/get', { accountId: account, ids })
    const emails = client.call<Got<Email>>('Email/get', {
      accountId: account, '#ids': threads.ref('/list/*/emailIds'), properties: [...rowProperties, ...bodyProperties],
      bodyProperties: partProperties, fetchHTMLBodyValues: true, fetchTextBodyValues: true, maxBodyValueBytes: maxBody,
    })
    const got = await threads
    if (got.list.length === 0) throw new JMAPError('notFound', 'notFound')
    this.take(account, 'Email', await emails)
    this.take(account, 'Thread', got)
  }

  /** Shows the text of messages that were opened on this device before, until the server gives it. */
  private async recallBodies(account: Id, thread: Id): Promise<void> {
    const table = this.place.table(account, 'Email')
    const missing = this.emails(account, thread).flatMap((email) => (email && !email.bodyValues ? email.id : []))
    if (missing.length === 0) return
    const bodies = await this.place.recall(account, missing)
    table.put(bodies.filter((body) => table.has(body.id) && !table.get(body.id)?.bodyValues))
  }
}
