import type { Reason } from '../jmap/error.ts'
import type { Address, Id } from '../jmap/types.ts'
import { noSignature, type Signature } from './draft.ts'
import type { Store } from '../store/store.ts'
import { formatRecipient, sameAddress } from './recipients.ts'

/** An Identity (RFC 8621 §6) with the properties of our own capability. */
export interface Identity {
  id: Id
  name: string
  email: string
  textSignature: string
  htmlSignature: string
  /** The mailbox whose address it is; null for a group's. */
  targetAccountId: Id | null
  /** Who is shown as Sender beside the address. */
  displayedSender: Address | null
  isAutomatic: boolean
  replyTo?: Address[] | null
}

/** Its signature. What begin makes of an identity has the text and the HTML of the same. */
export function signatureOf(identity: Identity | undefined): Signature {
  return identity ? { text: identity.textSignature.trim(), html: identity.htmlSignature } : noSignature
}

/** Every address this person may send as; their own primary address first. */
export async function loadIdentities(store: Store, home: Id): Promise<Identity[]> {
  const got = await store.client.call<{ list: Identity[] }>('Identity/get', { accountId: home, ids: null })
  return got.list
}

export interface Checked {
  maySend: boolean
  reason: string | null
  /** What that is made of. */
  why?: Reason
  displayedSender: Address | null
}

/** What the server would say to sending as an address. */
export async function checkIdentity(store: Store, home: Id, email: string): Promise<Checked> {
  return store.client.call<Checked>('Identity/check', { accountId: home, email })
}

export interface Circumstances {
  /** The mailbox one is in. */
  account: Id | undefined
  home: Id
  /** What the original was written to: To, Cc, Delivered-To. */
  writtenTo: readonly string[]
  /** Who wrote the original: when it was oneself, one goes on as the same. */
  writtenBy?: readonly string[]
}

/**
 * Who a message is from unless one says otherwise: in a shared mailbox, the
 * address of it that was written to, or its first; in one's own, the address
 * written to; else one's own.
 */
export function defaultIdentity(identities: readonly Identity[], { account, home, writtenTo, writtenBy = [] }: Circumstances): Identity | undefined {
  const among = (list: readonly Identity[], emails: readonly string[]) => {
    for (const email of emails) {
      const found = list.find((i) => sameAddress(i.email, email))
      if (found) return found
    }
    return undefined
  }
  const own = identities.filter((i) => i.targetAccountId === home)
  const shared = account && account !== home ? identities.filter((i) => i.targetAccountId === account) : []
  return among(identities, writtenBy) ?? among(shared, writtenTo) ?? shared[0] ?? among(own, writtenTo) ?? among(identities, writtenTo) ?? own[0] ?? identities[0]
}

/** The identities by the mailbox they belong to, in the order of the list. */
export function groupIdentities(identities: readonly Identity[], names: ReadonlyMap<Id, string>, others: string): { title: string; identities: Identity[] }[] {
  const groups = new Map<string, Identity[]>()
  for (const identity of identities) {
    const title = (identity.targetAccountId && names.get(identity.targetAccountId)) || others
    groups.set(title, [...(groups.get(title) ?? []), identity])
  }
  return [...groups].map(([title, list]) => ({ title, identities: list }))
}

/** What is in the From field of a message: the words recipients see are made of it. */
export interface Sender {
  from: Address
  behalf: Address | null
}

export function senderOf(identity: Identity): Sender {
  return { from: { name: identity.name || null, email: identity.email }, behalf: identity.displayedSender }
}

/** The names for the sentence that says what recipients will see. */
export function seen({ from, behalf }: Sender): { from: string; behalf: string } {
  return { from: formatRecipient(from), behalf: behalf ? behalf.name || behalf.email : '' }
}
