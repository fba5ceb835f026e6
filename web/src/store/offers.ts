import type { Id, Mailbox } from '../jmap/types.ts'

/** What others share with this person, as far as it decides what is shown: the capability urn:x-postroom:shared-mailbox. */
export interface Offer {
  id: Id
  accountId: Id
  /** Null: all of the account. */
  mailboxId: Id | null
  path: string
  ownerName: string
  ownerEmail: string
  state: 'pending' | 'accepted' | 'declined'
}

export const offerProperties = ['id', 'accountId', 'mailboxId', 'path', 'ownerName', 'ownerEmail', 'state'] as const

export const offersCapability = 'urn:x-postroom:shared-mailbox'

/**
 * The folders of an account that are not shown: those that are offered and not
 * answered yet, with what lies below them, unless that was accepted by itself.
 */
export function notAnswered(account: Id, mailboxes: readonly Mailbox[], offers: readonly Offer[]): Set<Id> {
  const states = new Map(offers.filter((o) => o.accountId === account).map((o) => [o.mailboxId, o.state]))
  if (![...states.values()].includes('pending')) return new Set()
  const parents = new Map(mailboxes.map((m) => [m.id, m.parentId]))
  const nearest = (id: Id): Offer['state'] | undefined => {
    let at: Id | null | undefined = id
    for (let depth = 0; at && depth < 100; depth++) {
      const state = states.get(at)
      if (state) return state
      at = parents.get(at)
    }
    return states.get(null)
  }
  return new Set(mailboxes.map((m) => m.id).filter((id) => nearest(id) === 'pending'))
}
