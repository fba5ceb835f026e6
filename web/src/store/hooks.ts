import { createContext, useCallback, useContext, useMemo, useSyncExternalStore } from 'react'
import type { Id, Mailbox, TypeName, Types } from '../jmap/types.ts'
import type { Offer } from './offers.ts'
import type { Rows } from './query.ts'
import type { OpenAccount, Store } from './store.ts'

export const StoreContext = createContext<Store | null>(null)

export function useStore(): Store {
  const store = useContext(StoreContext)
  if (!store) throw new Error('there is no store above this component')
  return store
}

/** One record, or undefined until it is there. */
export function useRecord<N extends TypeName>(account: Id | undefined, type: N, id: Id | undefined): Types[N] | undefined {
  const store = useStore()
  const subscribe = useCallback((listener: () => void) => store.emitter.on(`${account}/${type}/${id}`, listener), [store, account, type, id])
  return useSyncExternalStore(subscribe, () => (account && id ? store.get(account, type, id) : undefined))
}

const none: readonly never[] = []

/** Every folder of an account. */
export function useMailboxes(account: Id | undefined): readonly Mailbox[] {
  const store = useStore()
  const subscribe = useCallback((listener: () => void) => store.emitter.on(`${account}/Mailbox`, listener), [store, account])
  return useSyncExternalStore(subscribe, () => (account && store.account(account) ? store.table(account, 'Mailbox').all() : none))
}

export function useAccounts(): readonly OpenAccount[] {
  const store = useStore()
  const subscribe = useCallback((listener: () => void) => store.emitter.on('accounts', listener), [store])
  return useSyncExternalStore(subscribe, () => store.accounts)
}

/** What others offer and this person has not answered. */
export function useOffers(): readonly Offer[] {
  const store = useStore()
  const subscribe = useCallback((listener: () => void) => store.emitter.on('offers', listener), [store])
  const offers = useSyncExternalStore(subscribe, () => store.offers)
  return useMemo(() => offers.filter((o) => o.state === 'pending'), [offers])
}

/** Follows a list; the number changes with it. */
export function useRows(rows: Rows): number {
  const subscribe = useCallback((listener: () => void) => rows.subscribe(listener), [rows])
  return useSyncExternalStore(subscribe, () => rows.version)
}
