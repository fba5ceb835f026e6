import type { Email, Id, Mailbox, MailboxRights, Thread } from '../jmap/types.ts'
import type { Body } from './disk.ts'
import type { Query, QuerySpec } from './query.ts'
import { bodyProperties, rowProperties } from './properties.ts'
import type { OpenAccount } from './store.ts'
import type { Table } from './table.ts'

/** How many lists of an account are kept, and how many rows of each. */
const maxLists = 8
const maxRows = 100

/** One account as it was at one moment: records with their states, and the lists last looked at. No rights are in it. */
export interface Snapshot {
  id: Id
  name: string
  isPersonal: boolean
  states: { mailbox: string; email: string; thread: string }
  mailboxes: Mailbox[]
  emails: Email[]
  threads: Thread[]
  lists: List[]
}

/** The first rows of a list. */
export interface List {
  spec: QuerySpec
  ids: Id[]
  total: number
  state: string
}

/** The tables of an account. */
export interface Tables {
  mailbox: Table<Mailbox>
  email: Table<Email>
  thread: Table<Thread>
}

/** What may be done, the server says. */
const nothing: MailboxRights = {
  mayReadItems: false, mayAddItems: false, mayRemoveItems: false, maySetSeen: false, maySetKeywords: false, mayCreateChild: false, mayRename: false, mayDelete: false, maySubmit: false,
}

/** The account as it is to be kept; undefined while something in it waits for the server's word, or nothing was read. */
export function snapshotOf(account: OpenAccount, tables: Tables, queries: readonly Query[]): Snapshot | undefined {
  const { mailbox, email, thread } = tables
  if (mailbox.state === null || mailbox.pending || email.pending || thread.pending) return undefined
  const emails = new Map<Id, Email>()
  const threads = new Map<Id, Thread>()
  const take = (id: Id): boolean => {
    const record = email.get(id)
    if (!record) return false
    if (emails.has(id)) return true
    emails.set(id, pick(record, rowProperties) as Email)
    const conversation = thread.get(record.threadId)
    if (conversation && !threads.has(conversation.id)) {
      threads.set(conversation.id, conversation)
      conversation.emailIds.forEach(take)
    }
    return true
  }
  const lists = queries
    .filter((query) => isFolder(query.spec))
    .slice(-maxLists)
    .flatMap((query) => {
      const known = query.known(maxRows)
      if (!known) return []
      const missing = known.ids.findIndex((id) => !take(id))
      return [{ ...known, spec: query.spec, ids: missing < 0 ? [...known.ids] : known.ids.slice(0, missing) }]
    })
  return {
    id: account.id, name: account.name, isPersonal: account.isPersonal,
    // Without messages there is nothing to be brought up to date.
    states: { mailbox: mailbox.state, email: email.state ?? '', thread: thread.state ?? '' },
    mailboxes: mailbox.all().map((m) => ({ ...m, myRights: nothing })),
    emails: [...emails.values()], threads: [...threads.values()], lists,
  }
}

/** What of a message is kept when it was opened. */
export function bodyOf(email: Email): Body | undefined {
  return email.bodyValues ? (pick(email, bodyProperties) as Body) : undefined
}

/** Only the lists of folders: what somebody searched for is not kept. */
function isFolder(spec: QuerySpec): boolean {
  return Object.keys(spec.filter).join() === 'inMailbox'
}

function pick(record: Email, names: readonly (keyof Email)[]): Partial<Email> {
  return Object.fromEntries(names.filter((name) => record[name] !== undefined).map((name) => [name, record[name]]))
}
