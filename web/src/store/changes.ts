import type { Call, Client } from '../jmap/client.ts'
import { JMAPError } from '../jmap/error.ts'
import type { Id, TypeName, Types } from '../jmap/types.ts'
import type { Got } from './lists.ts'

/** How many ids one get or set names (RFC 8620 §2, the least a server should take). */
export const chunk = 500

/** What is read again of a message that changed: all that can. */
const changing = ['id', 'mailboxIds', 'keywords'] as const

/** The changes of a type since a state, up to another (RFC 8620 §5.2). */
export interface Changes {
  oldState: string
  newState: string
  hasMoreChanges: boolean
  created: Id[]
  updated: Id[]
  destroyed: Id[]
  /** What came or changed as it is now, where it was asked for along with the changes; undefined when it has to be asked for. */
  records?: Promise<Got<Types[TypeName]>[] | undefined>
}

/** The changes of a type since a state; 'none' when there are none, 'all' when the server cannot say or they are too many. */
export async function changesSince(client: Client, account: Id, type: TypeName, state: string): Promise<Changes | 'none' | 'all'> {
  const sum: Changes = { oldState: state, newState: state, hasMoreChanges: true, created: [], updated: [], destroyed: [] }
  try {
    for (let turn = 0; sum.hasMoreChanges; turn++) {
      if (turn === 8) return 'all'
      const call = client.call<Changes>(`${type}/changes`, { accountId: account, sinceState: sum.newState, maxChanges: chunk })
      const records = turn === 0 ? changedRecords(client, account, type, call) : undefined
      const part = await call
      if (!part.hasMoreChanges && records) sum.records = records
      if (part.newState === sum.newState && part.hasMoreChanges) return 'all'
      sum.created.push(...part.created)
      sum.updated.push(...part.updated)
      sum.destroyed.push(...part.destroyed)
      sum.newState = part.newState
      sum.hasMoreChanges = part.hasMoreChanges
    }
  } catch (error) {
    if (error instanceof JMAPError && error.type === 'cannotCalculateChanges') return 'all'
    throw error
  }
  return sum.newState === sum.oldState ? 'none' : sum
}

/** Records that came or changed, of these ids those that are there. */
export async function recordsOf(client: Client, account: Id, type: TypeName, changes: Changes, ids: readonly Id[]): Promise<{ list: Types[TypeName][]; notFound: Id[] }> {
  const wanted = new Set(ids)
  const all = (await changes.records) ?? (await getAll(client, account, type, ids))
  return { list: all.flatMap((got) => got.list.filter((record) => wanted.has(record.id))), notFound: all.flatMap((got) => got.notFound ?? []) }
}

/** Asks for what changed in the request that asks what did; undefined when that was too much. */
function changedRecords(client: Client, account: Id, type: TypeName, changes: Call<Changes>): Changes['records'] {
  const lists = type === 'Mailbox' ? ['/created', '/updated'] : ['/updated']
  return Promise.all(lists.map((path) => get(client, account, type, { '#ids': changes.ref(path) }))).catch(() => undefined)
}

async function getAll(client: Client, account: Id, type: TypeName, ids: readonly Id[]): Promise<Got<Types[TypeName]>[]> {
  const all: Got<Types[TypeName]>[] = []
  for (let i = 0; i < ids.length; i += chunk) all.push(await get(client, account, type, { ids: ids.slice(i, i + chunk) }))
  return all
}

function get(client: Client, account: Id, type: TypeName, which: Record<string, unknown>): Call<Got<Types[TypeName]>> {
  return client.call(`${type}/get`, { accountId: account, ...which, ...(type === 'Email' && { properties: changing }) })
}
