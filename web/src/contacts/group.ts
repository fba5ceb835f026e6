import type { SetResult } from '../jmap/client.ts'
import { JMAPError } from '../jmap/error.ts'
import type { Id } from '../jmap/types.ts'
import type { Store } from '../store/store.ts'

// Types of the capability urn:x-postroom:shared-mailbox (docs/jmap.md).

export type Policy = 'closed' | 'open' | 'approval'

/** A list of people with an address of its own. */
export interface Group {
  id: Id
  name: string
  email: string
  isHidden: boolean
  isDynamic: boolean
  filter: string | null
  mayManage: boolean
  isMember: boolean
  isHeld: boolean
  memberCount: number | null
  subscribe: Policy
  unsubscribe: Policy
  outsiders: boolean
  notifyNewMembers: boolean
}

/** Somebody in a list. */
export interface Party {
  type: 'individual' | 'group' | 'resource' | 'outside' | 'other'
  name: string | null
  principalId: Id | null
}

export interface Holder extends Party {
  until: string | null
  isDenied: boolean
}

/** What members have on a mailbox or list, in sentences. */
export interface Gift {
  email: string
  name: string | null
  accountId: Id | null
  groupId: Id | null
  summary: string[]
}

/** A group with its lists; null is what one may not see. */
export interface FullGroup extends Group {
  members: Record<string, Party> | null
  owners: Record<string, Holder> | null
  posters: Record<string, Holder> | null
  gives: Gift[] | null
}

export interface GroupRequest {
  id: Id
  groupId: Id
  groupEmail: string | null
  act: 'subscribe' | 'unsubscribe'
  email: string
  name: string | null
  created: string
  mayDecide: boolean
  isMine: boolean
}

const light = ['id', 'name', 'email', 'isHidden', 'isDynamic', 'filter', 'mayManage', 'isMember', 'isHeld', 'memberCount', 'subscribe', 'unsubscribe', 'outsiders', 'notifyNewMembers']

/** The account that groups are in. */
export function homeOf(store: Store): Id {
  const home = store.accounts.find((a) => a.isPersonal)?.id
  if (!home) throw new JMAPError('notFound', 'accountNotFound')
  return home
}

export async function loadGroups(store: Store): Promise<{ groups: Group[]; requests: GroupRequest[] }> {
  const accountId = homeOf(store)
  const groups = store.client.call<{ list: Group[] }>('Group/get', { accountId, ids: null })
  const requests = store.client.call<{ list: GroupRequest[] }>('GroupRequest/get', { accountId, ids: null })
  return { groups: (await groups).list, requests: (await requests).list }
}

/** A group with its lists, or undefined when there is none that one may know of. */
export async function loadGroup(store: Store, id: Id, locale: string): Promise<FullGroup | undefined> {
  const got = await store.client.call<{ list: FullGroup[] }>('Group/get', {
    accountId: homeOf(store), ids: [id], properties: [...light, 'members', 'owners', 'posters', 'gives'], locale,
  })
  const group = got.list[0]
  // That members may write to the list is told where it is set.
  return group && { ...group, gives: group.gives?.filter((gift) => gift.groupId !== id) ?? null }
}

/** Changes one group: all of it, or a JMAPError with the reason. */
export function changeGroup(store: Store, id: Id, patch: Record<string, unknown>): Promise<SetResult> {
  return store.client.set('Group', { accountId: homeOf(store), update: { [id]: patch } })
}

export function answerRequest(store: Store, id: Id, state: 'approved' | 'refused'): Promise<SetResult> {
  return store.client.set('GroupRequest', { accountId: homeOf(store), update: { [id]: { state } } })
}

/** Joins or leaves, or asks to. */
export async function askGroup(store: Store, id: Id, act: 'join' | 'leave'): Promise<'done' | 'waiting'> {
  return (await store.client.call<{ state: 'done' | 'waiting' }>(`Group/${act}`, { accountId: homeOf(store), groupId: id })).state
}

/** The path of an entry of a list, as a patch names it. */
export function entry(list: 'members' | 'owners' | 'posters', key: string): string {
  return `${list}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** Who may write to a list: everybody, only who is in it, or those who are named. */
export function postingOf(group: Pick<FullGroup, 'email' | 'posters'>): 'everybody' | 'members' | 'chosen' {
  const posters = Object.keys(group.posters ?? {})
  if (posters.length === 0) return 'everybody'
  return posters.length === 1 && posters[0]!.toLowerCase() === group.email.toLowerCase() ? 'members' : 'chosen'
}

/** What a group is called. */
export function groupName(group: { name: string; email: string }): string {
  return group.name || group.email
}
