import type { Email, Id } from '../jmap/types.ts'

/** Where the store leaves what is to be kept, without waiting for it. */
export interface Shelf {
  /** Something of an account changed. */
  touched(account: Id): void
  /** Messages were opened: their text may be kept. */
  opened(account: Id, emails: readonly Email[]): void
  /** Messages are gone. */
  dropped(account: Id, ids: readonly Id[] | 'all'): void
  /** To be asked for before the server is asked which accounts there are, and given back with its answer. */
  seal(): Promise<string | undefined>
  /** These are the accounts; what is kept of others goes at once. */
  only(accounts: ReadonlySet<Id>, seal?: string): void
}
