import type { Id } from '../jmap/types.ts'
import { JMAPError } from '../jmap/error.ts'
import type { SetResult } from '../jmap/client.ts'
import type { Store } from '../store/store.ts'

// Types of the capability urn:x-postroom:shared-mailbox (docs/jmap.md) and of RFC 9670.

/** What can be given, from little to all; 'none' closes a folder for somebody. */
export const roles = ['viewer', 'reviewer', 'author', 'editor', 'manager', 'admin', 'none'] as const

export type Role = (typeof roles)[number]

export function isRole(name: string | null): name is Role {
  return (roles as readonly (string | null)[]).includes(name)
}

export interface Grant {
  id: Id
  /** Null: all of the account. */
  mailboxId: Id | null
  principalId: Id | null
  /** An address, or org, all, domain:D, … */
  grantee: string
  role: Role | 'custom'
  isNegative: boolean
  mode: 'automount' | 'offer'
  since: string
  until: string | null
  summary: string
}

export interface Share {
  id: Id
  accountId: Id
  mailboxId: Id | null
  path: string
  ownerName: string
  ownerEmail: string
  withName: string
  withEmail: string
  state: 'pending' | 'accepted' | 'declined'
  mode: 'automount' | 'offer'
  name: string
  role: Role | 'custom'
  since: string
  until: string | null
  grantedBy: string | null
  via: string[]
  summary: string
}

/** A person, mailbox or group (RFC 9670 §2). */
export interface Principal {
  id: Id
  type: 'individual' | 'group' | 'resource' | 'location' | 'other'
  name: string
  email: string | null
}

const principalProperties = ['id', 'type', 'name', 'email']

/** The account that principals, shares and identities are in. */
export function homeOf(store: Store): Id {
  const home = store.accounts.find((a) => a.isPersonal)?.id ?? store.accounts[0]?.id
  if (!home) throw new JMAPError('notFound', 'accountNotFound')
  return home
}

/** The principal that owns an account (RFC 9670 §1.5.2), as a list of at most one. */
export function ownerOf(store: Store, account: Id): Id[] {
  const owner = store.account(account)?.accountCapabilities['urn:ietf:params:jmap:principals:owner']?.['principalId']
  return typeof owner === 'string' ? [owner] : []
}

export async function loadGrants(store: Store, account: Id, locale: string): Promise<Grant[]> {
  return (await store.client.call<{ list: Grant[] }>('Grant/get', { accountId: account, ids: null, locale })).list
}

/** What is shared with this person, or by them. */
export async function loadShares(store: Store, by: 'withMe' | 'byMe', locale: string): Promise<Share[]> {
  return (await store.client.call<{ list: Share[] }>('Share/get', { accountId: homeOf(store), ids: null, byMe: by === 'byMe', locale })).list
}

/** People and groups whose name or address has the text in it. */
export async function findPrincipals(store: Store, text: string): Promise<Principal[]> {
  const home = homeOf(store)
  const found = store.client.call('Principal/query', { accountId: home, filter: text ? { text } : {}, sort: [{ property: 'name', isAscending: true }], limit: 12 })
  return (await store.client.call<{ list: Principal[] }>('Principal/get', { accountId: home, '#ids': found.ref('/ids'), properties: principalProperties })).list
}

/** Those that are named, by id; who is hidden in the address list is not there. */
export async function loadPrincipals(store: Store, ids: readonly Id[]): Promise<Map<Id, Principal>> {
  if (ids.length === 0) return new Map()
  const got = await store.client.call<{ list: Principal[] }>('Principal/get', { accountId: homeOf(store), ids: [...new Set(ids)], properties: principalProperties })
  return new Map(got.list.map((p) => [p.id, p]))
}

/** What somebody with a role will be able to do, in a sentence without its end. */
export async function describeRole(store: Store, account: Id, role: Role, locale: string): Promise<string> {
  const told = await store.client.call<{ summary: string }>('Grant/describe', { accountId: account, role, locale })
  return clauseOf(told.summary, locale)
}

/** The sentence as the end of another: "Read messages." is "read messages". German verbs stand at the end, after nouns. */
export function clauseOf(summary: string, locale: string): string {
  const words = summary.trim().replace(/\.$/, '')
  return locale.startsWith('de') ? words : words.charAt(0).toLowerCase() + words.slice(1)
}

/** Who something is given to: somebody found, or a word as it was typed. */
export type Party = { principal: Principal } | { word: string }

export function partyArgs(party: Party): { principalId: Id } | { grantee: string } {
  return 'principal' in party ? { principalId: party.principal.id } : { grantee: party.word }
}

/** A principal as typed in a field and told in a sentence; the organisation has no name of its own. */
export function partyName(party: Party, everybody: string): string {
  if ('word' in party) return party.word
  return party.principal.type === 'other' ? everybody : party.principal.name
}

/** Creates, changes or takes back one grant or send right, and throws why not. */
export async function setOne(store: Store, type: 'Grant' | 'SendRight', account: Id, args: { create?: Record<string, unknown>; update?: Record<Id, unknown>; destroy?: Id[] }): Promise<SetResult> {
  return store.client.set(type, { accountId: account, ...(args.create && { create: { new: args.create } }), ...(args.update && { update: args.update }), ...(args.destroy && { destroy: args.destroy }) })
}

/** Answers an offer, or an answer given before; what is accepted is among the folders then. */
export async function answerShare(store: Store, share: Id, answer: 'accepted' | 'declined'): Promise<void> {
  await store.client.set('Share', { accountId: homeOf(store), update: { [share]: { state: answer } } })
  await store.open('fresh')
}
